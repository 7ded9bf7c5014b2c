"""Shares an issue out among a reader's interests: which papers each takes, without papers that say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .sparse import Floats
from .texts.words import Ints

Doubles = NDArray[np.float64]

CLEARLY = 10.0
"""Points that a paper needs for an interest to claim its share; other papers fill the room that is left.

One spread above the usual; of a topic without liked papers, a level of 5.2 before `scale.sharpen`.
"""

SAME = 0.6
"""Cosine of two papers' words from which they say the same: of 33 million pairs on reading lists (`arx`) one exceeds it."""

NEAR = 0.6
"""Cosine of flat vectors below which words are not compared: pairs at .6 of words had .8 of these, pairs at .4 of words never under .6."""

LIKENESS, COST = 0.5, 8.0
"""Points lost to similarity with a paper already taken: none up to a cosine of LIKENESS, COST for a cosine of 1."""


class Seats:
    """The papers that interests have taken so far, and those they may still take.

    `points` (interests, papers) float32 are −inf where an interest may not take a paper; `place` (papers, papers) are cosines of flat
    vectors; `words(paper, others)` returns cosines of words, and is called only for papers that are near. Ties go to the first paper.
    """

    def __init__(self, points: Floats, place: Floats, words: Callable[[int, Ints], Doubles]) -> None:
        self.points, self._place, self._words = points, place, words
        self.taken: list[tuple[int, int]] = []
        self._owner = points.argmax(axis=0)
        self._cost = COST * np.clip((place - LIKENESS) / (1 - LIKENESS), 0, 1)
        self._worst = np.zeros(points.shape[1], dtype=np.float32)
        self._open = np.ones(points.shape[1], dtype=bool)

    def next_of(self, interest: int, least: float) -> int | None:
        """The paper an interest would take next, with at least `least` points: first one that no other interest scores higher."""
        points = self.points[interest]
        may = self._open & (points >= least) & np.isfinite(points)
        own = may & (self._owner == interest)
        may = own if own.any() else may
        return int(np.where(may, points - self._worst, -np.inf).argmax()) if may.any() else None

    def choice(self, interest: int, least: float) -> int:
        """How many papers with at least `least` points an interest could take now."""
        points = self.points[interest]
        return int((self._open & (points >= least) & np.isfinite(points)).sum())

    def take(self, interest: int, paper: int) -> None:
        """Give a paper to an interest; papers that say the same are no longer open, similar ones now cost points."""
        self.taken.append((interest, paper))
        self._open[paper] = False
        near = np.flatnonzero(self._open & (self._place[paper] >= NEAR))
        if len(near):
            self._open[near[self._words(paper, near) >= SAME]] = False
        self._worst = np.maximum(self._worst, self._cost[paper]).astype(np.float32)

    def value(self, interest: int, paper: int) -> float:
        """A paper's points for an interest, less the cost of similarity."""
        return float(self.points[interest, paper] - self._worst[paper])


def share(seats: Seats, weights: Sequence[float], limit: int, least: float) -> tuple[tuple[int, int], ...]:
    """The (interest, paper) pairs taken, most points first.

    First every interest takes one paper of at least `least` points. Interests with the fewest papers left to choose from go first, so that
    nobody takes the only paper of another; if the limit is less than the number of interests, the weightiest get one. Then each next paper
    goes to the interest with the fewest papers for its weight (D'Hondt) that has one clearly above the usual (CLEARLY). The room that is
    left goes to the best of the rest. Between equal claims the better paper decides, never the order of a reader's interests.
    """
    had = [0] * len(weights)
    if len(weights) > 1:
        for interest in _turns(seats, weights, limit, least):
            if len(seats.taken) < limit and (paper := seats.next_of(interest, least)) is not None:
                seats.take(interest, paper)
                had[interest] += 1
        while len(seats.taken) < limit:
            claims = [(paper, interest) for interest in range(len(weights)) if (paper := seats.next_of(interest, CLEARLY)) is not None]
            if not claims:
                break
            paper, interest = min(claims, key=lambda claim: ((had[claim[1]] + 1) / weights[claim[1]], -seats.value(claim[1], claim[0])))
            seats.take(interest, paper)
            had[interest] += 1
    while len(seats.taken) < limit:
        left = [(interest, paper) for interest in range(len(weights)) if (paper := seats.next_of(interest, -np.inf)) is not None]
        if not left:
            break
        seats.take(*max(left, key=lambda seat: seats.value(*seat)))
    return tuple(sorted(seats.taken, key=lambda seat: -float(seats.points[seat])))


def _turns(seats: Seats, weights: Sequence[float], limit: int, least: float) -> Iterator[int]:
    """The interests in the order in which they take their first paper; each must take it before the next one is requested."""
    able = [interest for interest in range(len(weights)) if seats.choice(interest, least)]
    waiting = sorted(able, key=lambda interest: (-weights[interest], -float(seats.points[interest].max())))
    waiting, rest = waiting[:limit], waiting[limit:]
    while waiting:
        # An interest with as many papers as there are interests waiting still has one left, whoever goes first: hence the cap.
        first = min(waiting, key=lambda interest: min(seats.choice(interest, least), len(waiting)))
        waiting.remove(first)
        yield first
    yield from rest


def cosines(rows: NDArray[np.float32]) -> Floats:
    """(papers, papers) cosines between rows, which need not be normalised; 0 for a row of zeros."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
    out: Floats = unit @ unit.T
    return out

