"""What holds for any papers and readers: reasons are the score, and a score depends on its reader, its paper and the background alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Author, Facts, Interest, Paper, Profile
from digest.ranking import order
from digest.ranking.lexical import tf_idf
from digest.ranking.ridge import Example, Space, decision, fit

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
    return order(readers, candidates, library=LIBRARY, background=background, now=NOON).scores


@SETTINGS
@given(profiles(), papers(), st.sampled_from([(), BACKGROUND[:1], BACKGROUND]))
def test_reasons_sum_to_the_score_and_everything_is_finite(reader, candidates, background):
    ranking = order([reader], candidates, library=LIBRARY, background=background, now=NOON)

    sums = [sum(reason.points for reason in ranking.reasons(0, column)) for column in range(len(candidates))]

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
    assert np.allclose(scores([*others, reader], candidates)[-1], scores([reader], candidates)[0], atol=1e-4)


@SETTINGS
@given(profiles(), papers())
def test_the_other_papers_of_the_day_change_nothing(reader, candidates):
    alone = scores([reader], candidates[:1])[0, 0]
    rich = scores([reader], (*candidates, *a_crowd(20, seed=9)))[0, 0]

    assert np.isclose(alone, rich, atol=1e-4)


def test_the_block_solve_is_the_direct_solve():
    corpus_papers = a_crowd(80, seed=5)
    space = space_of(corpus_papers)
    negatives = np.arange(40)
    examples = [Example(np.array([70, 71, 72]), np.array([73])), Example(np.array([3]), np.array([], dtype=np.int64))]

    found = decision(space, examples, negatives, fit(space, examples, negatives), slice(0, 80))

    assert np.allclose(found[0], direct(space, [70, 71, 72], [73], list(range(40))), atol=1e-5)
    assert np.allclose(found[1], direct(space, [3], [], [n for n in range(40) if n != 3]), atol=1e-5)


def space_of(crowd: Sequence[Paper]) -> Space:
    from digest.ranking.corpus import read

    lexical = tf_idf(read(crowd), np.arange(len(crowd)))
    return Space(lexical, np.zeros((len(crowd), 1), dtype=np.float32))


def direct(space: Space, liked: list[int], disliked: list[int], negatives: list[int]) -> np.ndarray:
    """The same ridge as one system; a shared negative weighs .5/40 whether or not one of the forty is left out."""
    trained = [*liked, *disliked, *negatives]
    strength = min(max(3 / len(liked), 0.3), 3.0)
    sizes = [len(liked)] * len(liked) + [len(disliked)] * len(disliked) + [40] * len(negatives)
    kernel = space.gram(np.array(trained), np.array(trained)) + 1 + np.diag(strength * np.array(sizes) / 10)
    wanted = np.array([1.0] * len(liked) + [-1.0] * (len(disliked) + len(negatives)))
    return space.gram(np.arange(80), np.array(trained)) @ np.linalg.solve(kernel, wanted)
