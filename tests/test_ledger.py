"""What a listing's line becomes, decided without a catalog: what came in once is not forgotten, and how long a failing source rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.ledger import after_failure, answered, answered_not, completed, is_told, lost, none_made, recovered
from digest.model import Batch, LedgerLine, ListingState, Trouble

from .builders import NOON, a_batch, a_paper

DAY = date(2026, 11, 23)
BLANK = LedgerLine(source="arxiv", part="cs.LG", day=DAY, state=ListingState.STALE, first_tried=NOON, tried_at=NOON)
FRESH = replace(BLANK, state=ListingState.FRESH, fetched=1, expected=9, marks=frozenset({"arxiv:2611.00001"}))


def test_a_day_on_which_a_source_answered_stays_so_when_it_says_nothing_more_or_fails() -> None:
    quiet = answered(FRESH, BLANK, Batch(source="arxiv", sightings=(), cursor=""), frozenset())

    assert (quiet.state, answered_not(FRESH, BLANK, "refused")) == (ListingState.FRESH, ())


def test_a_day_on_which_a_source_failed_before_notes_that_it_failed_again() -> None:
    (once,) = answered_not(None, BLANK, "refused")
    (again,) = answered_not(once, BLANK, "refused")

    assert (again.state, once.tries, again.tries) == (ListingState.FAILED, 1, 2)


def test_what_was_taken_for_a_listing_stays_marked_when_it_is_read_later_or_left_out() -> None:
    later = recovered(lost(FRESH, BLANK, "timed out"), BLANK, a_batch(a_paper("arxiv:2611.00002")))

    assert later.marks == {"arxiv:2611.00001", "arxiv:2611.00002"}
    assert none_made(FRESH, BLANK).marks == {"arxiv:2611.00001"}


def test_papers_that_come_later_take_nothing_from_what_was_expected() -> None:
    more = completed(FRESH, a_batch(a_paper("arxiv:2611.00002")))

    assert (more.fetched, more.expected) == (2, 9)


@pytest.mark.parametrize(("failures", "hours"), [(4, None), (5, 1), (6, 2), (9, 16), (10, 24), (50, 24)])
def test_a_source_that_keeps_failing_rests_ever_longer_and_at_most_a_day(failures: int, hours: int | None) -> None:
    trouble = after_failure(Trouble("lab", failures - 1, NOON, None, ""), "lab", "refused", NOON)

    assert (trouble.silent_until, is_told(trouble)) == (hours and NOON + timedelta(hours=hours), failures <= 5)


@pytest.mark.parametrize(("failures", "hours", "rest"), [(1, 3, 3), (5, 3, 3), (7, 3, 4), (1, 90, 24)])
def test_a_source_that_asks_to_be_left_alone_is_so_for_a_day_at_most(failures: int, hours: int, rest: int) -> None:
    trouble = after_failure(Trouble("lab", failures - 1, NOON, None, ""), "lab", "busy", NOON, timedelta(hours=hours))

    assert trouble.silent_until == NOON + timedelta(hours=rest)
