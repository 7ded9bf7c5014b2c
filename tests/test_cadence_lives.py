"""Exactly one letter for each local day, whatever a clock, a computer or a reader does: every zone, and lives lived tick by tick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.cadence import Reached, due, next_due, spans_a_gap, week_of
from digest.model import Cadence, Every, Period

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
FAR_APART = (
    *("Pacific/Kiritimati", "Pacific/Apia", "Pacific/Chatham", "Asia/Kolkata", "Europe/Berlin"),
    *("America/Los_Angeles", "Pacific/Honolulu", "Pacific/Pago_Pago"),
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
CADENCES = st.builds(
    Cadence,
    every=st.sampled_from(Every),
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    at=TIMES,
)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


class Life:
    """A reader as the catalog knows them: what they get, in which zone, and how far their letters have come."""

    def __init__(self, cadence: Cadence, zone: str) -> None:
        self.cadence, self.zone = cadence, zone
        self.awake: datetime | None = None
        self.reached: Reached | None = None
        self.got: list[Period] = []
        self.days: list[date] = []

    def tick(self, now: datetime) -> None:
        period = due(self.cadence, self.zone, now, reached=self.reached, awake=self.awake)
        if period is not None and period.name not in self.names:
            self.got.append(period)
            self.days.append(period.end.astimezone(ZoneInfo(self.zone)).date())
            week = week_of(self.days[-1])
            self.reached = Reached(period.name, period.end, period.end, week if week in self.names else "")

    def ticks(self, start: datetime, end: datetime, step: timedelta = HOUR) -> None:
        for now in moments(start, end, step):
            self.tick(now)

    def branch(self) -> Life:
        """The same reader, whose life goes on otherwise."""
        other = copy(self)
        other.got, other.days = [*self.got], [*self.days]
        return other

    @property
    def names(self) -> list[str]:
        return [period.name for period in self.got]


def moments(start: datetime, end: datetime, step: timedelta = HOUR) -> Iterator[datetime]:
    return (start + n * step for n in range((end - start) // step))


def on_the_wall(zone: str, moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Each moment with what a clock on the wall shows then."""
    place = ZoneInfo(zone)
    return [(moment, moment.astimezone(place).replace(tzinfo=None)) for moment in moments]


def instants(wall: Sequence[tuple[datetime, datetime]], at: time) -> dict[date, datetime]:
    """When each day that the wall shows first came to that hour, or went past it, as somebody sees who only looks at the clock."""
    found: dict[date, datetime] = {}
    for day in dict.fromkeys(local.date() for _, local in wall):
        found[day] = next((moment for moment, local in wall if local >= datetime.combine(day, at)), wall[-1][0])
    return found


def turning_days(zone: str, year: int) -> list[datetime]:
    """The midnights (UTC) before each change of that zone's offset in a year."""
    place = ZoneInfo(zone)
    days = moments(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), DAY)
    offsets = [(day, day.astimezone(place).utcoffset()) for day in days]
    return [day for (day, before), (_, after) in pairwise(offsets) if before != after]


# --- every zone -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1995, 2011, 2024])
def test_on_every_night_on_which_any_zone_changes_its_clocks_each_day_has_its_instant(year: int) -> None:
    wrong, looked_at = [], set()
    for zone in ZONES:
        for night in turning_days(zone, year):
            shown = tuple(on_the_wall(zone, [*moments(night - 2 * DAY, night + 4 * DAY, DAY), *moments(night, night + DAY, QUARTER)]))
            if shown in looked_at:
                continue  # the clocks of many zones show the same
            looked_at.add(shown)
            wall = on_the_wall(zone, moments(night - 2 * DAY, night + 4 * DAY, QUARTER))
            for at in (time(0), time(2, 15), time(7), time(23, 45)):
                days = list(instants(wall, at).items())[1:-2]
                for day, seen in days:
                    announced = next_due(Cadence(at=at), zone, seen - 12 * HOUR)
                    reached = Reached((day - DAY).isoformat(), announced - DAY, announced - DAY)
                    first = due(Cadence(at=at), zone, announced, reached=reached)
                    before = due(Cadence(at=at), zone, announced - timedelta(seconds=1), reached=reached)
                    if not (seen - QUARTER < announced <= seen and before is None and first is not None and first.name == day.isoformat()):
                        wrong.append((zone, day, at))
    assert wrong == []


def test_a_day_that_a_zone_left_out_has_no_letter_and_its_neighbours_have_theirs() -> None:
    left_out = {"Pacific/Apia": datetime(2011, 12, 28, 12, tzinfo=UTC), "Pacific/Fakaofo": datetime(2011, 12, 28, 12, tzinfo=UTC)}
    left_out |= {"Pacific/Kwajalein": datetime(1993, 8, 19, 12, tzinfo=UTC), "Pacific/Kiritimati": datetime(1994, 12, 29, 12, tzinfo=UTC)}

    got = {}
    for zone, start in left_out.items():
        life = Life(Cadence(), zone)
        life.ticks(start, start + 4 * DAY)
        got[zone] = [int(name[-2:]) for name in life.names]

    assert got == {
        "Pacific/Apia": [28, 29, 31, 1],
        "Pacific/Fakaofo": [28, 29, 31, 1],
        "Pacific/Kwajalein": [19, 20, 22, 23],
        "Pacific/Kiritimati": [29, 30, 1, 2],
    }


# --- computers that sleep ---------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(1995, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC)),
    cadence=CADENCES,
    outages=st.lists(st.tuples(st.integers(0, 20 * 24), st.integers(1, 100)), max_size=4),
)
def test_whoever_was_awake_on_its_day_made_the_letter_and_whoever_slept_through_it_covers_it_with_the_next(
    zone: str, start: datetime, cadence: Cadence, outages: list[tuple[int, int]]
) -> None:
    asleep = {hour for begin, hours in outages for hour in range(begin, begin + hours)}
    awake = [start + n * HOUR for n in range(20 * 24) if n not in asleep]
    life = Life(cadence, zone)

    for now in awake:
        life.tick(now)
        life.tick(now)

    ends = [period.end for period in life.got]
    assert len(set(life.names)) == len(life.names)
    assert ends == sorted(set(ends))
    assert [period.start for period in life.got[1:]] == ends[:-1]
    due_in_all = [next_due(cadence, zone, start)]
    while due_in_all[-1] < start + 20 * DAY:
        due_in_all.append(next_due(cadence, zone, due_in_all[-1]))
    for moment, following in pairwise(due_in_all):
        same_day = moment.astimezone(ZoneInfo(zone)).date()
        in_time = [now for now in awake if moment <= now < following and now.astimezone(ZoneInfo(zone)).date() == same_day]
        at_all = [now for now in awake if moment <= now < following]
        assert not in_time or moment in ends
        assert at_all or moment not in ends


def test_a_laptop_that_sleeps_for_three_days_sends_one_letter_that_covers_them() -> None:
    life = Life(Cadence(), "Europe/Berlin")
    life.ticks(MONDAY, MONDAY + 12 * HOUR)

    life.ticks(MONDAY + 4 * DAY + 9 * HOUR, MONDAY + 4 * DAY + 20 * HOUR)

    assert life.got[1:] == [Period(MONDAY + 6 * HOUR, MONDAY + 4 * DAY + 6 * HOUR, "2026-11-27")]


def test_who_wakes_up_an_hour_before_the_next_letter_gets_that_one_alone() -> None:
    life = Life(Cadence(), "UTC")
    life.ticks(MONDAY, MONDAY + 12 * HOUR)

    life.ticks(MONDAY + 3 * DAY + 6 * HOUR, MONDAY + 3 * DAY + 20 * HOUR)

    assert life.names == ["2026-11-23", "2026-11-26"]


@pytest.mark.parametrize(("hours", "names"), [(2 * 24 + 9, ["2026-W48", "2026-W49"]), (5 * 24, ["2026-W48"])])
def test_a_weekly_letter_is_made_up_until_half_the_week_has_gone(hours: int, names: list[str]) -> None:
    life = Life(Cadence(every=Every.WEEKLY), "UTC")
    life.ticks(MONDAY, MONDAY + DAY)

    life.tick(MONDAY + 7 * DAY + hours * HOUR)

    assert life.names == names


@pytest.mark.parametrize(
    ("cadence", "days", "is_gap"),
    [
        (Cadence(), 1, False),
        (Cadence(), 2, True),
        (Cadence(every=Every.WEEKDAYS), 3, False),
        (Cadence(every=Every.WEEKDAYS), 4, True),
        (Cadence(every=Every.WEEKLY, days=(0,)), 7, False),
        (Cadence(every=Every.WEEKLY, days=(0,)), 8, True),
        (Cadence(at=time(6)), 1, False),
        (Cadence(at=time(18)), 1, False),
    ],
)
def test_a_gap_is_a_day_on_which_a_letter_was_due_and_none_came(cadence: Cadence, days: int, is_gap: bool) -> None:
    end = datetime.combine(MONDAY, cadence.at, UTC)
    start = datetime.combine(MONDAY - days * DAY, time(7), UTC)

    assert spans_a_gap(cadence, "UTC", Period(start, end, "2026-11-23")) == is_gap


# --- pauses -----------------------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(zone=st.sampled_from(ZONES), cadence=CADENCES, days=st.integers(1, 40), hour=st.integers(0, 23))
def test_after_a_pause_there_is_one_letter_that_covers_it_at_its_usual_hour(zone: str, cadence: Cadence, days: int, hour: int) -> None:
    life = Life(cadence, zone)
    life.ticks(MONDAY - 10 * DAY, MONDAY)
    last = life.got[-1].end
    life.awake = MONDAY + days * DAY + hour * HOUR
    announced = next_due(cadence, zone, MONDAY, reached=life.reached, awake=life.awake)
    before = len(life.got)

    life.ticks(life.awake, life.awake + 9 * DAY)

    assert life.got[before].start == last
    assert life.got[before].end == announced >= life.awake
    assert [period.start for period in life.got[before + 1 :]] == [period.end for period in life.got[before:-1]]


# --- readers who move -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_who_moves_anywhere_at_any_hour_gets_each_day_once_and_never_waits_for_two(hour: int) -> None:
    wrong = []
    for home in FAR_APART:
        at_home = Life(Cadence(at=time(hour, 30)), home)
        at_home.ticks(MONDAY, MONDAY + 2 * DAY)
        for moving, away in product(range(0, 24, 3), FAR_APART):
            landed = MONDAY + 2 * DAY + moving * HOUR
            life = at_home.branch()
            life.ticks(MONDAY + 2 * DAY, landed)
            life.zone = away
            life.ticks(landed, landed + 4 * DAY)
            ends = [period.end for period in life.got]
            waits = [later - earlier for earlier, later in pairwise(ends)]
            if len(set(life.days)) < len(life.days) or sorted(life.days) != life.days or ends != sorted(ends) or max(waits) > 49 * HOUR:
                wrong.append((home, away, moving, life.names))
    assert wrong == []


@settings(max_examples=80)
@given(
    moves=st.lists(st.tuples(st.integers(1, 60), st.sampled_from(ZONES), st.none() | CADENCES), min_size=1, max_size=6),
    start=st.datetimes(datetime(2005, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
)
def test_whatever_a_reader_changes_and_how_often_no_day_has_two_letters(
    moves: list[tuple[int, str, Cadence | None]], start: datetime
) -> None:
    life, now = Life(Cadence(), "UTC"), start
    for hours, zone, cadence in moves:
        life.ticks(now, now + hours * HOUR)
        now += hours * HOUR
        life.zone, life.cadence = zone, cadence or life.cadence
    life.ticks(now, now + 3 * DAY)

    ends = [period.end for period in life.got]
    assert len(set(life.names)) == len(life.names)
    assert ends == sorted(set(ends))
    assert [period.start for period in life.got[1:]] == ends[:-1]
    daily = [name for name in life.names if "W" not in name]
    assert daily == sorted(daily)


# --- cadences that change ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", range(7))
def test_from_weekly_to_daily_no_day_has_two_letters_and_the_next_has_one(day: int) -> None:
    wrong = []
    weekly = Life(Cadence(every=Every.WEEKLY, days=(day,), at=time(7)), "Europe/Berlin")
    weekly.ticks(MONDAY, MONDAY + 7 * DAY)
    for hours in range(1, 7 * 24, 3):
        changed = MONDAY + 7 * DAY + hours * HOUR
        weekly.ticks(max(MONDAY + 7 * DAY, changed - 3 * HOUR), changed)
        for at in (time(7), time(18)):
            life = weekly.branch()
            life.cadence = Cadence(at=at)
            life.ticks(changed, changed + 2 * DAY)
            if len(set(life.days)) < len(life.days) or life.got[-1].end < changed + DAY:
                wrong.append((hours, at, life.names))
    assert wrong == []


def test_weekly_daily_and_weekly_again_within_a_week_asks_for_no_second_letter_of_the_week() -> None:
    life = Life(Cadence(every=Every.WEEKLY), "UTC")
    life.ticks(MONDAY, MONDAY + DAY)
    life.cadence = Cadence()
    life.ticks(MONDAY + DAY, MONDAY + 3 * DAY)
    life.cadence = Cadence(every=Every.WEEKLY, days=(4,))

    announced = next_due(life.cadence, "UTC", MONDAY + 3 * DAY, reached=life.reached)
    life.ticks(MONDAY + 3 * DAY, MONDAY + 12 * DAY)

    assert announced == life.got[-1].end == MONDAY + 11 * DAY + 7 * HOUR
    assert life.names == ["2026-W48", "2026-11-24", "2026-11-25", "2026-W49"]


# --- clocks that are wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [HOUR, DAY, 30 * DAY, 9000 * DAY], ids=str)
def test_a_clock_that_goes_back_sends_nothing_until_it_is_where_it_was(back: timedelta) -> None:
    life = Life(Cadence(), "UTC")
    life.ticks(MONDAY, MONDAY + 8 * HOUR)

    life.ticks(MONDAY + 8 * HOUR - back, MONDAY + 8 * HOUR - back + HOUR, timedelta(minutes=10))
    life.ticks(MONDAY + 9 * HOUR, MONDAY + DAY + 8 * HOUR)

    assert life.names == ["2026-11-23", "2026-11-24"]


# --- what is announced ------------------------------------------------------------------------------------------------


def test_the_hour_that_is_announced_is_one_that_no_letter_covers() -> None:
    seven = MONDAY + 7 * HOUR
    reached = Reached("2026-11-23", seven, seven)

    assert next_due(Cadence(at=time(18)), "UTC", seven + HOUR, reached=reached) == MONDAY + DAY + 18 * HOUR


def test_the_hour_that_is_announced_after_a_clock_was_far_ahead_is_the_first_after_it() -> None:
    far = MONDAY + 400 * DAY

    assert next_due(Cadence(), "UTC", MONDAY, reached=Reached("2027-12-28", far, far)) == far + DAY + 7 * HOUR


@pytest.mark.parametrize(
    ("ended", "hour"),
    [
        (MONDAY + 6 * HOUR, MONDAY + DAY + 7 * HOUR),
        (MONDAY + DAY + 7 * HOUR, MONDAY + DAY + 7 * HOUR),
        (MONDAY + DAY + 7 * HOUR + timedelta(seconds=1), MONDAY + 2 * DAY + 7 * HOUR),
    ],
    ids=["over", "until that moment", "until a second later"],
)
def test_the_hour_that_is_announced_lies_after_now_and_in_no_pause(ended: datetime, hour: datetime) -> None:
    assert next_due(Cadence(), "UTC", MONDAY + 8 * HOUR, awake=ended) == hour
