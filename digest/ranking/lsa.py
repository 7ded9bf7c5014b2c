"""Papers near each other without sharing a word, learned from the catalog itself: latent semantic analysis (Deerwester et al., 1990)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sparse import Floats, Sparse, times

DIMENSIONS = 128
TERMS = 10_000
"""The dimensions are learned from the most widespread terms: more costs much and gains nothing measurable."""


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
    strength, left = np.linalg.eigh((dense @ dense.T).astype(np.float64))
    kept = np.arange(len(strength))[::-1][:dimensions]
    kept = kept[strength[kept] > 1e-4 * max(strength[-1], 1e-4)]
    basis: Floats = dense.T @ (left[:, kept] / np.sqrt(strength[kept])).astype(np.float32)
    return Lsa(columns, basis, _unit(rows, basis).mean(axis=0))


def _unit(rows: Sparse, basis: Floats) -> Floats:
    out = times(np.ascontiguousarray(basis.T), rows).T
    unit: Floats = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    return unit


def _widespread(rows: Sparse) -> NDArray[np.int32]:
    """The columns that most rows use, at most TERMS; those used as often as the first one that does not fit stay out with it."""
    counts = np.bincount(rows.column, minlength=rows.width)
    used_more = rows.width - np.cumsum(np.bincount(counts, minlength=1))  # at each number of rows, the columns that more of them use
    return np.flatnonzero(counts > np.argmax(used_more <= TERMS)).astype(np.int32)
