"""Somebody else's source (`kind = "lab.papers:make"`), its papers made as harmless as our own sources make theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import Batch, Dropped, Paper
from ..net.sanitise import harmless, line
from . import Source

_LACKS = "it has no title or no key"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A source whose author may not know what titles can hold."""

    source: Source

    @property
    def name(self) -> str:
        return self.source.name

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """Its batch, sanitised; a paper left without title or key is dropped. Raises what it raises."""
        batch = self.source.fetch(cursor, now)
        cleaned = [replace(sighting, paper=harmless(sighting.paper, now)) for sighting in batch.sightings]
        lost = tuple(Dropped(line(s.paper.key, 200) or "without a key", _LACKS) for s in cleaned if not _is_whole(s.paper))
        return replace(batch, sightings=tuple(s for s in cleaned if _is_whole(s.paper)), dropped=(*batch.dropped, *lost))


def _is_whole(paper: Paper) -> bool:
    return bool(paper.title and paper.key)
