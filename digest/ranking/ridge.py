"""Ridge regression from liked papers to scores of all others: class-balanced, in closed form, for a block of readers at once.

Positives are the liked papers; negatives are one sample of the catalog, shared by everybody, and the reader's disliked papers:
(K + 1 + diag(λ / (20 w))) a = y, y = ±1, w = 0.5 / papers of the class, λ = clip(3 / liked, 0.3, 3); a paper scores K a.
A disliked paper weighs as much as one more negative, but 0.3 / λ of that beside fewer than ten likes; without any likes, the disliked
papers are a class of their own.

The shared negatives enter through the eigenvectors of their own system, which work for every λ: with K + 1 = Q Λ Qᵀ among the negatives, a
reader's k papers solve the k × k Schur complement K + 1 + diag(…) − q (Λ + 30 λ)⁻¹ qᵀ, where q = (K + 1) Q between them and the negatives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .space import Space
from .sparse import Floats, Sparse
from .texts.words import Ints

Doubles = NDArray[np.float64]

LEAST_STRENGTH = 0.3
"""λ with ten liked papers or more."""

BATCH = 2_000
"""Papers in one batch of readers: the words shared by a reader's papers become a dense array for the whole batch."""

BUCKETS = 13
"""Bits of a column's number that select a hash bucket: five times as many buckets as a reader's papers have words."""


@dataclass(frozen=True)
class Example:
    """One reader's likes and dislikes, as places among the own papers, no paper twice; `named` are those that are negatives, by index."""

    liked: tuple[int, ...]
    disliked: tuple[int, ...] = ()
    named: tuple[int, ...] = ()

    @cached_property
    def said(self) -> tuple[int, ...]:
        """The liked ones, then the disliked ones."""
        return self.liked + self.disliked


@dataclass(frozen=True, eq=False)
class Factor:
    """The eigendecomposition of the negatives' system, the same for all readers with the same weights of flat dimensions.

    `scale` (dimensions,): the weight of each flat dimension in K. `vectors` is Q, `values` is Λ, `ones` = Qᵀ 1.
    """

    scale: Floats
    values: Doubles
    vectors: Doubles
    ones: Doubles


@dataclass(frozen=True, eq=False)
class Fit:
    """The decision functions of some examples.

    `own` are the coefficients of the liked and disliked papers, those of example i at start[i]:start[i + 1]; `shared` (examples,
    negatives) are those of the negatives, in the basis Q.
    """

    start: Ints
    own: Doubles
    shared: Floats


def factor(between: Floats, scale: Floats) -> Factor:
    """The eigendecomposition of K + 1 among the negatives, which does not depend on the reader."""
    values, vectors = np.linalg.eigh(between.astype(np.float64))
    return Factor(scale, values, vectors, vectors.sum(axis=0))


def fit(own: Space, shared: Factor, examples: Sequence[Example], across: Floats) -> Fit:
    """Solve every example against the same negatives; a negative that an example itself names is left out for that example, exactly.

    `across` (liked and disliked papers of all examples, in order; negatives) = (K + 1) Q.
    """
    said = np.array([place for example in examples for place in example.said], dtype=np.int64)
    start = np.concatenate(([0], np.cumsum([len(example.said) for example in examples], dtype=np.int64)))
    out = Fit(
        start,
        np.zeros(len(said)),
        np.empty((len(examples), len(shared.values)), dtype=np.float32),
    )
    alike: dict[tuple[int, int, int], list[int]] = {}
    for place, example in enumerate(examples):
        alike.setdefault((len(example.liked), len(example.disliked), len(example.named)), []).append(place)
    for (liked, disliked, named), places in _batches(alike):
        at = start[places][:, None] + np.arange(liked + disliked)
        left_out = np.array([examples[place].named for place in places], dtype=np.int64).reshape(len(places), named)
        among = gram(own, said[at], shared.scale)
        out.own[at], out.shared[places] = _solve(shared, among, across[at], left_out, liked)
    return out


def _batches(alike: Mapping[tuple[int, int, int], Sequence[int]]) -> Iterator[tuple[tuple[int, int, int], Sequence[int]]]:
    """The same groups of one shape, cut into batches of at most about BATCH papers."""
    for shape, places in alike.items():
        step = max(BATCH // max(sum(shape[:2]), 1), 1)
        yield from ((shape, places[at : at + step]) for at in range(0, len(places), step))


def _solve(shared: Factor, among: Floats, across: Floats, left_out: Ints, liked: int) -> tuple[Doubles, Floats]:
    """The coefficients of examples of one shape: `among` (examples, said, said) = K, `across` (examples, said, negatives)."""
    count, said, named = len(among), among.shape[1], left_out.shape[1]
    damping = 1 / (shared.values + strength(liked) * len(shared.values) / 10)
    root = np.sqrt(damping).astype(np.float32)
    if named:
        # A named negative gets a row that forces its coefficient to 0 (a Lagrange multiplier).
        across = np.concatenate((across, shared.vectors[left_out].astype(np.float32)), axis=1)
    damped = across * root
    # Without liked papers there is no positive class: only papers like the disliked ones are pushed down.
    common = shared.ones * (-1.0 if liked else 0.0)
    system = -np.matmul(damped, damped.swapaxes(1, 2)).astype(np.float64)
    system[:, :said, :said] += among + 1.0
    against = disliked_class_size(liked, said - liked, len(shared.values))
    noise = strength(liked) * np.array([liked] * liked + [against] * (said - liked) + [0] * named) / 10
    system += np.diag(noise)
    wanted = np.array([1.0] * liked + [-1.0] * (said - liked) + [0.0] * named) - damped @ (root * common)
    found = np.linalg.solve(system, wanted[..., None])[..., 0]
    rest = np.matmul(found[:, None].astype(np.float32), damped)[:, 0] * root
    return found[:, :said], (damping * common).astype(np.float32) - rest.reshape(count, -1)


def strength(liked: int) -> float:
    """λ: the fewer liked papers, the stronger the regularisation."""
    return float(np.clip(3 / max(liked, 1), LEAST_STRENGTH, 3))


def disliked_class_size(liked: int, disliked: int, negatives: int) -> float:
    """The class size (in papers) that sets the weight of each disliked paper: the larger it is, the less the paper counts.

    Beside likes it is one more negative, or less if the likes are few: papers near one that was shown because of a single like and then
    disliked are still wanted more often than other papers (bench/README.md, "Dislikes").
    """
    return negatives * strength(liked) / LEAST_STRENGTH if liked else disliked


def gram(own: Space, said: Ints, scale: Floats) -> Floats:
    """(readers, papers, papers) K among each reader's liked and disliked papers; `said` (readers, papers) are their places."""
    readers, papers = said.shape
    flat = own.taken(said)
    words = _lexical_gram(own.lexical.rows(said.ravel()), readers, papers)
    words[:, np.arange(papers), np.arange(papers)] = own.lexical.squares[said]
    words += np.matmul(flat * scale, flat.swapaxes(1, 2))
    return words


def _lexical_gram(rows: Sparse, readers: int, papers: int) -> Floats:
    """The inner products of the sparse rows, using only columns that two papers of a reader share: so not valid on the diagonal."""
    start = rows.start[::papers]
    reader = np.repeat(np.arange(readers), np.diff(start))
    first = _representatives(reader, rows.column, rows.width)
    again = np.zeros(len(first) + 1, dtype=bool)
    again[first[first != np.arange(len(first))]] = True
    kept = np.flatnonzero(again[first])
    number = np.cumsum(again) - again
    place = number[first[kept]] - number[start[reader[kept]]]
    spread = np.zeros((readers, papers, int(place.max(initial=0)) + 1), dtype=np.float32)
    spread.reshape(readers * papers, -1)[rows.row[kept], place] = rows.value[kept]
    out: Floats = np.matmul(spread, spread.swapaxes(1, 2))
    return out


def _representatives(reader: Ints, column: NDArray[np.int32], width: int) -> NDArray[np.int32]:
    """(values,) for each value the index of a representative: the same one for all values of the same reader in the same column.

    Sorting would do this, too; a hash table that finds most of them takes a fifth of the time.
    """
    everyone = np.arange(len(reader), dtype=np.int32)  # int32, so that more of the table fits the processor's cache
    bucket = reader << BUCKETS | (column & ((1 << BUCKETS) - 1))
    table = np.empty(int(bucket.max(initial=0)) + 1, dtype=np.int32)
    table[bucket] = everyone
    found: NDArray[np.int32] = table[bucket]
    lost = np.flatnonzero(column[found] != column)
    _, first, place = np.unique(reader[lost] * width + column[lost], return_index=True, return_inverse=True)
    found[lost] = lost[first[place]]
    return found
