"""The sample listing: invented papers in a local file, dated relative to the day of reading."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, SourceChanged, SourceUnreachable
from ..model import Author, Batch, Facts, Listing, Paper, Sighting, SourceOptions
from ..net import Net
from ..net.sanitise import harmless, line
from .listing import Gathering

FORMAT = "sample"
PAGES = "https://example.org/papers"


@dataclass(frozen=True, slots=True)
class Sample:
    """A listing in a file."""

    name: str
    path: Path

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """What the file lists, as seen at `now`. Raises SourceUnreachable if it cannot be read, SourceChanged if it is not a listing."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise SourceUnreachable(self.name, f"cannot be read: {error.strerror}: {self.path}", hint="correct its url") from error
        return parse_sample(data, self.name, now)


def make(options: SourceOptions, net: Net) -> Sample:
    """The source for these options; `url` is the path of a local file. Raises ConfigurationError without one."""
    if not options.url:
        raise ConfigurationError(options.name, "names no file", hint='add url = "listing.json"')
    return Sample(options.name, Path(options.url))


def parse_sample(data: bytes, source: str, now: datetime) -> Batch:
    """The papers of a sample listing; those meant for Hugging Face's list are sighted by "huggingface", the others by `source`.

    Raises SourceChanged if it is not such a listing.
    """
    hint = "write it as digest/sample/listing.json is written"
    try:
        listing = json.loads(data)
        papers = listing["papers"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceChanged(source, f"not a sample listing: it begins with {data[:40]!r}", hint=hint) from error
    if not isinstance(papers, list):
        raise SourceChanged(source, "not a sample listing: its papers are no list", hint=hint)
    gathering = Gathering()
    for raw in papers:
        try:
            sighting = _sighting(raw, source, now)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            gathering.drop(str(raw)[:100], f"it is not written as a paper: {type(error).__name__} {error}")
            continue
        if sighting.paper.title:
            gathering.add(sighting)
        else:
            gathering.drop(sighting.paper.key, "it has no title")
    return gathering.batch(source, FORMAT)


def _sighting(raw: dict[str, Any], source: str, now: datetime) -> Sighting:
    identifier = raw["id"]
    facts = raw.get("facts") or {}
    paper = Paper(
        key=f"sample:{identifier}",
        title=raw["title"],
        abstract=raw.get("abstract", ""),
        authors=tuple(Author(a["name"], tuple(a.get("affiliations", ()))) for a in raw.get("authors", ())),
        url=f"{PAGES}/{identifier}",
        pdf_url=f"{PAGES}/{identifier}.pdf",
        published=now - timedelta(days=float(raw.get("published_days_ago", raw.get("days_ago", 0)))),
        version=int(raw.get("version", 1)),
        categories=tuple(raw.get("categories", ())),
        ids=(f"sample:{identifier}",),
        facts=Facts(**{**facts, "keywords": tuple(facts.get("keywords", ()))}),
    )
    listed_on = (now - timedelta(days=int(raw.get("days_ago", 0)))).date()
    told_by = line(raw.get("source"), 40) or source
    return Sighting(paper=harmless(paper, now), source=told_by, listed_on=listed_on, kind=Listing(raw.get("listing", "new")))
