"""What a signal is: rows of raw numbers over all documents, who uses which row, and how a row is told to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .block import Block
from .corpus import Ints
from .lexical import Floats

LOWEST, BEND, HIGHEST = -3.0, 3.0, 6.0


@dataclass(frozen=True, slots=True)
class Use:
    """A profile (its row) that a term counts for, `factor` times the signal's weight."""

    row: int
    term: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rows of one signal: `raw` (terms, documents) float32, higher is better, not-a-number where nothing is known.

    `spread` is the least spread of a raw row that is believed: below it differences are noise, or the background is too small to tell.
    `note(term, document)` says what a term means for a document. `own` are the documents of each term's making, which are not part of
    what is usual. `parts(term, document)`, where given, splits a raw number into notes and shares, and `rest` names what they leave.
    """

    raw: Floats
    uses: tuple[Use, ...]
    spread: float
    note: Callable[[int, int], str]
    own: tuple[Ints, ...] = ()
    parts: Callable[[int, int], tuple[tuple[str, float], ...]] | None = None
    rest: str = ""


class Signal(Protocol):
    """One kind of evidence, worked out for a whole block of readers."""

    def __call__(self, block: Block, /) -> Terms: ...


@dataclass(frozen=True, slots=True)
class Standard:
    """Terms on the common scale: `level` (terms, papers) float32 is −3…+6; `slope` is level per unit of raw number, for parts."""

    level: Floats
    slope: Floats


def standardise(terms: Terms, block: Block) -> Standard:
    """Each row in spreads above what is usual in the background, bent so that it stays within −3…+6.

    Up to 3 spreads it is the number itself; above, 6 − 9 / number: it never reaches 6, and the better paper stays the better one, where
    a clip would make all good ones equal (measured: .02 to .04 nDCG@10 lost on `arx`).
    """
    usual = terms.raw[:, block.background].astype(np.float64)
    if terms.own:
        rows = np.repeat(np.arange(len(terms.own)), [len(own) for own in terms.own])
        place = np.full(len(block.documents), -1)
        place[block.background] = np.arange(len(block.background))
        columns = place[np.concatenate(terms.own)]
        usual[rows[columns >= 0], columns[columns >= 0]] = np.nan
    known = ~np.isnan(usual)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, usual, 0).sum(axis=1, keepdims=True) / count
    spread = np.sqrt((np.where(known, usual - mean, 0) ** 2).sum(axis=1, keepdims=True) / count)
    spread = np.maximum(spread, terms.spread)
    height = np.nan_to_num((terms.raw[:, block.candidates] - mean) / spread, nan=0.0)
    bent = np.where(height > BEND, HIGHEST - (HIGHEST - BEND) ** 2 / np.maximum(height, BEND), np.maximum(height, LOWEST))
    shrink = np.divide(bent, height, out=np.ones_like(height), where=height != 0)
    return Standard(bent.astype(np.float32), (shrink / spread).astype(np.float32))
