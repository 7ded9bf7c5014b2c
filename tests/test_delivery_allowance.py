"""How many letters may follow on those that were handed over: a provider's limit, a ramp, a quota that was reached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.allowance import Quota, in_words
from digest.model import Allowance, Handed, HeldBack

from .builders import NOON

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 7, 12, tzinfo=UTC)


def a_quota(**changes: object) -> Quota:
    return Quota(sender="digest@example.org", server="smtp.example.org", **changes)  # type: ignore[arg-type]


def test_without_a_limit_any_number_may_follow() -> None:
    assert a_quota().allowance(Handed(last_day=100_000, today=100_000), NOON) == Allowance()


@pytest.mark.parametrize(("handed_over", "left"), [(0, 500), (499, 1), (500, 0), (700, 0)])
def test_a_daily_limit_counts_the_24_hours_before(handed_over: int, left: int) -> None:
    allowance = a_quota(daily_limit=500).allowance(Handed(last_day=handed_over, oldest=MORNING), NOON)

    assert allowance == Allowance(letters=left, until=MORNING + timedelta(days=1), why="daily_limit of 500 reached", rolls=True)


@pytest.mark.parametrize(("days", "letters"), [(0, 500), (1, 1000), (2, 2000), (3, 4000)])
def test_a_new_sender_may_send_more_each_day_on_which_it_sends(days: int, letters: int) -> None:
    allowance = a_quota(ramp=(500, 1000, 2000, 4000)).allowance(Handed(days=days), NOON)

    assert (allowance.letters, allowance.newest_first, allowance.until, allowance.rolls) == (letters, True, MIDNIGHT, False)


def test_after_its_last_day_a_ramp_is_over() -> None:
    assert a_quota(ramp=(500, 1000)).allowance(Handed(days=2, today=9000), NOON) == Allowance()


def test_a_ramp_counts_what_was_sent_since_midnight() -> None:
    allowance = a_quota(ramp=(500, 1000)).allowance(Handed(days=1, today=400, last_day=900), NOON)

    assert (allowance.letters, allowance.why) == (600, "ramp of 1000 letters on day 2 of digest@example.org reached")


def test_a_ramp_that_is_reached_goes_on_at_midnight() -> None:
    moment = datetime(2026, 11, 23, 7, 12, 30, 1, tzinfo=UTC)

    allowance = a_quota(ramp=(500,)).allowance(Handed(today=500), moment)

    assert (allowance.letters, allowance.until) == (0, MIDNIGHT)


def test_the_least_of_limit_and_ramp_holds() -> None:
    both = a_quota(daily_limit=300, ramp=(500,))

    assert both.allowance(Handed(last_day=100, today=100, oldest=MORNING), NOON).letters == 200
    assert both.allowance(Handed(last_day=100, today=450), NOON).letters == 50


def test_the_limit_that_leaves_less_is_told_even_if_the_other_lasts_longer() -> None:
    allowance = a_quota(daily_limit=500, ramp=(500,)).allowance(Handed(last_day=100, today=450, oldest=NOON), NOON)

    assert (allowance.until, allowance.why, allowance.rolls) == (
        MIDNIGHT,
        "ramp of 500 letters on day 1 of digest@example.org reached",
        False,
    )


def test_of_two_limits_that_are_reached_the_one_that_lasts_longer_is_told() -> None:
    allowance = a_quota(daily_limit=500, ramp=(500,)).allowance(Handed(last_day=500, today=500, oldest=MORNING), NOON)

    assert (allowance.letters, allowance.until, allowance.why) == (0, MORNING + timedelta(days=1), "daily_limit of 500 reached")


def test_a_quota_that_the_server_spoke_of_holds_until_it_is_over() -> None:
    handed = Handed(rests_until=NOON + timedelta(hours=4), reply="550 5.4.5 Daily user sending limit exceeded.")
    why = "smtp.example.org takes no more for now (550 5.4.5 Daily user sending limit exceeded.)"

    assert a_quota().allowance(handed, NOON) == Allowance(letters=0, until=NOON + timedelta(hours=4), why=why)
    assert a_quota().allowance(handed, NOON + timedelta(hours=4)) == Allowance()


@pytest.mark.parametrize(
    ("letters", "until", "sentence"),
    [
        (120, MORNING + timedelta(days=1), "daily_limit of 500 reached: 120 letters wait until 07:12 UTC tomorrow"),
        (1, NOON + timedelta(hours=3), "daily_limit of 500 reached: 1 letter waits until 15:00 UTC"),
        (2, NOON + timedelta(days=2), "daily_limit of 500 reached: 2 letters wait until 12:00 UTC on 2026-11-25"),
    ],
)
def test_what_waits_is_told_with_its_hour(letters: int, until: datetime, sentence: str) -> None:
    assert in_words(HeldBack(letters=letters, until=until, why="daily_limit of 500 reached"), NOON) == sentence


COUNTS = st.integers(0, 10_000)


@given(COUNTS, st.lists(st.integers(1, 5000), max_size=5), COUNTS, COUNTS, st.integers(0, 8))
def test_what_may_follow_never_breaks_a_limit(limit: int, ramp: list[int], last_day: int, today: int, days: int) -> None:
    allowance = a_quota(daily_limit=limit, ramp=tuple(ramp)).allowance(Handed(last_day=last_day, today=today, days=days), NOON)

    letters = 0 if allowance.letters is None else allowance.letters
    assert letters >= 0
    assert not letters or not limit or last_day + letters <= limit
    assert not letters or days >= len(ramp) or today + letters <= ramp[days]
    assert (allowance.letters is None) == (not limit and days >= len(ramp))
