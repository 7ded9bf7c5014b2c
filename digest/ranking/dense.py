"""Dense vectors of texts, so that papers are near each other without sharing a word.

Here they come from the catalog itself (latent semantic analysis: Deerwester et al., 1990); a trained model's vectors take the same place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .corpus import Ints
from .lexical import Floats, Sparse, times

DIMENSIONS = 256
FITTED = 1_000
TERMS = 10_000
"""From so many documents and their most widespread terms the dimensions are learned: more costs much and gains nothing measurable."""


def lsa(vectors: Sparse, fitted: Ints, *, dimensions: int = DIMENSIONS) -> Floats:
    """(documents, at most `dimensions`) unit vectors minus their mean over the fitted documents; zero columns for an empty corpus."""
    fitted = fitted[:FITTED]
    vectors = vectors.narrowed(_widespread(vectors.rows(fitted)))
    basis = _basis(vectors, fitted, dimensions)
    dense = times(basis.T, vectors).T
    dense /= np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-6)
    centre = dense[fitted].mean(axis=0) if len(fitted) else 0.0
    return np.ascontiguousarray(dense - centre, dtype=np.float32)


def _widespread(rows: Sparse) -> NDArray[np.int32]:
    """The columns that most rows use, at most TERMS; those used as often as the first one that does not fit stay out with it."""
    counts = np.bincount(rows.column, minlength=rows.width)
    least = np.partition(counts, -TERMS - 1)[-TERMS - 1] if rows.width > TERMS else 0
    return np.flatnonzero(counts > least).astype(np.int32)


def _basis(vectors: Sparse, fitted: Ints, dimensions: int) -> Floats:
    """(terms, dimensions) orthonormal columns: the strongest directions of the fitted vectors."""
    rows = vectors.rows(fitted)
    if not len(rows):
        return np.zeros((vectors.width, 0), dtype=np.float32)
    strength, left = np.linalg.eigh(times(rows.dense(), rows).astype(np.float64))
    kept = np.arange(len(strength))[::-1][:dimensions]
    kept = kept[strength[kept] > 1e-4 * max(strength[-1], 1e-4)]
    basis: Floats = rows.dense().T @ (left[:, kept] / np.sqrt(strength[kept])).astype(np.float32)
    return basis
