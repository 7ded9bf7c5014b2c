"""When arXiv announces papers, and when a listing of them can be read: cut-offs, weekends, holidays.

Source: info.arxiv.org/help/availability.html, all times US Eastern. An *announcement* is made in the evening and *listed* under the date
of the next day; arXiv's holidays are evenings without an announcement.

    announced     20:00 on Sunday to Thursday, never on Friday or Saturday: papers submitted by 14:00 that day (Sunday: by 14:00 on Friday)
    the page      arxiv.org/list/CATEGORY/new shows it at once
    the feed      rss.arxiv.org is rebuilt at midnight, four hours after the page
    a holiday     that evening has no announcement, and the next one has more papers. Some holidays fall on a Friday, which never has one:
                  nobody works at the cut-off for Sunday's announcement then, so Sunday's is unsure
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

PUBLISHED_HOLIDAYS = (
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
    """There may well be none, so a missing one alarms nobody."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def may_come(self) -> bool:
        """Whether it is worth looking for a listing."""
        return self in (Expectation.PAPERS, Expectation.UNSURE)


@dataclass(frozen=True, slots=True)
class Announcement:
    """The announcement of one evening.

    `announced` is the date of that evening (US Eastern), `listed_on` the next day, whose date the listing has. `at` is when the page shows
    it, `due` when the feed does, both in UTC.
    """

    announced: date
    listed_on: date
    at: datetime
    due: datetime
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Calendar:
    """arXiv's holidays, and the years whose holidays are known."""

    holidays: frozenset[date]
    years: frozenset[int]

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known; if not, every working day is assumed to have an announcement."""
        return year in self.years


def calendar(more: Iterable[date] = ()) -> Calendar:
    """The published holidays plus `more`; every year that has one of them counts as known."""
    days = frozenset((*map(date.fromisoformat, PUBLISHED_HOLIDAYS), *more))
    return Calendar(days, frozenset(day.year for day in days))


def announcement(known: Calendar, evening: date) -> Announcement:
    """The announcement of that evening; its `expectation` says whether there is one."""
    listed_on = evening + _DAY
    return Announcement(evening, listed_on, _at(evening, _EVENING), _at(listed_on, _MIDNIGHT), _expectation(known, evening))


def listing(known: Calendar, day: date) -> Announcement:
    """The announcement that is listed under that day."""
    return announcement(known, day - _DAY)


def latest_due(known: Calendar, now: datetime) -> Announcement:
    """The newest announcement that may have papers and whose feed is due by `now`."""
    return next(found for found in _back(known, now) if found.due <= now and found.expectation.may_come)


def newest(known: Calendar, now: datetime) -> Announcement:
    """The latest evening whose feed is due by `now`, even one without an announcement: that explains why nothing came today."""
    return next(found for found in _back(known, now) if found.due <= now)


def between(known: Calendar, after: date, before: date) -> tuple[Announcement, ...]:
    """The announcements that may have papers, listed strictly between two days, oldest first."""
    days = (listing(known, after + n * _DAY) for n in range(1, (before - after).days))
    return tuple(found for found in days if found.expectation.may_come)


def first_listed(known: Calendar, submitted: datetime) -> date:
    """The earliest day on which a paper submitted then can be listed; moderation may take longer."""
    local = submitted.astimezone(EASTERN)
    received = local.date() if local.time() < _CUT_OFF else local.date() + _DAY
    # Papers submitted by 14:00 on Friday are announced on Sunday, later ones on Monday at the earliest.
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
