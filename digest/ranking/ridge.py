"""What a reader's liked papers say about every other paper: a class-balanced ridge, in closed form, for a block of readers at once.

Positives are the liked papers, negatives one sample of the catalog shared by everybody (and what the reader disliked). The recipe:
(K + 1 + diag(λ / (20 w))) a = y, y = ±1, w = 0.5 / papers of the class, λ = clip(3 / liked, 0.3, 3); a paper scores K a.
The shared negatives are factored once per λ; a reader adds a small Schur complement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .corpus import Ints
from .lexical import Floats, Sparse, likeness, times

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Space:
    """Where papers lie: `lexical` unit vectors beside `dense` ones (documents, dimensions), the latter already weighted."""

    lexical: Sparse
    dense: Floats

    def gram(self, left: Ints, right: Ints) -> Doubles:
        """(left, right) inner products of documents."""
        sparse = likeness(self.lexical.rows(left), self.lexical.rows(right)).astype(np.float64)
        out: Doubles = sparse + self.dense[left] @ self.dense[right].T
        return out

    def near(self, documents: Ints, other: int) -> Doubles:
        """(documents,) inner products of a few documents with one other."""
        row = self.lexical.rows(slice(other, other + 1))
        rows = self.lexical.rows(documents)
        whole = np.zeros(self.lexical.width)
        whole[row.column] = row.value
        owner = np.repeat(np.arange(len(documents)), np.diff(rows.start))
        sparse = np.bincount(owner, weights=rows.value * whole[rows.column], minlength=len(documents)).astype(np.float64)
        out: Doubles = sparse + self.dense[documents] @ self.dense[other]
        return out


@dataclass(frozen=True)
class Example:
    """What one reader said, as documents of the space; no paper twice."""

    liked: Ints
    disliked: Ints

    @property
    def documents(self) -> Ints:
        """The liked ones, then the disliked ones."""
        return np.concatenate((self.liked, self.disliked))


@dataclass(frozen=True)
class Fit:
    """The coefficients of the decision function: one for each of an example's `documents`, one for each shared negative."""

    own: tuple[Doubles, ...]
    shared: Doubles


def fit(space: Space, examples: Sequence[Example], negatives: Ints) -> Fit:
    """Solve every example against the same negatives; a negative that an example names is left out for it, exactly."""
    said, place = np.unique(np.concatenate([e.documents for e in examples] or [np.zeros(0, np.int64)]), return_inverse=True)
    bounds = np.cumsum([len(e.documents) for e in examples])
    cross = space.gram(negatives, said) + 1
    between = space.gram(negatives, negatives) + 1
    own: list[Doubles] = []
    shared = np.zeros((len(examples), len(negatives)))
    factors: dict[float, tuple[Doubles, Doubles]] = {}
    for row, (example, columns) in enumerate(zip(examples, np.split(place, bounds[:-1]), strict=True)):
        penalty = strength(len(example.liked))
        if penalty not in factors:
            system = between + np.eye(len(negatives)) * penalty * len(negatives) / 10
            inverted: Doubles = np.linalg.inv(system).astype(np.float64)
            factors[penalty] = inverted, inverted @ cross
        inverse, solved = factors[penalty]
        coefficients, shared[row] = _solve(space, example, negatives, cross[:, columns], inverse, solved[:, columns])
        own.append(coefficients)
    return Fit(tuple(own), shared)


def strength(liked: int) -> float:
    """λ: the fewer liked papers, the less each is believed."""
    return float(np.clip(3 / max(liked, 1), 0.3, 3))


def decision(space: Space, examples: Sequence[Example], negatives: Ints, fitted: Fit, scored: slice) -> Floats:
    """(examples, scored documents) Σ a K: the decision function of each example at these documents, without its constant."""
    flat = space.lexical
    weights = (fitted.shared @ flat.rows(negatives).dense()).astype(np.float32)
    dense = fitted.shared @ space.dense[negatives]
    for row, (example, own) in enumerate(zip(examples, fitted.own, strict=True)):
        rows = flat.rows(example.documents)
        np.add.at(weights[row], rows.column, rows.value * np.repeat(own, np.diff(rows.start)).astype(np.float32))
        dense[row] += own @ space.dense[example.documents]
    out: Floats = times(weights, flat.rows(scored)) + dense.astype(np.float32) @ space.dense[scored].T
    return out


def _solve(space: Space, example: Example, negatives: Ints, cross: Doubles, inverse: Doubles, solved: Doubles) -> tuple[Doubles, Doubles]:
    documents = example.documents
    liked, count = len(example.liked), len(documents)
    # A named paper among the negatives gets a column that forces its shared coefficient to 0 (a Lagrange multiplier).
    named = np.flatnonzero(np.isin(negatives, documents))
    virtual = np.eye(len(negatives))[:, named]
    cross = np.hstack((cross, virtual))
    solved = np.hstack((solved, inverse @ virtual))
    system = np.zeros((count + len(named),) * 2)
    system[:count, :count] = space.gram(documents, documents) + 1
    class_size = np.where(np.arange(count) < liked, liked, count - liked)
    system[np.arange(count), np.arange(count)] += strength(liked) * class_size / 10
    # Without a liked paper there is no class to tell from the catalog: only the disliked ones are pushed down.
    common = np.full(len(negatives), -1.0 if liked else 0.0)
    wanted = np.concatenate((np.ones(liked), -np.ones(count - liked), np.zeros(len(named))))
    answer = np.linalg.solve(system - cross.T @ solved, wanted - solved.T @ common)
    shared = inverse @ common - solved @ answer
    shared[named] = 0.0
    return answer[:count], shared
