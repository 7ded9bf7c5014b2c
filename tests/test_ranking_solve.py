"""The block solve is the documented system, one reader at a time: the same ridge, the same levels, whoever else is in the block."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Interest, Paper, Profile
from digest.ranking import Ground, Known, order, survey
from digest.ranking.liked import MOST, decision, example_of, liked
from digest.ranking.near import RowCache
from digest.ranking.ridge import Example, disliked_class_size
from digest.ranking.rows import Rows
from digest.ranking.sharing import mapped, write
from digest.ranking.space import Space, Vectors
from digest.ranking.titles import Titles

from .builders import NOON
from .ranking_papers import a_crowd

CANDIDATES, CROWD = a_crowd(60, seed=2), a_crowd(400)
LIBRARY = {paper.key: paper for paper in (*a_crowd(30, seed=3), *CROWD[:30])}
SETTINGS = settings(max_examples=30)
KEYS = st.lists(st.sampled_from([*LIBRARY, "unknown"]), max_size=20).map(tuple)
INTERESTS = st.builds(Interest, liked=KEYS, disliked=st.lists(st.sampled_from([*LIBRARY]), max_size=4).map(tuple))
MODELS = st.sampled_from([0, 16])

EMPTY = tuple(Paper(key=f"empty{n}", title="", abstract="") for n in range(3))
ODD = {**LIBRARY, **{paper.key: paper for paper in EMPTY}, **{f"doi:{n}": paper for n, paper in enumerate(LIBRARY.values()) if n % 4 == 0}}
"""What readers may like beside the library: papers without a word, and the library's own under a second name."""
NAMES = st.sampled_from([*ODD, "unknown"])
ROWS = st.builds(
    Interest,
    topics=st.lists(st.sampled_from(["graph network", "policy", "", "unheard of"]), max_size=2).map(tuple),
    liked=st.lists(NAMES, max_size=30).map(tuple),
    disliked=st.lists(NAMES, max_size=4).map(tuple),
)
PROFILES = st.builds(Profile, interests=st.lists(ROWS, min_size=1, max_size=3).map(tuple), keywords=st.sampled_from([(), ("policy",)]))


@cache
def ground_with(dimensions: int) -> Ground:
    """Thirty of the readers' own papers are in the sample, and so may be negatives."""
    papers = (*CANDIDATES, *CROWD, *LIBRARY.values())
    return survey(CANDIDATES, library=LIBRARY, background=CROWD, now=NOON, known=Known(vectors=vectors_of(papers, dimensions)))


@cache
def odd_ground(dimensions: int) -> Ground:
    """The same, with papers without a word everywhere, and readers' papers that go by two names."""
    known = Known(vectors=vectors_of((*CANDIDATES, *CROWD, *LIBRARY.values()), dimensions))
    return survey((*CANDIDATES, *EMPTY), library=ODD, background=(*CROWD, *EMPTY), now=NOON, known=known)


def vectors_of(papers: tuple[Paper, ...], dimensions: int) -> dict[str, np.ndarray]:
    drawn = np.random.default_rng(1).standard_normal((len(papers), dimensions))
    unit = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16) if dimensions else drawn
    return {paper.key: row for paper, row in zip(papers, unit, strict=True)} if dimensions else {}


def kernel(one: Space, other: Space, scale: np.ndarray) -> np.ndarray:
    words = one.lexical.dense().astype(np.float64) @ other.lexical.dense().T
    return words + (one.flat * scale).astype(np.float64) @ other.flat.T


KERNELS: dict[int, np.ndarray] = {}
"""What `whole` gave, by the side's identity: the grounds are kept, and so are their sides."""


def whole(ground: Ground, liked: int) -> np.ndarray:
    """The kernel of all own papers and, behind them, all columns, as it is for a reader with so many liked papers."""
    side, own, columns = ground.side(liked), ground.own, ground.space
    if id(side) not in KERNELS:
        scale = side.factor.scale
        across = kernel(own, columns, scale)
        KERNELS[id(side)] = np.block([[kernel(own, own, scale), across], [across.T, kernel(columns, columns, scale)]])
    return KERNELS[id(side)]


def direct(ground: Ground, example: Example) -> np.ndarray:
    """(columns,) the decision function without its constant, by the system as `ridge.py` states it."""
    negatives = np.delete(ground.negatives, list(example.named))
    alike, own = whole(ground, len(example.liked)), len(ground.own.flat)
    met = [*example.said, *(own + negatives)]
    count, total = len(example.liked), len(ground.negatives)
    strength = min(max(3 / max(count, 1), 0.3), 3.0)
    against = total * strength / 0.3 if count else len(example.disliked)
    sizes = [count] * count + [against] * len(example.disliked) + [total] * len(negatives)
    wanted = [1.0] * count + [-1.0] * len(example.disliked) + [-1.0 if count else 0.0] * len(negatives)
    found = np.linalg.solve(alike[np.ix_(met, met)] + 1 + np.diag(strength * np.array(sizes) / 10), np.array(wanted))
    return alike[own:, met] @ found


def directly(ground: Ground, example: Example) -> np.ndarray:
    """(papers,) the levels that the decision function gives."""
    raw = direct(ground, example)
    own = [ground.sampled[place] for place in example.said if place in ground.sampled]
    usual = np.delete(raw, [*range(ground.usual.start), *own])
    height = np.maximum((raw[ground.scored] - usual.mean()) / max(usual.std(), 0.03 if example.liked else 0.4), -3)
    return np.where(height > 4.5, 9 - 20.25 / np.maximum(height, 1), height)


@SETTINGS
@given(st.lists(INTERESTS, min_size=1, max_size=6), MODELS)
def test_the_block_solve_is_the_direct_solve(interests, dimensions):
    ground = ground_with(dimensions)
    told = [example for interest in interests if (example := example_of(ground, interest)).said]

    for example in told:
        side = ground.side(len(example.liked))
        alike = [other for other in told if ground.side(len(other.liked)) is side]
        found = decision(ground, side, alike)[1][alike.index(example)]

        assert np.abs(found - direct(ground, example)).max() < 1e-5


@SETTINGS
@given(st.integers(0, 20), MODELS, st.randoms(use_true_random=False))
def test_levels_agree_with_the_direct_solve_for_any_number_of_liked_papers(count, dimensions, chance):
    ground = ground_with(dimensions)
    interest = Interest(liked=tuple(chance.sample([*LIBRARY], count)), disliked=tuple(chance.sample([*LIBRARY], 2)))

    level = liked(ground, Rows((Profile(interests=(interest,)),))).level[0]

    assert np.abs(level - directly(ground, example_of(ground, interest))).max() < 1e-4


def singly(ground: Ground, profile: Profile) -> np.ndarray:
    """(interests, papers) a reader's scores: what all but likes give them alone, and their likes' direct solution."""
    scores = order(ground, [replace(profile, weights=(("liked", 0.0),))]).scores.astype(np.float64)
    for row, interest in zip(scores, profile.interests, strict=True):
        if (example := example_of(ground, interest)).said:
            row += 10 * (1 if example.liked else 0.5) * directly(ground, example)
    return scores


@settings(max_examples=12)
@given(st.lists(PROFILES, min_size=1, max_size=3), MODELS)
def test_scores_and_the_first_fifteen_are_those_of_single_readers_solved_directly(profiles, dimensions):
    ground = odd_ground(dimensions)

    scores = order(ground, profiles).scores

    expected = np.vstack([singly(ground, profile) for profile in profiles])
    assert np.abs(scores - expected).max() < 1e-3  # points: 1e-4 spreads
    found = np.take_along_axis(expected, np.argsort(-scores, axis=1)[:, :15], axis=1)
    assert np.abs(found + np.sort(-expected)[:, :15]).max() < 1e-3  # equal ones may change places


@pytest.mark.parametrize(("count", "expected"), [(0, 4), (1, 3000), (5, 600), (10, 300), (20, 300)])
def test_a_dislike_weighs_as_one_more_negative_at_most_and_less_beside_few_likes(count, expected):
    assert disliked_class_size(count, 4, 300) == pytest.approx(expected)


@SETTINGS
@given(INTERESTS, st.lists(INTERESTS, max_size=5), MODELS)
def test_a_row_does_not_depend_on_the_others_of_its_block(interest, others, dimensions):
    ground = ground_with(dimensions)
    alone = order(ground, [Profile(interests=(interest,))]).scores[0]
    block = order(ground, [Profile(interests=(other,)) for other in (*others, interest)]).scores[-1]

    assert np.abs(alone - block).max() < 1e-3


def test_papers_beyond_the_table_are_worked_out_each_time(monkeypatch):
    ground, likes = ground_with(16), tuple(LIBRARY)
    profiles = [Profile(interests=(Interest(liked=likes[at : at + count]),)) for at in range(0, 48, 4) for count in (4, 12)]
    usual = order(ground, profiles).scores
    monkeypatch.setattr("digest.ranking.ground.ROOM", ground.own.nbytes + 4 * 20 * len(ground.columns))
    monkeypatch.setattr("digest.ranking.ground.LEAST", 4 * 3 * len(ground.columns))
    known = Known(vectors=vectors_of((*CANDIDATES, *CROWD, *LIBRARY.values()), 16))
    small = survey(CANDIDATES, library=LIBRARY, background=CROWD, now=NOON, known=known)

    assert small.many.near.kept.table.shape[0] == 20
    assert small.many.met.table.shape[0] < len(small.own)
    assert np.abs(order(small, profiles).scores - usual).max() < 1e-3


def test_a_background_that_is_counted_in_parts_is_the_same_background(monkeypatch):
    crowd = a_crowd(120)
    monkeypatch.setattr("digest.ranking.surveying.SAMPLE", 40)
    monkeypatch.setattr("digest.ranking.surveying.POOL", 70)
    whole = survey(CANDIDATES, library=LIBRARY, background=crowd, now=NOON)
    monkeypatch.setattr("digest.ranking.surveying.PART", 30)
    parts = survey(CANDIDATES, library=LIBRARY, background=crowd, now=NOON)

    profile = Profile(interests=(Interest(topics=("foxes in winter",), liked=tuple(LIBRARY)[:3]),))
    assert len(parts.more) == 30
    assert np.array_equal(parts.vocabulary.terms, whole.vocabulary.terms)
    assert np.array_equal(parts.more.lexical.value, whole.more.lexical.value)
    assert np.array_equal(order(parts, [profile]).scores, order(whole, [profile]).scores)


def test_both_sides_share_one_table_of_what_is_near():
    ground = ground_with(16)

    assert ground.few.near.kept is ground.many.near.kept


def test_what_others_work_out_meanwhile_is_not_worked_out_again(monkeypatch):
    monkeypatch.setattr("digest.ranking.near.BATCH", 2)
    kept, made = RowCache.of(6, 1, room=24), []

    def make(papers):
        made.extend(papers.tolist())
        kept.ready[[3, 4]] = True
        return np.ones((len(papers), 1), dtype=np.float32)

    kept.prepare(np.array([5, 1, 3, 4, 0, 5]), make)

    assert made == [1, 5, 0]
    assert kept.ready.tolist() == [True, True, False, True, True, True]


def test_a_table_that_two_hold_has_one_place_in_the_file():
    kept = RowCache.of(3, 4, room=48)
    with TemporaryFile() as file:
        write((kept, kept), file)
        one, other = mapped(file.fileno())

    one.prepare(np.array([1]), lambda papers: np.full((len(papers), 4), 7, dtype=np.float32))

    assert other.ready.tolist() == [False, True, False]
    assert other.table[1].tolist() == [7, 7, 7, 7]


def test_titles_are_found_by_their_place_whatever_they_hold():
    told = ["A fox", "", "Füchse ∂ 🦊", "half a character \ud83e"]
    titles = Titles.of(told)

    assert [titles[place] for place in range(len(titles))] == told


def test_vectors_are_found_by_their_texts_and_unknown_ones_are_zero():
    vectors = Vectors.of(["foxes", "hens", "Füchse"], np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float16))

    assert vectors.rows(["hens", "geese", "Füchse", "foxes"]).tolist() == [[3, 4], [0, 0], [5, 6], [1, 2]]


def test_without_any_text_every_vector_is_zero():
    assert Vectors.gathered({}, 2).rows(["hens"]).tolist() == [[0, 0]]


def prepared(*interests: Interest) -> set[str]:
    """What is made ready for who has these interests."""
    ground = replace(ground_with(16))
    ground.prepare([Profile(interests=interests)])
    return {"few", "many", "answers"} & vars(ground).keys()


def test_what_readers_share_is_made_ready_by_how_many_of_the_papers_they_like_are_known():
    assert prepared(Interest(liked=(*tuple(LIBRARY)[:3], *(f"doi:10.1/gone{n}" for n in range(9))))) == {"few"}


def test_nothing_of_likes_is_made_ready_for_who_likes_no_known_paper():
    assert prepared(Interest(topics=("foxes",), liked=("doi:10.1/gone",))) == {"answers"}


def test_of_a_large_library_the_newest_papers_teach_as_many_as_can_be_solved_in_a_moment():
    many = {f"arxiv:2611.{n:05}": Paper(key=f"arxiv:2611.{n:05}", title=f"Fox {n}", abstract="") for n in range(2 * MOST + 2)}
    ground = survey(CANDIDATES, library=many, background=CROWD, now=NOON)
    keys = tuple(many)[::-1]

    example = example_of(ground, Interest(liked=keys[: MOST + 1], disliked=(*keys[:3], *keys[MOST:])))

    assert example.liked == ground.places(keys[:2000])
    assert example.disliked == ground.places(keys[2001:2501])


def test_where_nobody_asks_for_a_topic_no_answers_are_made():
    ground = replace(ground_with(16))

    scores = order(ground, [Profile(interests=(Interest(liked=tuple(LIBRARY)[:3]),))]).scores

    assert scores.shape == (1, 60)
    assert "answers" not in vars(ground)
