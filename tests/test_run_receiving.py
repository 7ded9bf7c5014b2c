"""How far a mailbox was read is remembered portion by portion, also where it could not be read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from digest.catalog import Catalog
from digest.errors import MailboxError
from digest.model import Mail, Place
from digest.run.receiving import answers
from tests.builders import NOON
from tests.run_parts import parts_with

DINNER = b"Subject: Dinner?\r\n\r\nTell me more.\r\n"


class Slow:
    """A mailbox of two portions whose server goes away in the third; the first has a mail for us, the second none."""

    name = "ana@mail.example.org"

    def __init__(self) -> None:
        self.place = Place()

    def mails(self, since: Place, now: datetime) -> Iterator[Mail]:
        yield Mail("1", DINNER)
        self.place = Place(7, 201)
        self.place = Place(7, 401)
        raise MailboxError(self.name, "the server took more than 600 seconds")

    def mark_read(self, mail: Mail) -> None:
        """Nothing is for us."""


def test_what_was_read_before_the_server_went_away_is_not_read_again(catalog: Catalog) -> None:
    with pytest.raises(MailboxError):
        list(answers(parts_with(catalog), Slow(), NOON))

    assert catalog.inboxes.place("ana@mail.example.org") == Place(7, 401)


def test_a_portion_whose_mails_were_not_all_taken_is_read_again(catalog: Catalog) -> None:
    taken = answers(parts_with(catalog), Slow(), NOON)
    next(taken)
    taken.close()  # type: ignore[attr-defined]  # it is a generator

    assert catalog.inboxes.place("ana@mail.example.org") == Place()


def test_a_rehearsal_remembers_nothing(catalog: Catalog) -> None:
    with pytest.raises(MailboxError):
        list(answers(parts_with(catalog), Slow(), NOON, dry_run=True))

    assert catalog.inboxes.place("ana@mail.example.org") == Place()
