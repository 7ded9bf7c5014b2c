"""A folder as bench/ranking.py takes it: two readers of foxes, among papers on something else."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def a_ranking_set(folder: Path, others: Mapping[str, tuple[str, str]]) -> Path:
    """One reader is told by a liked paper, one by a topic; the `others`, title and abstract by key, are offered and known by turns."""
    foxes = {"f1": ("Foxes at night", "A red fox hunts voles."), "f2": ("Urban foxes", "How a fox hunts in town.")}
    papers = {**others, **foxes}
    items = [{"id": key, "title": title, "abstract": abstract, "authors": ["Ada Byron"]} for key, (title, abstract) in papers.items()]
    offered, known = [*list(others)[::2], "f2"], [*list(others)[1::2], "f1"]
    common = {"user": "ana", "relevant": ["f2"], "candidates": "new", "background": "old"}
    by_like = {"task": "by-like", "k": 1, "liked": ["f1"], **common}
    by_topic = {"task": "by-topic", "k": 0, "liked": [], "topic": "hunting foxes", **common}
    path = folder / "foxes"
    path.mkdir()
    _write(path / "items.jsonl.gz", items)
    _write(path / "sets.jsonl.gz", [{"set": "new", "ids": offered}, {"set": "old", "ids": known}])
    _write(path / "tasks.jsonl.gz", [by_like, by_topic])
    return path


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
