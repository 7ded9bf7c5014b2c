"""The papers in the listings since a cutoff, by category and by source, for what a letter says was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select

from ...model import Listing
from ...taxonomy import is_within
from ..schema import papers, sightings

FIRST_ISSUE = timedelta(days=7)
"""How far back the papers of a subscription's first issue lie."""
CANDIDATE = timedelta(days=30)
"""How old a candidate may be, by its first listing; a reader who comes back after half a year gets no half year of papers."""
LISTED_KINDS = (Listing.NEW, Listing.CROSS)
KNOWN = "known-"
KNOWN_KINDS = tuple(f"{KNOWN}{kind}" for kind in Listing)
"""How sightings are stored that were announced before the catalog's first day (`first_day`): no issue takes them."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """The keys of the papers that were listed as new or cross-listed, by source and by category; lists with votes have no categories.

    `voted` are the sources of those lists.
    """

    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    categories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    voted: frozenset[str] = frozenset()

    def within(self, category: str) -> frozenset[str]:
        """The keys of papers in a category or a part of it: "astro-ph.GA" is within "astro-ph"."""
        return frozenset[str]().union(*(keys for name, keys in self.categories.items() if is_within(name, category)))


def sighted(connection: Connection, cutoffs: Iterable[int | None], now: datetime, until: int) -> dict[int | None, Sighted]:
    """What was listed after each of these cutoffs up to `until`, in the last thirty days; without a cutoff, in the last seven."""
    wanted = set(cutoffs)
    oldest = now - (FIRST_ISSUE if wanted == {None} else CANDIDATE)
    # If a cutoff is None, there is no condition on ids: SQLite would read all ids above 0.
    numbers = [cutoff for cutoff in wanted if cutoff is not None]
    after = [sightings.c.id > min(numbers)] if numbers and None not in wanted else []
    lines = (
        select(sightings.c.id, sightings.c.source, sightings.c.voted, sightings.c.recorded_at, papers.c.key, papers.c.categories)
        .join(papers, papers.c.id == sightings.c.paper)
        .where(sightings.c.kind.in_(LISTED_KINDS), sightings.c.recorded_at >= oldest, *after)
    )
    rows = [row for row in connection.execute(lines).mappings() if row["id"] <= until] if wanted else []
    return {cutoff: _gathered(row for row in rows if _is_since(row, cutoff, now)) for cutoff in wanted}


def _is_since(row: RowMapping, cutoff: int | None, now: datetime) -> bool:
    return bool(row["recorded_at"] >= now - FIRST_ISSUE if cutoff is None else row["id"] > cutoff)


def _gathered(rows: Iterable[RowMapping]) -> Sighted:
    sources: dict[str, set[str]] = {}
    categories: dict[str, set[str]] = {}
    voted: set[str] = set()
    for row in rows:
        voted.update((row["source"],) if row["voted"] else ())
        sources.setdefault(row["source"], set()).add(row["key"])
        for category in () if row["voted"] else row["categories"]:
            categories.setdefault(category, set()).add(row["key"])
    by_source, by_category = ({name: frozenset(keys) for name, keys in found.items()} for found in (sources, categories))
    return Sighted(by_source, by_category, frozenset(voted))
