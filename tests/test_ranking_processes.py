"""Several processes do what one does, on what they share; one that dies is told, and none is left behind."""

from __future__ import annotations

import os
import signal
from functools import cache
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from digest.errors import WorkerDied
from digest.model import Interest, Profile
from digest.ranking import Ground, Known, survey
from digest.ranking.processes import by_several

from .builders import NOON
from .process_work import Profiles, dying, dying_beside_one_that_works, failing, looking_into, multiplying, ranking, scores
from .ranking_papers import WORDS, a_crowd

PAPERS, BACKGROUND = a_crowd(40, seed=2), a_crowd(200)
LIBRARY = {paper.key: paper for paper in a_crowd(50, seed=3)}


@cache
def a_ground() -> Ground:
    vectors = np.random.default_rng(1).standard_normal((290, 8)).astype(np.float16)
    papers = (*PAPERS, *BACKGROUND, *LIBRARY.values())
    known = Known(vectors=dict(zip((paper.key for paper in papers), vectors, strict=True)), topics=dict.fromkeys(WORDS, vectors[0]))
    return survey(PAPERS, library=LIBRARY, background=BACKGROUND, now=NOON, known=known)


def readers(count: int) -> Profiles:
    keys = tuple(LIBRARY)
    return [Profile(interests=(Interest(topics=(WORDS[n % len(WORDS)],), liked=keys[n % 40 : n % 40 + 1 + n % 10]),)) for n in range(count)]


def test_two_processes_rank_as_one_does_and_give_the_same_reasons():
    blocks = [readers(count) for count in (128, 100, 7)]
    alone = [scores(a_ground(), block) for block in blocks]

    together = dict(by_several(a_ground, ranking, blocks, 2))

    assert sorted(together) == [0, 1, 2]
    assert [together[number][1] for number in range(3)] == [reasons for _, reasons in alone]
    assert max(np.abs(together[number][0] - found).max() for number, (found, _) in enumerate(alone)) < 1e-3


def test_each_result_has_the_number_of_its_task():
    assert dict(by_several(lambda: 3, multiplying, range(20), 2)) == {number: 3 * number for number in range(20)}


def test_no_tasks_are_no_results():
    assert list(by_several(lambda: 3, multiplying, [], 2)) == []


def test_a_process_that_dies_is_told_by_its_name():
    with pytest.raises(WorkerDied, match=r"worker \d: ended with status 7"):
        list(by_several(lambda: 1, dying, range(20), 2))

    assert active_children() == []


def test_what_the_others_do_is_not_lost_with_one_that_dies(tmp_path: Path):
    done = []

    with pytest.raises(WorkerDied):
        done.extend(number for number, _ in by_several(lambda: str(tmp_path / "dead"), dying_beside_one_that_works, range(4), 2))

    assert done == [0, 2, 3]


def test_where_the_shared_file_has_no_place_it_is_told_and_no_process_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))

    with pytest.raises(WorkerDied, match=r"other processes: could not be started: \[Errno 2\]"):
        list(by_several(lambda: 3, multiplying, range(20), 2))

    assert active_children() == []


def test_a_signal_to_all_processes_ends_none_of_them_while_they_start(capfd: pytest.CaptureFixture[str]):
    def ready() -> int:
        for process in active_children():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGINT)
            os.kill(process.pid, signal.SIGTERM)
            os.kill(process.pid, signal.SIGHUP)
        return 3

    assert dict(by_several(ready, multiplying, range(4), 2)) == {0: 0, 1: 3, 2: 6, 3: 9}
    assert capfd.readouterr() == ("", "")


def test_the_shared_file_has_no_name_so_that_none_stays_behind_whatever_ends_a_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert dict(by_several(lambda: str(tmp_path), looking_into, [0], 1)) == {0: []}


def test_what_a_process_cannot_do_is_left_to_who_asked_without_a_traceback(capfd: pytest.CaptureFixture[str]):
    with pytest.raises(WorkerDied, match="ended with status 1"):
        list(by_several(lambda: 1, failing, range(20), 2))

    assert capfd.readouterr() == ("", "")


def test_whoever_looks_at_the_first_result_only_leaves_no_process_behind(capfd: pytest.CaptureFixture[str]):
    results = by_several(lambda: 3, multiplying, range(1_000_000), 2)
    next(results)
    results.close()  # type: ignore[attr-defined]

    assert active_children() == []
    assert capfd.readouterr() == ("", "")
