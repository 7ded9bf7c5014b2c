"""What holds for any papers and readers: reasons are the score, and a score depends on its reader, its paper and the background alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Author, Facts, Interest, Paper, Profile
from digest.ranking import order, survey

from .builders import NOON
from .ranking_papers import WORDS, a_crowd

BACKGROUND = a_crowd(60)
LIBRARY = {paper.key: paper for paper in a_crowd(5, seed=3)}
TEXTS = st.lists(st.sampled_from([*WORDS, "", "$x$", "É", "fine-tuning", "\\alpha", "the"]), max_size=12).map(" ".join)
SETTINGS = settings(max_examples=25, deadline=None)


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
def test_other_readers_change_nothing(reader, others, candidates):
    alone = scores([reader], candidates)

    assert np.allclose(scores([*others, reader], candidates)[-len(alone) :], alone, atol=1e-4)


@SETTINGS
@given(profiles(), papers())
def test_the_other_papers_of_the_day_change_nothing(reader, candidates):
    alone = scores([reader], candidates[:1])[0, 0]
    rich = scores([reader], (*candidates, *a_crowd(20, seed=9)))[0, 0]

    assert np.isclose(alone, rich, atol=1e-4)
