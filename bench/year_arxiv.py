"""arXiv for a year, in memory: what it announces by its real calendar is drawn once, and so is when its feeds and pages show it.

Feeds are late or skip a listing, bear a date that is not theirs, or are empty at weekends; feeds, pages and the API do not answer for
hours or days, and now and then for one request. Papers are cross-listed on their day or on a later one, and come again in later versions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from digest.announcements import Announcement, Calendar, Expectation, between, calendar, first_listed
from digest.errors import SourceUnreachable
from digest.model import Author, Batch, Facts, Listing, Paper, Sighting

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CATEGORIES = {"cs.LG": (2, 6), "cs.CL": (1, 4), "q-bio.BM": (1, 3), "hep-th": (0, 2)}
"""The fewest and the most new papers of a listing."""
FEED_LATE = (*[0.0] * 14, 0.3, 2, 5, 9, 400)
PAGE_LATE = (*[0.0] * 8, 3, 6, 12, 400)
"""Hours by which a feed or a page is late; one that is later than the next listing never shows this one."""
WORD = ("fox", "badger", "otter", "marten", "stoat", "weasel", "polecat", "lynx", "wolf", "bear")


@dataclass
class ArXiv:
    """All of arXiv, for listings between two days. `moment` is the time there, whatever the clocks of those who ask say."""

    chance: Random
    first: date
    last: date
    name: str = "arxiv"
    calendar: Calendar = field(default_factory=calendar)
    parts: tuple[str, ...] = tuple(CATEGORIES)
    has_pages: bool = True
    is_healthy: bool = False

    def __post_init__(self) -> None:
        self.moment = datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)
        self.made = [a for a in between(self.calendar, self.first - DAY, self.last + DAY) if self._comes(a)]
        self.days = [a.listed_on for a in self.made]
        self.entries: dict[tuple[str, date], list[tuple[Paper, Listing]]] = {(part, day): [] for part in self.parts for day in self.days}
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
        self.outages = self._outages(("feeds", "pages", "all"))

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
            for moment, day in sorted((getattr(a, since) + self.chance.choice(late) * HOUR, a.listed_on) for a in self.made):
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

    def _answer(self, kind: str) -> None:
        if self.is_healthy:
            return
        is_out = any(begin <= self.moment < end and what in (kind, "all") for begin, end, what in self.outages)
        if is_out or self.chance.random() < 0.03:
            host = "rss.arxiv.org" if kind == "feeds" else "arxiv.org"
            raise SourceUnreachable(host, "does not answer", hint="try again later")

    def _newest(self, shown: dict[str, tuple[list[datetime], list[date]]], part: str) -> date | None:
        starts, days = shown[part]
        place = bisect_right(starts, self.moment)
        return days[place - 1] if place else None

    def _batch(self, part: str, day: date, bearing: date, *kinds: Listing, source_format: str = "arxiv page") -> Batch:
        some = [(paper, kind) for paper, kind in self.entries[part, day] if not kinds or kind in kinds]
        sightings = tuple(Sighting(paper=paper, source=self.name, listed_on=bearing, kind=kind) for paper, kind in some)
        count = sum(kind is not Listing.REPLACE for _, kind in some)
        return Batch(source=self.name, sightings=sightings, announced=count, listed_on=bearing, format=source_format)

    # --- what a source is asked ---

    def fetch(self, cursor: str, now: datetime) -> Batch:
        raise NotImplementedError("asked part by part")

    def fetch_part(self, part: str, cursor: str, now: datetime) -> Batch:
        self._answer("feeds")
        day = self._newest(self._feeds_well if self.is_healthy else self._feeds, part)
        today = self.moment.astimezone(UTC).date()
        # At weekends the feed is built anew as on other days, of nothing; sometimes it is not.
        if day is None or (today not in self.days and day < today - DAY and today.toordinal() % 3):
            return Batch(source=self.name, listed_on=today, announced=0, format="arxiv atom")
        return self._batch(part, day, today if self.chance.random() < 0.3 else day, source_format="arxiv atom")

    def fetch_newest(self, part: str, now: datetime) -> Batch:
        self._answer("pages")
        day = self._newest(self._pages_well if self.is_healthy else self._pages, part)
        if day is None:
            raise SourceUnreachable("arxiv.org", "shows no listing yet", hint="try again later")
        return self._batch(part, day, day)

    def fetch_past(self, part: str, now: datetime) -> dict[date, Batch]:
        self._answer("pages")
        newest = self._newest(self._pages_well if self.is_healthy else self._pages, part)
        days = [day for day in self.days if newest is not None and day <= newest]
        return {day: self._batch(part, day, day, Listing.NEW, Listing.CROSS) for day in days[-5:]}

    def fetch_month(self, part: str, month: date, now: datetime) -> Batch:
        self._answer("pages")
        days = [a.listed_on for a in self.made if a.at <= self.moment and a.listed_on.replace(day=1) == month.replace(day=1)]
        keys = dict.fromkeys(p.key for day in days for p, kind in self.entries[part, day] if kind is not Listing.REPLACE)
        sightings = tuple(Sighting(paper=self._as_known(key), source=self.name, listed_on=month) for key in keys)
        return Batch(source=self.name, sightings=sightings, format="arxiv page")

    def _as_known(self, key: str) -> Paper:
        """The paper as it is at this moment."""
        today = self.moment.astimezone(UTC).date()
        (_, first), *later = self.versions[key]
        return next((paper for day, paper in reversed(later) if day <= today), first)

    def look_up(self, arxiv_ids: Sequence[str]) -> tuple[Paper, ...]:
        self._answer("pages")
        return tuple(self._as_known(f"arxiv:{name}") for name in arxiv_ids if f"arxiv:{name}" in self.versions)


@dataclass
class Api:
    """Its API: what it knows of papers by their names."""

    arxiv: ArXiv

    def papers(self, arxiv_ids: Sequence[str]) -> tuple[Paper, ...]:
        return self.arxiv.look_up(arxiv_ids)

    def batches(self, arxiv_ids: Sequence[str], /) -> Iterator[tuple[Paper, ...]]:
        yield self.arxiv.look_up(arxiv_ids)
