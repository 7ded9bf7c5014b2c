"""A clock that was wrong and was mended: what was noted under it keeps no listing out and is not lost, and nobody waits for its hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from digest.catalog import Catalog
from digest.ledger import after_failure, is_left_alone
from digest.model import Edition, Facts, ListingState, Newest
from digest.run.pulling.newest import newest_listings
from tests.announcing import Announced, listing, unreachable
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.run_parts import parts_with, published, shown
from tests.test_run_announced import line, listed, parts_of, pulled

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, 23 + n) for n in range(3))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_a_listing_that_was_taken_for_one_to_come_does_not_keep_that_one_out(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, has_pages=False)
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=TUESDAY)
    pulled(catalog, source, DUE + 2 * DAY)  # it is Tuesday, and the clock says Wednesday
    pulled(catalog, source, DUE + DAY + HOUR)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)

    pulled(catalog, source, DUE + 2 * DAY + HOUR)

    assert [number for number, _ in listed(catalog)] == ["01", "02", "03"]
    assert line(catalog, WEDNESDAY).state is ListingState.FRESH


def test_no_letter_says_that_a_listing_to_come_has_not_come(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, has_pages=False)
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=TUESDAY)
    pulled(catalog, source, DUE + 2 * DAY)  # it is Tuesday, and the clock says Wednesday
    source.feeds["cs.LG"] = listing(2, 3, on=TUESDAY)
    pulled(catalog, source, DUE + DAY + HOUR)

    told = newest_listings(parts_of(catalog, source), DUE + DAY + HOUR).of_category("cs.LG")

    assert told == Newest(ListingState.FRESH, MONDAY, fetched=2, expected=2)  # announced on Monday, listed on Tuesday


def test_papers_that_a_wrong_clock_took_for_tomorrows_make_their_own_day_complete(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE + 2 * DAY)  # it is Monday, and the clock says Wednesday

    pulled(catalog, source, DUE + HOUR)
    source.feeds["cs.LG"] = listing(2, on=TUESDAY)
    pulled(catalog, source, DUE + DAY)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)
    pulled(catalog, source, DUE + 2 * DAY)

    assert [number for number, _ in listed(catalog)] == ["01", "02", "03"]
    assert [line(catalog, day).state for day in (MONDAY, TUESDAY, WEDNESDAY)] == [ListingState.FRESH] * 3


def test_a_listing_whose_next_try_a_wrong_clock_set_is_asked_for_at_once(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": unreachable()})
    pulled(catalog, source, DUE + 9 * HOUR)
    source.feeds["cs.LG"] = listing(1, on=MONDAY)

    pulled(catalog, source, DUE + 10 * MINUTE)

    assert line(catalog, MONDAY).state is ListingState.FRESH
    assert parts_of(catalog, source).awaited(DUE + HOUR) == ()


def test_a_source_that_a_wrong_clock_left_alone_is_asked_again() -> None:
    trouble = None
    for _ in range(5):
        trouble = after_failure(trouble, "journal", "does not answer", DUE + 400 * DAY)

    assert is_left_alone(trouble, DUE + 400 * DAY)
    assert not is_left_alone(trouble, DUE)


@pytest.mark.parametrize(
    ("edition", "votes"), [(None, Facts()), (Edition(name="cs.LG"), Facts()), (Edition(name="trending"), Facts(votes=3))]
)
def test_papers_listed_while_the_clock_was_a_year_behind_come_with_the_next_letter(
    catalog: Catalog, edition: Edition | None, votes: Facts
) -> None:
    catalog.subscribers.add(a_subscription(edition=edition, profile=None if edition else a_profile("foxes")), NOON - DAY)
    before, meanwhile = (a_paper(f"arxiv:2611.0000{n}", f"Foxes, part {n}", facts=votes) for n in (1, 2))
    catalog.papers.record(a_batch(before), NOON)
    published(parts_with(catalog))
    catalog.papers.record(a_batch(meanwhile), NOON - 365 * DAY)
    catalog.papers.record(a_batch(before, meanwhile), NOON + DAY)

    (issue,) = published(parts_with(catalog), NOON + DAY)

    assert shown(issue) == [meanwhile.key]
    assert [(looked.announced, looked.read) for looked in issue.looked] == [(1, 1)]


def test_what_was_listed_after_a_fast_clock_is_not_taken_for_new_once_its_hours_have_come(catalog: Catalog) -> None:
    for number, day, noted in ((1, 65, 20), (2, 60, 60), (3, 0, 0)):
        paper = a_paper(f"arxiv:2611.0000{number}", f"Foxes, part {number}")
        catalog.papers.record(a_batch(paper, on=(NOON - day * DAY).date()), NOON - noted * DAY)
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes")), NOON - DAY)

    (issue,) = published(parts_with(catalog), NOON + DAY)

    assert shown(issue) == ["arxiv:2611.00003"]
