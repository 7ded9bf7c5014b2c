"""When a letter is due: daily, on weekdays, weekly or on chosen days, at an hour of the reader's own zone.

An *occasion* is a local day on which the cadence falls; its *instant* is that day at the hour. The rules:

    an hour that the clocks skip        the first instant after the gap            (Berlin 02:30 in March, Santiago 00:00 in September)
    an hour that comes twice            the first of the two                       (Berlin 02:30 in October)
    a day that never was                no occasion                                (Apia, 30 December 2011)
    which occasion                      the latest one that has come: after a week asleep one letter, not seven
    a missed one                        made up on its day, and until half the time to the next has gone; then the next covers the gap
    what a letter covers                the time since the end of the last one, however many occasions were missed
    a pause                             nothing that fell in it is made up: the first occasion after it covers it
    a pause that is ended early         it lasted until that day began: the letter of the day comes
    a reader's first                    an occasion of the current local day, or one of the last 12 hours: runs may be that far apart
    a change of zone, hour or cadence   never a second letter for the same or an earlier day, nor for an earlier moment
    weekly, daily and weekly again      no second letter of the week: the next week's covers what the days had not
    a clock that was set back           no letter before it is again where the last letter left it

Scheduling libraries fire twice or not at all on such nights, so nothing here is left to them.
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
_FAR = 24
"""Days that certainly hold two occasions of any cadence, even where one of them never was."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one subscription's letters have come: the name of its newest period, when that ended, and where the next one begins.

    The next one begins at the end of the last, unless that was held back: then its papers are still to come, and it begins where that did.
    `week` is the week of a newest period that is a day, where it had its letter before.
    """

    last: str
    end: datetime
    begins: datetime
    week: str = ""


def due(cadence: Cadence, zone: str, now: datetime, *, reached: Reached | None = None, awake: datetime | None = None) -> Period | None:
    """The period whose letter should go out now, or None; `reached` is None before the first, a pause, if there was one, ended at `awake`.

    Once its period is stored, asking again at the same time gives None. Raises ConfigurationError for a zone nobody knows.
    """
    today = now.astimezone(_known(zone)).date()
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
    """The name of the one period whose letter may be due now to somebody with this cadence; None where nobody's is.

    Raises ConfigurationError for a zone nobody knows.
    """
    today = now.astimezone(_known(zone)).date()
    day = next(day for day in _occasions(cadence, zone, today + _DAY, -1) if _instant(zone, day, cadence.at) <= now)
    is_open = day == today or any(_is_made_up(cadence, zone, day, now, is_first=is_first) for is_first in (True, False))
    return _name(day, cadence) if is_open else None


def next_due(
    cadence: Cadence, zone: str, now: datetime, *, reached: Reached | None = None, awake: datetime | None = None
) -> datetime:
    """The instant, in UTC, of the first occasion after `now` that no letter covers and no pause, which ends at `awake`.

    Raises ConfigurationError for a zone nobody knows.
    """
    first = max(now, awake - timedelta(seconds=1)) if awake is not None else now
    covered = first if reached is None else max(first, reached.end)
    days = _occasions(cadence, zone, covered.astimezone(_known(zone)).date() - _DAY, 1)
    instants = (_instant(zone, day, cadence.at) for day in days if not _is_covered(day, cadence, zone, reached))
    return next(instant for instant in instants if instant > first)


def due_for(subscription: Subscription, now: datetime, reached: Reached | None) -> Period | None:
    """The period whose letter this subscription is due now, whatever it waits for; None where none is."""
    reader = subscription.subscriber
    return _due(subscription.cadence, reader.zone, now, reached=reached, awake=reader.paused_until)


def next_for(subscription: Subscription, now: datetime, reached: Reached | None) -> datetime:
    """When its next letter is due after now, in UTC: the first hour that no letter covers, after the pause where there is one."""
    reader = subscription.subscriber
    return _next_due(subscription.cadence, reader.zone, now, reached=reached, awake=reader.paused_until)


# A hundred thousand readers have some hundred answers: the same hour in the same zone, and the same letter behind them.
_due, _next_due = lru_cache(maxsize=8192)(due), lru_cache(maxsize=8192)(next_due)


def spans_a_gap(cadence: Cadence, zone: str, period: Period) -> bool:
    """Whether there was an occasion between the day on which a period begins and its end: one was missed, or fell in a pause."""
    place = _known(zone)
    days = _occasions(cadence, zone, period.end.astimezone(place).date() + _DAY, -1)
    before = next(day for day in days if _instant(zone, day, cadence.at) < period.end)
    return period.start.astimezone(place).date() < before


def past(cadence: Cadence, zone: str, since: datetime, now: datetime) -> tuple[Period, ...]:
    """The periods that ended after `since` and until `now`, oldest first, as if every letter had gone out in time.

    Raises ConfigurationError for a zone nobody knows.
    """
    first = since.astimezone(_known(zone)).date() - _FAR * _DAY
    last = now.astimezone(_known(zone)).date() + _DAY
    days = [day for n in range((last - first).days + 1) if _falls_on(cadence, day := first + n * _DAY) and _exists(zone, day)]
    ends = [(_instant(zone, day, cadence.at), _name(day, cadence)) for day in days]
    return tuple(Period(start, end, name) for (start, _), (end, name) in pairwise(ends) if since < end <= now)


def beginning(day: date, zone: str) -> datetime:
    """The first moment of a local day, in UTC: where the clocks skip midnight, the first one after the gap.

    It is that of UTC's day where the zone is not known, so that a pause begins and ends all the same.
    Raises OverflowError for days at the ends of the calendar.
    """
    return _instant(zone if is_known(zone) else "UTC", day, time(0))


def day_begun(zone: str, now: datetime) -> datetime:
    """When the day began, in UTC, that it is now in a zone; UTC's day where the zone is not known."""
    return beginning(local(now, zone).date(), zone)


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the clocks of a zone, or on UTC's where it is not known: to tell days, which nobody need go without."""
    return moment.astimezone(_known(zone) if is_known(zone) else UTC)


def local_day(zone: str, now: datetime) -> date:
    """The day that it is now in a zone. Raises ConfigurationError for a zone nobody knows."""
    return now.astimezone(_known(zone)).date()


def is_known(zone: str) -> bool:
    """Whether this machine knows that time zone: a newer one may have stored it, and zones are taken out of the data as well."""
    try:
        _known(zone)
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
    for distance in range(_FAR):
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
    """Whether the occasion of a day that is over still gets its letter.

    For a new reader 12 hours are left: at 23:30 they would wait for ever where cron runs at the full hour, midnight being another day.
    """
    end = _instant(zone, day, cadence.at)
    if is_first:
        return now - end <= FIRST_WITHIN
    following = next(_occasions(cadence, zone, day + _DAY, 1))
    return now - end <= (_instant(zone, following, cadence.at) - end) / 2


def _is_covered(day: date, cadence: Cadence, zone: str, reached: Reached | None) -> bool:
    """Whether the newest period is this day's or a later one, or ended at its instant or later.

    Days and weeks meet where the cadence was changed: a week then stands for the day on which it ended, so a reader who goes from weekly
    to daily does not wait for the week to end.
    """
    if reached is None:
        return False
    if _instant(zone, day, cadence.at) <= reached.end:
        return True
    if "W" not in reached.last:
        return reached.last >= day.isoformat() or reached.week == _name(day, cadence)
    if cadence.every is Every.WEEKLY:
        return reached.last >= _name(day, cadence)
    return reached.end.astimezone(_known(zone)).date() >= day


def _exists(zone: str, day: date) -> bool:
    """False for a day that a zone left out when it crossed the date line."""
    return _instant(zone, day, time(0)) < _instant(zone, day + _DAY, time(0))


@lru_cache(maxsize=65536)
def _instant(zone: str, day: date, at: time) -> datetime:
    """The moment, in UTC, at which that local day reaches that hour, or passes over it."""
    place = _known(zone)
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    # Where the hour lies in a gap: read with the offset before it, it falls after the change; with the offset after it, before (PEP 495).
    # Elsewhere both are the same moment, or `first` is the earlier one, and there is nothing between them to look for.
    return _change(place, local.replace(tzinfo=place, fold=1).astimezone(UTC), first)


def _change(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second in (before, after] at which the zone's offset changes; `after` where `before` is no earlier."""
    offset = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(place).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


# ZoneInfo itself keeps eight zones: with readers in more of them it would read a zone's file at nearly every question.
@lru_cache(maxsize=1024)
def _known(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(repr(zone), "no such time zone", hint="name one as in Europe/Berlin") from error
