"""A source that announces by arXiv's calendar, and says what the test puts into it: per part a feed, a page and pages of earlier days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from digest.announcements import Calendar, calendar
from digest.errors import SourceError, SourceUnreachable
from digest.model import Batch, Listing, Sighting

from .builders import a_paper

TITLES = ["fox", "badger", "otter", "marten", "stoat", "weasel", "polecat", "lynx", "wolf", "bear"]


def listing(*numbers: int, on: date, kind: Listing = Listing.NEW, category: str = "cs.LG", **changes: object) -> Batch:
    """A listing of the papers of these numbers, as a feed that bears that date has it."""
    sightings = tuple(
        Sighting(
            paper=a_paper(f"arxiv:2611.{n:05}", f"On the habits of the {TITLES[n % 10]} number {n}", categories=(category,)),
            source="arxiv",
            listed_on=on,
            kind=kind,
        )
        for n in numbers
    )
    count = len(sightings) if kind is not Listing.REPLACE else 0
    batch = Batch(source="arxiv", sightings=sightings, cursor=f"read to {on}", expected=len(sightings), announced=count, listed_on=on)
    return replace(batch, format="arxiv atom", **changes)  # type: ignore[arg-type]


def unreachable(subject: str = "rss.arxiv.org") -> SourceUnreachable:
    return SourceUnreachable(subject, "does not answer", hint="try again later")


@dataclass
class Announced:
    """`feeds`, `pages`, `past` and `months` by part; an error among them is raised. `asked` keeps the questions."""

    feeds: dict[str, Batch | SourceError] = field(default_factory=dict)
    pages: dict[str, Batch | SourceError] = field(default_factory=dict)
    past: dict[str, dict[date, Batch] | SourceError] = field(default_factory=dict)
    months: dict[tuple[str, int], Batch] = field(default_factory=dict)
    parts: tuple[str, ...] = ("cs.LG",)
    name: str = "arxiv"
    calendar: Calendar = field(default_factory=calendar)
    has_pages: bool = True
    asked: list[str] = field(default_factory=list)

    def fetch(self, cursor: str, now: datetime) -> Batch:
        raise NotImplementedError("asked part by part")

    def fetch_part(self, part: str, cursor: str, now: datetime) -> Batch:
        self.asked.append(f"feed {part}")
        return _given(self.feeds.get(part, unreachable()))

    def fetch_newest(self, part: str, now: datetime) -> Batch:
        self.asked.append(f"page {part}")
        return replace(_given(self.pages.get(part, unreachable("arxiv.org"))), format="arxiv page", cursor="")

    def fetch_past(self, part: str, now: datetime) -> Mapping[date, Batch]:
        self.asked.append(f"past {part}")
        found = self.past.get(part, unreachable("arxiv.org"))
        if isinstance(found, SourceError):
            raise found
        return found

    def fetch_month(self, part: str, month: date, now: datetime) -> Batch:
        self.asked.append(f"month {part} {month:%Y-%m}")
        return self.months[part, month.month]


def _given(answer: Batch | SourceError) -> Batch:
    if isinstance(answer, SourceError):
        raise answer
    return answer
