"""The result of a signal: levels of papers on one common scale, which rows use them, and notes that explain a level to a reader."""

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
    """The parts that a level is the sum of, each with a note, which is only made if it is shown.

    The first `alike` parts are of one kind, which the term's own note names: those too small to be shown singly are shown together.
    """

    shares: Sequence[float]
    note: Callable[[int], str]
    alike: int = 0


@dataclass(frozen=True)
class Uses:
    """Which terms count for which rows, and by what `factor` of the signal's weight; all (uses,)."""

    row: Ints
    term: Ints
    factor: Floats

    @classmethod
    def of(cls, row: Iterable[int], term: Iterable[int], factor: Iterable[float] | None = None) -> Uses:
        """Make it from plain numbers; without factors, each is 1."""
        rows = np.fromiter(row, dtype=np.int64)
        factors = np.ones(len(rows), dtype=np.float32) if factor is None else np.fromiter(factor, dtype=np.float32)
        return cls(rows, np.fromiter(term, dtype=np.int64), factors)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one signal: `level` (terms, ranked papers) float32, where 0 is usual, and all stay below 9 (topics below 12).

    `note(term, column)` says what a level means for a paper; `parts(term, column)`, if given, splits a level, and `rest` is the note for
    the remainder.
    """

    level: Floats
    uses: Uses
    note: Callable[[int, int], str]
    parts: Callable[[int, int], Parts] | None = None
    rest: str = ""


class Signal(Protocol):
    """One kind of evidence, computed for a whole block of readers."""

    def __call__(self, ground: Ground, rows: Rows, /) -> Terms: ...


@dataclass(frozen=True, slots=True)
class Standard:
    """Standardised numbers: `level` (terms, ranked papers) float32, −3…9, from `raw` (terms, columns).

    `mean` and `spread` (terms, 1) are those of the sample.
    """

    level: Floats
    raw: Floats
    mean: Floats
    spread: Floats

    def slope(self, term: int, column: int) -> float:
        """The level per unit of raw number, with which parts of a raw number become parts of the level."""
        above = float(self.raw[term, column] - self.mean[term, 0])
        return float(self.level[term, column]) / above if above else 1 / float(self.spread[term, 0])


def standardise(raw: Floats, ground: Ground, least: float | Floats, own: Sequence[Sequence[int]] = ()) -> Standard:
    """Convert raw numbers (terms, columns), of which higher is better, to spreads above the usual, within −3…9.

    `least` is the smallest spread that is believed, for all terms or (terms, 1) for each: below it differences are noise. `own` are the
    columns that a term was learned from, which are left out of its mean and spread. NaN means unknown, and gives level 0.
    Up to 4.5 the level is the number of spreads itself; above, it is 9 − 20.25 / number, which keeps the order and never reaches 9.
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
    """(terms, 1) each, over the numbers that are not NaN and not a term's own; 0 if there are none."""
    # Single-precision sums are exact enough once the numbers are centred around 0.
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
