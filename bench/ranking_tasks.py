"""Ranking tasks, their measure and what it is worth: read from the folders that `score.py` of the benchmark takes; and how benches tell it.

A folder holds `items.jsonl.gz` (papers), `sets.jsonl.gz` (lists of their ids) and `tasks.jsonl.gz`: a reader's liked papers or topic, the
candidates, the background, and which candidates are relevant.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.model import Author, Paper
from digest.ranking import Ground, Known, survey

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FILES = ("items.jsonl.gz", "sets.jsonl.gz", "tasks.jsonl.gz")
DRAWS = 4_000
"""Samples of a bootstrap."""


class Side(StrEnum):
    """What of a reader's profile is used: the topic of a task without likes always is."""

    LIKES = "likes"
    TOPIC = "topic"
    BOTH = "both"


@dataclass(frozen=True)
class Task:
    """One reader: what is known of them, and what they turned out to want. `liked` most recent first."""

    name: str
    k: int
    topic: str
    liked: tuple[str, ...]
    relevant: frozenset[str]
    candidates: str
    background: str

    def topics(self, side: Side) -> tuple[str, ...]:
        """The topic text, where it is to be used."""
        return (self.topic,) if self.topic and (side is not Side.LIKES or not self.liked) else ()

    def likes(self, side: Side) -> tuple[str, ...]:
        """The liked papers, where they are to be used."""
        return () if side is Side.TOPIC and self.topic else self.liked


@dataclass(frozen=True)
class TaskSet:
    """Papers by id, lists of ids by name, and the tasks about them."""

    name: str
    papers: Mapping[str, Paper]
    lists: Mapping[str, tuple[str, ...]]
    tasks: tuple[Task, ...]

    @cached_property
    def groups(self) -> tuple[tuple[Task, ...], ...]:
        """The tasks with the same candidates and background, which one survey serves."""
        found: dict[tuple[str, str], list[Task]] = {}
        for task in self.tasks:
            found.setdefault((task.candidates, task.background), []).append(task)
        return tuple(tuple(tasks) for tasks in found.values())

    @cached_property
    def sides(self) -> tuple[Side, ...]:
        """The ways to use its profiles that differ."""
        both = any(task.topic and task.liked for task in self.tasks)
        return (Side.LIKES, Side.TOPIC, Side.BOTH) if both else (Side.BOTH,)

    def listed(self, name: str) -> list[Paper]:
        """The papers of a list, in its order."""
        return [self.papers[key] for key in self.lists[name]]


def read_sets(folder: Path) -> Iterator[TaskSet]:
    """The set in this folder, or those in the folders inside it."""
    inside = [folder] if (folder / FILES[0]).is_file() else sorted(path.parent for path in folder.glob(f"*/{FILES[0]}"))
    return (read_set(each) for each in inside)


def read_set(folder: Path) -> TaskSet:
    """The set in this folder. Raises FileNotFoundError where one of the three files is missing."""
    items, sets, tasks = (_lines(folder / name) for name in FILES)
    return TaskSet(
        name=folder.resolve().name,
        papers={item["id"]: _paper(item) for item in items},
        lists={row["set"]: tuple(row["ids"]) for row in sets},
        tasks=tuple(_task(row) for row in tasks),
    )


def ground_of(data: TaskSet, known: Known, tasks: Sequence[Task], likes: Sequence[Task] = ()) -> Ground:
    """A survey of these tasks' candidates and backgrounds together, with what they and `likes` like."""
    papers = {key: data.papers[key] for task in tasks for key in data.lists[task.candidates]}
    background = {key: data.papers[key] for task in tasks for key in data.lists[task.background]}
    library = {key: data.papers[key] for task in (*tasks, *likes) for key in task.liked}
    return survey(tuple(papers.values()), library=library, background=tuple(background.values()), now=NOW, known=known)


def best_first(candidates: Sequence[str], scores: Sequence[float] | NDArray[np.floating]) -> list[str]:
    """The candidates by falling score; equal ones by a hash of the id, since their order in the files is not random."""
    numbers = [float(score) for score in scores]
    order = sorted(range(len(candidates)), key=lambda place: (-numbers[place], sha256(candidates[place].encode()).digest()))
    return [candidates[place] for place in order]


def ndcg(ranking: Sequence[str], relevant: frozenset[str]) -> float:
    """nDCG@10 with 0 or 1 for each paper, as `score.py` reckons it."""
    gains = sum(1 / math.log2(place + 2) for place, paper in enumerate(ranking[:10]) if paper in relevant)
    return gains / sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))


@dataclass(frozen=True)
class Mean:
    """A mean over tasks and its 95 % interval, by bootstrap over the tasks."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Mean:
        found = np.array(values)
        rng = np.random.default_rng(0)
        means = np.array([found[rng.integers(0, len(found), len(found))].mean() for _ in range(DRAWS)])
        low, high = np.quantile(means, [0.025, 0.975])
        return cls(float(found.mean()), float(low), float(high))

    def __format__(self, sign: str) -> str:
        """Three decimals, as in ".263 [.251, .276]"; with "+", each with its sign."""
        value, low, high = (f"{number:{sign}.3f}".replace("0.", ".", 1) for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _paper(item: Mapping[str, Any]) -> Paper:
    return Paper(
        key=item["id"],
        title=item["title"],
        abstract=item["abstract"],
        authors=tuple(Author(name) for name in item["authors"]),
        categories=tuple(item.get("categories", ())),
    )


def _task(row: Mapping[str, Any]) -> Task:
    return Task(
        name=row["task"],
        k=row["k"],
        topic=row.get("topic") or "",
        liked=tuple(row["liked"]),
        relevant=frozenset(row["relevant"]),
        candidates=row["candidates"],
        background=row["background"],
    )


def given(description: str | None) -> argparse.Namespace:
    """The options of a bench over one set: `data`, its folder, and `json`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def tell(bench: str, data: TaskSet, found: Mapping[str, Sequence[float]], *, as_json: bool) -> None:
    """Print the mean of each figure, with its interval, or as JSON without."""
    figures = {name: Mean.of(values) for name, values in found.items()}
    if as_json:
        conditions = {"set": data.name, "python": platform.python_version()}
        rounded = {name: round(mean.value, 4) for name, mean in figures.items()}
        print(json.dumps({"bench": bench, "figures": rounded, "conditions": conditions}))
        return
    for name, mean in figures.items():
        print(f"{name:34} {mean}")
