"""A part of a library is chosen by collection and by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest.errors import NotFound
from digest.library import selected
from digest.model import Changes, Dropped, Reference


def a_reference(entry: str, *collections: str, added: datetime | None = None) -> Reference:
    return Reference(entry=entry, title=entry, collections=collections, added=added)


LIBRARY = Changes(
    references=(
        a_reference("a", "Thesis", "Foxes", added=datetime(2021, 3, 1, tzinfo=UTC)),
        a_reference("b", "Foxes", added=datetime(2021, 3, 2, 23, 59, tzinfo=UTC)),
        a_reference("c", "thesis"),
        a_reference("d", added=datetime(2021, 3, 3, tzinfo=UTC)),
    ),
    dropped=(Dropped("z", "broken"),),
)


def entries(changes: Changes) -> str:
    return "".join(r.entry for r in changes.references)


def test_collections_are_chosen_in_any_case() -> None:
    assert entries(selected(LIBRARY, collections=("THESIS",))) == "ac"
    assert entries(selected(LIBRARY, collections=("thesis", " foxes "))) == "abc"
    assert selected(LIBRARY, collections=(), since=None, until=None) == LIBRARY


def test_a_collection_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NotFound) as raised:
        selected(LIBRARY, collections=("Thesis", "Owls"))

    assert str(raised.value) == "Owls: no such collection in the library"
    assert raised.value.hint == "its collections are: Foxes, thesis"


def test_of_very_many_collections_some_are_told() -> None:
    many = replace(LIBRARY, references=(a_reference("a", *(f"On foxes {number:02}" for number in range(22))),))

    with pytest.raises(NotFound) as raised:
        selected(many, collections=("Owls",))

    assert raised.value.hint.endswith("On foxes 18, On foxes 19 and 2 more")


def test_of_what_changed_a_collection_may_have_nothing() -> None:
    assert entries(selected(replace(LIBRARY, whole=False), collections=("Owls",))) == ""


def test_a_library_that_has_not_changed_is_not_asked_for_its_collections() -> None:
    nothing_new = Changes(cursor="as before", unchanged=True)

    assert selected(nothing_new, collections=("Thesis",)) == nothing_new


def test_days_are_chosen_with_both_ends_and_what_has_none_is_told() -> None:
    chosen = selected(LIBRARY, since=date(2021, 3, 1), until=date(2021, 3, 2))

    assert entries(chosen) == "ab"
    assert chosen.dropped == (Dropped("z", "broken"), Dropped("c", "the library does not say when it was added"))
    assert entries(selected(LIBRARY, since=date(2021, 3, 3))) == "d"
    assert entries(selected(LIBRARY, collections=("foxes",), until=date(2021, 3, 1))) == "a"
    # "c" has no day, and is in no collection that was asked for.
    assert selected(LIBRARY, collections=("foxes",), until=date(2021, 3, 1)).dropped == (Dropped("z", "broken"),)
