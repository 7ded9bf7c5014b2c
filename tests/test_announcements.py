"""When arXiv announces: evenings in New York, midnights of the feed, weekends and holidays, through the clocks' changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.announcements import Expectation, announcement, between, calendar, first_listed, latest_due, newest

KNOWN = calendar()
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


def test_sundays_announcement_is_mondays_listing_and_the_feed_has_it_at_midnight_in_new_york() -> None:
    found = announcement(KNOWN, date(2026, 11, 22))

    assert (found.listed_on, found.expectation) == (date(2026, 11, 23), Expectation.PAPERS)
    assert found.at == datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert found.due == datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_in_summer_the_feed_is_due_an_hour_earlier() -> None:
    assert announcement(KNOWN, date(2026, 7, 14)).due == datetime(2026, 7, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("evening", "expectation"),
    [
        (date(2026, 11, 20), Expectation.WEEKEND),
        (date(2026, 11, 21), Expectation.WEEKEND),
        (date(2026, 11, 26), Expectation.HOLIDAY),  # Thanksgiving
        (date(2026, 12, 31), Expectation.HOLIDAY),
        (date(2026, 7, 5), Expectation.UNSURE),  # the Sunday after a Friday on which arXiv does not work
        (date(2025, 7, 6), Expectation.HOLIDAY),  # given as a Sunday in that year
        (date(2026, 1, 21), Expectation.PAPERS),  # two days after a holiday, and no Sunday
        (date(2027, 11, 25), Expectation.PAPERS),  # a holiday that nobody has published yet
    ],
)
def test_what_an_evening_brings(evening: date, expectation: Expectation) -> None:
    assert announcement(KNOWN, evening).expectation is expectation


def test_a_listing_is_due_at_the_very_moment_of_its_feed() -> None:
    monday = announcement(KNOWN, date(2026, 11, 23))

    assert (latest_due(KNOWN, monday.due), newest(KNOWN, monday.due)) == (monday, monday)


def test_after_thanksgiving_the_newest_listing_is_still_thursdays() -> None:
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)

    assert latest_due(KNOWN, friday).listed_on == date(2026, 11, 26)
    assert newest(KNOWN, friday).expectation is Expectation.HOLIDAY


def test_a_year_can_be_made_known() -> None:
    more = calendar([date(2027, 11, 25)])

    assert announcement(more, date(2027, 11, 25)).expectation is Expectation.HOLIDAY
    assert (KNOWN.knows(2026), KNOWN.knows(2027), more.knows(2027)) == (True, False, True)


def test_a_month_of_holidays_is_looked_back_over() -> None:
    closed = calendar(date(2026, 10, 25) + timedelta(days=n) for n in range(31))

    assert latest_due(closed, datetime(2026, 11, 24, 12, tzinfo=UTC)).listed_on == date(2026, 10, 23)


def test_a_week_with_a_holiday_has_three_listings_between_its_ends() -> None:
    found = between(KNOWN, date(2026, 11, 23), date(2026, 11, 30))

    assert [a.listed_on for a in found] == [date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)]


@pytest.mark.parametrize(
    ("submitted", "listed"),
    [
        ("2026-11-23T18:59:59+00:00", date(2026, 11, 24)),  # Monday 13:59 in New York
        ("2026-11-23T19:00:00+00:00", date(2026, 11, 25)),  # Monday 14:00
        ("2026-11-20T18:00:00+00:00", date(2026, 11, 23)),  # Friday before two: Sunday's announcement
        ("2026-11-20T20:00:00+00:00", date(2026, 11, 24)),  # Friday after two: Monday's
        ("2026-11-22T20:00:00+00:00", date(2026, 11, 24)),
        ("2026-11-26T12:00:00+00:00", date(2026, 11, 30)),  # on Thanksgiving
    ],
)
def test_a_paper_is_listed_at_the_earliest_after_the_cut_off(submitted: str, listed: date) -> None:
    assert first_listed(KNOWN, datetime.fromisoformat(submitted)) == listed


@given(MOMENTS)
def test_what_is_due_is_due_and_no_later_one_is(now: datetime) -> None:
    due = latest_due(KNOWN, now)

    assert due.due <= now
    assert due.expectation.may_come
    assert min(later.due for later in between(KNOWN, due.listed_on, due.listed_on + timedelta(days=15))) > now


@given(MOMENTS)
def test_a_listing_follows_the_submission_within_a_week_and_a_holiday(submitted: datetime) -> None:
    waited = announcement(KNOWN, first_listed(KNOWN, submitted) - timedelta(days=1)).at - submitted

    assert timedelta(hours=6) <= waited <= timedelta(days=6)
