"""The hundred papers whose abstracts were read for the bench of summaries, drawn by a fixed seed from the recorded data, and their labels.

Only places in the data and the first words of sentences are kept here, never the abstracts.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digest.errors import DigestError
from digest.net.sanitise import ABSTRACT, TITLE, line
from digest.sources.arxiv import parse_arxiv
from digest.sources.huggingface import parse_huggingface

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SEED = 20261126
SHORTEST = 300
"""Characters below which there is nothing to choose from."""
SHARES = {"samples": 34, "arx": 36, "cul": 30}
"""How many papers of each kind: listings of arXiv and Hugging Face, arXiv papers on reading lists, papers of CiteULike's readers."""
LABELS = Path(__file__).parent / "summaries_labels.json"


@dataclass(frozen=True, slots=True)
class Abstract:
    """One paper's words, and where in the data it stands: "arx:1812.06145", "samples:2604.21935"."""

    place: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader of the whole abstract says of its sentences, by their first words.

    `new` say what the work contributes; `poor` would mislead as a summary, or tell nothing. `tuned`: the rules were made looking at it.
    """

    place: str
    new: tuple[str, ...]
    poor: tuple[str, ...]
    tuned: bool

    def is_new(self, sentence: str) -> bool:
        """Whether the sentence is one of those that say what is new."""
        return any(sentence.startswith(words) for words in self.new)

    def is_poor(self, sentence: str) -> bool:
        """Whether the sentence is one of those that mislead or tell nothing."""
        return any(sentence.startswith(words) for words in self.poor)


def drawn(data: Path) -> tuple[Abstract, ...]:
    """The hundred papers, in the order they were read; those already labelled stay the same as long as the data do."""
    chance = random.Random(SEED)
    chosen: list[Abstract] = []
    for kind, count in SHARES.items():
        pool = sorted({paper.place: paper for paper in _pool(data, kind) if len(paper.text) >= SHORTEST}.values(), key=lambda p: p.place)
        chosen.extend(chance.sample(pool, count))
    chance.shuffle(chosen)
    return tuple(chosen)


def labels(path: Path = LABELS) -> dict[str, Label]:
    """The labels by place."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["place"]: Label(row["place"], tuple(row["new"]), tuple(row["poor"]), row["tuned"]) for row in rows}


def _pool(data: Path, kind: str) -> Iterator[Abstract]:
    if kind == "samples":
        yield from _recorded(data / "samples")
        return
    with gzip.open(data / "ranking" / kind / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield Abstract(f"{kind}:{row['id']}", line(row["title"], TITLE), line(row.get("abstract", ""), ABSTRACT))


def _recorded(samples: Path) -> Iterator[Abstract]:
    for file in sorted(samples.glob("arxiv_*/*")) + sorted(samples.glob("hf_daily_papers/*.json")):
        body = file.read_bytes()
        if file.parent.name == "arxiv_api" and file.suffix == ".json":
            body = json.loads(body)["body"].encode()
        try:
            parse = parse_huggingface if file.parent.name == "hf_daily_papers" else parse_arxiv
            batch = parse(body, "sample", NOW)
        except DigestError:
            continue  # a page or an error, recorded for other tests
        for sighting in batch.sightings:
            yield Abstract(f"samples:{sighting.paper.key.partition(':')[2]}", sighting.paper.title, sighting.paper.abstract)
