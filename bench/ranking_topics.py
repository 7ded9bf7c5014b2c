"""Several topics of one reader: `uv run --group bench python bench/ranking_topics.py --data FOLDER [--json]`.

FOLDER is a set of readers with a topic each. In `cultag`, whose readers are given the same papers, two, three or five of them become one
reader, drawn by chance, who wants what any of them wants: topics that have little to do with each other. In `arx` a list's title of several
parts is one reader's topics: they say much the same. nDCG@10 by the product's levels, which let the clearest topic lead, beside levels
that are added as they are, and the highest level alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from digest.ranking import Known, survey
from digest.ranking.scale import CERTAIN
from digest.ranking.texts.words import read_words
from ranking_tasks import Task, TaskSet, best_first, given, ndcg, read_set, tell

NOW = datetime(2026, 11, 23, tzinfo=UTC)
JOINED = (2, 3, 5)
"""Readers that become one."""
DRAWS = 600
"""Readers made of each number."""
PARTS = re.compile(r"\. |: | & | and |, ")

Levels = NDArray[np.float32]


def main() -> None:
    options = given(__doc__)
    data = read_set(options.data)
    known = Known(words={key: read_words(paper) for key, paper in data.papers.items()})
    found: dict[str, list[float]] = {}
    for name, levels, papers, wanted in (*joined(data, known), *cut(data, known)):
        for way, scores in ways(levels).items():
            found.setdefault(f"{name}, {way}", []).append(ndcg(best_first(papers, scores), wanted))
    tell("ranking_topics", data, found, as_json=options.json)


def joined(data: TaskSet, known: Known) -> Iterator[tuple[str, Levels, Sequence[str], frozenset[str]]]:
    """Readers made of several who are given the same papers: a name, levels (topics, papers), the papers, and those wanted."""
    chance = np.random.default_rng(0)
    for candidates in dict.fromkeys(task.candidates for task in data.tasks):
        tasks = [task for task in data.tasks if task.candidates == candidates and task.topic]
        if len(tasks) < 2 * max(JOINED):
            continue
        levels = levels_of(data, known, tasks[0], [task.topic for task in tasks])
        for count in JOINED:
            for _ in range(DRAWS):
                some = chance.choice(len(tasks), count, replace=False)
                wanted = frozenset[str]().union(*(tasks[number].relevant for number in some))
                yield f"{count} readers' topics", levels[some], data.lists[candidates], wanted


def cut(data: TaskSet, known: Known) -> Iterator[tuple[str, Levels, Sequence[str], frozenset[str]]]:
    """Lists with a title of several parts, likewise."""
    for task in data.tasks:
        parts = tuple(dict.fromkeys(part.strip() for part in PARTS.split(task.topic) if len(part.strip()) > 2))
        if len(parts) > 1 and task.k:
            yield "a title's parts", levels_of(data, known, task, parts), data.lists[task.candidates], task.relevant


def levels_of(data: TaskSet, known: Known, task: Task, topics: Sequence[str]) -> Levels:
    """(topics, papers) what the product makes of each topic alone."""
    ground = survey(data.listed(task.candidates), library={}, background=data.listed(task.background), now=NOW, known=known)
    return ground.answers.levels([(topic, True) for topic in topics])


def ways(levels: Levels) -> dict[str, Levels]:
    """A reader's scores (papers,) by each way to put levels together; `sharpen` is undone for the second."""
    plain = np.where((levels > 0) & (levels < CERTAIN), (np.maximum(levels, 0) * np.float32(CERTAIN**3)) ** 0.25, levels)
    return {"as ranked": levels.sum(axis=0), "added as they are": plain.sum(axis=0), "the highest alone": levels.max(axis=0)}


if __name__ == "__main__":
    main()
