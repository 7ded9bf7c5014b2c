"""Several topics of one reader: `uv run --group bench python bench/ranking_topics.py --data FOLDER [--json]`.

FOLDER is a set of readers with a topic each. In `cultag`, whose readers are given the same papers, two, three or five of them become one
reader, drawn by chance, who wants what any of them wants: topics that have little to do with each other. In `arx` two or three lists
become one reader's, with the candidates of all, their titles as topics, and one liked paper of the first list, or one or five of each; and
a list's title of several parts is one reader's topics, which say much the same. nDCG@10 by the product's levels, which let the clearest
topic lead, beside levels that are added as they are, and the highest level alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.model import Interest, Profile
from digest.ranking import Ground, Known
from digest.ranking.liked import liked
from digest.ranking.rows import Rows
from digest.ranking.scale import sharpen
from digest.ranking.texts.words import read_words
from digest.ranking.topics import is_alone, trust_beside
from ranking_tasks import TaskSet, best_first, given, ground_of, ndcg, read_set, tell

JOINED = (2, 3, 5)
"""Readers that become one."""
DRAWS = 600
"""Readers made of each number."""
JOINED_LISTS, LIST_DRAWS = (2, 3), 200
"""The same for lists, whose papers are surveyed anew for each."""
PARTS = re.compile(r"\. |: | & | and |, ")
HIGHEST = 12.0
"""No level of a topic reaches it."""

Levels = NDArray[np.float32]


@dataclass(frozen=True)
class Reader:
    """Levels of several topics (topics, papers), what likes give besides (papers,), the papers, and those wanted."""

    name: str
    topics: Levels
    papers: Sequence[str]
    wanted: frozenset[str]
    likes: Levels | None = None
    trust: float = 1.0
    is_alone: bool = True

    def ways(self) -> dict[str, Levels]:
        """Scores (papers,) by each way to put levels together; `sharpen` is undone for the second."""
        grid = np.linspace(0, HIGHEST, 4_801, dtype=np.float32)
        shrunk = grid[None].copy()
        sharpen(shrunk, np.array([self.is_alone]))
        plain = np.where(self.topics > 0, np.interp(self.topics, shrunk[0], grid), self.topics)
        sums = {"as ranked": self.topics.sum(axis=0), "added as they are": plain.sum(axis=0), "the highest alone": self.topics.max(axis=0)}
        return {way: self.trust * levels + (0 if self.likes is None else self.likes) for way, levels in sums.items()}


def main() -> None:
    options = given(__doc__)
    data = read_set(options.data)
    known = Known(words={key: read_words(paper) for key, paper in data.papers.items()})
    found: dict[str, list[float]] = {}
    for reader in (*joined(data, known), *joined_lists(data, known), *cut(data, known)):
        for way, scores in reader.ways().items():
            found.setdefault(f"{reader.name}, {way}", []).append(ndcg(best_first(reader.papers, scores), reader.wanted))
    tell("ranking_topics", data, found, as_json=options.json)


def joined(data: TaskSet, known: Known) -> Iterator[Reader]:
    """Readers made of several who are given the same papers."""
    chance = np.random.default_rng(0)
    for candidates in dict.fromkeys(task.candidates for task in data.tasks):
        tasks = [task for task in data.tasks if task.candidates == candidates and task.topic]
        if len(tasks) < 2 * max(JOINED):
            continue
        levels = levels_of(ground_of(data, known, tasks[:1]), [task.topic for task in tasks])
        for count in JOINED:
            for _ in range(DRAWS):
                some = chance.choice(len(tasks), count, replace=False)
                wanted = frozenset[str]().union(*(tasks[number].relevant for number in some))
                yield Reader(f"{count} readers' topics", levels[some], data.lists[candidates], wanted)


def joined_lists(data: TaskSet, known: Known) -> Iterator[Reader]:
    """Readers made of several lists that have papers of their own, with liked papers of each."""
    chance = np.random.default_rng(0)
    lists = [task for task in data.tasks if task.k == 5 and task.topic]
    for count in JOINED_LISTS if len(lists) > 2 * max(JOINED_LISTS) else ():
        for _ in range(LIST_DRAWS):
            some = [lists[number] for number in chance.choice(len(lists), count, replace=False)]
            ground = ground_of(data, known, some)
            every = [task.topic for task in some]
            for name, k, chosen in (("1 liked of one", 1, some[:1]), ("1 liked of each", 1, some), ("5 liked of each", 5, some)):
                likes = tuple(dict.fromkeys(key for task in chosen for key in task.liked[:k]))
                alone = is_alone(len(likes), ground.has_model)
                level = liked(ground, Rows((Profile(interests=(Interest(liked=likes),)),))).level[0]
                wanted = frozenset[str]().union(*(task.relevant for task in some)).difference(likes)
                topics = levels_of(ground, every, alone=alone)
                # One list's liked paper may be another's candidate.
                new = [place for place, paper in enumerate(ground.papers) if paper.key not in likes]
                papers = [ground.papers[place].key for place in new]
                yield Reader(f"{count} lists, {name}", topics[:, new], papers, wanted, level[new], trust_beside(len(likes)), alone)


def cut(data: TaskSet, known: Known) -> Iterator[Reader]:
    """Lists with a title of several parts."""
    for task in data.tasks:
        parts = tuple(dict.fromkeys(part.strip() for part in PARTS.split(task.topic) if len(part.strip()) > 2))
        if len(parts) > 1 and task.k:
            levels = levels_of(ground_of(data, known, [task]), parts)
            yield Reader("a title's parts", levels, data.lists[task.candidates], task.relevant)


def levels_of(ground: Ground, topics: Sequence[str], *, alone: bool = True) -> Levels:
    """(topics, papers) what the product makes of each topic."""
    return ground.answers.levels([(topic, alone) for topic in topics])


if __name__ == "__main__":
    main()
