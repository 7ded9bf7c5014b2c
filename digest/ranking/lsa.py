"""Latent semantic analysis (Deerwester et al., 1990), learned from the catalog itself: papers can be near without sharing a word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .radix import order_of
from .sparse import Floats, Sparse, weighted_sums
from .texts.words import Ints

DIMENSIONS = 128
TERMS = 10_000
"""The most widespread terms, from which the dimensions are learned: more cost much and gain nothing measurable."""

FEW = 30
"""A term in at most so many papers (as most are) is multiplied pair by pair; more common ones as one dense product."""


@dataclass(frozen=True)
class Lsa:
    """The principal directions of some papers: the `columns` used, an orthonormal `basis` (columns, dimensions), and their `centre`."""

    columns: NDArray[np.int32]
    basis: Floats
    centre: Floats

    def vectors(self, lexical: Sparse) -> Floats:
        """(papers, dimensions) unit vectors, minus the centre of the papers that the directions were learned from."""
        known = lexical.with_columns(self.columns)
        return _unit(weighted_sums(known.start, known.column, known.value, self.basis)) - self.centre


def learn_directions(fitted: Sparse, dimensions: int = DIMENSIONS) -> Lsa:
    """The directions in which these papers differ most; none for no papers."""
    columns = _widespread(fitted)
    rows = fitted.with_columns(columns)
    if not len(rows):
        return Lsa(columns, np.zeros((len(columns), 0), dtype=np.float32), np.zeros(0, dtype=np.float32))
    by_column = _ByColumn.of(rows)
    strength, left = np.linalg.eigh(by_column.gram())
    kept = np.arange(len(strength))[::-1][:dimensions]
    kept = kept[strength[kept] > 1e-4 * max(strength[-1], 1e-4)]
    length = np.sqrt(strength[kept])
    basis = by_column.transposed_product((left[:, kept] / length).astype(np.float32))
    return Lsa(columns, basis, _unit((left[:, kept] * length).astype(np.float32)).mean(axis=0))


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit


@dataclass(frozen=True)
class _ByColumn:
    """A sparse matrix by column: columns with many values as one dense array, the others grouped by their number of values.

    `common` (rows, `dense` columns). A group is its columns, and (count, columns) their rows and their values.
    """

    width: int
    dense: Ints
    common: Floats
    groups: tuple[tuple[Ints, Ints, Floats], ...]

    @classmethod
    def of(cls, rows: Sparse) -> _ByColumn:
        counts = np.bincount(rows.column, minlength=rows.width)
        order = order_of(rows.column)
        row, value, start = rows.row[order], rows.value[order], np.cumsum(counts) - counts
        dense = np.flatnonzero(counts > FEW)
        groups = []
        for count in range(1, FEW + 1):
            columns = np.flatnonzero(counts == count)
            places = start[columns] + np.arange(count)[:, None]
            groups.append((columns, row[places], value[places]))
        return cls(rows.width, dense, rows.with_columns(dense.astype(np.int32)).dense(), tuple(groups))

    def gram(self) -> NDArray[np.float64]:
        """(rows, rows) inner products; a column with few values costs one addition for each pair of them."""
        count = len(self.common)
        place = [(row[:, None] * count + row[None]).ravel() for _, row, _ in self.groups]
        product = [(value[:, None] * value[None]).ravel() for _, _, value in self.groups]
        out = np.bincount(np.concatenate(place), weights=np.concatenate(product), minlength=count * count).reshape(count, count)
        return out + self.common @ self.common.T

    def transposed_product(self, some: Floats) -> Floats:
        """(columns, dimensions): the transposed matrix times `some` (rows, dimensions)."""
        out = np.zeros((self.width, some.shape[1]), dtype=np.float32)
        out[self.dense] = self.common.T @ some
        for columns, row, value in self.groups:
            out[columns] = np.matmul(value.T[:, None], some[row.T])[:, 0]
        return out


def _widespread(rows: Sparse) -> NDArray[np.int32]:
    """The most used columns, at most TERMS; columns used as often as the first that does not fit are left out, too."""
    counts = np.bincount(rows.column, minlength=rows.width)
    used_more = rows.width - np.cumsum(np.bincount(counts, minlength=1))  # at each number of rows, the columns that more of them use
    return np.flatnonzero(counts > np.argmax(used_more <= TERMS)).astype(np.int32)
