"""The desk where letters are written: what was laid out and is never written is not kept."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from digest.catalog import Catalog
from digest.errors import DeliveryError
from digest.model import Issue, Letter
from digest.run.mailing import desk
from digest.run.parts import Report

from .builders import NOON
from .catalog_rooms import published
from .run_parts import parts_with


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The issues of which letters are written, one after the other."""
    ids: list[int] = []
    write = desk.Theming.letter
    monkeypatch.setattr(desk.Theming, "letter", lambda theming, issue: (ids.append(issue.id), write(theming, issue))[1])
    return ids


def issues_kept() -> int:
    gc.collect()
    return sum(isinstance(one, Issue) for one in gc.get_objects())


def test_issues_whose_letters_are_given_back_unwritten_are_not_kept(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(8)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 8, timedelta(hours=1))
    monkeypatch.setattr(desk, "KEPT", 4)
    before, written = issues_kept(), desk.Desk(parts_with(catalog), Report(NOON))

    for start in (0, 2, 4, 6):
        written.lay_out(letters[start : start + 2])

    assert issues_kept() - before == 4
    assert [written.write(letter).to for letter in (letters[0], letters[7])] == ["reader0@example.org", "reader7@example.org"]


def test_a_letter_that_cannot_be_written_is_told_when_its_turn_has_come(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(6)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 6, timedelta(hours=1))
    write = desk.Theming.letter

    def refusing(theming: desk.Theming, issue: Issue) -> Letter:
        if issue.id == letters[3].issue:
            raise DeliveryError("reader3@example.org", "no letter")
        return write(theming, issue)

    monkeypatch.setattr(desk.Theming, "letter", refusing)
    table = desk.Desk(parts_with(catalog), Report(NOON))
    table.lay_out(letters)

    assert [table.write_ahead() for _ in range(7)] == [True, True, True, False, True, True, False]
    assert [table.write(letter).to for letter in letters[:3]] == ["reader0@example.org", "reader1@example.org", "reader2@example.org"]
    with pytest.raises(DeliveryError, match="no letter"):
        table.write(letters[3])
    assert [table.write(letter).to for letter in letters[4:]] == ["reader4@example.org", "reader5@example.org"]
    assert table.write(letters[0]).content == table.write(letters[0]).content


def test_letters_that_nobody_comes_for_are_not_kept(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(12)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 12, timedelta(hours=1))
    monkeypatch.setattr(desk, "WRITTEN", 2)
    monkeypatch.setattr(desk, "AHEAD", 1)
    table = desk.Desk(parts_with(catalog), Report(NOON))
    gc.collect()
    before = sum(isinstance(one, Letter) for one in gc.get_objects())

    for start in range(0, 12, 2):
        table.lay_out(letters[start : start + 2])
        table.write(letters[start])  # and the next is written ahead

    gc.collect()
    assert sum(isinstance(one, Letter) for one in gc.get_objects()) - before == 2


def test_in_idle_moments_letters_are_written_one_by_one_until_there_are_enough(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, written: list[int]
) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(5)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 5, timedelta(hours=1))
    monkeypatch.setattr(desk, "AHEAD", 3)
    table = desk.Desk(parts_with(catalog), Report(NOON))

    assert not table.write_ahead()
    table.lay_out(letters)
    assert [table.write_ahead() for _ in range(4)] == [True, True, True, False]
    table.write(letters[0])
    assert [table.write_ahead() for _ in range(2)] == [True, False]
    assert [table.write(letter).to for letter in letters[1:]] == [f"reader{n}@example.org" for n in range(1, 5)]
    assert written == [letter.issue for letter in letters]
    assert not table.write_ahead()


def test_letters_of_a_domain_that_is_passed_over_are_written_once_and_hold_up_no_others(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, written: list[int]
) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(9)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 9, timedelta(hours=1))
    monkeypatch.setattr(desk, "AHEAD", 2)
    table = desk.Desk(parts_with(catalog), Report(NOON))
    table.lay_out(letters)

    asked = [letters[n] for n in (2, 5, 8, 0, 1, 3, 4, 6, 7)]
    assert [table.write(letter).to for letter in asked] == [f"reader{n}@example.org" for n in (2, 5, 8, 0, 1, 3, 4, 6, 7)]
    assert sorted(written) == [letter.issue for letter in letters]


def test_a_letter_that_was_given_back_is_written_afresh_when_it_is_claimed_again(catalog: Catalog) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(3)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 3, timedelta(hours=1))
    table = desk.Desk(parts_with(catalog), Report(NOON))
    table.lay_out(letters)
    assert table.write_ahead()
    earlier = catalog.subscribers.by_id(1)

    catalog.subscribers.edit(replace(earlier, subscriber=replace(earlier.subscriber, language="de")), NOON)
    table.lay_out(letters)

    said = message_from_bytes(table.write(letters[0]).content, policy=default)
    assert "Abbestellen" in said.get_body(("plain",)).get_content()
