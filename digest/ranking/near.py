"""What is known of the readers' own papers, worked out once for each that is met and kept as far as there is room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sparse import Columns, Floats, Sparse, combined
from .words import Ints

ROOM = 256 << 20
"""Bytes of products that may be kept: 22,000 papers against 2,000 candidates and the sample; what is beyond is worked out each time."""


@dataclass(frozen=True, eq=False)
class Kept:
    """`table` (papers, numbers) float32: the numbers of the first papers, as far as they are `ready`."""

    table: Floats
    ready: NDArray[np.bool_]

    @classmethod
    def of(cls, papers: int, numbers: int, room: int) -> Kept:
        """With nothing worked out yet: memory that is not written to is not taken."""
        kept = min(papers, room // max(4 * numbers, 1))
        return cls(np.empty((kept, numbers), dtype=np.float32), np.zeros(kept, dtype=bool))

    def prepare(self, papers: Ints, make: Callable[[Ints], Floats]) -> None:
        """Work out what is met for the first time, where there is room."""
        inside = papers[papers < len(self.table)]
        new = np.unique(inside[~self.ready[inside]])
        if len(new):
            self.table[new] = make(new)
            self.ready[new] = True

    def rows(self, papers: Ints, make: Callable[[Ints], Floats], columns: Ints | slice = slice(None)) -> Floats:
        """(papers, columns) of any papers; `make` gives what is not there."""
        self.prepare(papers, make)
        kept = papers < len(self.table)
        if kept.all():
            return self.table[papers] if isinstance(columns, slice) else self.table[papers[:, None], columns]
        made = make(papers[~kept])[:, columns]
        out = np.empty((len(papers), made.shape[1]), dtype=np.float32)
        out[~kept] = made
        out[kept] = self.rows(papers[kept], make, columns)
        return out


@dataclass(frozen=True, eq=False)
class Near:
    """How near the `own` papers are to the `columns` by their words."""

    own: Sparse
    columns: Columns
    kept: Kept

    @classmethod
    def of(cls, own: Sparse, columns: Columns, room: int = ROOM) -> Near:
        """Nothing is worked out yet."""
        return cls(own, columns, Kept.of(len(own), columns.rows, room))

    def rows(self, papers: Ints, columns: Ints) -> Floats:
        """(papers, columns) the products of these own papers with these columns."""
        return self.kept.rows(papers, self._make, columns)

    def add(self, out: Floats, start: Ints, papers: Ints, weight: Floats) -> None:
        """Add to row i of `out` (rows, columns) `weight` times the products of `papers`, both at start[i]:start[i + 1]."""
        self.kept.prepare(papers, self._make)
        outside = papers >= len(self.kept.table)
        if outside.any():
            rows = self.own.rows(papers)
            mixed = rows.value * np.repeat(np.where(outside, weight, np.float32(0)), np.diff(rows.start))
            out += self.columns.products(Sparse(rows.start[start], rows.column, mixed, rows.width))
            papers, weight = np.where(outside, 0, papers), np.where(outside, np.float32(0), weight)
        if len(self.kept.table):
            combined(start, papers, weight, self.kept.table, out)

    def _make(self, papers: Ints) -> Floats:
        return self.columns.products(self.own.rows(papers))
