"""Whether the newest listings are in: the ledger's answer for each category and each source at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...announcements import Announcement, Calendar, Expectation, listing, newest
from ...model import LedgerLine, ListingState, Newest
from ...sources import Announcing
from ...taxonomy import is_known, is_within
from ..parts import Parts
from .awaiting import is_doubtful

LOOKED_BACK = timedelta(days=8)
"""How far back letters mention a listing that never came; a weekly letter covers that much."""
_WORST_FIRST = (ListingState.FAILED, ListingState.STALE)


@dataclass(frozen=True, slots=True)
class NewestListings:
    """The newest listing of each category and each source, as far as the ledger knows it."""

    categories: Mapping[str, Newest] = field(default_factory=dict)
    sources: Mapping[str, Newest] = field(default_factory=dict)
    asked: frozenset[str] = frozenset({""})
    """The categories that are asked for; "" is a listing that may have any."""

    def of_category(self, name: str) -> Newest | None:
        """The newest listing of a category, or of its parts together: "astro-ph.GA" is a part of "astro-ph"."""
        return together([one for other, one in self.categories.items() if is_within(other, name)])

    def is_asked(self, name: str) -> bool:
        """Whether a category may come: arXiv's only from a source that asks for it, or for a part of it, or for what it is a part of."""
        return not is_known(name) or any(not one or is_within(one, name) or is_within(name, one) for one in self.asked)

    def of_source(self, name: str) -> Newest | None:
        """The newest listing of a source, its parts together."""
        return self.sources.get(name)

    @property
    def failed(self) -> tuple[str, ...]:
        """The sources that could not be read, by name."""
        return tuple(name for name, one in self.sources.items() if one.state is ListingState.FAILED)


def newest_listings(parts: Parts, now: datetime) -> NewestListings:
    """The newest listings at `now`."""
    lines: dict[str, list[LedgerLine]] = defaultdict(list)
    for line in parts.catalog.ledger.since(now.date() - LOOKED_BACK):
        lines[line.source].append(line)
    categories: dict[str, Newest] = {}
    sources: dict[str, Newest] = {}
    for source in parts.sources:
        if isinstance(source, Announcing):
            evening = newest(source.calendar, now)
            # A category that may not exist is left out: calling its listing late would promise papers that never come.
            told = [part for part in source.parts if not is_doubtful(parts, source.name, part, evening.listed_on)]
            of_part = {part: [line for line in lines[source.name] if line.part == part] for part in told}
            found = {part: _of_part(some, evening, source.calendar) for part, some in of_part.items()}
            known = {part: one for part, one in found.items() if one is not None}
            categories.update(known)
            whole = together(known.values())
        else:
            whole = _of_listing([line for line in lines[source.name] if line.day == now.date()])
        if whole is not None:
            sources[source.name] = whole
    asked = frozenset(part for source in parts.sources if isinstance(source, Announcing) for part in source.parts)
    return NewestListings(categories, sources, asked)


def together(some: Collection[Newest]) -> Newest | None:
    """Several newest listings as one: the worst of them if one did not come, else their papers added up; None for none."""
    for state in _WORST_FIRST:
        bad = [one for one in some if one.state is state]
        if bad:
            return max(bad, key=lambda one: one.announced)
    if not some:
        return None
    last = max(one.announced for one in some)
    of_last = [one for one in some if one.announced == last]
    of_last = [one for one in of_last if one.state is ListingState.FRESH] or of_last  # a small category may have none on a day
    expected = [one.expected for one in of_last if one.expected is not None]
    return Newest(of_last[0].state, last, sum(one.fetched for one in of_last), sum(expected) if len(expected) == len(of_last) else None)


def _of_part(lines: Iterable[LedgerLine], evening: Announcement, known: Calendar) -> Newest | None:
    """What to say of a category: first of all that a listing did not come, else why there is none today, else how much of it is in."""
    by_day = {line.day: line for line in lines if line.day <= evening.listed_on}  # a clock that was ahead noted later ones
    if not by_day:
        return None
    out = [line for line in by_day.values() if not line.state.is_settled]
    missing = [line for line in out if listing(known, line.day).expectation is not Expectation.UNSURE]
    if missing:
        last = max(missing, key=lambda line: line.day)
        return Newest(last.state, listing(known, last.day).announced, tries=last.tries)
    if not evening.expectation.may_come:
        state = ListingState.HOLIDAY if evening.expectation is Expectation.HOLIDAY else ListingState.EMPTY
        return Newest(state, evening.announced)
    line = by_day.get(evening.listed_on)
    if evening.expectation is Expectation.UNSURE and (line is None or not line.state.is_settled):
        return _last_in(by_day.values(), known)  # nobody can say whether there is a listing today
    if line is None:  # it is due, and nobody asked yet
        return Newest(ListingState.STALE, evening.announced)
    return Newest(line.state, evening.announced, line.fetched, line.expected)


def _last_in(lines: Iterable[LedgerLine], known: Calendar) -> Newest | None:
    """The newest of these listings that came."""
    last = max((line for line in lines if line.state is ListingState.FRESH), key=lambda line: line.day, default=None)
    return None if last is None else Newest(last.state, listing(known, last.day).announced, last.fetched, last.expected)


def _of_listing(lines: Iterable[LedgerLine]) -> Newest | None:
    """For a source without a calendar: only that it could not be read today, else None."""
    return next((Newest(line.state, line.day, tries=line.tries) for line in lines if not line.state.is_settled), None)
