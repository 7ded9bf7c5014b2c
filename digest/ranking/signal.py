"""What a signal gives: levels of papers on one common scale, who uses which, and how a level is told to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .ground import Ground
from .rows import Rows
from .sparse import Floats
from .words import Ints

LOWEST, BEND, HIGHEST = -3.0, 4.5, 9.0


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a level, and what it comes from."""

    note: str
    share: float


@dataclass(frozen=True)
class Uses:
    """Which row a term counts for, and `factor` times the signal's weight; all (uses,)."""

    row: Ints
    term: Ints
    factor: Floats

    @classmethod
    def of(cls, row: Iterable[int], term: Iterable[int], factor: Iterable[float] | None = None) -> Uses:
        """From plain numbers; without factors, each is 1."""
        rows = np.fromiter(row, dtype=np.int64)
        factors = np.ones(len(rows), dtype=np.float32) if factor is None else np.fromiter(factor, dtype=np.float32)
        return cls(rows, np.fromiter(term, dtype=np.int64), factors)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one signal: `level` (terms, ranked papers) float32, 0 is usual and 9 as much as can be.

    `note(term, column)` says what a level means for a paper; `parts(term, column)`, where given, splits it, and `rest` names what they
    leave.
    """

    level: Floats
    uses: Uses
    note: Callable[[int, int], str]
    parts: Callable[[int, int], tuple[Part, ...]] | None = None
    rest: str = ""


class Signal(Protocol):
    """One kind of evidence, worked out for a whole block of readers."""

    def __call__(self, ground: Ground, rows: Rows, /) -> Terms: ...


@dataclass(frozen=True, slots=True)
class Standard:
    """`level` (terms, ranked papers) float32 is −3…9; `slope` is level per unit of raw number, for parts."""

    level: Floats
    slope: Floats


def standardise(raw: Floats, ground: Ground, least: float, own: Sequence[Sequence[int]] = ()) -> Standard:
    """Rows (terms, columns), higher is better, in spreads above what is usual, bent so that they stay within −3…9.

    `least` is the least spread that is believed: below it differences are noise. `own` are the columns that a term was made of, which are
    not part of what is usual. Not-a-number means that nothing is known, and nothing is gained or lost.
    Up to 4.5 spreads it is the number itself; above, 9 − 20.25 / number: it never reaches 9, and the better paper stays the better one.
    """
    usual = raw[:, ground.usual].astype(np.float64)
    for term, columns in enumerate(own):
        if columns:
            usual[term, np.array(columns) - ground.usual.start] = np.nan
    mean, spread = _mean_and_spread(usual)
    spread = np.maximum(spread, least)
    height = (raw[:, ground.scored] - mean.astype(np.float32)) / spread.astype(np.float32)
    np.nan_to_num(height, copy=False, nan=0.0)
    level = np.maximum(height, np.float32(LOWEST))
    high = level > BEND
    level[high] = HIGHEST - np.float32((HIGHEST - BEND) ** 2) / level[high]
    slope = np.divide(level, height, out=np.ones_like(height), where=height != 0)
    return Standard(level, slope / spread.astype(np.float32))


def _mean_and_spread(usual: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(terms, 1) both over what is known; 0 where nothing is."""
    known = ~np.isnan(usual)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, usual, 0).sum(axis=1, keepdims=True) / count
    return mean, np.sqrt((np.where(known, usual - mean, 0) ** 2).sum(axis=1, keepdims=True) / count)
