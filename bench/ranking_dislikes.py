"""What disliked papers do: `uv run --group models python bench/ranking_dislikes.py --data FOLDER [--ranker NAME --profile SIDE] [--json]`.

No set says what its readers disliked, so it is simulated. Of every list of candidates one half (by a hash of the id) is an earlier issue:
its papers that the reader did not keep can be disliked, and are not offered again. What is ranked and measured is the other half and all
that the reader kept, the same papers with dislikes and without; then the halves change places, and a task's figure is the mean of both.
So a dislike is chosen from what the product itself would have shown, by the verdict on it alone; nothing of the papers that are measured
enters, and nothing of the verdict on them. All relevant papers are kept among those measured, since nobody dislikes them; that makes the
task easier, with dislikes and without alike.

shown       The best of the earlier issue as the product ranks it without a dislike: a reader who corrects what stood before them.
area        At random from the best fifth of it: of the reader's field and not kept, as somebody presses "less" now and then.
anywhere    At random from all of it: what nobody would have shown, which should change nothing.

One dislike is among the three, and three among the ten. "Did not keep" is often "never saw", so a simulated dislike is sometimes wrong,
most often those that lie nearest: a gain here is a low estimate, and a loss a severe one.

near, rest  The mean change in points that one dislike makes to the five papers most like it by their words, and to all others.

FOLDER is one set of tasks as `ranking.py` takes it, or holds several; --tasks takes at most so many at random for each k.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np

from digest.config import models_folder
from digest.errors import DigestError
from digest.model import Interest, Profile
from digest.ranking import Ground, Known, order, survey
from digest.ranking.sparse import Floats
from ranking import BLOCK, OURS, known_of
from ranking_tasks import NOW, Mean, Side, Task, TaskSet, best_first, ndcg, read_sets
from ranking_vectors import cache_folder

COUNTS = (1, 3, 10)
"""How many papers are disliked."""

AREA = 5
"""One in so many of the earlier issue is of the reader's area."""

NEAREST = 5
"""Papers that lie nearest to a disliked one."""

NO_MORE = 10_000
"""Tasks for each k, where nobody says how many."""


class Kind(StrEnum):
    """Where a reader meets what they dislike."""

    SHOWN = "shown"
    AREA = "area"
    ANYWHERE = "anywhere"


@dataclass(frozen=True)
class Earlier:
    """The candidates of an issue, one `half` of which, 0 or 1, stood in an earlier one."""

    keys: Sequence[str]
    half: int

    def holds(self, key: str) -> bool:
        """Whether it stood there."""
        return sha256(f"earlier {key}".encode()).digest()[0] % 2 == self.half

    def disliked(self, kind: Kind, task: Task, row: Floats) -> tuple[str, ...]:
        """Ten papers that were in it and not kept, from which the first so many are disliked; `row` are the scores without."""
        shown = [key for key in best_first(self.keys, row) if self.holds(key) and key not in task.relevant]
        if kind is Kind.SHOWN:
            return tuple(shown[: COUNTS[-1]])
        pool = shown[: max(len(shown) // AREA, COUNTS[-1])] if kind is Kind.AREA else shown
        return tuple(Random(f"{kind} {task.name}").sample(pool, min(COUNTS[-1], len(pool))))

    def quality(self, task: Task, row: Floats) -> float:
        """nDCG@10 of what is left and of all that the reader kept."""
        return ndcg([key for key in best_first(self.keys, row) if key in task.relevant or not self.holds(key)], task.relevant)


Found = dict[int, dict[str, list[float]]]
"""Numbers of each task by k and by what they are."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ranker", choices=OURS, default="light")
    parser.add_argument("--profile", type=Side, choices=list(Side), default=Side.LIKES)
    parser.add_argument("--tasks", type=int, default=NO_MORE)
    parser.add_argument("--models", type=Path, default=models_folder())
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    everything: dict[str, float] = {}
    for data in read_sets(arguments.data):
        try:
            known = known_of(data, OURS[arguments.ranker], arguments.models, arguments.cache)
        except DigestError as error:
            sys.exit(f"{error}\n{error.hint}")
        found = measured(data, known, arguments.profile, arguments.tasks)
        everything |= figures(data, found)
        if not arguments.json:
            print("\n".join((*table(f"{data.name}, {arguments.profile}, {arguments.ranker}", found), "")), flush=True)
    if arguments.json:
        conditions = {"ranker": arguments.ranker, "profile": arguments.profile, "python": platform.python_version()}
        print(json.dumps({"bench": "ranking_dislikes", "figures": everything, "conditions": conditions}, indent=2))


def measured(data: TaskSet, known: Known, side: Side, most: int) -> Found:
    """For each task nDCG@10 without dislikes, what each simulation adds to it, and what one dislike does to the papers around it."""
    found: Found = {}
    kept = {task.name for task in some(data.tasks, most)}
    for group in data.groups:
        if tasks := [task for task in group if task.name in kept]:
            ground, keys = ground_of(data, tasks, known), data.lists[tasks[0].candidates]
            one, other = (simulated(ground, tasks, side, Earlier(keys, half)) for half in (0, 1))
            for name in one:
                for task, *both in zip(tasks, one[name], other[name], strict=True):
                    found.setdefault(task.k, {}).setdefault(name, []).append(sum(both) / 2)
    return dict(sorted(found.items()))


def simulated(ground: Ground, tasks: Sequence[Task], side: Side, earlier: Earlier) -> dict[str, list[float]]:
    """What `measured` tells, with one half as the earlier issue: for each name a number for each task."""
    plain = scores(ground, tasks, side, [()] * len(tasks))
    before = [earlier.quality(task, row) for task, row in zip(tasks, plain, strict=True)]
    found = {"plain": before}
    for kind in Kind:
        said = [earlier.disliked(kind, task, row) for task, row in zip(tasks, plain, strict=True)]
        for count in COUNTS:
            after = scores(ground, tasks, side, [each[:count] for each in said])
            gains = [earlier.quality(task, row) - was for task, row, was in zip(tasks, after, before, strict=True)]
            found[f"{kind}, {count}"] = gains
            if count == 1:
                moved = [around(ground, each[0], change) for each, change in zip(said, after - plain, strict=True)]
                found[f"{kind}, near"], found[f"{kind}, rest"] = map(list, zip(*moved, strict=True))
    return found


def some(tasks: Sequence[Task], most: int) -> list[Task]:
    """At most so many for each k, at random and the same each time."""
    by_k: dict[int, list[Task]] = {}
    for task in tasks:
        by_k.setdefault(task.k, []).append(task)
    return [task for alike in by_k.values() for task in Random(1).sample(alike, min(most, len(alike)))]


def ground_of(data: TaskSet, tasks: Sequence[Task], known: Known) -> Ground:
    """The ground of a group: what may be disliked is in its library."""
    library = {key: data.papers[key] for task in tasks for key in (*task.liked, *data.lists[task.candidates])}
    return survey(data.listed(tasks[0].candidates), library=library, background=data.listed(tasks[0].background), now=NOW, known=known)


def scores(ground: Ground, tasks: Sequence[Task], side: Side, dislikes: Sequence[tuple[str, ...]]) -> Floats:
    """(tasks, candidates) in points."""
    profiles = [
        Profile(interests=(Interest(topics=task.topics(side), liked=task.likes(side), disliked=said),))
        for task, said in zip(tasks, dislikes, strict=True)
    ]
    return np.concatenate([order(ground, profiles[at : at + BLOCK]).scores for at in range(0, len(profiles), BLOCK)])


def around(ground: Ground, said: str, change: Floats) -> tuple[float, float]:
    """The mean change of the papers nearest to the disliked one, and of all others but itself; `change` (candidates,)."""
    place = ground.library[said]
    nearness = ground.words.products(ground.own.lexical.rows(np.array([place])))[0, ground.scored]
    itself = [paper.key for paper in ground.papers].index(said)
    others = [column for column in np.argsort(-nearness, kind="stable").tolist() if column != itself]
    return float(change[others[:NEAREST]].mean()), float(change[others[NEAREST:]].mean())


def table(name: str, found: Found) -> list[str]:
    """One set as Markdown: nDCG@10 without dislikes, what dislikes add, and points around one."""
    head = [f"k = {k}, {len(numbers['plain'])} tasks" for k, numbers in found.items()]
    lines = [f"#### {name}", "", _row("nDCG@10", *head), _row(*["---"] * (len(head) + 1))]
    rows = [("without", "plain", "")]
    rows += [(f"{kind}, {count}", f"{kind}, {count}", "+") for kind in Kind for count in COUNTS]
    lines += [_row(told, *(f"{Mean.of(numbers[key]):{sign}}" for numbers in found.values())) for told, key, sign in rows]
    lines += ["", _row("points: five nearest / rest", *head), _row(*["---"] * (len(head) + 1))]
    for kind in Kind:
        pairs = [(Mean.of(numbers[f"{kind}, near"]).value, Mean.of(numbers[f"{kind}, rest"]).value) for numbers in found.values()]
        lines.append(_row(f"{kind}, 1", *(f"{near:+.1f} / {rest:+.1f}" for near, rest in pairs)))
    return lines


def figures(data: TaskSet, found: Found) -> dict[str, float]:
    """Named means."""
    return {
        f"{data.name}_k{k}_{name.replace(', ', '_')}": round(Mean.of(values).value, 4)
        for k, numbers in found.items()
        for name, values in numbers.items()
    }


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
