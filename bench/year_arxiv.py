"""arXiv for a year: what it announces by its real calendar is drawn once, and so is when its feeds and pages show it and when they fail.

Feeds are late or skip a listing, bear a date that is not theirs, or are empty at weekends; feeds, pages and the API are out of reach for
hours or days, and now and then at one tick. Papers are cross-listed on their day or on a later one, and come again in later versions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from random import Random

from digest.announcements import EASTERN, Announcement, Calendar, Expectation, between, calendar, first_listed
from digest.model import Author, Facts, Listing, Paper

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CATEGORIES = {"cs.LG": (2, 6), "cs.CL": (1, 4), "q-bio.BM": (1, 3), "hep-th": (0, 2)}
"""The fewest and the most new papers of a listing."""
FEED_LATE = (*[0.0] * 14, 0.3, 2, 5, 9, 400)
PAGE_LATE = (*[0.0] * 8, 3, 6, 12, 400)
"""Hours by which a feed or a page is late; one that is later than the next listing never shows this one."""
WELL = 9 * DAY
"""For so long all comes in time: digest begins a week after the first listing, and none of arXiv's feeds goes back to an older one."""
WORD = ("fox", "badger", "otter", "marten", "stoat", "weasel", "polecat", "lynx", "wolf", "bear")
Entries = list[tuple[Paper, Listing]]


class Fault(StrEnum):
    """How a request fails."""

    BUSY = "busy"
    """503"""
    BROKEN = "broken"
    """500"""
    SLOW_DOWN = "slow down"
    """429, and wants two minutes of quiet."""
    RESET = "reset"
    SHORT = "short"
    """Less comes than was promised."""
    CUT = "cut"
    """The document ends in the middle, and nothing says so."""
    OTHER = "other"
    """A page that says something else, as if all were well."""
    SILENCE = "silence"


OFTEN = (*[Fault.BUSY] * 20, *[Fault.BROKEN] * 8, *[Fault.SLOW_DOWN] * 4, *[Fault.RESET] * 8, *[Fault.SHORT] * 4, *[Fault.OTHER] * 4)
FAULTS = (*OFTEN, *[Fault.CUT] * 4, Fault.SILENCE)


@dataclass
class ArXiv:
    """All of arXiv, for listings between two days. `moment` is the time there, whatever the clocks of those who ask say."""

    chance: Random
    first: date
    last: date
    calendar: Calendar = field(default_factory=calendar)
    parts: tuple[str, ...] = tuple(CATEGORIES)
    is_healthy: bool = False

    def __post_init__(self) -> None:
        self.moment = datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)
        self.made = [a for a in between(self.calendar, self.first - DAY, self.last + DAY) if self._comes(a)]
        self.days = [a.listed_on for a in self.made]
        self.entries: dict[tuple[str, date], Entries] = {(part, day): [] for part in self.parts for day in self.days}
        self.versions: dict[str, list[tuple[date, Paper]]] = {}
        """Each paper as it was from each day on, in the order in which they were announced."""
        self.announced: dict[str, date] = {}
        self.later: dict[str, tuple[str, date]] = {}
        """The category into which a paper was cross-listed on a later day, and that day."""
        for place, made in enumerate(self.made):
            self._announce(place, made)
        for place in range(len(self.made)):
            self._replace(place)
        self._feeds, self._pages = self._shown(FEED_LATE, "due"), self._shown(PAGE_LATE, "at")
        self._feeds_well, self._pages_well = self._shown((0.0,), "due"), self._shown((0.0,), "at")
        self._misdated = {(part, day) for part in self.parts for day in self.days if self.chance.random() < 0.3}
        self.outages = self._outages(("feeds", "pages", "all"))
        self._seed = self.chance.random()

    def _comes(self, made: Announcement) -> bool:
        return made.expectation is Expectation.PAPERS or self.chance.random() < 0.5

    # --- what is announced ---

    def _announce(self, place: int, made: Announcement) -> None:
        for part, (least, most) in CATEGORIES.items():
            for _ in range(self.chance.randint(least, most)):
                number = len(self.versions)
                others = [other for other in self.parts if other != part]
                crossed = (self.chance.choice(others),) if self.chance.random() < 0.25 else ()
                paper = self._paper(number, (part, *crossed), made)
                self.versions[paper.key], self.announced[paper.key] = [(made.listed_on, paper)], made.listed_on
                for name in paper.categories:
                    self.entries[name, made.listed_on].append((paper, Listing.NEW if name == part else Listing.CROSS))
                if not crossed and self.chance.random() < 0.06 and place + 2 < len(self.made):
                    self._cross_later(paper, self.chance.choice(others), self.days[place + self.chance.choice((1, 2))])

    def _cross_later(self, paper: Paper, category: str, day: date) -> None:
        self.later[paper.key] = (category, day)
        crossed = replace(paper, categories=(*paper.categories, category))
        self.versions[paper.key].append((day, crossed))
        self.entries[category, day].append((crossed, Listing.CROSS))

    def _replace(self, place: int) -> None:
        """One or two papers of the twenty listings before come in a later version."""
        day, earlier = self.days[place], set(self.days[max(0, place - 20) : max(0, place - 2)])
        old = [key for key, listed in self.announced.items() if listed in earlier] if earlier else []
        for key in self.chance.sample(old, min(len(old), self.chance.randint(1, 2))):
            _, last = self.versions[key][-1]
            paper = replace(last, version=last.version + 1)
            self.versions[key].append((day, paper))
            for name in paper.categories:
                self.entries[name, day].append((paper, Listing.REPLACE))

    def _paper(self, number: int, categories: tuple[str, ...], made: Announcement) -> Paper:
        submitted = made.at - 10 * HOUR
        while first_listed(self.calendar, submitted) > made.listed_on:
            submitted -= HOUR
        key = f"arxiv:2601.{number:05}"
        title = f"Result {number} on the {WORD[number % 10]}"
        facts = Facts(comment=f"{number % 30 + 4} pages")
        fields = {"abstract": f"We study the {WORD[number % 10]}.", "authors": (Author("Ana Silva"),), "url": f"https://example.org/{number}"}
        return Paper(key=key, ids=(key,), title=title, published=submitted, categories=categories, facts=facts, **fields)  # type: ignore[arg-type]

    # --- when it can be had ---

    def _shown(self, late: Sequence[float], since: str) -> dict[str, tuple[list[datetime], list[date]]]:
        """For each part when which listing begins to be shown; nothing older than it is shown from then on."""
        found: dict[str, tuple[list[datetime], list[date]]] = {}
        for part in self.parts:
            starts, days = list[datetime](), list[date]()
            hours = {a.listed_on: self.chance.choice(late) if a.listed_on > self.first + WELL else 0.0 for a in self.made}
            for moment, day in sorted((getattr(a, since) + hours[a.listed_on] * HOUR, a.listed_on) for a in self.made):
                if not days or day > days[-1]:
                    starts.append(moment)
                    days.append(day)
            found[part] = starts, days
        return found

    def _outages(self, kinds: Sequence[str]) -> list[tuple[datetime, datetime, str]]:
        """About forty a year, of an hour to two days."""
        begins = self.moment + 2 * DAY
        count = max(1, (self.last - self.first).days // 9)
        lengths = (HOUR, 4 * HOUR, 12 * HOUR, 30 * HOUR, 48 * HOUR)
        some = [begins + self.chance.random() * (self.last - self.first) for _ in range(count)]
        return [(begin, begin + self.chance.choice(lengths), kinds[n % len(kinds)]) for n, begin in enumerate(sorted(some))]

    def fault(self, kind: str, address: str) -> Fault | None:
        """How what is asked of its "feeds" or "pages" fails at this moment; asking again at the same moment changes nothing."""
        if self.is_healthy:
            return None
        draw = Random(f"{self._seed} {self.moment} {address}")
        is_out = any(begin <= self.moment < end and what in (kind, "all") for begin, end, what in self.outages)
        return draw.choice(FAULTS) if is_out or draw.random() < 0.03 else None

    def is_off(self) -> bool:
        """Whether no connection is taken at all: so it is in every second hour of an outage of all."""
        is_out = any(begin <= self.moment < end and what == "all" for begin, end, what in self.outages)
        return is_out and not self.is_healthy and self.moment.hour % 2 == 0

    def _newest(self, shown: dict[str, tuple[list[datetime], list[date]]], part: str) -> date | None:
        starts, days = shown[part]
        place = bisect_right(starts, self.moment)
        return days[place - 1] if place else None

    # --- what is shown ---

    def feed(self, part: str) -> tuple[date, Entries]:
        """The day that the feed of a category bears, and what it has."""
        day = self._newest(self._feeds_well if self.is_healthy else self._feeds, part)
        today = self.moment.astimezone(EASTERN).date()
        # At weekends the feed is built anew as on other days, of nothing; sometimes it is not.
        if day is None or (today not in self.days and day < today - DAY and today.toordinal() % 3):
            return today, []
        return today if (part, day) in self._misdated else day, self.entries[part, day]

    def newest(self, part: str) -> tuple[date, Entries] | None:
        """The newest listing that the page of a category shows; None before there is any."""
        day = self._newest(self._pages_well if self.is_healthy else self._pages, part)
        return (day, self.entries[part, day]) if day else None

    def past(self, part: str) -> list[tuple[date, Entries]]:
        """The last five listings of a category, the newest first, without replacements."""
        newest = self._newest(self._pages_well if self.is_healthy else self._pages, part)
        days = [day for day in self.days if newest is not None and day <= newest][-5:]
        return [(day, [one for one in self.entries[part, day] if one[1] is not Listing.REPLACE]) for day in reversed(days)]

    def month(self, part: str, month: date) -> Entries:
        """All that was listed in a category in the month of that day until now."""
        days = [a.listed_on for a in self.made if a.at <= self.moment and a.listed_on.replace(day=1) == month.replace(day=1)]
        listed = {paper.key: kind for day in reversed(days) for paper, kind in self.entries[part, day] if kind is not Listing.REPLACE}
        return [(self.known(key), kind) for key, kind in listed.items()]

    def known(self, key: str) -> Paper:
        """The paper as it is at this moment."""
        today = self.moment.astimezone(EASTERN).date()
        (_, first), *later = self.versions[key]
        return next((paper for day, paper in reversed(later) if day <= today), first)
