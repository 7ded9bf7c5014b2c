"""Papers near each other without sharing a word, learned from the catalog itself: latent semantic analysis (Deerwester et al., 1990)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sparse import Floats, Sparse, times

DIMENSIONS = 192
TERMS = 10_000
"""The dimensions are learned from the most widespread terms: more costs much and gains nothing measurable."""

SPARE, ROUNDS = 32, 4
"""Of the subspace iteration: dimensions that are worked out beyond those wanted, and how often it is repeated."""


@dataclass(frozen=True)
class Lsa:
    """The strongest directions of some papers: `columns` of their vectors, orthonormal `basis` (columns, dimensions), their `centre`."""

    columns: NDArray[np.int32]
    basis: Floats
    centre: Floats

    def vectors(self, lexical: Sparse) -> Floats:
        """(papers, dimensions) unit vectors, minus the centre of those it was learned from."""
        return _unit(lexical.narrowed(self.columns), self.basis) - self.centre


def learn_directions(fitted: Sparse, dimensions: int = DIMENSIONS) -> Lsa:
    """The directions in which these papers differ most; none for no papers."""
    columns = _widespread(fitted)
    rows = fitted.narrowed(columns)
    if not len(rows):
        return Lsa(columns, np.zeros((len(columns), 0), dtype=np.float32), np.zeros(0, dtype=np.float32))
    dense = rows.dense()
    strength, left = _strongest(dense @ dense.T, dimensions)
    kept = strength > 1e-4 * max(float(strength[0]), 1e-4)
    basis = dense.T @ (left[:, kept] / np.sqrt(strength[kept])).astype(np.float32)
    return Lsa(columns, basis, _unit(rows, basis).mean(axis=0))


def _strongest(gram: Floats, count: int) -> tuple[Floats, Floats]:
    """The largest eigenvalues, falling, and (papers, count) their vectors, nearly.

    By randomised subspace iteration (Halko, Martinsson and Tropp, 2011) from the same numbers each time, in a third of the time.
    """
    found = np.random.default_rng(0).standard_normal((len(gram), min(count + SPARE, len(gram))), dtype=np.float32)
    for _ in range(ROUNDS):
        found = np.linalg.qr(gram @ found)[0]
    strength, turn = np.linalg.eigh(found.T @ gram @ found)
    return strength[::-1][:count], found @ turn[:, ::-1][:, :count]


def _unit(rows: Sparse, basis: Floats) -> Floats:
    out = times(np.ascontiguousarray(basis.T), rows).T
    unit: Floats = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    return unit


def _widespread(rows: Sparse) -> NDArray[np.int32]:
    """The columns that most rows use, at most TERMS; those used as often as the first one that does not fit stay out with it."""
    counts = np.bincount(rows.column, minlength=rows.width)
    least = np.partition(counts, -TERMS - 1)[-TERMS - 1] if rows.width > TERMS else 0
    return np.flatnonzero(counts > least).astype(np.int32)
