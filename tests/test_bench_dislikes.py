"""The rules by which the bench simulates dislikes: who may be disliked, what is measured, what is told."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ranking_dislikes import Earlier, Kind, some
from ranking_tasks import Task

from .ranking_sets import a_ranking_set

BENCH = Path(__file__).parents[1] / "bench"
KEYS = [f"p{number}" for number in range(80)]
SUBJECTS = ("basalt", "dwarfs", "rivers", "prices", "quarks", "enzymes", "verbs", "bridges")
RELEVANT = frozenset(KEYS[:3])


def a_task() -> Task:
    return Task("reader", 1, "", ("like",), RELEVANT, "new", "old")


@given(st.sampled_from(["shown", "area", "anywhere"]), st.sampled_from([0, 1]), st.integers(0, 99))
def test_only_what_stood_in_the_earlier_issue_and_was_not_kept_is_disliked(kind: str, half: int, seed: int) -> None:
    earlier = Earlier(KEYS, half)

    said = earlier.disliked(Kind(kind), a_task(), np.random.default_rng(seed).random(80, dtype=np.float32))

    assert len(set(said)) == 10
    assert all(earlier.holds(key) for key in said)
    assert RELEVANT.isdisjoint(said)


def test_each_candidate_stands_in_one_half() -> None:
    one, other = ({key for key in KEYS if Earlier(KEYS, half).holds(key)} for half in (0, 1))

    assert one | other == set(KEYS)
    assert not one & other
    assert 25 < len(one) < 55


def test_a_reader_who_corrects_dislikes_what_stood_on_top() -> None:
    earlier = Earlier(KEYS, 0)
    rising = np.arange(80, dtype=np.float32)

    said = earlier.disliked(Kind.SHOWN, a_task(), rising)

    assert list(said) == [key for key in KEYS[::-1] if earlier.holds(key)][:10]


def test_what_can_be_disliked_is_not_measured() -> None:
    earlier = Earlier(KEYS, 0)
    in_the_way = np.array([float(earlier.holds(key)) for key in KEYS], dtype=np.float32)
    best = np.array([float(key in RELEVANT) for key in KEYS], dtype=np.float32)

    assert earlier.quality(a_task(), 2 * in_the_way + best) == 1.0
    assert earlier.quality(a_task(), -best) == 0.0


def test_at_most_so_many_tasks_are_taken_for_each_k_and_always_the_same() -> None:
    tasks = [replace(a_task(), name=f"{k} {number}", k=k) for k in (1, 5) for number in range(9)]

    chosen = some(tasks, 4)

    assert [task.k for task in chosen] == [1, 1, 1, 1, 5, 5, 5, 5]
    assert chosen == some(tasks, 4)
    assert sorted(some(tasks, 99), key=tasks.index) == tasks


def test_a_dislike_pushes_what_is_like_it_down_further_than_the_rest(tmp_path: Path) -> None:
    others = {f"{subject}{number}": (f"{subject} {number}", f"What {subject} do.") for subject in SUBJECTS for number in range(10)}

    done = subprocess.run(
        [sys.executable, BENCH / "ranking_dislikes.py", "--data", a_ranking_set(tmp_path, others), "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=BENCH.parent,
        timeout=120,
    )

    printed = json.loads(done.stdout)
    figures = printed["figures"]
    assert printed["bench"] == "ranking_dislikes"
    assert figures["foxes_k1_plain"] == 1.0
    assert figures["foxes_k1_anywhere_10"] == 0.0
    assert figures["foxes_k0_shown_near"] < figures["foxes_k0_shown_rest"] - 1
    assert len(figures) == 2 * (1 + 3 * 3 + 3 * 2)
