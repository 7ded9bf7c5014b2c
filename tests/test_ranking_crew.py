"""Several processes rank as one does, in order; one that dies is told, and none is left behind."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from multiprocessing import active_children

import numpy as np
import pytest

from digest.errors import WorkerDied
from digest.model import Interest, Profile
from digest.ranking import Ground, Known, Ranking, survey
from digest.ranking.crew import BLOCK, ranked

from .builders import NOON
from .ranking_papers import WORDS, a_crowd

PAPERS, BACKGROUND = a_crowd(40, seed=2), a_crowd(200)
LIBRARY = {paper.key: paper for paper in a_crowd(50, seed=3)}


@cache
def a_ground() -> Ground:
    vectors = np.random.default_rng(1).standard_normal((290, 8)).astype(np.float16)
    papers = (*PAPERS, *BACKGROUND, *LIBRARY.values())
    known = Known(vectors=dict(zip((paper.key for paper in papers), vectors, strict=True)), topics=dict.fromkeys(WORDS, vectors[0]))
    return survey(PAPERS, library=LIBRARY, background=BACKGROUND, now=NOON, known=known)


def readers(count: int) -> list[Profile]:
    keys = tuple(LIBRARY)
    return [Profile(interests=(Interest(topics=(WORDS[n % len(WORDS)],), liked=keys[n % 40 : n % 40 + 1 + n % 10]),)) for n in range(count)]


def scores(ranking: Ranking, first: int) -> tuple[int, np.ndarray]:
    return first, ranking.scores


def reasons(ranking: Ranking, first: int) -> list[str]:
    return [reason.note for row in range(3) for reason in ranking.reasons(row, 0)]


def die(ranking: Ranking, first: int) -> None:
    if first >= 3 * BLOCK:
        os._exit(7)


def fail(ranking: Ranking, first: int) -> None:
    raise ValueError("as it does when there is a bug")


def test_two_workers_give_what_one_process_gives_in_the_same_order():
    alone = list(ranked(a_ground(), readers(1500), scores))
    together = list(ranked(a_ground(), iter(readers(1500)), scores, workers=2, few=1))

    assert [first for first, _ in together] == [first for first, _ in alone] == list(range(0, 1500, BLOCK))
    assert np.abs(np.concatenate([s for _, s in together]) - np.concatenate([s for _, s in alone])).max() < 1e-3


def test_reasons_can_be_worked_out_in_a_worker():
    alone = list(ranked(a_ground(), readers(300), reasons))

    assert list(ranked(a_ground(), readers(300), reasons, workers=2, few=1)) == alone


def test_few_readers_are_ranked_without_any_process():
    assert len(list(ranked(a_ground(), readers(5), lambda ranking, first: len(ranking.scores), workers=2))) == 1


def test_few_readers_ranked_in_threads_get_what_they_get_one_after_the_other():
    alone = list(ranked(a_ground(), readers(900), scores))
    together = list(ranked(a_ground(), iter(readers(900)), scores, workers=2))

    assert [first for first, _ in together] == list(range(0, 900, BLOCK))
    assert np.abs(np.concatenate([s for _, s in together]) - np.concatenate([s for _, s in alone])).max() < 1e-3


def test_what_readers_share_is_made_ready_before_any_thread_needs_it():
    ground, keys = replace(a_ground()), tuple(LIBRARY)
    ground.prepare([Profile(interests=(Interest(liked=(*keys[:3], *(f"doi:10.1/gone{n}" for n in range(9))),),))])

    assert "few" in vars(ground)  # for those with few papers that are known, however many they like
    assert "many" not in vars(ground)


def test_nothing_of_likes_is_made_ready_for_who_likes_no_known_paper():
    ground = replace(a_ground())
    ground.prepare([Profile(interests=(Interest(topics=("foxes",), liked=("doi:10.1/gone",)),))])

    assert {"few", "many", "answers"} & vars(ground).keys() == {"answers"}


def test_where_nobody_asks_for_a_topic_no_answers_are_made():
    ground = replace(a_ground())
    found = list(ranked(ground, [Profile(interests=(Interest(liked=tuple(LIBRARY)[:3]),))], scores))

    assert found[0][1].shape == (1, 40)
    assert "answers" not in vars(ground)


def test_an_error_in_a_thread_ends_the_ranking():
    with pytest.raises(ValueError, match="as it does when there is a bug"):
        list(ranked(a_ground(), readers(300), fail, workers=2))


def test_no_readers_are_no_results():
    assert list(ranked(a_ground(), [], scores, workers=2, few=0)) == []


def test_a_worker_that_dies_is_told_by_its_name():
    with pytest.raises(WorkerDied, match=r"ranking worker \d: ended with status 7"):
        list(ranked(a_ground(), readers(3000), die, workers=2, few=1))

    assert active_children() == []


def test_an_error_in_a_worker_ends_the_ranking():
    with pytest.raises(WorkerDied, match="ended with status 1"):
        list(ranked(a_ground(), readers(300), fail, workers=2, few=1))


def test_whoever_looks_at_the_first_result_only_leaves_no_process_behind():
    results = ranked(a_ground(), readers(3000), scores, workers=2, few=1)
    next(results)
    results.close()  # type: ignore[attr-defined]

    assert active_children() == []
