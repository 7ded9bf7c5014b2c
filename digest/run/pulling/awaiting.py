"""Which listings are due and still worth waiting for; an issue that is due may wait for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ... import ledger, taxonomy
from ...announcements import latest_due
from ...ledger import Awaited
from ...model import LedgerLine, ListingState
from ...sources import Announcing
from ..parts import Parts

_BROUGHT_WITHIN = timedelta(days=45)


def awaited(parts: Parts, now: datetime) -> tuple[Awaited, ...]:
    """The listings that are due by `now` and not in, part by part, without those that were given up.

    Sources without a calendar (feeds, lists of votes) are never waited for: nobody can say that something is missing from them.
    """
    waiting: list[Awaited] = []
    for source in parts.sources:
        if isinstance(source, Announcing):
            due = latest_due(source.calendar, now)
            lines = _lines(parts, source.name, due.listed_on)
            parts_asked = [part for part in source.parts if not is_doubtful(parts, source.name, part, due.listed_on)]
            found = (ledger.awaited(source.name, part, lines.get(part), due, now) for part in parts_asked)
            waiting.extend(one for one in found if one is not None)
    return tuple(waiting)


def is_doubtful(parts: Parts, source: str, part: str, day: date) -> bool:
    """Whether a category is unknown and has brought nothing: if it is misspelt, every letter would wait for it, every day."""
    if not part or taxonomy.is_known(part):
        return False
    return all(line.state is not ListingState.FRESH for line in parts.catalog.ledger.lines(source, part, day - _BROUGHT_WITHIN))


def _lines(parts: Parts, source: str, day: date) -> dict[str, LedgerLine]:
    return {line.part: line for line in parts.catalog.ledger.since(day) if line.source == source and line.day == day}
