"""The rules by which the bench simulates dislikes: who may be disliked, what is measured, what is told."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from ranking_tasks import Task

BENCH = Path(__file__).parents[1] / "bench"
KEYS = [f"p{number}" for number in range(80)]
SUBJECTS = ("basalt", "dwarfs", "rivers", "prices", "quarks", "enzymes", "verbs", "bridges")
RELEVANT = frozenset(KEYS[:3])


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def a_task() -> Task:
    from ranking_tasks import Task

    return Task("reader", 1, "", ("like",), RELEVANT, "new", "old")


@given(st.sampled_from(["shown", "area", "anywhere"]), st.sampled_from([0, 1]), st.integers(0, 99))
def test_only_what_stood_in_the_earlier_issue_and_was_not_kept_is_disliked(kind: str, half: int, seed: int) -> None:
    from ranking_dislikes import Earlier, Kind

    earlier = Earlier(KEYS, half)

    said = earlier.disliked(Kind(kind), a_task(), np.random.default_rng(seed).random(80, dtype=np.float32))

    assert len(set(said)) == 10
    assert all(earlier.holds(key) for key in said)
    assert RELEVANT.isdisjoint(said)


def test_each_candidate_stands_in_one_half() -> None:
    from ranking_dislikes import Earlier

    one, other = ({key for key in KEYS if Earlier(KEYS, half).holds(key)} for half in (0, 1))

    assert one | other == set(KEYS)
    assert not one & other
    assert 25 < len(one) < 55


def test_a_reader_who_corrects_dislikes_what_stood_on_top() -> None:
    from ranking_dislikes import Earlier, Kind

    earlier = Earlier(KEYS, 0)
    rising = np.arange(80, dtype=np.float32)

    said = earlier.disliked(Kind.SHOWN, a_task(), rising)

    assert list(said) == [key for key in KEYS[::-1] if earlier.holds(key)][:10]


def test_what_can_be_disliked_is_not_measured() -> None:
    from ranking_dislikes import Earlier

    earlier = Earlier(KEYS, 0)
    in_the_way = np.array([float(earlier.holds(key)) for key in KEYS], dtype=np.float32)
    best = np.array([float(key in RELEVANT) for key in KEYS], dtype=np.float32)

    assert earlier.quality(a_task(), 2 * in_the_way + best) == 1.0
    assert earlier.quality(a_task(), -best) == 0.0


def test_at_most_so_many_tasks_are_taken_for_each_k_and_always_the_same() -> None:
    from dataclasses import replace

    from ranking_dislikes import some

    tasks = [replace(a_task(), name=f"{k} {number}", k=k) for k in (1, 5) for number in range(9)]

    chosen = some(tasks, 4)

    assert [task.k for task in chosen] == [1, 1, 1, 1, 5, 5, 5, 5]
    assert chosen == some(tasks, 4)
    assert sorted(some(tasks, 99), key=tasks.index) == tasks


def test_a_dislike_pushes_what_is_like_it_down_further_than_the_rest(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, BENCH / "ranking_dislikes.py", "--data", a_set(tmp_path), "--json"],
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


def a_set(folder: Path) -> Path:
    """A reader told by a liked paper on foxes and one told by a topic, among papers on eight other things."""
    others = [_item(f"{subject}{number}", f"{subject} {number}", f"What {subject} do.") for subject in SUBJECTS for number in range(10)]
    foxes = [_item("f1", "Foxes at night", "A red fox hunts voles."), _item("f2", "Urban foxes", "How a fox hunts in town.")]
    keys = [item["id"] for item in others]
    offered, known = [*keys[::2], "f2"], [*keys[1::2], "f1"]
    path = folder / "foxes"
    path.mkdir()
    _write(path / "items.jsonl.gz", [*others, *foxes])
    _write(path / "sets.jsonl.gz", [{"set": "new", "ids": offered}, {"set": "old", "ids": known}])
    common = {"user": "ana", "relevant": ["f2"], "candidates": "new", "background": "old"}
    by_like = {"task": "by-like", "k": 1, "liked": ["f1"], **common}
    by_topic = {"task": "by-topic", "k": 0, "liked": [], "topic": "hunting foxes", **common}
    _write(path / "tasks.jsonl.gz", [by_like, by_topic])
    return path


def _item(key: str, title: str, abstract: str) -> dict[str, Any]:
    return {"id": key, "title": title, "abstract": abstract, "authors": ["Ada Byron"]}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
