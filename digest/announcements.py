"""When arXiv announces papers, and when a listing of them can be read: cut-offs, weekends, holidays.

Source: info.arxiv.org/help/availability.html, all times US Eastern. An *announcement* is made in the evening of a day and *listed* under
the next one; arXiv's holidays are evenings without one.

    announced     20:00 on Sunday to Thursday, never on Friday or Saturday; what came in by 14:00 that day, on Sundays by 14:00 on Friday
    the page      arxiv.org/list/CATEGORY/new shows it at once
    the feed      rss.arxiv.org is built anew at midnight, and trails the page by four hours
    a holiday     the evening has no announcement, the next one has more papers. Some are given as a Friday, on which there is none anyway:
                  then arXiv does not work on the cut-off of Sunday's, so that one is not counted on
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_CUT_OFF, _EVENING, _MIDNIGHT = time(14), time(20), time(0)
_DAY = timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6

PUBLISHED = (
    # 2025: availability.md of arXiv/arxiv-docs at commit 95c71658
    *("2025-01-01", "2025-01-20", "2025-06-19", "2025-07-06", "2025-09-01", "2025-11-27", "2025-12-25", "2025-12-30"),
    # 2026: the same at commit 8332d7e6 (24 July 2026); those of 2027 were not published then
    *("2026-01-01", "2026-01-19", "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25", "2026-12-29", "2026-12-31"),
)
"""The holidays that arXiv has published."""


class Expectation(StrEnum):
    """Whether the evening of a day has an announcement."""

    PAPERS = "papers"
    UNSURE = "unsure"
    """It may well have none, so that nobody is alarmed where it has none."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def may_come(self) -> bool:
        """Whether a listing is looked for."""
        return self in (Expectation.PAPERS, Expectation.UNSURE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """The announcement of one evening.

    `announced` is that Eastern day, `listed_on` the next one, under which the listing stands. `at` is when the page has it, `due` when
    the feed has it, both in UTC.
    """

    announced: date
    listed_on: date
    at: datetime
    due: datetime
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Calendar:
    """arXiv's holidays, and the years of which they are known."""

    holidays: frozenset[date]
    years: frozenset[int]

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known; else every working day is taken for one with an announcement."""
        return year in self.years


def calendar(more: Iterable[date] = ()) -> Calendar:
    """The published holidays, and these; a year that one of these falls in counts as known."""
    days = frozenset((*map(date.fromisoformat, PUBLISHED), *more))
    return Calendar(days, frozenset(day.year for day in days))


def announcement(known: Calendar, evening: date) -> Announcement:
    """The announcement of that evening, or what is to be said of there being none."""
    listed_on = evening + _DAY
    return Announcement(evening, listed_on, _at(evening, _EVENING), _at(listed_on, _MIDNIGHT), _expectation(known, evening))


def listing(known: Calendar, day: date) -> Announcement:
    """The announcement that is listed under that day."""
    return announcement(known, day - _DAY)


def latest_due(known: Calendar, now: datetime) -> Announcement:
    """The newest announcement that may have papers and whose feed is due by `now`."""
    return next(found for found in _back(known, now) if found.due <= now and found.expectation.may_come)


def newest(known: Calendar, now: datetime) -> Announcement:
    """The evening whose feed is the newest by `now`, whether or not it has an announcement: it says why nothing came today."""
    return next(found for found in _back(known, now) if found.due <= now)


def between(known: Calendar, after: date, before: date) -> tuple[Announcement, ...]:
    """The announcements that may have papers, listed after one day and before another, oldest first."""
    days = (listing(known, after + n * _DAY) for n in range(1, (before - after).days))
    return tuple(found for found in days if found.expectation.may_come)


def first_listed(known: Calendar, submitted: datetime) -> date:
    """The earliest day under which a paper can be listed that came in then; moderation may take longer."""
    local = submitted.astimezone(EASTERN)
    received = local.date() if local.time() < _CUT_OFF else local.date() + _DAY
    # What comes in until Friday at 14:00 is announced on Sunday, what comes in after that not before Monday.
    evening = received + timedelta(days={_FRIDAY: 2, _SATURDAY: 2, _SUNDAY: 1}.get(received.weekday(), 0))
    while _expectation(known, evening) in (Expectation.WEEKEND, Expectation.HOLIDAY):
        evening += _DAY
    return evening + _DAY


def _back(known: Calendar, now: datetime) -> Iterator[Announcement]:
    """The evenings up to today's, newest first."""
    today = now.astimezone(EASTERN).date()
    return (announcement(known, today - n * _DAY) for n in count())


def _expectation(known: Calendar, evening: date) -> Expectation:
    if evening.weekday() in (_FRIDAY, _SATURDAY):
        return Expectation.WEEKEND
    if evening in known.holidays:
        return Expectation.HOLIDAY
    if evening.weekday() == _SUNDAY and evening - 2 * _DAY in known.holidays:
        return Expectation.UNSURE
    return Expectation.PAPERS


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, EASTERN).astimezone(UTC)
