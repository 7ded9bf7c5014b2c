"""A source from somebody else's code (`kind = "lab.papers:make"`): its papers are sanitised, its bugs become failures of that source."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from ..errors import DigestError, SourceError
from ..model import Batch, Dropped, Failure, Listing, Paper, Sighting
from ..net.sanitise import harmless, line
from . import Source

log = logging.getLogger(__name__)

Item = TypeVar("Item")
_INCOMPLETE = "it has no title or no key"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Wraps a source whose author may not know what titles can contain. `make` is called at each fetch, so it cannot stop a run either."""

    name: str
    make: Callable[[], Source]

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """The source's batch, sanitised; a paper left without title or key is dropped. Raises SourceError for any error of the source."""
        try:
            return _cleaned(self.make().fetch(cursor, now), self.name, now)
        except DigestError:
            raise
        except (Exception, SystemExit) as error:  # its code is untrusted input too: the other sources must go on
            log.debug("a source's own code failed", extra={"source": self.name}, exc_info=True)
            message = f"its own code failed: {type(error).__name__}: {line(str(error), 200)}"
            raise SourceError(self.name, message, hint="mend the module that its kind names; digest --debug shows where") from error


def _cleaned(batch: Batch, name: str, now: datetime) -> Batch:
    cleaned = [_sighting(sighting, name, now) for sighting in batch.sightings]
    lost = tuple(Dropped(line(s.paper.key, 200) or "without a key", _INCOMPLETE) for s in cleaned if not _is_whole(s.paper))
    whole = tuple(s for s in cleaned if _is_whole(s.paper))
    dropped = (*_each(batch.dropped, Dropped), *lost)
    failures = tuple(Failure(_text(f.subject), _text(f.message), _text(f.hint)) for f in _each(batch.failures, Failure))
    told = replace(batch, source=name, cursor=str(batch.cursor or ""), format=line(batch.format, 40), unchanged=bool(batch.unchanged))
    return replace(told, sightings=whole, dropped=dropped, failures=failures)


def _text(value: object) -> str:
    return line(str(value or ""), 300)


def _each(given: Iterable[Item], kind: type[Item]) -> tuple[Item, ...]:
    found = tuple(given)
    for one in found:
        if not isinstance(one, kind):
            raise TypeError(f"{one!r} is no {kind.__name__}")
    return found


def _sighting(sighting: Sighting, name: str, now: datetime) -> Sighting:
    day = sighting.listed_on
    if not isinstance(day, date):
        raise TypeError(f"listed_on is {day!r}, not a date")
    day = day.date() if isinstance(day, datetime) else day
    return Sighting(paper=harmless(sighting.paper, now), source=name, listed_on=day, kind=Listing(sighting.kind))


def _is_whole(paper: Paper) -> bool:
    return bool(paper.title and paper.key)
