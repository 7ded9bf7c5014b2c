"""Weeks of arXiv: stale feeds, outages of theirs and of ours, holidays, the end of summer time. Nothing is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from digest.announcements import Announcement, Calendar, between, calendar, first_listed
from digest.catalog import Catalog
from digest.model import Batch, Listing, Paper, Sighting
from digest.run import Report, awaited, fetch, standings
from tests.announcing import unreachable
from tests.builders import a_paper
from tests.run_parts import parts_with

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARTS = ("cs.LG", "math.KT")


@dataclass
class World:
    """arXiv between two days. What is announced is drawn once; whether it can be had is drawn anew for each listing."""

    chance: Random
    first: date
    last: date
    calendar: Calendar = field(default_factory=calendar)
    name: str = "arxiv"
    parts: tuple[str, ...] = PARTS
    has_pages: bool = True
    is_healthy: bool = False

    def __post_init__(self) -> None:
        self.listings: list[Announcement] = list(between(self.calendar, self.first - DAY, self.last + DAY))
        self.papers: dict[tuple[str, date], list[Paper]] = {}
        self.feed_from: dict[tuple[str, date], datetime] = {}
        self.page_from: dict[tuple[str, date], datetime] = {}
        number = 0
        for a in self.listings:
            for part, most in zip(PARTS, (5, 2), strict=True):
                count = self.chance.randint(1, most) if part == "cs.LG" else self.chance.randint(0, most)
                numbers = range(number, number + count)
                self.papers[part, a.listed_on] = [self._paper(n, part, a) for n in numbers]
                number += count
                self.feed_from[part, a.listed_on] = a.due + self.chance.choice((0, 0, 0, 0.2, 2, 9, 400)) * HOUR
                self.page_from[part, a.listed_on] = a.at + self.chance.choice((0, 0, 0, 5, 7, 12)) * HOUR

    def _paper(self, number: int, part: str, announced: Announcement) -> Paper:
        # Received on the last day that leads to this listing.
        submitted = announced.at - 10 * HOUR
        while first_listed(self.calendar, submitted) > announced.listed_on:
            submitted -= HOUR
        return a_paper(f"arxiv:2610.{number:05}", f"Result {number} of {part}", categories=(part,), published=submitted)

    def _batch(self, part: str, day: date, bearing: date | None = None, **changes: object) -> Batch:
        sightings = tuple(Sighting(paper=p, source="arxiv", listed_on=bearing or day) for p in self.papers[part, day])
        batch = Batch(source="arxiv", sightings=sightings, announced=len(sightings), listed_on=bearing or day, format="arxiv atom")
        return replace(batch, **changes)  # type: ignore[arg-type]

    def _newest(self, part: str, ready: Mapping[tuple[str, date], datetime], now: datetime) -> date | None:
        """The newest listing that is ready; nothing older than it is shown once it is."""
        days = [a.listed_on for a in self.listings if ready[part, a.listed_on] <= now]
        return max(days, default=None)

    def fetch(self, cursor: str, now: datetime) -> Batch:
        raise NotImplementedError

    def fetch_part(self, part: str, cursor: str, now: datetime) -> Batch:
        if not self.is_healthy and self.chance.random() < 0.1:
            raise unreachable()
        day = self._newest(part, self._feeds(), now)
        today = now.astimezone(UTC).date()
        if day is None:
            return Batch(source="arxiv", listed_on=today, announced=0)
        return self._batch(part, day, today if self.chance.random() < 0.5 else day, cursor="")

    def _feeds(self) -> Mapping[tuple[str, date], datetime]:
        return {(part, a.listed_on): a.due for part in PARTS for a in self.listings} if self.is_healthy else self.feed_from

    def _pages(self) -> Mapping[tuple[str, date], datetime]:
        return {(part, a.listed_on): a.at for part in PARTS for a in self.listings} if self.is_healthy else self.page_from

    def fetch_newest(self, part: str, now: datetime) -> Batch:
        if not self.is_healthy and self.chance.random() < 0.2:
            raise unreachable("arxiv.org")
        day = self._newest(part, self._pages(), now)
        if day is None:
            raise unreachable("arxiv.org")
        return self._batch(part, day, format="arxiv page")

    def fetch_past(self, part: str, now: datetime) -> dict[date, Batch]:
        if not self.is_healthy and self.chance.random() < 0.3:
            raise unreachable("arxiv.org")
        newest = self._newest(part, self._pages(), now)
        days = [a.listed_on for a in self.listings if newest is not None and a.listed_on <= newest]
        return {day: self._batch(part, day, format="arxiv page") for day in days[-5:]}

    def fetch_month(self, part: str, month: date, now: datetime) -> Batch:
        days = [a.listed_on for a in self.listings if a.at <= now and (a.listed_on.year, a.listed_on.month) == (month.year, month.month)]
        sightings = tuple(Sighting(paper=p, source="arxiv", listed_on=month) for day in days for p in self.papers[part, day])
        return Batch(source="arxiv", sightings=sightings, format="arxiv page")

    # arXiv's API
    def batches(self, arxiv_ids: list[str], /) -> list[tuple[Paper, ...]]:
        known = {paper.key.removeprefix("arxiv:"): paper for some in self.papers.values() for paper in some}
        return [tuple(known[name] for name in arxiv_ids if name in known)]


def sightings_in(catalog: Catalog) -> list[tuple[str, str, str]]:
    with catalog.reading() as connection:
        rows = connection.exec_driver_sql(
            "select papers.key, listed_on, kind from sightings join papers on papers.id = sightings.paper order by papers.key, listed_on"
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("seed", range(5))
def test_every_paper_announced_is_recorded_once_under_its_day(seed: int, catalog: Catalog) -> None:
    chance = Random(seed)
    now, end = datetime(2026, 10, 5, 9, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=UTC)
    world = World(chance, date(2026, 10, 5), end.date())
    parts = replace(parts_with(catalog), sources=(world,), details=world)  # type: ignore[arg-type]  # a world is all of arXiv
    world.is_healthy = True
    fetch(parts, Report(now))  # the first: what came before it nobody promised
    world.is_healthy = False
    while now < end:
        now = min(end, now + chance.choice((0.2, 0.5, 1, 3, 6, 12, 24, 24, 24, 30, 60, 24 * 4, 24 * 9)) * HOUR)
        fetch(parts, Report(now))

    world.is_healthy = True
    for n in range(3):
        fetch(parts, Report(end + n * 2 * HOUR))

    promised = sorted((p.key, f"{day}", str(Listing.NEW)) for (_, day), some in world.papers.items() for p in some)
    recorded = sightings_in(catalog)
    assert [key for key, _, _ in recorded] == [key for key, _, _ in promised]
    # Where days were missed and arXiv's pages were out of reach as well, nobody can say of which of them a feed is.
    assert len(set(recorded) - set(promised)) <= 0.02 * len(promised)
    assert awaited(parts, end + 5 * HOUR) == ()
    assert {one.state for one in standings(parts, end + 5 * HOUR)} <= {"fresh", "empty", "holiday"}
