"""A list of a hundred thousand people is taken in and given back as one of ten is: nothing is gone through once for each of them."""

from __future__ import annotations

import gc
import io
from pathlib import Path
from typing import Any

from digest.catalog import Catalog, open_catalog
from digest.catalog.people.intake import BATCH
from digest.model import Subscription, Suppression, SuppressionReason
from digest.people import Plan, as_json_lines, bring_in
from digest.people.opening import values
from digest.people.persons import Entry
from digest.people.records import subscription_record, suppression_record

from .builders import NOON, a_subscription


class _Counting(str):
    """A text that knows how many of its characters were counted."""

    counted = 0

    def count(self, part: str, *bounds: Any) -> int:
        self.counted += len(range(*slice(*(bounds or (None,))).indices(len(self))))
        return super().count(part, *bounds)


def test_where_a_record_stands_is_not_counted_from_the_beginning_for_each() -> None:
    text = _Counting('{\n"email": "ana@example.org"\n}\n' * 100 + "{\n")

    found = list(values(text))

    assert [found[n][0] for n in (0, 1, -2, -1)] == ["line 1", "line 4", "line 298", "line 301"]
    assert isinstance(found[-1][1], ValueError)
    assert text.counted <= 2 * len(text)  # once, and once more by JSON to say where its error is


def test_between_two_batches_of_a_list_others_have_their_turn_to_write(catalog: Catalog) -> None:
    people = "email,topics\n" + "".join(f"reader{n}@example.org,foxes\n" for n in range(2001))
    turns: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        turns.append((seconds, catalog.subscribers.count()))

    bring_in(catalog, io.BytesIO(people.encode()), "people.csv", Plan(), NOON, sleep=sleep)

    # SQLite's own waiting looks again after at most 100 ms (sqliteDefaultBusyCallback).
    assert turns == [(0.11, 1000), (0.11, 2000)]


def an_export(*coming: Subscription, lines: int = 0) -> io.BytesIO:
    """Our own export of these, with so many lines of a suppression list behind them."""
    refused = [
        Suppression(hash=n.to_bytes(32), key=b"k" * 32, reason=SuppressionReason.BOUNCED, at=NOON, origin="a bounce") for n in range(lines)
    ]
    records = [*map(subscription_record, coming), *map(suppression_record, refused)]
    return io.BytesIO("".join(as_json_lines(records)).encode())


def alive() -> int:
    """Records of an export, read or made into subscriptions, that are in memory."""
    return sum(type(one) in (Entry, Subscription) for one in gc.get_objects())


def test_an_export_of_ours_is_never_all_in_memory(catalog: Catalog) -> None:
    file = an_export(*(a_subscription(f"reader{n}@example.org") for n in range(3 * BATCH + 1)))
    before = alive()
    held: list[int] = []

    bring_in(catalog, file, "all", Plan(), NOON, dry_run=True, sleep=lambda _: held.append(alive() - before))

    assert max(held) <= 2 * BATCH + 100  # what was taken in, and what is next


def test_a_reader_whose_records_stand_far_apart_comes_in_as_one(catalog: Catalog) -> None:
    between = [a_subscription(f"reader{n}@example.org") for n in range(BATCH)]
    left, later = a_subscription("ana@example.org", left_at=NOON), a_subscription("Ana@example.org", "later")

    brought = bring_in(catalog, an_export(left, *between, later), "all", Plan(), NOON, sleep=lambda _: None)

    assert (brought.added, brought.refused) == (BATCH + 2, [])
    assert [s.name for s in catalog.subscribers.find("ana@example.org")] == [left.name, "later"]


def test_a_long_suppression_list_leaves_others_their_turn_too(catalog: Catalog) -> None:
    turns: list[int] = []

    brought = bring_in(catalog, an_export(lines=2001), "all", Plan(), NOON, sleep=lambda _: turns.append(len(catalog.suppressions.all())))

    assert turns == [1000, 2000]
    assert brought.suppressed == {"of the other catalog": 2001}


def test_who_was_not_marked_because_an_import_was_ended_is_marked_by_the_next(catalog: Catalog, tmp_path: Path) -> None:
    catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    with open_catalog(str(tmp_path / "there.db")) as there:
        there.suppressions.add("ana@example.org", SuppressionReason.BOUNCED, NOON, "a bounce")
        lines = there.suppressions.all()
    catalog.intake.adopt(lines, NOON)  # and here the process died

    bring_in(catalog, io.BytesIO("".join(as_json_lines(map(suppression_record, lines))).encode()), "all", Plan(), NOON)

    assert catalog.subscribers.active_ids(NOON) == ()
