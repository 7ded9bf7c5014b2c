"""When a letter is due: daily, on weekdays, weekly or on chosen days, at a given time in the reader's own time zone.

An *occasion* is a local day that the cadence includes; its *instant* is the chosen time on that day. The rules:

    a time that the clocks skip         the first instant after the gap            (Berlin 02:30 in March, Santiago 00:00 in September)
    a time that comes twice             the first of the two                       (Berlin 02:30 in October)
    a day that the zone skipped         no occasion                                (Apia, 30 December 2011)
    which occasion                      the latest past one: one letter after a week asleep, not seven
    a missed occasion                   made up on its own day, or until half the time to the next has passed; after that the next covers it
    what a letter covers                the time since the end of the last letter, however many occasions were missed
    a pause                             no occasion within it is made up: the first one after it covers the whole pause
    a pause ended early                 it lasted until the start of that day, so that day's letter still comes
    a reader's first letter             an occasion of the current local day or of the last 12 hours, as runs may be that far apart
    a change of zone, hour or cadence   never a second letter for the same or an earlier day, nor for an earlier instant
    weekly, then daily, then weekly     no second letter for that week: the next week's covers what the daily ones did not
    a clock that was set back           no letter until it is past the end of the last letter again

Scheduling libraries fire twice or not at all on such nights, so none of this is left to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import ConfigurationError
from .model import Cadence, Every, Period, Subscription

FIRST_WITHIN = timedelta(hours=12)
_DAY = timedelta(days=1)
_SEARCHED_DAYS = 24
"""Days that certainly contain two occasions of any cadence, even if the zone skipped one of them."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a subscription's letters have come: the name of its latest period, when that ended, and when the next one begins.

    The next period begins where the latest ended. If the latest was held back, its papers are still to be sent, and the next period
    begins where the held one did. `week` is set if the latest period is a day in a week that already had its weekly letter: that week.
    """

    last: str
    end: datetime
    begins: datetime
    week: str = ""


def due(cadence: Cadence, zone: str, now: datetime, *, reached: Reached | None = None, awake: datetime | None = None) -> Period | None:
    """The period whose letter should go out now, or None.

    `reached` is None before the first letter; `awake` is when the reader's pause ended, if there was one. Once the period is stored,
    asking again at the same time gives None. Raises ConfigurationError for an unknown zone.
    """
    today = now.astimezone(_zone_info(zone)).date()
    past = (day for day in _occasions(cadence, zone, today + _DAY, -1) if _instant(zone, day, cadence.at) <= now)
    day = next(past)
    end = _instant(zone, day, cadence.at)
    if (awake is not None and end < awake) or _is_covered(day, cadence, zone, reached):
        return None
    if day != today and not _is_made_up(cadence, zone, day, now, is_first=reached is None):
        return None
    begins = _instant(zone, next(past), cadence.at) if reached is None else reached.begins
    return Period(begins, end, _name(day, cadence))


def reached_by(cadence: Cadence, zone: str, now: datetime) -> str | None:
    """The name of the only period that can be due now for anybody with this cadence and zone; None if none can.

    Raises ConfigurationError for an unknown zone.
    """
    today = now.astimezone(_zone_info(zone)).date()
    day = next(day for day in _occasions(cadence, zone, today + _DAY, -1) if _instant(zone, day, cadence.at) <= now)
    is_open = day == today or any(_is_made_up(cadence, zone, day, now, is_first=is_first) for is_first in (True, False))
    return _name(day, cadence) if is_open else None


def next_due(
    cadence: Cadence, zone: str, now: datetime, *, reached: Reached | None = None, awake: datetime | None = None
) -> datetime:
    """The instant, in UTC, of the first occasion after `now` that no letter covers and that is not before the pause ends, at `awake`.

    Raises ConfigurationError for an unknown zone.
    """
    first = max(now, awake - timedelta(seconds=1)) if awake is not None else now
    covered = first if reached is None else max(first, reached.end)
    days = _occasions(cadence, zone, covered.astimezone(_zone_info(zone)).date() - _DAY, 1)
    instants = (_instant(zone, day, cadence.at) for day in days if not _is_covered(day, cadence, zone, reached))
    return next(instant for instant in instants if instant > first)


def due_for(subscription: Subscription, now: datetime, reached: Reached | None) -> Period | None:
    """The period whose letter is due now for this subscription, even if it still waits for listings; None if none is."""
    reader = subscription.subscriber
    return _due(subscription.cadence, reader.zone, now, reached=reached, awake=reader.paused_until)


def next_for(subscription: Subscription, now: datetime, reached: Reached | None) -> datetime:
    """When this subscription's next letter is due after now, in UTC: the first instant no letter covers, after any pause."""
    reader = subscription.subscriber
    return _next_due(subscription.cadence, reader.zone, now, reached=reached, awake=reader.paused_until)


# A hundred thousand readers share some hundred answers: those with the same hour, zone and last period have the same one.
_due, _next_due = lru_cache(maxsize=8192)(due), lru_cache(maxsize=8192)(next_due)


def is_of_now(subscription: Subscription, reached: Reached) -> bool:
    """Whether the subscription's latest period is one that its cadence makes; if not, its zone, hour or cadence has changed since."""
    cadence, zone = subscription.cadence, subscription.subscriber.zone
    day = local_day(zone, reached.end)
    return _falls_on(cadence, day) and (_instant(zone, day, cadence.at), _name(day, cadence)) == (reached.end, reached.last)


def spans_a_gap(cadence: Cadence, zone: str, period: Period) -> bool:
    """Whether an occasion lies between the day a period begins and its end: one was missed, or fell in a pause."""
    place = _zone_info(zone)
    days = _occasions(cadence, zone, period.end.astimezone(place).date() + _DAY, -1)
    before = next(day for day in days if _instant(zone, day, cadence.at) < period.end)
    return period.start.astimezone(place).date() < before


def past(cadence: Cadence, zone: str, since: datetime, now: datetime) -> tuple[Period, ...]:
    """The periods that ended after `since` and up to `now`, oldest first, as if every letter had gone out on time.

    Raises ConfigurationError for an unknown zone.
    """
    first = since.astimezone(_zone_info(zone)).date() - _SEARCHED_DAYS * _DAY
    last = now.astimezone(_zone_info(zone)).date() + _DAY
    days = [day for n in range((last - first).days + 1) if _falls_on(cadence, day := first + n * _DAY) and _exists(zone, day)]
    ends = [(_instant(zone, day, cadence.at), _name(day, cadence)) for day in days]
    return tuple(Period(start, end, name) for (start, _), (end, name) in pairwise(ends) if since < end <= now)


def beginning(day: date, zone: str) -> datetime:
    """The start of a local day, in UTC; if the clocks skip midnight, the first instant after the gap.

    For an unknown zone it is the start of UTC's day, so that a pause begins and ends all the same.
    Raises OverflowError for days at the ends of the calendar.
    """
    return _instant(zone if is_known(zone) else "UTC", day, time(0))


def day_begun(zone: str, now: datetime) -> datetime:
    """When the current local day of a zone began, in UTC; UTC's day for an unknown zone."""
    return beginning(local(now, zone).date(), zone)


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the clocks of a zone, or on UTC's if the zone is unknown: for naming days, which nobody needs to go without."""
    return moment.astimezone(_zone_info(zone) if is_known(zone) else UTC)


def local_day(zone: str, now: datetime) -> date:
    """Today's date in a zone. Raises ConfigurationError for an unknown zone."""
    return now.astimezone(_zone_info(zone)).date()


def is_known(zone: str) -> bool:
    """Whether this machine knows that time zone: one with newer zone data may have stored it, and zones also get removed."""
    try:
        _zone_info(zone)
    except ConfigurationError:
        return False
    return True


def week_of(day: date) -> str:
    """The name of a day's ISO week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _occasions(cadence: Cadence, zone: str, first: date, step: int) -> Iterator[date]:
    """The local days on which the cadence falls, from `first` forwards (step 1) or backwards (-1)."""
    assert cadence.every is not Every.DAYS or cadence.days, "chosen days are at least one day"
    for distance in range(_SEARCHED_DAYS):
        day = first + distance * step * _DAY
        if _falls_on(cadence, day) and _exists(zone, day):
            yield day


def _falls_on(cadence: Cadence, day: date) -> bool:
    match cadence.every:
        case Every.DAILY:
            return True
        case Every.WEEKDAYS:
            return day.weekday() < 5
        case Every.WEEKLY:
            return day.weekday() == (cadence.days[0] if cadence.days else 0)
        case Every.DAYS:
            return day.weekday() in cadence.days


def _name(day: date, cadence: Cadence) -> str:
    return week_of(day) if cadence.every is Every.WEEKLY else day.isoformat()


def _is_made_up(cadence: Cadence, zone: str, day: date, now: datetime, *, is_first: bool) -> bool:
    """Whether the occasion of a past day still gets its letter.

    A new reader's first one may be 12 hours late. Otherwise somebody with a letter at 23:30 would never get one if cron runs on the hour:
    by midnight it is the next day.
    """
    end = _instant(zone, day, cadence.at)
    if is_first:
        return now - end <= FIRST_WITHIN
    following = next(_occasions(cadence, zone, day + _DAY, 1))
    return now - end <= (_instant(zone, following, cadence.at) - end) / 2


def _is_covered(day: date, cadence: Cadence, zone: str, reached: Reached | None) -> bool:
    """Whether the latest period is this day's or a later one, or ended at the day's instant or later.

    After a change of cadence a day may be compared with a week. The week then counts as the day on which it ended, so a reader who
    changes from weekly to daily does not wait for the week to end.
    """
    if reached is None:
        return False
    if _instant(zone, day, cadence.at) <= reached.end:
        return True
    if "W" not in reached.last:
        return reached.last >= day.isoformat() or reached.week == _name(day, cadence)
    if cadence.every is Every.WEEKLY:
        return reached.last >= _name(day, cadence)
    return reached.end.astimezone(_zone_info(zone)).date() >= day


def _exists(zone: str, day: date) -> bool:
    """False for a day that a zone left out when it crossed the date line."""
    return _instant(zone, day, time(0)) < _instant(zone, day + _DAY, time(0))


@lru_cache(maxsize=65536)
def _instant(zone: str, day: date, at: time) -> datetime:
    """The moment, in UTC, at which that local day reaches that time of day, or skips it."""
    place = _zone_info(zone)
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    # A time in a gap falls after the change if read with the offset before the gap, and before the change if read with the offset after
    # it (PEP 495). Any other time gives the same moment twice, or `first` is the earlier one: then there is no change to search for.
    return _offset_change(place, local.replace(tzinfo=place, fold=1).astimezone(UTC), first)


def _offset_change(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second in (before, after] at which the zone's offset changes; `after` where `before` is no earlier."""
    offset = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(place).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


# ZoneInfo's own cache keeps eight zones: with readers in more than that, nearly every call would read a zone's file.
@lru_cache(maxsize=1024)
def _zone_info(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(repr(zone), "no such time zone", hint="name one as in Europe/Berlin") from error
