"""Sparse matrices, and their products with the ranked papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .radix import distinct, order_of
from .texts.words import Ints

Floats = NDArray[np.float32]

DENSE_SHARE = 0.05
"""A column with values in more than this share of the papers is multiplied as a dense row, others by entry; here both cost the same."""

SHORT = 0.1
"""If left rows have values in fewer than this share of the dense columns, those are looked up one by one."""

ENTRIES = 1 << 15
"""List entries that are added at a time."""

ROWS = 64
"""Left rows that are multiplied at a time, so that temporary dense arrays stay small."""


@dataclass(frozen=True)
class Sparse:
    """A sparse matrix by row (CSR): row i has `value[start[i]:start[i + 1]]` in the columns `column[same slice]`, of `width` columns."""

    start: Ints
    column: NDArray[np.int32]
    value: Floats
    width: int

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def row(self) -> Ints:
        """(values,) the row of each value."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    @cached_property
    def squares(self) -> Floats:
        """(rows,) each row's product with itself."""
        ends = np.concatenate((np.zeros(1), np.cumsum(self.value**2, dtype=np.float64)))[self.start]
        return np.diff(ends).astype(np.float32)

    def rows(self, chosen: Ints | slice) -> Sparse:
        """These rows, in this order."""
        if isinstance(chosen, slice):
            first, last, _ = chosen.indices(len(self))
            cut = slice(self.start[first], self.start[max(last, first)])
            return Sparse(self.start[first : last + 1] - self.start[first], self.column[cut], self.value[cut], self.width)
        counts = np.diff(self.start)[chosen]
        start = np.concatenate(([0], np.cumsum(counts)))
        take = np.arange(start[-1]) + np.repeat(self.start[chosen] - start[:-1], counts)
        return Sparse(start, self.column[take], self.value[take], self.width)

    def dot(self, one: Sparse) -> NDArray[np.float64]:
        """(rows,) each row's inner product with the single row of `one`, whose columns are sorted."""
        if not len(one.column):
            return np.zeros(len(self))
        place = np.minimum(np.searchsorted(one.column, self.column), len(one.column) - 1)
        same = np.flatnonzero(one.column[place] == self.column)
        shared = (self.value[same] * one.value[place[same]]).astype(np.float64)
        row = np.repeat(np.arange(len(self)), np.diff(np.searchsorted(same, self.start)))
        return np.bincount(row, weights=shared, minlength=len(self)).astype(np.float64, copy=False)

    def transposed(self) -> Transposed:
        """The same matrix by column, which is faster for repeated `dot`."""
        order = order_of(self.column)
        return Transposed(len(self), self.column[order], self.row[order], self.value[order])

    def with_columns(self, columns: NDArray[np.int32]) -> Sparse:
        """Only these (sorted) columns, renumbered from 0."""
        number = np.full(self.width, -1, dtype=np.int32)
        number[columns] = np.arange(len(columns))
        column = number[self.column]
        kept = column >= 0
        start = np.concatenate(([0], np.cumsum(kept)))[self.start]
        return Sparse(start, column[kept], self.value[kept], len(columns))

    def dense(self) -> Floats:
        """The matrix as a (rows, width) array; no column may occur twice in a row."""
        out = np.zeros((len(self), self.width), dtype=np.float32)
        out[self.row, self.column] = self.value
        return out

    def dense_nonempty(self) -> Floats:
        """Like `dense`, without empty columns."""
        return self.with_columns(distinct(self.column)).dense()

    def blocks(self, size: int = ROWS) -> Iterator[tuple[slice, Sparse]]:
        """All rows, `size` at a time."""
        for at in range(0, len(self), size):
            chosen = slice(at, min(at + size, len(self)))
            yield chosen, self.rows(chosen)


@dataclass(frozen=True)
class Transposed:
    """A sparse matrix by column, with `rows` rows: `column`, `row` and `value`, all (values,), sorted by column."""

    rows: int
    column: NDArray[np.int32]
    row: Ints
    value: Floats

    def dot(self, one: Sparse) -> NDArray[np.float64]:
        """(rows,) each row's inner product with the single row of `one`, like `Sparse.dot`."""
        first = np.searchsorted(self.column, one.column)
        counts = np.searchsorted(self.column, one.column, "right") - first
        ends = np.cumsum(counts)
        take = np.arange(counts.sum()) + np.repeat(first - ends + counts, counts)
        shared = (self.value[take] * np.repeat(one.value, counts)).astype(np.float64)
        return np.bincount(self.row[take], weights=shared, minlength=self.rows).astype(np.float64, copy=False)


def stacked(parts: Iterable[Sparse], width: int) -> Sparse:
    """The rows of all parts, one after the other; each part can be freed once it is consumed, as there may be many."""
    sizes, columns, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for part in parts:
        sizes.append(np.diff(part.start))
        columns.append(part.column)
        values.append(part.value)
    column = np.concatenate(columns)
    columns.clear()
    return Sparse(np.concatenate(([0], np.cumsum(np.concatenate(sizes)))), column, np.concatenate(values), width)


@dataclass(frozen=True)
class Columns:
    """A sparse matrix by column, for products with other rows: common columns as dense rows, the others as lists of (row, value).

    `place` (width,) says where a column is: first come the rows of `common` (columns, rows), then the lists; −1 is an empty column.
    `start`, `owner` (the rows) and `value` are the lists.
    """

    rows: int
    place: NDArray[np.int32]
    common: Floats
    start: Ints
    owner: NDArray[np.int32]
    value: Floats

    def products(self, left: Sparse) -> Floats:
        """left @ rows.T, (left rows, rows) float32."""
        out = np.empty((len(left), self.rows), dtype=np.float32)
        for chosen, some in left.blocks():
            out[chosen] = self._product(some)
        return out

    def _product(self, left: Sparse) -> Floats:
        place, row = self.place[left.column], left.row
        listed = place >= len(self.common)
        dense = (place >= 0) & ~listed
        out = self._common(row[dense], place[dense], left.value[dense], len(left))
        which, row, value = place[listed] - len(self.common), row[listed], left.value[listed]
        counts = self.start[which + 1] - self.start[which]
        for some in _batches(counts):
            self._add_listed(out, row[some], which[some], value[some], counts[some])
        return out

    def _add_listed(self, out: Floats, row: Ints, which: Ints | NDArray[np.int32], value: Floats, counts: Ints) -> None:
        """Add to row `row[n]` of `out` `value[n]` times list `which[n]`, for each n."""
        ends = np.cumsum(counts)
        take = np.arange(ends[-1]) + np.repeat(self.start[which] - ends + counts, counts)
        target = np.repeat(row * self.rows, counts) + self.owner[take]
        np.add.at(out.reshape(-1), target, np.repeat(value, counts) * self.value[take])

    def _common(self, row: Ints, place: NDArray[np.int32], value: Floats, count: int) -> Floats:
        """(count, rows) the part of a product that comes from the dense columns."""
        if len(row) < SHORT * count * len(self.common):
            return weighted_sums(np.searchsorted(row, np.arange(count + 1)), place, value, self.common)
        spread = np.zeros((count, len(self.common)), dtype=np.float32)
        np.add.at(spread.reshape(-1), row * len(self.common) + place, value)  # a column may occur twice in a row
        return spread @ self.common


def weighted_sums(
    start: Ints, place: Ints | NDArray[np.int32], weight: Floats, table: Floats | NDArray[np.float16], out: Floats | None = None
) -> Floats:
    """Row i is the sum of `weight * table[place]` over start[i]:start[i + 1]; added to `out`, if given."""
    total = np.zeros((len(start) - 1, table.shape[1]), dtype=np.float32) if out is None else out
    most = int(np.diff(start).max(initial=0))
    gathered = np.empty((most, table.shape[1]), dtype=table.dtype)
    ends = start.tolist()
    for row, (first, last) in enumerate(zip(ends, ends[1:], strict=False)):
        if last > first:
            some = gathered[: last - first]
            # Without "clip" numpy makes a second copy in order to check the indices first.
            table.take(place[first:last], axis=0, out=some, mode="clip")
            total[row] += weight[first:last] @ some
    return total


def _batches(counts: Ints) -> Iterator[slice]:
    """Slices over all lists, given their lengths, with about ENTRIES entries each, so that the data fits the processor's cache."""
    ends = np.cumsum(counts)
    edges = np.searchsorted(ends, np.arange(ENTRIES, ends[-1] + 1 if len(ends) else 0, ENTRIES)) + 1
    edges = distinct(np.concatenate(([0], edges, [len(ends)])))
    for first, last in zip(edges.tolist(), edges.tolist()[1:], strict=False):
        yield slice(first, last)


def by_column(rows: Sparse) -> Columns:
    """The same matrix by column."""
    counts = np.bincount(rows.column, minlength=rows.width)
    common = np.flatnonzero(counts > DENSE_SHARE * len(rows))
    listed = np.flatnonzero((counts > 0) & (counts <= DENSE_SHARE * len(rows)))
    place = np.full(rows.width, -1, dtype=np.int32)
    place[common] = np.arange(len(common))
    place[listed] = len(common) + np.arange(len(listed))
    found, owner = place[rows.column], rows.row
    dense = found < len(common)
    out = np.zeros((len(common), len(rows)), dtype=np.float32)
    out[found[dense], owner[dense]] = rows.value[dense]
    order = order_of(found[~dense])
    start = np.concatenate(([0], np.cumsum(counts[listed])))
    return Columns(len(rows), place, out, start, owner[~dense][order].astype(np.int32), rows.value[~dense][order])
