"""How many readers are ranked in a second: `uv run python bench/ranking_speed.py [--readers N] [--distinct | --mixed] [--json]`.

Papers and readers are invented (`invented.py`): 4,000 papers of the last month, 2,000 new ones, readers with ten liked papers and two
topics each, vectors of 384 numbers for all papers and texts, so that every part of the full ranking takes part; `--vectors 0` measures the
ranking without a model. Timed is what a run does once papers are stored: `survey`, and the 15 best papers of every reader, in order, by
`--workers` processes. The words of papers are read before, as the product keeps them; what reading them takes is told apart.

In the same run a loop over single readers (`ranking_loop.py`) ranks a sample of them, its own set-up not counted; the scores of both are
compared. Without `--readers` all rows of the table in `bench/README.md` are measured, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from multiprocessing import active_children
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.model import Paper, Profile
from digest.ranking import Ground, Known, order, survey
from digest.ranking.processes import by_several
from digest.ranking.space import Vectors
from digest.ranking.texts.words import Words, read_words
from digest.ranking.threads import each
from invented import NOW, THEMES, Readers, World, invented_readers, keyed
from ranking_loop import Loop

SHOWN = 15
AGREE = 1e-3
"""Points by which the loop's scores may differ: a ten-thousandth of a spread."""

ROWS = {
    "1k": ["--readers", "1000"],
    "10k_shared": ["--readers", "10000"],
    "10k_distinct": ["--readers", "10000", "--distinct"],
    "100k_shared": ["--readers", "100000"],
    "100k_distinct": ["--readers", "100000", "--distinct"],
    "100k_mixed": ["--readers", "100000", "--mixed"],
}

BLOCK = 128
"""Readers scored at once: the numbers of so many stay near the processor."""
FEW = 2_000
"""Readers for whom starting processes takes longer than ranking them."""
HANDED = 4
"""Blocks that a process is given at a time."""
GROUP = 32
"""Papers of which the best stands for all, where a row's highest scores are looked for."""

Profiles = tuple[Profile, ...]
Best = tuple[NDArray[np.int64], NDArray[np.float32]]


def best(ground: Ground, profiles: Profiles) -> Best:
    """The 15 best papers of each reader of a block, and their scores."""
    scores = order(ground, profiles).scores
    columns = leading(scores, SHOWN)
    return columns, np.take_along_axis(scores, columns, axis=1)


def leading(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """(rows, count) the columns of each row's highest scores, best first; of equal ones the first column.

    The `count` best groups of papers hold a bound that the `count` best papers reach, and few others do.
    """
    rows, papers = scores.shape
    groups = papers // GROUP
    if groups < 2 * count:
        return np.argsort(-scores, axis=1, kind="stable")[:, :count]
    best = scores[:, : groups * GROUP].reshape(rows, groups, GROUP).max(axis=2)
    bound = np.partition(best, groups - count, axis=1)[:, groups - count, None]
    row, column = np.divmod(np.flatnonzero(scores >= bound), papers)
    order = np.lexsort((column, -scores[row, column], row))
    start = np.searchsorted(row, np.arange(rows))
    found: NDArray[np.int64] = column[order[start[:, None] + np.arange(count)]]
    return found


@contextmanager
def ranker(ground: Ground) -> Iterator[Callable[[tuple[Profiles, ...]], list[Best]]]:
    """What a process does with some blocks."""
    yield lambda blocks: [best(ground, block) for block in blocks]


def ranked(surveyed: Callable[[], Ground], readers: Iterator[Profile], workers: int) -> list[Best]:
    """The best of every reader in order: of few by threads, of many by processes, to each of which some blocks are given at a time."""
    first = tuple(islice(readers, FEW))
    everyone = chain(first, readers)
    blocks = iter(lambda: tuple(islice(everyone, BLOCK)), ())

    def prepared() -> Ground:
        ground = surveyed()
        ground.prepare(first)
        return ground

    if len(first) < FEW:
        ground = prepared()
        return list(each(lambda block: best(ground, block), blocks, workers))
    portions = iter(lambda: tuple(islice(blocks, HANDED)), ())
    return [one for _, found in sorted(by_several(prepared, ranker, portions, workers), key=itemgetter(0)) for one in found]


class Case:
    """The invented papers and readers of one measurement."""

    def __init__(self, given: argparse.Namespace) -> None:
        world = World(given.vectors)
        words: dict[str, Words] = {}
        self.reading = 0.0

        def read(papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
            started = time.perf_counter()
            words.update((paper.key, read_words(paper)) for paper in papers)
            self.reading += time.perf_counter() - started
            return papers

        self.new, self.month = read(world.papers(given.candidates, "new")), read(world.papers(given.background, "month"))
        # With their words known, the text of liked papers is no longer needed, and the product would not load it.
        liked = world.in_parts(given.likes_distinct, "liked")
        self.likes = tuple(replace(paper, abstract="") for part in liked for paper in read(part))
        texts, themes = world.texts(2 * given.readers if given.distinct else min(2_000, 2 * given.readers))
        keys = tuple(paper.key for paper in self.likes)
        self.readers: Readers = invented_readers(world, given.readers, keys, texts, mixed=given.mixed)
        vectors: dict[str, NDArray[np.float16]] = {}
        for papers in (self.new, self.month, self.likes):
            vectors |= keyed(papers, world.vectors(np.arange(len(papers)) % THEMES))
        topics = Vectors.of(texts, world.vectors(themes))
        self.known = Known(words=words, vectors=vectors, topics=topics)

    def ground(self) -> Ground:
        library: dict[str, Paper] = {paper.key: paper for paper in self.likes}
        return survey(self.new, library=library, background=self.month, now=NOW, known=self.known)


def measure(given: argparse.Namespace) -> dict[str, float]:
    case = Case(given)
    with peak() as memory:
        started, worked = time.perf_counter(), cpu()
        ground = case.ground()
        surveyed = time.perf_counter() - started
        worked = cpu() - worked
        del case.known, case.likes
    before = loop_rate(ground, case.readers, given.sample)
    held = [ground]
    del ground  # whoever ranks holds it alone, as in a run
    with peak() as later:
        started, worked = time.perf_counter(), worked - cpu()
        found = ranked(held.pop, case.readers.profiles(), given.workers)
        ranking, worked = time.perf_counter() - started, worked + cpu()
    ground = Case(given).ground()
    after = loop_rate(ground, case.readers, given.sample)
    compare(ground, case.readers, found, given.sample)
    rate, loop = given.readers / (surveyed + ranking), (before[0] + after[0]) / 2
    return {
        "readers_per_second": round(rate),
        "times_loop": round(rate / loop, 1),
        "loop_readers_per_second": round(loop, 1),
        "readers_per_cpu_second": round(given.readers / worked),
        "loop_readers_per_cpu_second": round((before[1] + after[1]) / 2, 1),
        "survey_seconds": round(surveyed, 2),
        "ranking_seconds": round(ranking, 2),
        "reading_words_seconds": round(case.reading, 2),
        "readers_per_second_surveyed": round(given.readers / ranking),
        "readers_per_second_with_reading": round(given.readers / (surveyed + ranking + case.reading)),
        "peak_mb": round(max(*memory, *later)),
    }


def cpu() -> float:
    """Seconds of a processor that this process and its ended children took so far: other work on the machine counts for little in them."""
    return sum(os.times()[:4])


def loop_rate(ground: Ground, readers: Readers, sample: int) -> tuple[float, float]:
    """Readers per second, and per second of a processor, of the loop, which ranks one at a time in this process."""
    loop = Loop(ground)
    profiles = [profile for profile, _ in zip(readers.profiles(), range(sample), strict=False)]
    started, worked = time.perf_counter(), cpu()
    for profile in profiles:
        np.argpartition(-loop.scores(profile), SHOWN)[:SHOWN]
    return sample / (time.perf_counter() - started), sample / (cpu() - worked)


def compare(ground: Ground, readers: Readers, found: list[Best], sample: int) -> None:
    """Assert that the loop gives the same scores, and the same best papers apart from ties."""
    loop = Loop(ground)
    columns = np.concatenate([places for places, _ in found])
    scores = np.concatenate([values for _, values in found])
    assert len(scores) == len(readers.sizes)
    for reader, profile in zip(range(sample), readers.profiles(), strict=False):
        expected = loop.scores(profile)
        assert np.abs(expected[columns[reader]] - scores[reader]).max() < AGREE, f"reader {reader} has other scores"
        assert np.abs(np.sort(expected)[::-1][:SHOWN] - scores[reader]).max() < AGREE, f"reader {reader} has other papers"


@contextmanager
def peak() -> Iterator[list[float]]:
    """Gather the memory of this process and its children in MB, shared pages counted once; where that cannot be told, nothing."""
    seen, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            seen.append(sum(_memory(pid) for pid in ("self", *(child.pid for child in active_children()))))

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield seen
    finally:
        done.set()
        watch.join()


def _memory(pid: str | int | None) -> float:
    """The proportional set size of a process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def measure_all(given: argparse.Namespace) -> tuple[dict[str, float], dict[str, object]]:
    """Every row of the table; the figures that count, and all others by row among the conditions."""
    figures: dict[str, float] = {}
    rows: dict[str, object] = {}
    for name, options in ROWS.items():
        again = ["--candidates", str(given.candidates), "--workers", str(given.workers), "--vectors", str(given.vectors)]
        command = [sys.executable, __file__, *options, *again, "--sample", str(given.sample), "--json"]
        found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)["figures"]
        print(f"{name:>14} {found}", file=sys.stderr)
        figures[f"readers_per_second_{name}"] = found["readers_per_second"]
        rows[name] = found
    figures["peak_mb"] = max(found["peak_mb"] for found in rows.values())  # type: ignore[index]
    return figures, rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, help="measure so many readers; without it, all rows of the table")
    parser.add_argument("--distinct", action="store_true", help="every topic belongs to one reader, instead of 2,000 shared ones")
    parser.add_argument("--mixed", action="store_true", help="1 to 20 liked papers a reader, instead of 10")
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--background", type=int, default=4_000)
    parser.add_argument("--likes-distinct", type=int, help="papers that are liked by anybody (a fifth of the readers, at least 2,000)")
    parser.add_argument("--vectors", type=int, default=384, help="numbers of a vector; 0 measures the ranking without a model")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sample", type=int, default=100, help="readers that the loop ranks, twice")
    parser.add_argument("--quick", action="store_true", help="few of everything: whether it runs, not how fast")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.readers, given.candidates, given.background, given.sample = given.readers or 300, 300, 500, 10
        given.likes_distinct = given.likes_distinct or 400
    if given.readers:
        given.likes_distinct = given.likes_distinct or max(given.readers // 5, 2_000)
    return given


def main() -> None:
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    given = arguments()
    conditions: dict[str, object] = {**vars(given), "python": platform.python_version(), "numpy": np.__version__}
    if given.readers:
        figures = measure(given)
    else:
        figures, conditions["rows"] = measure_all(given)
    if given.json:
        print(json.dumps({"bench": "ranking_speed", "figures": figures, "conditions": conditions}))
    else:
        print("\n".join(f"{name:>32} {value}" for name, value in {**conditions, **figures}.items()))


if __name__ == "__main__":
    main()
