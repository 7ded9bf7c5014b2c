"""What a reader's liked papers say about every other paper: a class-balanced ridge, in closed form, for a block of readers at once.

Positives are the liked papers, negatives one sample of the catalog shared by everybody (and what the reader disliked):
(K + 1 + diag(λ / (20 w))) a = y, y = ±1, w = 0.5 / papers of the class, λ = clip(3 / liked, 0.3, 3); a paper scores K a.

The shared negatives enter by the eigenvectors of their own system, which serve every λ: with K + 1 = Q Λ Qᵀ among them, a reader's k papers
solve the k × k Schur complement K + 1 + diag(…) − q (Λ + 30 λ)⁻¹ qᵀ, where q = (K + 1) Q between theirs and the negatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .space import Space
from .sparse import Floats, Sparse, turned
from .words import Ints

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """What one reader said, as places among the readers' own papers, no paper twice; `named` are places among the negatives."""

    liked: tuple[int, ...]
    disliked: tuple[int, ...] = ()
    named: tuple[int, ...] = ()

    @property
    def said(self) -> tuple[int, ...]:
        """The liked ones, then the disliked ones."""
        return self.liked + self.disliked


@dataclass(frozen=True)
class Factor:
    """The negatives' side of the system, the same for all readers whose flat dimensions weigh alike.

    `scale` (dimensions,): what each flat dimension counts in K. `vectors` Q and `values` Λ; `own` (own papers, negatives) = (K + 1) Q.
    """

    scale: Floats
    values: Doubles
    vectors: Doubles
    ones: Doubles
    own: Floats


@dataclass(frozen=True)
class Fit:
    """The decision functions of some examples: the coefficient of each said paper, and those of the negatives as multiples of Q."""

    own: tuple[Doubles, ...]
    shared: Floats


def factor(own: Space, negatives: Space, scale: Floats) -> Factor:
    """Everything about the negatives that does not depend on the reader."""
    columns = turned(negatives.lexical)
    between = columns.products(negatives.lexical) + (negatives.flat * scale) @ negatives.flat.T + 1
    values, vectors = np.linalg.eigh(between.astype(np.float64))
    across = columns.products(own.lexical) + (own.flat * scale) @ negatives.flat.T + 1
    return Factor(scale, values, vectors, vectors.sum(axis=0), across @ vectors.astype(np.float32))


def fit(own: Space, shared: Factor, examples: Sequence[Example]) -> Fit:
    """Solve every example against the same negatives; a negative that an example names is left out for it, exactly."""
    answers: list[Doubles] = [np.zeros(0)] * len(examples)
    coefficients = np.zeros((len(examples), len(shared.values)), dtype=np.float32)
    alike: dict[tuple[int, int, int], list[int]] = {}
    for place, example in enumerate(examples):
        alike.setdefault((len(example.liked), len(example.disliked), len(example.named)), []).append(place)
    for (liked, disliked, named), places in alike.items():
        said = np.array([examples[place].said for place in places], dtype=np.int64)
        left_out = np.array([examples[place].named for place in places], dtype=np.int64).reshape(len(places), named)
        system = np.zeros((len(places), liked + disliked + named, liked + disliked + named))
        system[:, : liked + disliked, : liked + disliked] = gram(own, said, shared.scale) + 1
        noise = strength(liked) * np.array([liked] * liked + [disliked] * disliked + [0] * named) / 10
        # A named negative gets a row that forces its coefficient to 0 (a Lagrange multiplier).
        across = np.concatenate((shared.own[said], shared.vectors[left_out]), axis=1).astype(np.float64)
        damped = across / (shared.values + strength(liked) * len(shared.values) / 10)
        # Without a liked paper there is no class to tell from the catalog: only the disliked ones are pushed down.
        common = shared.ones * (-1.0 if liked else 0.0)
        wanted = np.array([1.0] * liked + [-1.0] * disliked + [0.0] * named) - damped @ common
        system += np.diag(noise) - damped @ across.swapaxes(1, 2)
        found = np.linalg.solve(system, wanted[..., None])[..., 0]
        rest = (common - np.einsum("rk,rkn->rn", found, across)) / (shared.values + strength(liked) * len(shared.values) / 10)
        coefficients[places] = rest
        for place, answer in zip(places, found[:, : liked + disliked], strict=True):
            answers[place] = answer
    return Fit(tuple(answers), coefficients)


def strength(liked: int) -> float:
    """λ: the fewer liked papers, the less each is believed."""
    return float(np.clip(3 / max(liked, 1), 0.3, 3))


def gram(own: Space, said: Ints, scale: Floats) -> Doubles:
    """(readers, papers, papers) inner products among the papers that each reader named; `said` (readers, papers)."""
    readers, papers = said.shape
    flat = own.flat[said]
    out: Doubles = np.matmul(flat * scale, flat.swapaxes(1, 2)).astype(np.float64)
    return out + _lexical_gram(own.lexical.rows(said.ravel()), readers, papers)


def _lexical_gram(rows: Sparse, readers: int, papers: int) -> Doubles:
    """The same of the sparse rows, reader by reader: terms of one reader are sorted together, and what stands side by side is multiplied."""
    owner = rows.row
    bits = max(len(rows.value) - 1, 1).bit_length()
    keys = ((owner // papers) * rows.width + rows.column) << bits | np.arange(len(rows.value))
    keys.sort()
    order = keys & ((1 << bits) - 1)
    term, value, place = keys >> bits, rows.value[order].astype(np.float64), owner[order]
    out = np.bincount(place * papers + place % papers, weights=value**2, minlength=readers * papers * papers)
    for lag in range(1, papers):
        same = np.flatnonzero(term[lag:] == term[:-lag])
        if not len(same):
            break
        one, other = place[same], place[same + lag]
        product = value[same] * value[same + lag]
        out += np.bincount(one * papers + other % papers, weights=product, minlength=len(out))
        out += np.bincount(other * papers + one % papers, weights=product, minlength=len(out))
    return out.reshape(readers, papers, papers)
