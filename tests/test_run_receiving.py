"""How far a mailbox was read is remembered portion by portion, also where it could not be read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from digest.catalog import Catalog
from digest.errors import MailboxError
from digest.model import Mail, Place
from digest.run import Report
from digest.run.mailing.receiving import answer, answers, receive
from digest.tokens import Purpose, make_token
from tests.builders import NOON
from tests.catalog_rooms import published
from tests.run_parts import parts_with

DINNER = b"Subject: Dinner?\r\n\r\nTell me more.\r\n"


class Slow:
    """A mailbox of two portions whose server goes away in the third; the first has a mail for us, the second none."""

    name = "ana@mail.example.org"

    def __init__(self, mail: bytes = DINNER) -> None:
        self.place = Place()
        self._mail = mail

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, *failure: object) -> None:
        """Nothing is open."""

    def mails(self, since: Place, now: datetime) -> Iterator[Mail]:
        yield Mail("1", self._mail)
        self.place = Place(7, 201)
        self.place = Place(7, 401)
        raise MailboxError(self.name, "the server took more than 600 seconds")

    def mark_read(self, mail: Mail) -> None:
        """Nothing is for us."""


def test_what_was_read_before_the_server_went_away_is_not_read_again(catalog: Catalog) -> None:
    with pytest.raises(MailboxError):
        list(answers(parts_with(catalog), Slow(), NOON))

    assert catalog.inboxes.place("ana@mail.example.org") == Place(7, 401)


def test_what_was_carried_out_before_the_server_went_away_is_told(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    token = make_token(Purpose.LETTER, issue.subscription.id, issue.id, b"k" * 32)
    mailbox = Slow(f"Subject: unsubscribe {token}\r\n\r\n".encode())
    report = Report(NOON)

    receive(replace(parts_with(catalog), inbox=lambda: mailbox), report)

    assert report.notes == ["carried out what readers mailed: 1"]
    assert [failure.message for failure in report.failures] == ["the server took more than 600 seconds"]


def test_a_portion_whose_mails_were_not_all_taken_is_read_again(catalog: Catalog) -> None:
    taken = answers(parts_with(catalog), Slow(), NOON)
    next(taken)
    taken.close()  # type: ignore[attr-defined]  # it is a generator

    assert catalog.inboxes.place("ana@mail.example.org") == Place()


def test_a_rehearsal_remembers_nothing(catalog: Catalog) -> None:
    with pytest.raises(MailboxError):
        list(answers(parts_with(catalog), Slow(), NOON, dry_run=True))

    assert catalog.inboxes.place("ana@mail.example.org") == Place()


def test_nothing_is_promised_to_who_was_erased(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    leaving = f"Subject: unsubscribe {make_token(Purpose.LETTER, 77, 1, parts.secrets[0])}\r\n\r\n".encode()

    assert (answer(parts, leaving, NOON, dry_run=True), answer(parts, leaving, NOON)) == (None, None)
