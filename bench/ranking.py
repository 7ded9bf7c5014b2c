"""Quality of the ranking: `uv run --group bench --group models python bench/ranking.py --data FOLDER [--ranker NAME --out FILE] [--json]`.

FOLDER holds `items.jsonl.gz`, `sets.jsonl.gz` and `tasks.jsonl.gz`; without --ranker it may hold several such folders.
With --ranker, every task's candidates are ranked once and written to --out, as {"task", "ranking"} on each line.
Without, all rankers run over the same tasks, and tables show nDCG@10 with 95 % intervals, paired differences from the others, and time.
`light`, `static` (WordLlama) and `full` (MiniLM) are the product's own `survey` and `order`. A reader's time leaves out what all share.
--profile says what of a profile is used: its likes, its topic, or both; a task without likes always uses its topic.
--stored lets the recipe's equal ranks go by the order of the file, which leaks; it is there to show how much.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from digest.config import models_folder
from digest.errors import DigestError
from digest.model import Interest, Paper, Profile
from digest.ranking import Known, order, survey
from digest.ranking.texts.words import read_words
from digest.run.issuing.text_features import text_of, trust_in
from ranking_peers import Sanity, zotero
from ranking_recipe import Recipe
from ranking_tasks import NOW, Mean, Side, Task, TaskSet, best_first, ndcg, read_sets
from ranking_vectors import Vectors, cache_folder, read_model

OURS = {"light": None, "static": "wordllama", "full": "minilm"}
PEERS = ("arxiv-sanity", "zotero")
RECIPES = {"recipe-static": "wordllama", "recipe": "minilm"}
"""What this ranking started from, with either model; --stored has its equal ranks go by the order of the file."""
AGAINST = {"light": (*PEERS, "recipe-static"), "static": (*PEERS, "recipe-static"), "full": (*PEERS, "recipe")}
"""What each of ours is compared with, task by task."""
LONGEST = {"zotero": 256, "recipe": 256}
"""The tokens that others read."""

BLOCK = 256
"""Readers ordered at a time."""

Scores = Sequence[np.ndarray]
Rank = Callable[[TaskSet, Sequence[Task], Side], tuple[Scores, float]]
"""Scores of one group's candidates for each of its tasks, and the seconds of what all of them share."""


@dataclass
class Run:
    """One ranker over one set: `rankings` by task, seconds of what is shared and of the readers."""

    rankings: dict[str, list[str]] = field(default_factory=dict)
    shared: float = 0.0
    readers: float = 0.0

    def scores(self, data: TaskSet) -> dict[int, dict[str, float]]:
        """nDCG@10 of each task, by k."""
        found: dict[int, dict[str, float]] = {}
        for task in data.tasks:
            found.setdefault(task.k, {})[task.name] = ndcg(self.rankings[task.name], task.relevant)
        return dict(sorted(found.items()))


def run(rank: Rank, data: TaskSet, side: Side) -> Run:
    """Rank every task of a set, a group at a time."""
    out = Run()
    for tasks in data.groups:
        began = time.perf_counter()
        scores, shared = rank(data, tasks, side)
        out.shared += shared
        out.readers += time.perf_counter() - began - shared
        for task, row in zip(tasks, scores, strict=True):
            out.rankings[task.name] = best_first(data.lists[task.candidates], row)
    return out


def by_product(known: Known, data: TaskSet, tasks: Sequence[Task], side: Side) -> tuple[Scores, float]:
    """What the product makes of it."""
    began = time.perf_counter()
    library = {key: data.papers[key] for task in tasks for key in task.liked}
    candidates, background = data.listed(tasks[0].candidates), data.listed(tasks[0].background)
    ground = survey(candidates, library=library, background=background, now=NOW, known=known)
    shared = time.perf_counter() - began
    profiles = [Profile(interests=(Interest(topics=task.topics(side), liked=task.likes(side)),)) for task in tasks]
    blocks = [profiles[at : at + BLOCK] for at in range(0, len(profiles), BLOCK)]
    return [row for block in blocks for row in order(ground, block).scores], shared


def by_sanity(sanity: Sanity, data: TaskSet, tasks: Sequence[Task], side: Side) -> tuple[Scores, float]:
    """An SVM where there are likes, else a search for the topic: it cannot do both."""
    candidates, background = data.lists[tasks[0].candidates], data.lists[tasks[0].background]
    return [
        sanity.by_likes(task.likes(side), candidates, background) if task.likes(side) else sanity.by_text(task.topic, candidates)
        for task in tasks
    ], 0.0


def whole(paper: Paper) -> str:
    """What others read of a paper."""
    return f"{paper.title}. {paper.abstract}".strip()


def by_zotero(vectors: Vectors, data: TaskSet, tasks: Sequence[Task], side: Side) -> tuple[Scores, float]:
    """Similarity to the likes, else to the topic's text."""
    began = time.perf_counter()
    candidates = vectors.of([whole(paper) for paper in data.listed(tasks[0].candidates)]).astype(np.float32)
    libraries = [vectors.of([whole(data.papers[key]) for key in task.likes(side)] or [task.topic]).astype(np.float32) for task in tasks]
    shared = time.perf_counter() - began
    return [zotero(library, candidates) for library in libraries], shared


def by_recipe(recipe: Recipe, data: TaskSet, tasks: Sequence[Task], side: Side) -> tuple[Scores, float]:
    """A ridge for the likes, ranks for the topic, or both."""
    candidates, background = data.lists[tasks[0].candidates], data.lists[tasks[0].background]
    return [recipe.scores(task.likes(side), "".join(task.topics(side)), candidates, background) for task in tasks], 0.0


def ready(name: str, data: TaskSet, given: argparse.Namespace) -> Rank:
    """A ranker with all it has to know of a set. Raises ConfigurationError where its model is not installed."""
    papers = list(data.papers.values())
    if name == "arxiv-sanity":
        return partial(by_sanity, Sanity(papers))
    if name in OURS:
        return partial(by_product, known_of(data, OURS[name], given.models, given.cache))
    vectors = Vectors(read_model(RECIPES.get(name, "minilm"), given.models, longest=LONGEST.get(name)), given.cache)
    found = vectors.of([whole(paper) for paper in papers])
    if name == "zotero":
        return partial(by_zotero, vectors)
    return partial(by_recipe, Recipe(papers, found.astype(np.float32), topics_of(data, vectors), given.stored))


def topics_of(data: TaskSet, vectors: Vectors) -> dict[str, np.ndarray]:
    """A vector for each topic of a set."""
    topics = sorted({task.topic for task in data.tasks if task.topic})
    return dict(zip(topics, vectors.of(topics), strict=True)) if topics else {}


def known_of(data: TaskSet, model: str | None, models: Path, cache: Path) -> Known:
    """What the product's catalog would hold of a set: words, and the vectors of papers and topics if there is a model."""
    papers = list(data.papers.values())
    words = {paper.key: read_words(paper) for paper in papers}
    if model is None:
        return Known(words=words)
    vectors = Vectors(read_model(model, models), cache)
    found = dict(zip(data.papers, vectors.of([text_of(paper, words[paper.key]) for paper in papers]), strict=True))
    return Known(words=words, vectors=found, topics=topics_of(data, vectors), trust=trust_in(vectors.name))


def table(data: TaskSet, side: Side, runs: Mapping[str, Run]) -> list[str]:
    """One set as Markdown: each ranker's nDCG@10, then what ours gain over the peers', task by task."""
    scores = {name: found.scores(data) for name, found in runs.items()}
    counts = {k: len(found) for k, found in next(iter(scores.values())).items()}
    head = [f"k = {k}, {count} tasks" for k, count in counts.items()]
    lines = [f"### {data.name}, {side}", "", _row("nDCG@10", *head, "ms a reader", "s shared"), _row(*["---"] * (len(head) + 3))]
    for name, found in runs.items():
        means = [f"{Mean.of(list(by_task.values()))}" for by_task in scores[name].values()]
        lines.append(_row(name, *means, f"{1000 * found.readers / len(data.tasks):.2f}", f"{found.shared / len(data.groups):.2f}"))
    pairs = [(ours, other) for ours, others in AGAINST.items() for other in others if {ours, other} <= runs.keys()]
    if pairs:
        lines += ["", _row("difference", *head), _row(*["---"] * (len(head) + 1))]
    for ours, peer in pairs:
        gaps = [[found - scores[peer][k][task] for task, found in scores[ours][k].items()] for k in counts]
        lines.append(_row(f"{ours} − {peer}", *(f"{Mean.of(gap):+}" for gap in gaps)))
    return lines


def figures(data: TaskSet, found: Run) -> dict[str, float]:
    """Named numbers of one run."""
    means = {f"ndcg10_k{k}": round(Mean.of(list(by_task.values())).value, 4) for k, by_task in found.scores(data).items()}
    return {**means, "ms_per_reader": round(1000 * found.readers / len(data.tasks), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ranker", choices=[*OURS, *PEERS, *RECIPES])
    parser.add_argument("--profile", type=Side, choices=list(Side))
    parser.add_argument("--stored", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--models", type=Path, default=models_folder())
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.out and not arguments.ranker:
        parser.error("--out takes the rankings of one --ranker")
    sets = list(read_sets(arguments.data))
    if not sets or (arguments.ranker and len(sets) > 1):
        parser.error(f"--data: {arguments.data} holds {len(sets)} sets")
    compare(sets, arguments) if arguments.ranker is None else rank_one(sets[0], arguments)


def rank_one(data: TaskSet, arguments: argparse.Namespace) -> None:
    """One ranker over one set, its rankings to a file."""
    try:
        rank = ready(arguments.ranker, data, arguments)
    except DigestError as error:
        sys.exit(f"{error}\n{error.hint}")
    found = run(rank, data, arguments.profile or Side.BOTH)
    if arguments.out:
        lines = [json.dumps({"task": task, "ranking": ranking}) for task, ranking in found.rankings.items()]
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _tell(figures(data, found), arguments, {"set": data.name, "ranker": arguments.ranker, "profile": arguments.profile or Side.BOTH})


def compare(sets: Sequence[TaskSet], arguments: argparse.Namespace) -> None:
    """All rankers over all sets; those whose model is missing are named on stderr."""
    everything: dict[str, float] = {}
    for data in sets:
        rankers: dict[str, Rank] = {}
        for name in (*OURS, *PEERS, *RECIPES):
            try:
                rankers[name] = ready(name, data, arguments)
            except DigestError as error:
                print(f"{name} is left out: {error}; {error.hint}", file=sys.stderr)
        for side in (arguments.profile,) if arguments.profile else data.sides:
            runs = {name: run(rank, data, side) for name, rank in rankers.items()}
            everything |= {f"{data.name}_{side}_{name}_{key}": n for name, found in runs.items() for key, n in figures(data, found).items()}
            if not arguments.json:
                print("\n".join((*table(data, side, runs), "")), flush=True)
    if arguments.json:
        _tell(everything, arguments, {"sets": [data.name for data in sets]})


def _tell(numbers: Mapping[str, float], arguments: argparse.Namespace, about: Mapping[str, object]) -> None:
    conditions = {**about, "cores": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__}
    if arguments.json:
        print(json.dumps({"bench": "ranking", "figures": numbers, "conditions": conditions}, indent=2))
        return
    for name, value in {**conditions, **numbers}.items():
        print(f"{name:16} {value}")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
