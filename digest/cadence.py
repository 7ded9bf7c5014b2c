"""When a letter is due: daily, on weekdays, weekly or on chosen days, at an hour of the reader's own zone.

An *occasion* is a local day on which the cadence falls; its *instant* is that day at the hour. The rules:

    an hour that the clocks skip        the first instant after the gap            (Berlin 02:30 in March, Santiago 00:00 in September)
    an hour that comes twice            the first of the two                       (Berlin 02:30 in October)
    a day that never was                no occasion                                (Apia, 30 December 2011)
    which occasion                      the latest one that has come: after a week asleep one letter, not seven
    a missed one                        made up within 36 hours; after that the next one covers the gap
    a reader's first                    an occasion of the current local day, or one of the last 12 hours: runs may be that far apart
    a change of zone, hour or cadence   never a second letter for the same or an earlier day

Scheduling libraries fire twice or not at all on such nights, so nothing here is left to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import ConfigurationError
from .model import Cadence, Every, Period

MADE_UP_WITHIN = timedelta(hours=36)
FIRST_WITHIN = timedelta(hours=12)
_DAY = timedelta(days=1)
_FAR = 16
"""Days that certainly hold an occasion of any cadence, even where one of them never was."""


def due(cadence: Cadence, zone: str, now: datetime, last: str | None) -> Period | None:
    """The period whose letter should go out now, or None; `last` is the name of this reader's newest period, None before the first.

    Once its period is stored, asking again at the same time gives None. Raises ConfigurationError for a zone nobody knows.
    """
    today = now.astimezone(_known(zone)).date()
    past = (day for day in _occasions(cadence, zone, today + _DAY, -1) if _instant(zone, day, cadence.at) <= now)
    day = next(past, None)
    if day is None:
        return None
    age = now - _instant(zone, day, cadence.at)
    if age > MADE_UP_WITHIN or (last is not None and _is_covered(day, cadence, last)):
        return None
    # Without the 12 hours a reader at 23:30 would wait for ever where cron runs at the full hour: midnight is another day.
    if last is None and day != today and age > FIRST_WITHIN:
        return None
    previous = next(past, day - _DAY)
    return Period(_instant(zone, previous, cadence.at), _instant(zone, day, cadence.at), _name(day, cadence))


def next_due(cadence: Cadence, zone: str, now: datetime) -> datetime:
    """The instant of the first occasion after `now`, in UTC. Raises ConfigurationError for a zone nobody knows."""
    today = now.astimezone(_known(zone)).date()
    instants = (_instant(zone, day, cadence.at) for day in _occasions(cadence, zone, today - _DAY, 1))
    return next(instant for instant in instants if instant > now)


def past(cadence: Cadence, zone: str, since: datetime, now: datetime) -> tuple[Period, ...]:
    """The periods that ended after `since` and until `now`, oldest first, as if every letter had gone out in time.

    Raises ConfigurationError for a zone nobody knows.
    """
    first = since.astimezone(_known(zone)).date() - _FAR * _DAY
    last = now.astimezone(_known(zone)).date() + _DAY
    days = [day for n in range((last - first).days + 1) if _falls_on(cadence, day := first + n * _DAY) and _exists(zone, day)]
    ends = [(_instant(zone, day, cadence.at), _name(day, cadence)) for day in days]
    return tuple(Period(start, end, name) for (start, _), (end, name) in pairwise(ends) if since < end <= now)


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
    if cadence.every is not Every.WEEKLY:
        return day.isoformat()
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _is_covered(day: date, cadence: Cadence, last: str) -> bool:
    """Whether the newest period is this day's or a later one.

    Days and weeks meet where the cadence was changed: a week then stands for its Monday, so a reader who goes from weekly to daily
    does not wait for the week to end.
    """
    if "W" not in last:
        return last >= day.isoformat()
    if cadence.every is Every.WEEKLY:
        return last >= _name(day, cadence)
    return date.fromisocalendar(int(last[:4]), int(last[6:]), 1) >= day


def _exists(zone: str, day: date) -> bool:
    """False for a day that a zone left out when it crossed the date line."""
    return _instant(zone, day, time(0)) < _instant(zone, day + _DAY, time(0))


@lru_cache(maxsize=8192)
def _instant(zone: str, day: date, at: time) -> datetime:
    """The moment, in UTC, at which that local day reaches that hour, or passes over it."""
    place = _known(zone)
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    if first.astimezone(place).replace(tzinfo=None) == local:
        return first
    # The hour lies in a gap: read with the offset before it, it falls after the change; with the offset after it, before (PEP 495).
    return _change(place, local.replace(tzinfo=place, fold=1).astimezone(UTC), first)


def _change(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second in (before, after] at which the zone's offset changes."""
    offset = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(place).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _known(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(repr(zone), "no such time zone", hint="name one as in Europe/Berlin") from error
