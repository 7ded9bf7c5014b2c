"""What holds for any papers and readers: reasons are the score, and a score depends on its reader, its paper and the background alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.model import Author, Facts, Interest, Paper, Profile, Reason
from digest.ranking import mutes, order, passed_over, pick, survey

from .builders import NOON
from .ranking_papers import WORDS, a_crowd

BACKGROUND = a_crowd(60)
LIBRARY = {paper.key: paper for paper in a_crowd(5, seed=3)}
TEXTS = st.lists(st.sampled_from([*WORDS, "", "$x$", "É", "fine-tuning", "\\alpha", "the"]), max_size=12).map(" ".join)
SETTINGS = settings(max_examples=25)


@st.composite
def papers(draw: st.DrawFn, least: int = 1) -> tuple[Paper, ...]:
    keys = draw(st.lists(st.sampled_from([f"k{n}" for n in range(8)]), min_size=least, max_size=6))
    dates = st.one_of(st.none(), st.just(NOON))
    return tuple(
        Paper(
            key=key,
            title=draw(TEXTS),
            abstract=draw(TEXTS),
            authors=(Author(draw(st.sampled_from(["Yarin Gal", "Y. Gal", ""]))),),
            categories=draw(st.sampled_from([(), ("cs.LG",)])),
            facts=Facts(votes=draw(st.sampled_from([None, 0, 7]))),
            published=draw(dates),
        )
        for key in keys
    )


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    keys = st.lists(st.sampled_from([*LIBRARY, "unknown"]), max_size=4).map(tuple)
    interest = st.builds(Interest, topics=st.lists(TEXTS, max_size=2).map(tuple), liked=keys, disliked=keys)
    return Profile(
        interests=tuple(draw(st.lists(interest, max_size=2))),
        keywords=tuple(draw(st.lists(TEXTS, max_size=2))),
        authors=draw(st.sampled_from([(), ("Yarin Gal",), ("Y. Gal", "Y. Gal")])),
        categories=draw(st.sampled_from([(), ("cs",)])),
        weights=draw(st.sampled_from([(), (("topics", 3.0),), (("liked", 0.0),)])),
    )


def asking(*topics: str) -> Profile:
    return Profile(interests=(Interest(topics=topics),), keywords=("calibration",))


def scores(readers: Sequence[Profile], candidates: Sequence[Paper], background: Sequence[Paper] = BACKGROUND) -> np.ndarray:
    return order(survey(candidates, library=LIBRARY, background=background, now=NOON), readers).scores


@SETTINGS
@given(profiles(), papers(), st.sampled_from([(), BACKGROUND[:1], BACKGROUND]))
def test_reasons_sum_to_the_score_and_everything_is_finite(reader, candidates, background):
    ranking = order(survey(candidates, library=LIBRARY, background=background, now=NOON), [reader])

    sums = [sum(reason.points for reason in ranking.reasons(0, column)) for column in range(len(ranking.papers))]

    assert np.isfinite(ranking.scores).all()
    assert np.allclose(sums, ranking.scores[0], atol=1e-4)


@SETTINGS
@given(profiles(), papers(), st.randoms(use_true_random=False))
def test_the_order_of_papers_does_not_matter(reader, candidates, chance):
    unique = list({paper.key: paper for paper in candidates}.values())
    shuffled, crowd = chance.sample(unique, len(unique)), chance.sample(BACKGROUND, len(BACKGROUND))

    plain = scores([reader], unique)[0]
    mixed = scores([reader], shuffled, crowd)[0]

    assert np.allclose([mixed[shuffled.index(paper)] for paper in unique], plain, atol=1e-3)


@SETTINGS
@given(profiles(), st.lists(profiles(), max_size=3), papers())
# Papers about as near to a text as each other: a spread taken from squares that cancel was wrong by what the block makes of rounding.
@example(
    asking(
        "",
        "lensing É dialogue kernel calibration segmentation calibration calibration circuit vision conformal vision",
        "graph bayesian speech the dialogue privacy",
        "survey planning calibration calibration sampling federated calibration",
    ),
    [asking("optimisation calibration quantum reinforcement calibration benchmark calibration calibration calibration")],
    (Paper(key="k0", title="", abstract="", authors=(Author("Yarin Gal"),)),),
)
def test_other_readers_change_nothing(reader, others, candidates):
    alone = scores([reader], candidates)

    assert np.allclose(scores([*others, reader], candidates)[-len(alone) :], alone, atol=1e-4)


@SETTINGS
@given(profiles(), papers())
def test_the_other_papers_of_the_day_change_nothing(reader, candidates):
    alone = scores([reader], candidates[:1])[0, 0]
    rich = scores([reader], (*candidates, *a_crowd(20, seed=9)))[0, 0]

    assert np.isclose(alone, rich, atol=1e-4)


ASKED = Profile(
    interests=(Interest(topics=("graph network", "kernel regression"), liked=("arxiv:3.00000", "arxiv:3.00001")),),
    keywords=("galaxy lensing", "policy"),
    authors=("Yarin Gal",),
    categories=("cs.LG",),
)


def without(profile: Profile, reason: Reason) -> Profile:
    """The profile without what a reason speaks of."""
    (interest,) = profile.interests
    said = {"topics": interest.topics, "keywords": profile.keywords}.get(reason.signal, ())
    kept = tuple(text for text in said if repr(text) not in reason.note)
    changes: dict[str, dict[str, Any]] = {
        "topics": {"interests": (replace(interest, topics=kept),)},
        "keywords": {"keywords": kept},
        "authors": {"authors": ()},
        "categories": {"categories": ()},
        "popularity": {"weights": (("popularity", 0.0),)},
        "recency": {"weights": (("recency", 0.0),)},
    }
    return replace(profile, **changes[reason.signal])


@SETTINGS
@given(papers())
def test_the_points_of_a_reason_are_what_the_score_loses_without_it(candidates):
    candidates = (*candidates, *a_crowd(3, seed=12))
    ground = survey(candidates, library=LIBRARY, background=BACKGROUND, now=NOON)
    ranking = order(ground, [ASKED])

    told = [(c, r) for c in range(len(ranking.papers)) for r in ranking.reasons(0, c) if r.signal not in ("liked", "other")]
    losses = [ranking.scores[0, column] - order(ground, [without(ASKED, reason)]).scores[0, column] for column, reason in told]

    assert np.allclose([reason.points for _, reason in told], losses, atol=1e-3)


def test_a_floor_means_the_same_on_a_rich_day_and_on_a_poor_one():
    background = a_crowd(300, seed=21)
    hits = [Paper(key=f"hit{n}", title=f"Graph network {n}", abstract=a_crowd(20, seed=22)[n].abstract) for n in range(20)]
    reader = Profile(interests=(Interest(topics=("graph network",)),), floor=20.0, limit=50)

    poor = order(survey((*hits[:2], *a_crowd(5, seed=23)), library={}, background=background, now=NOON), [reader])
    rich = order(survey((*hits, *a_crowd(200, seed=23)), library={}, background=background, now=NOON), [reader])

    shown = [{p.paper.key: p.score for p in pick(ranking, 0)} for ranking in (poor, rich)]
    assert {"hit0", "hit1"} <= shown[0].keys() <= shown[1].keys()
    assert np.allclose([shown[1][key] for key in shown[0]], list(shown[0].values()), atol=1e-3)


@pytest.mark.parametrize("days", [30, 9])
def test_who_else_is_due_changes_nobodys_scores(days):
    month = tuple(replace(paper, published=NOON - timedelta(days=n % days)) for n, paper in enumerate(a_crowd(900, seed=41)))
    today = [paper for paper in month if paper.published and (NOON - paper.published).days < 1]
    week = [paper for paper in month if paper.published and (NOON - paper.published).days < 8]
    reader = Profile(interests=(Interest(topics=("graph network",), liked=tuple(LIBRARY)[:3]),))

    alone = order(survey(today, library=LIBRARY, background=month, now=NOON), [reader])
    beside = order(survey(week, library=LIBRARY, background=month, now=NOON), [reader])

    there = [beside.column[paper.key] for paper in alone.papers]
    assert np.allclose(alone.scores[0], beside.scores[0, there], atol=1e-3)


@SETTINGS
@given(profiles(), papers(), st.integers(0, 7), st.sets(st.sampled_from(["k0", "k1", "k2"])))
def test_what_was_passed_over_is_the_best_first_of_all_that_may_be_shown(reader, candidates, count, excluded):
    unique = list({paper.key: paper for paper in candidates}.values())
    ranking = order(survey(unique, library=LIBRARY, background=BACKGROUND, now=NOON), [reader])

    every = passed_over(ranking, 0, 99, excluded=excluded)

    best = ranking.scores[ranking.telling(0)].max(axis=0)
    met = {ranking.ground.works[ranking.column[key]] for key in excluded & ranking.column.keys()}
    expected = []
    for place in sorted((-best[column], paper.key) for column, paper in enumerate(ranking.papers)):
        work = ranking.ground.works[ranking.column[place[1]]]
        expected += [] if work in met else [place]
        met.add(work)
    assert [(-best[ranking.column[paper.key]], paper.key) for paper in every] == expected
    assert passed_over(ranking, 0, count, excluded=excluded) == every[:count]


@SETTINGS
@given(papers(), st.lists(st.one_of(TEXTS, st.sampled_from(["cs", "CS.LG", "cs.L", "lg", "finetuning"])), max_size=3))
@example((Paper(key="k", title="fine-tuning"),), ["finetuning"])
def test_a_paper_that_is_not_ranked_is_muted_as_a_ranked_one_is(candidates, muted):
    unique = list({paper.key: paper for paper in candidates}.values())
    profile = Profile(muted=tuple(muted))
    ranking = order(survey(unique, library={}, background=BACKGROUND, now=NOON), [profile])

    assert [mutes(profile, paper) for paper in ranking.papers] == [column in ranking.muted(0) for column in range(len(ranking.papers))]
