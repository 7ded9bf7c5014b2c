"""Several interests in one letter: `uv run --group bench python bench/ranking_interests.py --data FOLDER [--json]`.

FOLDER is a set whose readers have five liked papers each (`arx`). Two of its readers become one, with the candidates of both, and get ten
papers: from one model of all likes; from one row for each half, shared out by the product's `pick`; and from rows that the product found
itself by grouping the likes. Then what keeping an issue various costs: readers as they are, their first ten by score against `pick`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digest.model import Interest, Profile
from digest.ranking import Ground, Known, group_likes, order, pick, with_groups
from digest.ranking.texts.words import read_words
from ranking_tasks import TaskSet, best_first, given, ground_of, ndcg, read_set, tell

APART = (1, 5, 9)
"""Each reader is joined with the ones so many places further on."""

JOINED = 30
"""Readers that are joined."""

READERS = 200
"""Readers of each group for whom variety is measured."""


def main() -> None:
    options = given(__doc__)
    data = read_set(options.data)
    known = Known(words={key: read_words(paper) for key, paper in data.papers.items()})
    tell("ranking_interests", data, pairs(data, known) | single(data, known), as_json=options.json)


def pairs(data: TaskSet, known: Known) -> dict[str, list[float]]:
    """nDCG@10 on what either half wants, and whether both appear, for each way to rank two readers as one."""
    readers = [task for task in data.tasks if task.k == 5][:JOINED]
    found: dict[str, list[float]] = {}
    for step in APART:
        for one, other in zip(readers, readers[step:] + readers[:step], strict=True):
            ground = ground_of(data, known, (one, other))
            both = Profile(interests=(Interest(liked=one.liked + other.liked),), limit=10)
            halves = replace(both, interests=(Interest(name="one", liked=one.liked), Interest(name="other", liked=other.liked)))
            grouped = with_groups(both, group_likes(ground, both.interests[0]))
            found.setdefault("pairs grouped", []).append(len(grouped.interests) > 1)
            for name, profile in (("one model", both), ("two rows", halves), ("rows found", grouped)):
                shown = [chosen.paper.key for chosen in pick(order(ground, [profile]), 0)]
                found.setdefault(f"{name}, ndcg10", []).append(ndcg(shown, one.relevant | other.relevant))
                seen = all(half.relevant & set(shown) for half in (one, other))
                found.setdefault(f"{name}, both halves", []).append(seen)
    return found


def single(data: TaskSet, known: Known) -> dict[str, list[float]]:
    """nDCG@10 of readers as they are: by score, as `pick` makes it various, and with their likes grouped; and how alike the ten are."""
    found: dict[str, list[float]] = {}
    for tasks in data.groups:
        ground = ground_of(data, known, tasks[:1], tasks)
        some = [task for k in {task.k for task in tasks} for task in [t for t in tasks if t.k == k][:READERS]]
        profiles = [Profile(interests=(Interest(liked=task.liked),), limit=10) for task in some]
        grouped = [with_groups(profile, group_likes(ground, profile.interests[0])) for profile in profiles]
        plain, split = order(ground, profiles), order(ground, grouped)
        for number, task in enumerate(some):
            ways = {
                "by score": best_first([paper.key for paper in plain.papers], plain.scores[number])[:10],
                "various": [chosen.paper.key for chosen in pick(plain, number)],
                "grouped": [chosen.paper.key for chosen in pick(split, number)],
            }
            for name, shown in ways.items():
                found.setdefault(f"k = {task.k}, {name}, ndcg10", []).append(ndcg(shown, task.relevant))
                found.setdefault(f"k = {task.k}, {name}, likeness", []).append(likeness(ground, shown))
            found.setdefault(f"k = {task.k}, split", []).append(len(grouped[number].interests) > 1)
    return dict(sorted(found.items()))


def likeness(ground: Ground, shown: Sequence[str]) -> float:
    """The mean cosine between the words of two papers of a list."""
    place = {paper.key: column for column, paper in enumerate(ground.papers)}
    words = ground.space.lexical.rows(np.array([place[key] for key in shown], dtype=np.int64)).dense_nonempty()
    cosines = words @ words.T
    return float(cosines[~np.eye(len(shown), dtype=bool)].mean())


if __name__ == "__main__":
    main()
