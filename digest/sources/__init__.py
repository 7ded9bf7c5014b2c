"""Where papers come from: one file each, with `make(options, net)` and a pure `parse_*(bytes)`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from ..announcements import Calendar
from ..model import Batch


class Source(Protocol):
    """One listing that can be pulled; `name` is the one of the configuration."""

    @property
    def name(self) -> str: ...

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """What is listed now, and the cursor to store with it; `unchanged` where nothing is new since `cursor`.

        Raises SourceError where the listing did not come in; what failed in a part of it stands in the batch's failures.
        """
        ...


@runtime_checkable
class Announcing(Protocol):
    """A source that announces by a calendar, part by part (arXiv, category by category); each of these raises SourceError."""

    @property
    def name(self) -> str: ...

    @property
    def parts(self) -> tuple[str, ...]: ...

    @property
    def calendar(self) -> Calendar: ...

    @property
    def has_pages(self) -> bool:
        """Whether the three below can be asked."""
        ...

    def fetch_part(self, part: str, cursor: str, now: datetime) -> Batch:
        """What the feed of one part has, with the cursor of the whole source."""
        ...

    def fetch_newest(self, part: str, now: datetime) -> Batch:
        """The newest listing of one part, from its page."""
        ...

    def fetch_past(self, part: str, now: datetime) -> Mapping[date, Batch]:
        """The last listings of one part, by day."""
        ...

    def fetch_month(self, part: str, month: date, now: datetime) -> Batch:
        """What one part listed in the month of that day."""
        ...


@runtime_checkable
class Dated(Protocol):
    """A source whose lists of past days can be had (Hugging Face)."""

    def fetch_day(self, day: date, now: datetime) -> Batch:
        """The list of that day. Raises SourceError."""
        ...
