"""The similarity K of the readers' own papers to the columns, computed once for each own paper and cached as far as memory allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from .space import Space
from .sparse import Columns, Floats, Sparse, weighted_sums
from .texts.words import Ints

ROOM, LEAST = 288 << 20, 64 << 20
"""Bytes for the readers' own papers and this cache together, and the least size of the cache, however many papers there are. They hold all
of 20,000 papers against 2,000 candidates and the sample, or some 2,800 of 100,000 against 5,000. The others are computed each time."""

BATCH = 1024
"""Papers that are computed at a time."""


@dataclass(frozen=True, eq=False)
class RowCache:
    """A cache of one row of numbers per paper, for the first papers: `table` (papers, numbers) float32, valid where `ready`.

    Threads and processes may share both (`sharing.py`): if two compute a paper at the same time, they write the same numbers.
    """

    table: Floats
    ready: NDArray[np.bool_]

    @classmethod
    def of(cls, papers: int, numbers: int, room: int) -> RowCache:
        """An empty cache of at most `room` bytes; the system allocates its memory only as it is written."""
        kept = min(papers, room // max(4 * numbers, 1))
        return cls(np.empty((kept, numbers), dtype=np.float32), np.zeros(kept, dtype=bool))

    def prepare(self, papers: Ints, make: Callable[[Ints], Floats]) -> None:
        """Compute and cache the rows that are not ready, in batches, skipping those that others have computed meanwhile."""
        inside = papers[papers < len(self.table)]
        # In the order in which they are asked for, so that processes that need the same papers now start with different ones.
        new = np.fromiter(dict.fromkeys(inside[~self.ready[inside]].tolist()), dtype=np.int64)
        for at in range(0, len(new), BATCH):
            some = np.sort(new[at : at + BATCH])
            some = some[~self.ready[some]]
            if len(some):
                self.table[some] = make(some)
            with Lock():  # excludes nobody: taking a lock is a memory fence, so others see the table's rows before they see `ready`
                self.ready[some] = True

    def rows(self, papers: Ints, make: Callable[[Ints], Floats], columns: Ints | slice = slice(None)) -> Floats:
        """(papers, columns) of any papers; rows that are not cached come from `make`."""
        self.prepare(papers, make)
        kept = papers < len(self.table)
        if kept.all():
            return self.table[papers] if isinstance(columns, slice) else self.table[papers[:, None], columns]
        made = make(papers[~kept])[:, columns]
        out = np.empty((len(papers), made.shape[1]), dtype=np.float32)
        out[~kept] = made
        if kept.any():
            out[kept] = self.rows(papers[kept], make, columns)
        return out


@dataclass(frozen=True, eq=False)
class Near:
    """K between the `own` papers and the columns, from the columns' `words` and their scaled `flat` vectors (columns, dimensions).

    The cache `kept` is the same for all readers. `model` (columns, the last dimensions) is added to `flat` for readers to whom a model
    counts more than in the cache: computing that for each reader costs less time than a second cache, and no memory.
    """

    own: Space
    words: Columns
    flat: Floats
    kept: RowCache
    model: Floats | None = None

    def rows(self, papers: Ints, columns: Ints) -> Floats:
        """(papers, columns) K of these own papers and these columns."""
        out = self.kept.rows(papers, self._make, columns)
        if self.model is not None:
            out += self._model_part(self.own.taken(papers), self.model[columns])
        return out

    def is_kept(self, papers: Ints) -> NDArray[np.bool_]:
        """(papers,) which of these own papers fit in the cache."""
        return papers < len(self.kept.table)

    def add(self, out: Floats, start: Ints, papers: Ints, weight: Floats) -> None:
        """Add to row i of `out` (rows, columns) `weight` times K of `papers`, both at start[i]:start[i + 1]."""
        if self.model is not None:
            out += self._model_part(weighted_sums(start, papers, weight, self.own.flat), self.model)
        self.kept.prepare(papers, self._make)
        outside = ~self.is_kept(papers)
        if outside.any():
            self._add_directly(out, start, papers, np.where(outside, weight, np.float32(0)))
            papers, weight = np.where(outside, 0, papers), np.where(outside, np.float32(0), weight)
        if len(self.kept.table):
            weighted_sums(start, papers, weight, self.kept.table, out)

    def _model_part(self, rows: Floats, model: Floats) -> Floats:
        product: Floats = rows[:, rows.shape[1] - model.shape[1] :] @ model.T
        return product

    def _make(self, papers: Ints) -> Floats:
        return self.words.products(self.own.lexical.rows(papers)) + self.own.taken(papers) @ self.flat.T

    def _add_directly(self, out: Floats, start: Ints, papers: Ints, weight: Floats) -> None:
        """`add` without the cache: the papers of each row are summed first, so there is one product per row instead of one per paper."""
        rows = self.own.lexical.rows(papers)
        mixed = rows.value * np.repeat(weight, np.diff(rows.start))
        out += self.words.products(Sparse(rows.start[start], rows.column, mixed, rows.width))
        out += weighted_sums(start, papers, weight, self.own.flat) @ self.flat.T
