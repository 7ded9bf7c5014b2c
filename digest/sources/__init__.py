"""Where papers come from: one file per source, with `make(options, net)` and a pure `parse_*(bytes)`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from ..announcements import Calendar
from ..model import Batch


class Source(Protocol):
    """A listing that can be fetched; `name` is its name in the configuration."""

    @property
    def name(self) -> str: ...

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """The current listing, with the cursor to store; `unchanged` if nothing is new since `cursor`.

        Raises SourceError if the listing could not be fetched; failures of single parts are in the batch's `failures`.
        """
        ...


@runtime_checkable
class Announcing(Protocol):
    """A source that announces by a calendar, part by part (arXiv: by category). Each fetch raises SourceError."""

    @property
    def name(self) -> str: ...

    @property
    def parts(self) -> tuple[str, ...]: ...

    @property
    def calendar(self) -> Calendar: ...

    @property
    def has_pages(self) -> bool:
        """Whether `fetch_newest`, `fetch_past` and `fetch_month` work."""
        ...

    def fetch_part(self, part: str, cursor: str, now: datetime) -> Batch:
        """What the feed of one part holds, with the cursor of the whole source."""
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
    """A source whose lists of past days can be fetched (Hugging Face)."""

    def fetch_day(self, day: date, now: datetime) -> Batch:
        """The list of that day. Raises SourceError."""
        ...
