"""The ledger's lines: written with their papers or not at all, the newer in the place of the older, marks kept for some days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import StatementError

from digest.catalog import Catalog
from digest.errors import UsageError
from digest.model import LedgerLine, ListingState, SourceOptions, Trouble, Way

from .builders import NOON, a_batch, a_paper

MONDAY, DAY = date(2026, 11, 23), timedelta(days=1)
LINE = LedgerLine(
    source="arxiv",
    part="cs.LG",
    day=MONDAY,
    state=ListingState.STALE,
    first_tried=NOON,
    tried_at=NOON + DAY,
    next_try=NOON + 2 * DAY,
    expected=3,
    fetched=2,
    new=1,
    tries=4,
    way=Way.PAGE,
    message="answers 503",
    is_cut=True,
    marks=frozenset({"arxiv:2611.00001", "arxiv:2611.00002v3"}),
)


def test_a_line_comes_back_as_it_was_written(catalog: Catalog) -> None:
    catalog.ledger.write([LINE])

    assert catalog.ledger.lines("arxiv", "cs.LG", MONDAY) == (LINE,)
    assert catalog.ledger.since(MONDAY) == (replace(LINE, marks=frozenset()),)
    assert catalog.ledger.since(MONDAY + DAY) == ()


def test_the_newer_line_of_a_day_takes_the_place_of_the_older(catalog: Catalog) -> None:
    catalog.ledger.write([LINE])
    catalog.papers.record(a_batch(a_paper()), NOON, [replace(LINE, state=ListingState.FRESH, next_try=None)])

    assert [line.state for line in catalog.ledger.since(MONDAY)] == [ListingState.FRESH]


def test_papers_and_lines_are_stored_together_or_not_at_all(catalog: Catalog) -> None:
    broken = replace(LINE, tried_at=NOON.replace(tzinfo=None))

    with pytest.raises(StatementError):
        catalog.papers.record(a_batch(a_paper(), cursor="far"), NOON, [LINE, broken])

    assert catalog.papers.find(["arxiv:2611.00001"]) == {}
    assert (catalog.sources.cursor("arxiv"), catalog.ledger.since(MONDAY)) == ("", ())


def test_marks_are_let_go_of_after_fifteen_days(catalog: Catalog) -> None:
    catalog.ledger.write([LINE, replace(LINE, day=MONDAY + 15 * DAY)])
    kept = [bool(line.marks) for line in catalog.ledger.lines("arxiv", "cs.LG", MONDAY)]
    catalog.ledger.write([replace(LINE, day=MONDAY + 16 * DAY)])

    assert kept == [True, True]
    assert [bool(line.marks) for line in catalog.ledger.lines("arxiv", "cs.LG", MONDAY)] == [False, True, True]


def test_a_trouble_is_kept_until_it_is_mended(catalog: Catalog) -> None:
    trouble = Trouble("journal", 5, NOON, NOON + DAY, "answers 503")
    catalog.ledger.trouble(trouble)
    known = catalog.ledger.troubles()
    catalog.ledger.mended("journal")

    assert (known, catalog.ledger.troubles()) == ({"journal": trouble}, {})


def test_a_source_that_is_added_or_resumed_is_asked_however_often_one_of_its_name_failed_before(catalog: Catalog) -> None:
    for name in ("lab", "journal"):
        catalog.ledger.trouble(Trouble(name, 9, NOON, NOON + DAY, "answers 503"))
    catalog.own_sources.pause("lab", NOON)
    paused = catalog.ledger.troubles().keys()

    catalog.own_sources.add(SourceOptions(name="journal", kind="feed", url="https://example.org/feed"), NOON)
    catalog.own_sources.pause("lab", NOON, paused=False)

    assert (len(paused), catalog.ledger.troubles()) == (2, {})


def test_sources_of_the_file_and_of_commands_are_one_list_with_their_pauses(catalog: Catalog) -> None:
    arxiv = SourceOptions(name="arxiv", kind="arxiv", holidays=(date(2027, 1, 18),))
    journal = SourceOptions(name="journal", kind="feed", url="https://example.org/feed", categories=("a", "b"), holidays=(MONDAY,))
    catalog.own_sources.add(journal, NOON)
    catalog.own_sources.pause("arxiv", NOON)
    catalog.own_sources.pause("journal", NOON)
    catalog.own_sources.pause("journal", NOON, paused=False)

    assert catalog.own_sources.merged((arxiv,)) == (replace(arxiv, paused=True), journal)
    assert (catalog.own_sources.remove("arxiv"), catalog.own_sources.remove("journal")) == (False, True)
    assert catalog.own_sources.merged((arxiv,)) == (replace(arxiv, paused=True),)


def test_one_name_for_two_sources_is_refused(catalog: Catalog) -> None:
    catalog.own_sources.add(SourceOptions(name="arxiv", kind="feed", url="https://example.org/feed"), NOON)

    with pytest.raises(UsageError):
        catalog.own_sources.merged((SourceOptions(name="arxiv", kind="arxiv"),))
