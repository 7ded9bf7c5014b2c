"""When enough has come back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.bounces.scoring import score
from digest.model import Mark

from .builders import NOON

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DAYS = st.integers(0, 20)
POINTS = st.sampled_from([0.0, 0.5, 1.0])
MARKS = st.lists(
    st.builds(lambda day, hour, points: Mark(at=NOON + day * DAY + timedelta(hours=hour), points=points), DAYS, st.integers(0, 11), POINTS)
)
END = NOON + 21 * DAY


def full(*days: int) -> list[Mark]:
    return [Mark(at=NOON + day * DAY, points=1.0) for day in days]


def test_three_days_of_full_failures_come_to_three() -> None:
    assert score(full(0, 1, 2), [], NOON + 2 * DAY) == 3.0


def test_a_day_counts_what_its_worst_letter_counts() -> None:
    marks = [Mark(at=NOON, points=0.5), Mark(at=NOON + timedelta(hours=1), points=1.0), Mark(at=NOON + timedelta(hours=2), points=0.5)]

    assert score(marks, [], NOON) == 1.0


def test_a_letter_that_arrived_takes_back_what_came_before_it() -> None:
    assert score(full(0, 1, 9), [NOON + 2 * DAY], NOON + 9 * DAY) == 1.0


def test_a_letter_of_yesterday_may_still_come_back() -> None:
    assert score(full(0, 1), [NOON + 2 * DAY], NOON + 3 * DAY) == 2.0


@pytest.mark.parametrize(("since", "points"), [(7 * DAY - SECOND, 2.0), (7 * DAY, 0.0)])
def test_a_letter_that_did_not_come_back_for_a_week_has_arrived(since: timedelta, points: float) -> None:
    assert score(full(0, 1), [NOON + 2 * DAY], NOON + 2 * DAY + since) == points


def test_a_weekly_reader_whose_every_letter_returns_is_not_forgiven_each_week() -> None:
    assert score(full(0, 7, 14), [], NOON + 14 * DAY) == 3.0


def test_what_returned_more_than_60_days_ago_counts_no_more() -> None:
    assert score(full(0), [], NOON + 60 * DAY) == 1.0
    assert score(full(0), [], NOON + 60 * DAY + SECOND) == 0.0


@given(MARKS, st.randoms(use_true_random=False))
def test_the_order_in_which_reports_are_read_does_not_matter(marks: list[Mark], random: object) -> None:
    mixed = list(marks)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    assert score(mixed, [], END) == score(marks, [], END)


@given(MARKS)
def test_the_same_reports_again_change_nothing(marks: list[Mark]) -> None:
    assert score(marks * 50, [], END) == score(marks, [], END)


@given(MARKS)
def test_no_day_counts_more_than_one(marks: list[Mark]) -> None:
    assert score(marks, [], END) <= len({mark.at.date() for mark in marks})


@given(MARKS, MARKS)
def test_another_report_never_helps_an_address(marks: list[Mark], more: list[Mark]) -> None:
    assert score([*marks, *more], [], END) >= score(marks, [], END)


@given(MARKS, st.lists(DAYS.map(lambda day: NOON + day * DAY)))
def test_a_letter_that_arrived_never_harms_an_address(marks: list[Mark], arrived: list[object]) -> None:
    assert score(marks, arrived, END) <= score(marks, [], END)  # type: ignore[arg-type]  # they are datetimes


@given(MARKS, MARKS, st.lists(DAYS.map(lambda day: NOON + day * DAY)))
def test_a_return_that_counts_nothing_changes_nothing(marks: list[Mark], more: list[Mark], arrived: list[datetime]) -> None:
    nothing = [Mark(at=mark.at, points=0.0) for mark in more]

    assert score([*marks, *nothing], arrived, END) == score(marks, arrived, END)
