"""What a reason about a liked paper says, worked out again from the definition: a K of the decision function, in points."""

from __future__ import annotations

import numpy as np
import pytest

from digest.model import Interest, Pick, Profile, Reason
from digest.ranking import Ground, Known, is_near, order, survey
from digest.ranking.ground import DENSE_FEW
from digest.ranking.liked import note_on

from .builders import NOON, a_paper
from .ranking_papers import a_crowd

BACKGROUND = a_crowd(320, seed=31)
CANDIDATES = a_crowd(60, seed=32)
LIBRARY = {paper.key: paper for paper in a_crowd(4, seed=33)}
LIKED, DISLIKED = tuple(LIBRARY)[:3], tuple(LIBRARY)[3:]
READER = Profile(interests=(Interest(liked=LIKED, disliked=DISLIKED),))


def a_model() -> Known:
    """Vectors of 16 numbers for all papers, at random."""
    chance = np.random.default_rng(5)
    keys = [paper.key for paper in (*BACKGROUND, *CANDIDATES, *LIBRARY.values())]
    vectors = chance.normal(size=(len(keys), 16))
    return Known(vectors=dict(zip(keys, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16), strict=True)))


def by_hand(ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """(columns,) the decision function, and (said, columns) the share of each liked and disliked paper, from one direct solve."""
    weight = np.ones(ground.space.flat.shape[1])
    weight[ground.latent :] = DENSE_FEW**2
    there = np.hstack((ground.space.lexical.dense(), ground.space.flat * np.sqrt(weight))).astype(np.float64)
    own = np.hstack((ground.own.lexical.dense(), ground.own.flat * np.sqrt(weight))).astype(np.float64)
    trained = np.vstack((own, there[ground.negatives]))
    noise = np.array([3.0] * 3 + [300.0 / 0.3] + [300.0] * 300) / 10  # λ = 3 / 3 liked, over 20 w
    system = trained @ trained.T + 1 + np.diag(noise)
    coefficients = np.linalg.solve(system, np.array([1.0] * 3 + [-1.0] * 301))
    kernel = trained @ there.T
    return coefficients @ kernel, (coefficients[:, None] * kernel)[:4]


@pytest.mark.parametrize("known", [Known(), a_model()], ids=["words", "a model"])
def test_the_points_of_a_liked_paper_are_its_term_of_the_decision_function(known):
    ground = survey(CANDIDATES, library=LIBRARY, background=BACKGROUND, now=NOON, known=known)
    ranking = order(ground, [READER])
    decision, shares = by_hand(ground)
    usual = decision[ground.usual]
    height = (decision[ground.scored] - usual.mean()) / usual.std()
    column = int(np.argmin(np.abs(height - 2)))  # where nothing is cut off or bent

    told = {reason.note: reason.points for reason in ranking.reasons(0, column) if reason.signal == "liked"}
    unit = 10 / usual.std()

    assert -3 < height[column] < 4.5
    expected = {
        note_on(LIBRARY[key].title, verb, "unlike" if (share < 0) == (verb == "liked") else "near"): float(share * unit)
        for key, verb, share in zip((*LIKED, *DISLIKED), ["liked"] * 3 + ["disliked"], shares[:, column], strict=True)
    }
    expected["less what any paper gets"] = float(10 * height[column]) - sum(expected.values())
    assert told == pytest.approx({note: points for note, points in expected.items() if abs(points) >= 0.5}, abs=0.02)
    assert len(told) >= 3


def test_liked_papers_that_say_less_than_half_a_point_each_are_told_as_liked_papers_and_not_as_other_reasons():
    many = {paper.key: paper for paper in a_crowd(400, seed=77)}
    reader = Profile(interests=(Interest(liked=tuple(many)),))
    ranking = order(survey(CANDIDATES, library=many, background=BACKGROUND, now=NOON), [reader])

    told = {reason.note: reason.points for reason in ranking.reasons(0, 0)}

    assert abs(told["your liked papers"]) > 10
    assert abs(told.get("other reasons", 0.0)) < 1


def test_a_long_title_is_cut_between_two_words():
    title = "Optimizing LLMs for Resource-Constrained Environments: A Survey of Model Compression Techniques"

    assert note_on(title) == "near 'Optimizing LLMs for Resource-Constrained Environments: A Survey of…', which you liked"


@pytest.mark.parametrize(
    ("kept", "rest"),
    [
        ("Split Conformal Prediction under Any Shift with", r"$\mathcal{O}(n \log n)$ Reweighting and a Proof"),
        ("What a $5 Robot Can Learn from a Thousand Hours of Film about", "Kitchens and Gardens"),
    ],
)
def test_a_long_title_is_not_cut_within_a_formula(kept: str, rest: str):
    assert note_on(f"{kept} {rest}") == f"near '{kept}…', which you liked"


@pytest.mark.parametrize(
    ("points", "near"),
    [
        ({}, False),
        ({"other": 4.0, "popularity": 2.0, "recency": 1.0}, False),
        ({"topics": 5.0, "other": -9.0}, True),
        ({"topics": 5.0, "liked": -6.0, "popularity": 9.0}, False),
    ],
)
def test_a_paper_is_near_by_what_is_told_of_what_was_asked_for(points: dict[str, float], near: bool):
    chosen = Pick(paper=a_paper(), score=sum(points.values()), reasons=tuple(Reason(name, worth, name) for name, worth in points.items()))

    assert is_near(chosen) is near
