"""What a signal gives: levels of papers on one common scale, who uses which, and how a level is told to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .ground import Ground
from .rows import Rows
from .scale import bend
from .sparse import Floats
from .texts.words import Ints


@dataclass(frozen=True, slots=True)
class Parts:
    """Shares of a level, and what each comes from: the words are asked for only where there is something to tell.

    The first `alike` are of one kind, which the term's own note names: those too small to be told are told together.
    """

    shares: Sequence[float]
    note: Callable[[int], str]
    alike: int = 0


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
    parts: Callable[[int, int], Parts] | None = None
    rest: str = ""


class Signal(Protocol):
    """One kind of evidence, worked out for a whole block of readers."""

    def __call__(self, ground: Ground, rows: Rows, /) -> Terms: ...


@dataclass(frozen=True, slots=True)
class Standard:
    """`level` (terms, ranked papers) float32 is −3…9, made of `raw` (terms, columns); `mean` and `spread` (terms, 1) are what is usual."""

    level: Floats
    raw: Floats
    mean: Floats
    spread: Floats

    def slope(self, term: int, column: int) -> float:
        """Level per unit of raw number, for parts."""
        above = float(self.raw[term, column] - self.mean[term, 0])
        return float(self.level[term, column]) / above if above else 1 / float(self.spread[term, 0])


def standardise(raw: Floats, ground: Ground, least: float | Floats, own: Sequence[Sequence[int]] = ()) -> Standard:
    """Rows (terms, columns), higher is better, in spreads above what is usual, bent so that they stay within −3…9.

    `least` is the least spread that is believed, of all terms or (terms, 1) of each: below it differences are noise. `own` are the columns
    that a term was made of, which are not part of what is usual. Not-a-number means that nothing is known, and nothing is gained or lost.
    Up to 4.5 spreads it is the number itself; above, 9 − 20.25 / number: it never reaches 9, and the better paper stays the better one.
    """
    if not len(raw):
        nothing = np.zeros((0, 1), dtype=np.float32)
        return Standard(raw[:, ground.scored], raw, nothing, nothing)
    mean, spread = _mean_and_spread(raw[:, ground.usual], [[column - ground.usual.start for column in columns] for columns in own])
    spread = np.maximum(spread, np.asarray(least, dtype=np.float32))
    level: Floats = raw[:, ground.scored] - mean
    level /= spread
    level[np.isnan(level)] = 0.0
    bend(level)
    return Standard(level, raw, mean, spread)


def _mean_and_spread(usual: Floats, own: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
    """(terms, 1) both over what is known and not a term's own; 0 where nothing is."""
    # Sums of single precision are exact enough once the numbers lie around 0.
    centre = np.nan_to_num(usual.mean(axis=1, keepdims=True))
    apart = usual - centre
    count = np.full((len(usual), 1), usual.shape[1], dtype=np.float32)
    unknown = np.isnan(apart)
    if unknown.any():
        apart[unknown] = 0.0
        count -= unknown.sum(axis=1, keepdims=True)
    for term, columns in enumerate(own):
        if columns:
            apart[term, columns] = 0.0
            count[term] -= len(columns)
    count = np.maximum(count, 1)
    shift = apart.sum(axis=1, keepdims=True) / count
    square = np.einsum("tc,tc->t", apart, apart)[:, None] / count
    return centre + shift, np.sqrt(np.maximum(square - shift**2, 0))
