"""The ledger's lines: what came of each listing, source by source and day by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class ListingState(StrEnum):
    """What came of a listing; a closed vocabulary."""

    FRESH = "fresh"
    """It is in."""
    STALE = "stale"
    """The source answers, and still shows an earlier one."""
    FAILED = "failed"
    """The source does not answer, or with something else."""
    EMPTY = "empty"
    """There was none, as the source's calendar says: a weekend, or an evening that may have been a holiday."""
    HOLIDAY = "holiday"
    QUIET = "quiet"
    """A source without a calendar answered, and had nothing new."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected of that day."""
        return self not in (ListingState.STALE, ListingState.FAILED)


class Way(StrEnum):
    """Where a listing was read."""

    FEED = "feed"
    PAGE = "page"
    """The source's page of its newest listing."""
    PAST = "past"
    """The source's pages of earlier ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One listing: of a source, of a part of it (a category, "" for all of it), of a day (the one it is listed under).

    `expected` is how many papers the source says are new or cross-listed in it, `fetched` how many were read, `new` how many nobody had
    seen before. `tries` counts what was asked in vain, since `first_tried`; `next_try` is None where nothing more is asked. `is_cut`
    says that the source left papers out. `marks` tell the papers of the listing from those of others; they are kept for some days.
    """

    source: str
    part: str
    day: date
    state: ListingState
    first_tried: datetime
    tried_at: datetime
    next_try: datetime | None = None
    expected: int | None = None
    fetched: int = 0
    new: int = 0
    tries: int = 0
    way: Way = Way.FEED
    message: str = ""
    is_cut: bool = False
    marks: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def name(self) -> str:
        """What reports call it: "arxiv cs.LG"."""
        return f"{self.source} {self.part}".rstrip()


@dataclass(frozen=True, slots=True)
class Newest:
    """What a letter can say of the newest listing of what it looked at, announced on the evening of `announced` (or read that day).

    Where parts of it did not come, `state` is of the worst of them and the rest as far as it came. `tries` were in vain.
    """

    state: ListingState
    announced: date
    fetched: int = 0
    expected: int | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A source that failed `failures` times in a row, since `since`; it is not asked again before `silent_until`."""

    source: str
    failures: int
    since: datetime
    silent_until: datetime | None
    message: str
