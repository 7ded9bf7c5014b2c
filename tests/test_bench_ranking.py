"""The ranking benchmark's own rules: how it reads, ranks and measures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ranking_peers import zotero
from ranking_tasks import best_first, ndcg

from .ranking_sets import a_ranking_set

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """Two readers of foxes among forty papers on stones: one told by a liked paper, one by a topic."""
    return a_ranking_set(tmp_path, {f"s{number}": (f"Basalt {number} and granite", "Layers of stone.") for number in range(40)})


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCH / "ranking.py", *arguments], capture_output=True, text=True, check=False, cwd=BENCH.parent, timeout=120
    )


def test_a_ranker_ranks_every_candidate_of_every_task_once(tasks: Path, tmp_path: Path) -> None:
    done = bench("--data", tasks, "--ranker", "light", "--out", tmp_path / "out.jsonl", "--json")

    rankings = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [(row["task"], row["ranking"][0], len(row["ranking"]), len(set(row["ranking"]))) for row in rankings]
    assert told == [("by-like", "f2", 21, 21), ("by-topic", "f2", 21, 21)]
    printed = json.loads(done.stdout)
    assert printed["bench"] == "ranking"
    assert (printed["figures"]["ndcg10_k0"], printed["figures"]["ndcg10_k1"]) == (1.0, 1.0)


@pytest.mark.parametrize("ranker", ["full", "zotero"])
def test_a_ranker_whose_model_is_missing_says_what_to_type(ranker: str, tasks: Path, tmp_path: Path) -> None:
    done = bench("--data", tasks, "--ranker", ranker, "--models", tmp_path / "none")

    assert done.returncode == 1
    assert done.stderr.endswith("digest models install minilm\n")


def test_without_a_ranker_those_that_can_be_run_are_compared(tasks: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: uv run --group bench pytest")

    done = bench("--data", tasks.parent, "--models", tmp_path / "none")

    assert "| light | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] |" in done.stdout
    assert "| light − arxiv-sanity |" in done.stdout
    assert "zotero is left out" in done.stderr


def test_equal_scores_do_not_go_by_the_order_of_the_file() -> None:
    assert best_first(["a", "b", "c", "d"], [0.0, 0.0, 0.0, 1.0]) == ["d", "c", "b", "a"]


def test_the_measure_is_that_of_the_benchmark() -> None:
    assert ndcg(["x", "a", "y", "b"], frozenset("abc")) == pytest.approx((1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3) + 1 / 2))


def test_a_recent_paper_of_a_library_weighs_most() -> None:
    scores = zotero(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32))

    assert scores.round(4).tolist() == [5.6541, 4.3459]


@pytest.mark.parametrize("stored", [False, True])
def test_what_answers_nothing_goes_by_the_order_of_the_file_only_where_that_is_asked(stored: bool) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: uv run --group bench pytest")
    from digest.model import Paper
    from ranking_recipe import Recipe

    foxes = {3, 4, 5, 6, 7}
    papers = [Paper(key=f"p{n}", title="A red fox" if n in foxes else f"Basalt {n}", abstract="", authors=()) for n in range(60)]
    angle = np.array([0.1 * n if n in foxes else 1 + 0.01 * n for n in range(60)], dtype=np.float32)
    vectors = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    recipe = Recipe(papers, vectors, {"fox": np.array([1, 0], dtype=np.float32)}, stored)
    keys = [paper.key for paper in papers]

    forwards, backwards = (recipe.scores((), "fox", order, keys) for order in (keys, keys[::-1]))

    assert set(np.argsort(-forwards)[:5].tolist()) == foxes
    assert np.allclose(forwards, backwards[::-1]) is not stored
    for topic in ("", "fox"):
        assert set(np.argsort(-recipe.scores(["p3"], topic, keys, keys))[:5].tolist()) == foxes
