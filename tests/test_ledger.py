"""What a listing's line becomes, decided without a catalog: what came in once is not forgotten, and how long a failing source rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from digest.announcements import Announcement, Expectation
from digest.ledger import (
    Awaited,
    accepted_if_empty,
    after_failure,
    answered,
    awaited,
    completed,
    has_read_past,
    is_due_to_ask,
    is_given_up,
    is_left_alone,
    is_reported,
    judged,
    lost,
    marks,
    may_read_page,
    no_announcement,
    not_answered,
    recovered,
    replacements,
    taken_back,
    tried,
)
from digest.model import Batch, Dropped, LedgerLine, Listing, ListingState, Trouble, Way

from .builders import NOON, a_batch, a_paper

DAY = date(2026, 11, 23)
BLANK = LedgerLine(source="arxiv", part="cs.LG", day=DAY, state=ListingState.STALE, first_tried=NOON, tried_at=NOON)
DUE = Announcement(announced=DAY - timedelta(days=1), listed_on=DAY, at=NOON - timedelta(hours=4), due=NOON, expectation=Expectation.PAPERS)
UNSURE = replace(DUE, expectation=Expectation.UNSURE)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FRESH = replace(BLANK, state=ListingState.FRESH, fetched=1, expected=9, marks=frozenset({"arxiv:2611.00001"}))


def test_a_day_on_which_a_source_answered_stays_so_when_it_says_nothing_more_or_fails() -> None:
    quiet = answered(FRESH, BLANK, Batch(source="arxiv", sightings=(), cursor=""), frozenset())

    assert (quiet.state, not_answered(FRESH, BLANK, "refused")) == (ListingState.FRESH, ())


def test_a_day_on_which_a_source_failed_before_notes_that_it_failed_again() -> None:
    (once,) = not_answered(None, BLANK, "refused")
    (again,) = not_answered(once, BLANK, "refused")

    assert (again.state, once.tries, again.tries) == (ListingState.FAILED, 1, 2)


def test_what_was_taken_for_a_listing_stays_marked_when_it_is_read_later_or_left_out() -> None:
    later = recovered(lost(FRESH, BLANK, "timed out"), BLANK, a_batch(a_paper("arxiv:2611.00002")))

    assert later.marks == {"arxiv:2611.00001", "arxiv:2611.00002"}
    assert no_announcement(FRESH, BLANK).marks == {"arxiv:2611.00001"}


def test_papers_that_come_later_take_nothing_from_what_was_expected() -> None:
    more = completed(FRESH, a_batch(a_paper("arxiv:2611.00002")))

    assert (more.fetched, more.expected) == (2, 9)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"day": DAY - timedelta(days=1)}, False),
        ({"way": Way.PAGE}, False),
        ({"state": ListingState.FAILED}, False),
    ],
)
def test_a_page_of_past_listings_counts_from_that_day_on_if_it_was_read(changes: dict[str, object], counts: bool) -> None:
    past = replace(FRESH, **{"way": Way.PAST, **changes})  # type: ignore[arg-type]

    assert has_read_past([replace(FRESH, way=Way.FEED), past], DAY) is counts


@pytest.mark.parametrize(("failures", "hours"), [(4, None), (5, 1), (6, 2), (9, 16), (10, 24), (50, 24)])
def test_a_source_that_keeps_failing_rests_ever_longer_and_at_most_a_day(failures: int, hours: int | None) -> None:
    trouble = after_failure(Trouble("lab", failures - 1, NOON, None, ""), "lab", "refused", NOON)

    assert (trouble.silent_until, is_reported(trouble)) == (hours and NOON + timedelta(hours=hours), failures <= 5)


@pytest.mark.parametrize(("failures", "hours", "rest"), [(1, 3, 3), (5, 3, 3), (7, 3, 4), (1, 90, 24)])
def test_a_source_that_asks_to_be_left_alone_is_so_for_a_day_at_most(failures: int, hours: int, rest: int) -> None:
    trouble = after_failure(Trouble("lab", failures - 1, NOON, None, ""), "lab", "busy", NOON, timedelta(hours=hours))

    assert trouble.silent_until == NOON + timedelta(hours=rest)


@pytest.mark.parametrize(
    ("silent_until", "is_left"),
    [(None, False), (NOON, False), (NOON + SECOND, True), (NOON + 24 * HOUR, True), (NOON + 24 * HOUR + SECOND, False)],
)
def test_a_source_is_left_alone_until_its_rest_is_over_and_no_longer_than_any_is(silent_until: datetime | None, is_left: bool) -> None:
    assert is_left_alone(Trouble("lab", 5, NOON, silent_until, "refused"), NOON) is is_left
    assert not is_left_alone(None, NOON)


# --- when a listing is asked for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "is_due"),
    [
        (None, True),
        (FRESH, False),
        (BLANK, True),
        (replace(BLANK, next_try=NOON), True),
        (replace(BLANK, next_try=NOON + SECOND), False),
        (replace(BLANK, next_try=NOON + HOUR), False),
        (replace(BLANK, next_try=NOON + HOUR + SECOND), True),
    ],
    ids=["never asked", "in", "no pause", "pause over", "in a pause", "longest pause", "a pause of a wrong clock"],
)
def test_a_listing_is_asked_for_until_it_is_in_and_not_in_a_pause(line: LedgerLine | None, is_due: bool) -> None:
    assert is_due_to_ask(line, NOON) is is_due


@pytest.mark.parametrize(
    ("waited", "pause"),
    [
        (timedelta(0), 10 * MINUTE),
        (45 * MINUTE - SECOND, 10 * MINUTE),
        (45 * MINUTE, 30 * MINUTE),
        (6 * HOUR - SECOND, 30 * MINUTE),
        (6 * HOUR, HOUR),
    ],
)
def test_a_listing_that_does_not_come_is_asked_for_less_and_less_often(waited: timedelta, pause: timedelta) -> None:
    after = tried(replace(BLANK, tried_at=NOON + waited, tries=2), DUE)

    assert (after.tries, after.next_try) == (3, NOON + waited + pause)


@pytest.mark.parametrize(
    ("batch", "is_read"),
    [
        (None, False),
        (Batch(source="arxiv"), True),
        (Batch(source="arxiv", unchanged=True), False),
        (Batch(source="arxiv", dropped=(Dropped("3", "no title"),)), False),
        (a_batch(a_paper()), False),
    ],
    ids=["no answer", "empty", "as it was", "not to be read", "old papers"],
)
def test_a_page_is_read_at_once_only_where_the_feed_is_empty(batch: Batch | None, is_read: bool) -> None:
    assert may_read_page(DUE, batch, NOON + 45 * MINUTE - SECOND) is is_read
    assert may_read_page(DUE, batch, NOON + 45 * MINUTE)


def test_a_listing_is_given_up_once_six_hours_after_it_was_due() -> None:
    early, late, later = (replace(BLANK, tried_at=NOON + waited) for waited in (6 * HOUR - SECOND, 6 * HOUR, 7 * HOUR))

    assert [is_given_up(None, line, DUE) for line in (early, late, later)] == [False, True, True]
    assert (is_given_up(early, late, DUE), is_given_up(late, later, DUE)) == (True, False)
    assert not is_given_up(early, late, UNSURE)
    assert not is_given_up(early, replace(late, state=ListingState.FRESH), DUE)


def test_what_is_due_is_waited_for_until_it_is_in_or_given_up() -> None:
    assert awaited("arxiv", "cs.LG", BLANK, DUE, NOON + 6 * HOUR - SECOND) == Awaited("arxiv cs.LG", NOON + 6 * HOUR)
    assert awaited("lab", "", None, UNSURE, NOON) == Awaited("lab", NOON + 45 * MINUTE, is_sure=False)
    assert awaited("arxiv", "cs.LG", FRESH, DUE, NOON) is None
    assert awaited("arxiv", "cs.LG", BLANK, DUE, NOON + 6 * HOUR) is None


@pytest.mark.parametrize(
    ("announced", "batch", "waited", "is_believed"),
    [
        (DUE, Batch(source="arxiv", listed_on=DAY), 6 * HOUR, True),
        (DUE, Batch(source="arxiv", listed_on=DAY), 6 * HOUR - SECOND, False),
        (DUE, Batch(source="arxiv", listed_on=DAY - timedelta(days=1)), 6 * HOUR, False),
        (DUE, Batch(source="arxiv"), 6 * HOUR, False),
        (DUE, Batch(source="arxiv", listed_on=DAY, unchanged=True), 6 * HOUR, False),
        (DUE, replace(a_batch(a_paper()), listed_on=DAY), 6 * HOUR, False),
        (UNSURE, Batch(source="arxiv"), 6 * HOUR, True),
    ],
)
def test_an_empty_listing_of_the_right_date_is_believed_in_the_end(
    announced: Announcement, batch: Batch, waited: timedelta, is_believed: bool
) -> None:
    line = replace(BLANK, tried_at=NOON + waited, next_try=NOON + 7 * HOUR)

    after = accepted_if_empty(line, announced, batch)

    assert after == (replace(line, state=ListingState.EMPTY, next_try=None) if is_believed else line)


def test_a_listing_that_came_late_in_an_evening_that_may_have_none_stays_what_it_is() -> None:
    late = replace(FRESH, tried_at=NOON + 7 * HOUR)

    assert accepted_if_empty(late, UNSURE, Batch(source="arxiv")) == late


def test_of_a_line_that_a_clock_which_was_ahead_noted_its_marks_stay() -> None:
    noted = replace(FRESH, next_try=NOON + HOUR, tries=2, new=1, message="refused", is_cut=True)

    assert taken_back(noted) == replace(BLANK, marks=FRESH.marks)


def test_a_replacement_is_told_by_its_version() -> None:
    again = a_batch(a_paper("arxiv:2611.00001", version=2), kind=Listing.REPLACE)

    assert (marks(again), replacements(again)) == ({"arxiv:2611.00001v2"}, {"arxiv:2611.00001v2"})
    assert (marks(a_batch(a_paper("arxiv:2611.00001"))), replacements(a_batch(a_paper()))) == ({"arxiv:2611.00001"}, frozenset())


# --- what an answer makes of a line -------------------------------------------------------------------------------------

OLDER = DAY - timedelta(days=3)
PAPER = a_batch(a_paper("arxiv:2611.00002"))
MARK = frozenset({"arxiv:2611.00002"})


@pytest.mark.parametrize(
    ("known", "listed_on", "state"),
    [
        (frozenset(), OLDER, ListingState.STALE),
        (frozenset(), DAY, ListingState.FRESH),
        (frozenset(), None, ListingState.FRESH),
        (FRESH.marks, OLDER, ListingState.FRESH),
        (MARK, DAY, ListingState.STALE),
    ],
    ids=["never read, older", "never read, of the day", "never read, no date", "read before, older", "read before, the same again"],
)
def test_only_of_a_part_that_was_never_read_the_date_says_something(
    known: frozenset[str], listed_on: date | None, state: ListingState
) -> None:
    assert judged(None, BLANK, DUE, replace(PAPER, listed_on=listed_on), known, way=Way.FEED).state is state


AGAIN = a_batch(a_paper("arxiv:2611.00003", version=2), kind=Listing.REPLACE)
DROPPED = (Dropped("3", "no title"),)


@pytest.mark.parametrize(
    ("batch", "state"),
    [
        (replace(PAPER, listed_on=DAY), ListingState.FRESH),
        (replace(PAPER, listed_on=DAY, dropped=DROPPED), ListingState.FRESH),
        (Batch(source="arxiv", listed_on=DAY), ListingState.FRESH),
        (Batch(source="arxiv", listed_on=DAY, dropped=DROPPED), ListingState.STALE),
        (replace(PAPER, listed_on=OLDER), ListingState.STALE),
        (replace(AGAIN, listed_on=OLDER), ListingState.STALE),
        (replace(AGAIN, listed_on=None), ListingState.FRESH),
    ],
    ids=["known papers", "some not to be read", "empty", "none to be read", "another day", "replacements of another day", "no day"],
)
def test_a_page_is_believed_for_its_day_also_where_its_papers_are_known(batch: Batch, state: ListingState) -> None:
    before = replace(BLANK, state=ListingState.FAILED, tries=2)

    after = judged(before, BLANK, DUE, batch, MARK, way=Way.PAGE)

    assert (after.state, after.tries, after.way) == (state, 2, Way.PAGE)


@pytest.mark.parametrize(
    ("batch", "state"),
    [
        (AGAIN, ListingState.FRESH),
        (replace(AGAIN, listed_on=OLDER), ListingState.FRESH),
        (replace(AGAIN, sightings=(*PAPER.sightings, *AGAIN.sightings)), ListingState.STALE),
    ],
    ids=["nothing else", "nothing else, under an older date", "beside papers that were listed before"],
)
def test_new_replacements_make_a_feed_fresh_only_where_there_is_nothing_else(batch: Batch, state: ListingState) -> None:
    assert judged(None, BLANK, DUE, batch, MARK, way=Way.FEED).state is state


def test_what_a_stale_feed_lists_is_not_marked_as_of_the_day_that_is_due() -> None:
    assert judged(None, BLANK, DUE, PAPER, MARK, way=Way.FEED).marks == frozenset()


def test_a_listing_that_says_how_many_papers_it_has_is_taken_at_its_word() -> None:
    assert judged(None, BLANK, DUE, replace(PAPER, announced=5), frozenset(), way=Way.FEED).expected == 5


def test_a_line_goes_on_with_what_was_tried_before() -> None:
    before = replace(BLANK, tries=2, message="refused", marks=FRESH.marks)
    blank = replace(BLANK, first_tried=NOON + HOUR, tried_at=NOON + HOUR)

    after = judged(before, blank, DUE, replace(PAPER, is_cut=True), FRESH.marks, way=Way.FEED)

    fresh = replace(before, state=ListingState.FRESH, tried_at=NOON + HOUR, message="", is_cut=True, expected=1, fetched=1)
    assert after == replace(fresh, marks=FRESH.marks | MARK)


def test_of_a_part_that_was_never_read_the_papers_of_an_older_listing_are_marked() -> None:
    after = judged(None, BLANK, DUE, replace(PAPER, listed_on=OLDER), frozenset(), way=Way.FEED)

    assert (after.marks, after.tries, after.next_try) == (MARK, 1, NOON + 10 * MINUTE)


def test_what_a_line_becomes_that_was_missed_is_read_later_lost_or_left_out() -> None:
    blank = replace(BLANK, tried_at=NOON + HOUR)
    before = replace(BLANK, tries=2)

    lost_line = lost(before, blank, "timed out")
    read = recovered(None, blank, replace(PAPER, announced=5))

    assert lost_line == replace(
        before, state=ListingState.FAILED, tries=3, tried_at=NOON + HOUR, next_try=NOON + 2 * HOUR, message="timed out", way=Way.PAST
    )
    assert lost(None, blank, "timed out").tries == 1
    assert read == replace(blank, state=ListingState.FRESH, way=Way.PAST, expected=5, fetched=1, marks=MARK)
    assert no_announcement(None, blank) == replace(blank, state=ListingState.EMPTY, way=Way.PAST, expected=0)


@pytest.mark.parametrize(("was_cut", "is_cut", "stays"), [(True, True, True), (True, False, False), (False, True, False)])
def test_a_listing_is_cut_until_one_answer_was_whole(was_cut: bool, is_cut: bool, stays: bool) -> None:
    line = replace(FRESH, is_cut=was_cut, expected=None, next_try=NOON)

    more = completed(line, replace(PAPER, announced=7, is_cut=is_cut))

    assert more == replace(line, next_try=None, expected=7, fetched=2, is_cut=stays, marks=FRESH.marks | MARK)
    assert completed(line, replace(PAPER, is_cut=is_cut)).expected == 2


def test_a_source_without_a_calendar_is_quiet_on_a_day_until_something_is_new() -> None:
    blank = replace(BLANK, tried_at=NOON + HOUR, way=Way.FEED)
    failed = replace(BLANK, state=ListingState.FAILED, tries=2, message="refused", next_try=NOON, way=Way.PAGE)

    quiet = answered(failed, blank, PAPER, MARK)
    fresh = answered(quiet, blank, PAPER, frozenset())

    assert quiet == replace(blank, state=ListingState.QUIET, first_tried=NOON)
    assert fresh == replace(quiet, state=ListingState.FRESH, fetched=1, marks=MARK)
    assert answered(None, blank, PAPER, MARK) == quiet
    assert not_answered(None, blank, "refused") == (replace(blank, state=ListingState.FAILED, tries=1, message="refused"),)
    assert not_answered(failed, blank, "gone")[0].tried_at == NOON + HOUR


def test_a_source_fails_since_its_first_failure() -> None:
    first = after_failure(None, "lab", "refused", NOON)
    second = after_failure(first, "lab", "gone", NOON + HOUR)

    assert first == Trouble("lab", 1, NOON, None, "refused")
    assert second == Trouble("lab", 2, NOON, None, "gone")
