"""When letters are due: one per occasion in every zone, whatever the clocks do that night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.cadence import Reached, due, due_for, is_of_now, next_due, past, reached_by
from digest.errors import ConfigurationError
from digest.model import Cadence, Every, Period

from .builders import a_subscription

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def a_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def at(hour: int, minute: int = 0, **changes: object) -> Cadence:
    return Cadence(at=time(hour, minute), **changes)  # type: ignore[arg-type]


def came(at: str, name: str = "") -> Reached:
    """A reader whose newest letter came then: that of this day, unless it has another name."""
    return Reached(name or at[:10], a_moment(at), a_moment(at))


def ticked(cadence: Cadence, zone: str, start: datetime, days: int, minutes: int) -> list[tuple[Period, datetime]]:
    """Every period that a run each `minutes` would have decided, with the time of that run."""
    found: list[tuple[Period, datetime]] = []
    reached: Reached | None = None
    for step in range(days * 24 * 60 // minutes):
        now = start + timedelta(minutes=step * minutes)
        period = due(cadence, zone, now, reached=reached)
        if period is not None:
            reached = Reached(period.name, period.end, period.end)
            found.append((period, now))
    return found


def local_days(zone: str, start: datetime, days: int) -> list[date]:
    """The local days that a clock on the wall shows, without two at either end that are not seen whole."""
    shown = {(start + timedelta(minutes=15 * n)).astimezone(ZoneInfo(zone)).date() for n in range(days * 96)}
    return sorted(shown)[2:-2]


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2005, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),
    hour=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    minutes=st.sampled_from([15, 20, 30, 60]),
)
@example("America/Santiago", datetime(2026, 9, 3, tzinfo=UTC), time(0), 15)
@example("Africa/Cairo", datetime(2026, 4, 21, tzinfo=UTC), time(0), 30)
@example("Europe/Berlin", datetime(2026, 3, 26, tzinfo=UTC), time(2, 30), 15)
@example("Europe/Berlin", datetime(2026, 10, 22, tzinfo=UTC), time(2, 30), 15)
@example("Australia/Lord_Howe", datetime(2026, 10, 1, tzinfo=UTC), time(2, 15), 15)
@example("Australia/Lord_Howe", datetime(2027, 4, 1, tzinfo=UTC), time(1, 45), 15)
@example("Pacific/Apia", datetime(2011, 12, 26, tzinfo=UTC), time(7), 60)
@example("America/St_Johns", datetime(2006, 10, 26, tzinfo=UTC), time(0), 15)
@example("America/Scoresbysund", datetime(2024, 3, 28, tzinfo=UTC), time(23, 30), 15)
@example("Asia/Kolkata", datetime(2024, 2, 26, tzinfo=UTC), time(7), 30)
def test_a_daily_reader_gets_one_period_for_each_day_there_is(zone: str, start: datetime, hour: time, minutes: int) -> None:
    decided = ticked(Cadence(at=hour), zone, start, 8, minutes)

    names = [period.name for period, _ in decided]
    assert len(names) == len(set(names))
    assert {day.isoformat() for day in local_days(zone, start, 8)} <= set(names)


@settings(max_examples=200)
@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2005, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC)),
    cadence=st.builds(
        Cadence,
        every=st.sampled_from(Every),
        days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
        at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    ),
)
def test_a_letter_is_due_at_the_moment_that_was_announced_and_not_before(zone: str, now: datetime, cadence: Cadence) -> None:
    moment = next_due(cadence, zone, now)

    then = due(cadence, zone, moment, reached=came("2004-12-31T00:00+00:00"))
    earlier = due(cadence, zone, moment - timedelta(seconds=1), reached=came("2004-12-31T00:00+00:00"))

    assert now < moment
    assert then is not None
    assert then.end == moment
    assert earlier is None or earlier.end < moment


@settings(max_examples=200)
@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2005, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC)),
    since=st.none() | st.timedeltas(timedelta(0), timedelta(days=20)),
    cadence=st.builds(Cadence, every=st.sampled_from(Every), days=st.just((0, 3)), at=st.sampled_from([time(0), time(7), time(23, 30)])),
)
@example("Europe/Berlin", datetime(2026, 3, 29, 0, 45, tzinfo=UTC), None, Cadence(at=time(14)))  # 11:45 hours late, of a day of 23
def test_what_is_due_is_the_one_period_that_may_be_due_to_anybody(
    zone: str, now: datetime, since: timedelta | None, cadence: Cadence
) -> None:
    reached = None if since is None else came((now - since).isoformat())

    period = due(cadence, zone, now, reached=reached)

    assert period is None or reached_by(cadence, zone, now) == period.name


def test_a_week_that_nobody_gets_a_letter_for_any_more_is_none_that_may_be_due() -> None:
    weekly = at(7, every=Every.WEEKLY)

    names = [reached_by(weekly, "UTC", a_moment(f"2026-11-{day}T08:00+00:00")) for day in (23, 26, 27, 30)]

    assert names == ["2026-W48", "2026-W48", None, "2026-W49"]


def test_a_reader_in_berlin_gets_the_letter_at_seven_summer_and_winter() -> None:
    assert next_due(at(7), "Europe/Berlin", a_moment("2026-07-01T06:00+00:00")) == a_moment("2026-07-02T05:00+00:00")
    assert next_due(at(7), "Europe/Berlin", a_moment("2026-12-01T07:00+00:00")) == a_moment("2026-12-02T06:00+00:00")


def test_an_hour_that_the_clocks_skip_is_the_first_instant_after_the_gap() -> None:
    night = a_moment("2026-03-29T00:00+01:00")

    assert next_due(at(2, 30), "Europe/Berlin", night) == a_moment("2026-03-29T03:00+02:00")


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    night = a_moment("2026-10-25T00:00+02:00")

    assert next_due(at(2, 30), "Europe/Berlin", night) == a_moment("2026-10-25T02:30+02:00")


def test_the_second_half_past_two_of_an_autumn_night_sends_nothing() -> None:
    assert due(at(2, 30), "Europe/Berlin", a_moment("2026-10-25T02:30+01:00"), reached=came("2026-10-25T02:30+02:00")) is None


def test_midnight_in_santiago_is_not_lost_when_the_clocks_skip_it() -> None:
    period = due(at(0), "America/Santiago", a_moment("2026-09-06T01:00-03:00"), reached=came("2026-09-05T00:00-04:00"))

    assert period == Period(a_moment("2026-09-05T00:00-04:00"), a_moment("2026-09-06T01:00-03:00"), "2026-09-06")


def test_midnight_in_cairo_is_not_lost_when_the_clocks_skip_it() -> None:
    period = due(at(0), "Africa/Cairo", a_moment("2026-04-24T01:00+03:00"), reached=came("2026-04-23T00:00+02:00"))

    assert period == Period(a_moment("2026-04-23T00:00+02:00"), a_moment("2026-04-24T01:00+03:00"), "2026-04-24")


def test_half_an_hour_of_summer_time_on_lord_howe_moves_the_letter_to_its_end() -> None:
    assert next_due(at(2, 15), "Australia/Lord_Howe", a_moment("2026-10-03T14:00+00:00")) == a_moment("2026-10-04T02:30+11:00")


def test_the_day_that_apia_left_out_has_no_letter() -> None:
    days = [period.name for period, _ in ticked(at(7), "Pacific/Apia", a_moment("2011-12-28T00:00-10:00"), 4, 30)]

    assert days == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


def test_a_leap_day_is_a_day() -> None:
    days = [period.name for period, _ in ticked(at(7), "UTC", a_moment("2028-02-28T00:00+00:00"), 3, 60)]

    assert days == ["2028-02-28", "2028-02-29", "2028-03-01"]


def test_after_seven_days_asleep_there_is_one_letter() -> None:
    period = due(at(7), "UTC", a_moment("2026-11-30T09:00+00:00"), reached=came("2026-11-23T07:00+00:00"))

    assert period is not None
    assert period.name == "2026-11-30"
    assert due(at(7), "UTC", a_moment("2026-11-30T09:00+00:00"), reached=came("2026-11-30T07:00+00:00")) is None


def test_a_letter_missed_on_friday_is_made_up_on_saturday_but_not_on_sunday() -> None:
    weekdays = at(7, every=Every.WEEKDAYS)

    on_saturday = due(weekdays, "UTC", a_moment("2026-11-28T18:59+00:00"), reached=came("2026-11-26T07:00+00:00"))
    on_sunday = due(weekdays, "UTC", a_moment("2026-11-29T09:00+00:00"), reached=came("2026-11-26T07:00+00:00"))

    assert on_saturday is not None
    assert on_saturday.name == "2026-11-27"
    assert on_sunday is None


def test_mondays_letter_covers_the_weekend() -> None:
    period = due(at(7, every=Every.WEEKDAYS), "UTC", a_moment("2026-11-30T07:00+00:00"), reached=came("2026-11-27T07:00+00:00"))

    assert period == Period(a_moment("2026-11-27T07:00+00:00"), a_moment("2026-11-30T07:00+00:00"), "2026-11-30")


def test_a_new_reader_gets_todays_letter_and_not_yesterdays() -> None:
    this_evening = due(at(7), "UTC", a_moment("2026-11-23T20:00+00:00"))
    before_seven = due(at(7), "UTC", a_moment("2026-11-23T06:00+00:00"))

    assert this_evening is not None
    assert this_evening.name == "2026-11-23"
    assert before_seven is None


def test_a_new_reader_at_half_past_eleven_is_found_by_the_run_at_midnight() -> None:
    period = due(at(23, 30), "UTC", a_moment("2026-11-24T00:00+00:00"))

    assert period is not None
    assert period.name == "2026-11-23"


@pytest.mark.parametrize("reached", [None, came("2026-11-22T13:00+00:00")])
@pytest.mark.parametrize(("now", "is_made_up"), [("2026-11-24T01:00+00:00", True), ("2026-11-24T01:00:01+00:00", False)])
def test_a_daily_letter_is_made_up_by_a_run_of_just_twelve_hours_later(now: str, is_made_up: bool, reached: Reached | None) -> None:
    period = due(at(13), "UTC", a_moment(now), reached=reached)

    assert (period is not None) is is_made_up


def test_a_new_weekly_reader_waits_for_the_day() -> None:
    weekly = at(7, every=Every.WEEKLY)

    assert due(weekly, "UTC", a_moment("2026-11-24T08:00+00:00")) is None
    assert due(weekly, "UTC", a_moment("2026-11-30T08:00+00:00")) == Period(
        a_moment("2026-11-23T07:00+00:00"), a_moment("2026-11-30T07:00+00:00"), "2026-W49"
    )


def test_the_week_of_new_year_has_the_name_that_iso_gives_it() -> None:
    last = came("2026-12-25T07:00+00:00", "2026-W52")

    period = due(at(7, every=Every.WEEKLY, days=(4,)), "UTC", a_moment("2027-01-01T07:00+00:00"), reached=last)

    assert period is not None
    assert period.name == "2026-W53"


def test_chosen_days_are_kept() -> None:
    chosen = at(7, every=Every.DAYS, days=(0, 3))

    assert next_due(chosen, "UTC", a_moment("2026-11-23T07:00+00:00")) == a_moment("2026-11-26T07:00+00:00")
    assert next_due(chosen, "UTC", a_moment("2026-11-26T07:00+00:00")) == a_moment("2026-11-30T07:00+00:00")


def test_a_reader_who_flies_west_gets_no_second_letter_for_the_same_day() -> None:
    landed, last = a_moment("2026-11-23T07:30-08:00"), came("2026-11-23T07:00+01:00")

    assert due(at(7), "America/Los_Angeles", landed, reached=last) is None
    assert due(at(7), "America/Los_Angeles", a_moment("2026-11-24T07:30-08:00"), reached=last) is not None


def test_a_reader_who_crosses_the_date_line_backwards_waits_until_the_day_is_new() -> None:
    last = came("2026-11-24T07:00+14:00")

    assert due(at(7), "Pacific/Honolulu", a_moment("2026-11-23T08:00-10:00"), reached=last) is None
    assert due(at(7), "Pacific/Honolulu", a_moment("2026-11-24T08:00-10:00"), reached=last) is None
    assert due(at(7), "Pacific/Honolulu", a_moment("2026-11-25T08:00-10:00"), reached=last) is not None


def test_a_clock_set_back_by_a_day_sends_nothing_twice() -> None:
    assert due(at(7), "UTC", a_moment("2026-11-23T08:00+00:00"), reached=came("2026-11-24T07:00+00:00")) is None


def test_a_clock_set_back_by_a_week_sends_nothing_twice() -> None:
    last = came("2026-11-30T07:00+00:00", "2026-W49")

    assert due(at(7, every=Every.WEEKLY), "UTC", a_moment("2026-11-23T08:00+00:00"), reached=last) is None


def test_an_hour_moved_later_on_the_same_day_sends_nothing_twice() -> None:
    assert due(at(18), "UTC", a_moment("2026-11-23T18:00+00:00"), reached=came("2026-11-23T07:00+00:00")) is None


def test_from_weekly_to_daily_the_next_day_is_due() -> None:
    last = came("2026-11-23T07:00+00:00", "2026-W48")

    assert due(at(7), "UTC", a_moment("2026-11-23T08:00+00:00"), reached=last) is None
    assert due(at(7), "UTC", a_moment("2026-11-24T08:00+00:00"), reached=last) is not None


def test_from_daily_to_weekly_the_next_week_is_due() -> None:
    weekly = at(7, every=Every.WEEKLY)

    assert due(weekly, "UTC", a_moment("2026-11-23T08:00+00:00"), reached=came("2026-11-23T07:00+00:00")) is None
    assert due(weekly, "UTC", a_moment("2026-11-30T08:00+00:00"), reached=came("2026-11-25T07:00+00:00")) is not None


def test_a_weekly_letter_moved_to_a_later_day_does_not_come_twice_in_a_week() -> None:
    tuesdays = at(7, every=Every.WEEKLY, days=(1,))

    assert due(tuesdays, "UTC", a_moment("2026-11-24T08:00Z"), reached=came("2026-11-23T07:00Z", "2026-W48")) is None


def test_who_flies_east_gets_no_letter_for_an_instant_before_the_last_one() -> None:
    flown = came("2026-11-23T23:00Z")

    assert due(at(7), "Pacific/Auckland", a_moment("2026-11-23T23:30Z"), reached=flown) is None
    assert next_due(at(7), "Pacific/Auckland", a_moment("2026-11-23T23:30Z"), reached=flown) == a_moment("2026-11-24T18:00Z")


def test_a_letter_at_the_instant_at_which_a_pause_ends_comes() -> None:
    midnight = a_moment("2026-11-23T00:00Z")

    assert due(at(0), "UTC", midnight, awake=midnight) is not None


@pytest.mark.parametrize(("end", "is_one"), [("2026-11-20T07:00", True), ("2026-11-21T07:00", False), ("2026-11-20T06:00", False)])
def test_a_period_is_of_the_present_cadence_if_that_has_its_day_and_hour(end: str, is_one: bool) -> None:
    weekdays = a_subscription(cadence=at(7, every=Every.WEEKDAYS))  # in Berlin

    assert is_of_now(weekdays, came(f"{end}+01:00")) is is_one


def test_an_unknown_zone_is_an_error_that_names_it() -> None:
    with pytest.raises(ConfigurationError, match="'Europe/Berlon': no such time zone"):
        next_due(at(7), "Europe/Berlon", a_moment("2026-11-23T08:00+00:00"))


def test_past_periods_are_those_whose_letter_was_due_in_the_time_oldest_first() -> None:
    since, now = a_moment("2026-10-22T07:00+02:00"), a_moment("2026-10-26T07:00+01:00")

    found = past(at(7, every=Every.WEEKDAYS), "Europe/Berlin", since, now)

    assert found == (
        Period(a_moment("2026-10-22T05:00Z"), a_moment("2026-10-23T05:00Z"), "2026-10-23"),
        Period(a_moment("2026-10-23T05:00Z"), a_moment("2026-10-26T06:00Z"), "2026-10-26"),
    )


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2005, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),
    hour=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    every=st.sampled_from([Every.DAILY, Every.WEEKDAYS, Every.WEEKLY]),
)
@example("Pacific/Apia", datetime(2012, 1, 4, tzinfo=UTC), time(7), Every.DAILY)
def test_a_past_period_is_the_one_that_was_due_at_its_end(zone: str, now: datetime, hour: time, every: Every) -> None:
    cadence = Cadence(every=every, at=hour)

    found = past(cadence, zone, now - timedelta(days=20), now)

    assert found
    assert [due(cadence, zone, period.end) for period in found] == list(found)


def test_readers_who_are_alike_are_worked_out_once() -> None:
    now = a_moment("2026-11-23T12:00+00:00")
    ana, bo = a_subscription("ana@example.org"), a_subscription("bo@example.org")

    period = due_for(ana, now, None)
    assert period is not None
    assert due_for(bo, now, None) is period
