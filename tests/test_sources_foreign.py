"""A source that somebody else wrote: its papers are made harmless like ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.model import Batch
from digest.sources.foreign import Foreign

from .builders import NOON, a_batch, a_paper


@dataclass(frozen=True)
class Lab:
    batch: Batch
    name: str = "lab"

    def fetch(self, cursor: str, now: datetime) -> Batch:
        return self.batch


def test_a_foreign_sources_papers_are_made_harmless() -> None:
    paper = a_paper("lab:1", "A\ud800 title\x00 with \u202etricks", url="javascript:alert(1)")

    batch = Foreign(Lab(a_batch(paper, source="lab"))).fetch("", NOON)

    (sighting,) = batch.sightings
    assert sighting.paper.title == "A title with tricks"
    assert sighting.paper.url is None


def test_a_foreign_paper_without_a_title_is_dropped() -> None:
    batch = Foreign(Lab(a_batch(a_paper("lab:1", "\u200b"), source="lab"))).fetch("", NOON)

    assert batch.sightings == ()
    assert [(d.entry, d.reason) for d in batch.dropped] == [("lab:1", "it has no title or no key")]
