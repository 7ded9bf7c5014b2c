"""A list of a hundred thousand people is taken in and given back as one of ten is: nothing is gone through once for each of them."""

from __future__ import annotations

from typing import Any

from digest.catalog import Catalog
from digest.people import Plan, bring_in
from digest.people.opening import opened

from .builders import NOON


class _Counting(str):
    """A text that knows how many of its characters were counted."""

    counted = 0

    def count(self, part: str, *bounds: Any) -> int:
        self.counted += len(range(*slice(*(bounds or (None,))).indices(len(self))))
        return super().count(part, *bounds)


class _File(bytes):
    """A file whose text is one of those."""

    def decode(self, *_: Any) -> str:  # type: ignore[override]  # of its arguments only the encoding is used
        self.text = _Counting(super().decode())
        return self.text


def test_where_a_record_stands_is_not_counted_from_the_beginning_for_each() -> None:
    file = _File(b'{\n"email": "ana@example.org"\n}\n' * 100 + b"{\n")

    found = opened(file, "people.json")

    assert [entry.place for entry in (found.entries[0], found.entries[1], found.entries[-1])] == ["line 1", "line 4", "line 298"]
    assert [one.place for one in found.left_out] == ["line 301"]
    assert file.text.counted <= 2 * len(file)  # once, and once more by JSON to say where its error is


def test_between_two_batches_of_a_list_others_have_their_turn_to_write(catalog: Catalog) -> None:
    people = "email,topics\n" + "".join(f"reader{n}@example.org,foxes\n" for n in range(2001))
    turns: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        turns.append((seconds, catalog.subscribers.count()))

    bring_in(catalog, people.encode(), "people.csv", Plan(), NOON, sleep=sleep)

    # SQLite's own waiting looks again after at most 100 ms (sqliteDefaultBusyCallback).
    assert turns == [(0.11, 1000), (0.11, 2000)]
