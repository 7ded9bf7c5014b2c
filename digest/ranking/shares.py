"""How an issue is shared out among a reader's interests: which papers each takes, and that they do not all say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .sparse import Floats
from .texts.words import Ints

Doubles = NDArray[np.float64]

CLEARLY = 10.0
"""Points, one spread above the usual, from which an interest may claim its share; what is under that fills what room is left."""

SAME = 0.6
"""Cosine of the words of two papers from which they are one told twice: of 33 million pairs on reading lists (`arx`) one has more."""

NEAR = 0.6
"""Cosine of where two papers lie, below which their words need no look: at .6 of words it was .8, at .4 of words never under .6."""

LIKENESS, COST = 0.5, 8.0
"""Points lost to likeness: none up to a cosine of .5 with a paper already taken, 8 for one that lies where that one does."""


class Seats:
    """The papers of an issue as they are taken, one by one.

    `points` (interests, papers) float32, −inf where an interest may not take a paper; `place` (papers, papers): cosines of where they lie;
    `words(paper, others)`: those of its words with theirs, asked only of papers that lie near it. Among equals the first paper goes first.
    """

    def __init__(self, points: Floats, place: Floats, words: Callable[[int, Ints], Doubles]) -> None:
        self.points, self._place, self._words = points, place, words
        self.taken: list[tuple[int, int]] = []
        self._owner = points.argmax(axis=0)
        self._cost = COST * np.clip((place - LIKENESS) / (1 - LIKENESS), 0, 1)
        self._worst = np.zeros(points.shape[1], dtype=np.float32)
        self._open = np.ones(points.shape[1], dtype=bool)

    def next_of(self, interest: int, least: float) -> int | None:
        """The paper it would take now, if one has so many points: of its own first, then of those that are better for others."""
        points = self.points[interest]
        may = self._open & (points >= least) & np.isfinite(points)
        own = may & (self._owner == interest)
        may = own if own.any() else may
        return int(np.where(may, points - self._worst, -np.inf).argmax()) if may.any() else None

    def choice(self, interest: int, least: float) -> int:
        """How many papers it could take now that have so many points."""
        points = self.points[interest]
        return int((self._open & (points >= least) & np.isfinite(points)).sum())

    def take(self, interest: int, paper: int) -> None:
        """It is the interest's; what says the same is open to nobody any more, what is like it costs points."""
        self.taken.append((interest, paper))
        self._open[paper] = False
        near = np.flatnonzero(self._open & (self._place[paper] >= NEAR))
        if len(near):
            self._open[near[self._words(paper, near) >= SAME]] = False
        self._worst = np.maximum(self._worst, self._cost[paper]).astype(np.float32)

    def value(self, interest: int, paper: int) -> float:
        """Its points, less what likeness costs."""
        return float(self.points[interest, paper] - self._worst[paper])


def share(seats: Seats, weights: Sequence[float], limit: int, least: float) -> tuple[tuple[int, int], ...]:
    """(interest, paper) of those taken, most points first.

    First every interest takes one paper, if one has at least so many points: where the limit is too small the weightier, else those with
    the least choice left first, so that nobody takes the only paper of another. Then each next one goes to the interest with the least
    papers for its weight (D'Hondt) that has one clearly above usual. What room is left goes to the best of the rest. Of interests with
    equal claims the better paper decides, never which of them its reader named first.
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
    """The interests in the order in which they take their first paper; what each took is gone when the next is asked for."""
    able = [interest for interest in range(len(weights)) if seats.choice(interest, least)]
    waiting = sorted(able, key=lambda interest: (-weights[interest], -float(seats.points[interest].max())))
    waiting, rest = waiting[:limit], waiting[limit:]
    while waiting:
        # Who has a paper for each of them to take is left with one, whoever comes before.
        first = min(waiting, key=lambda interest: min(seats.choice(interest, least), len(waiting)))
        waiting.remove(first)
        yield first
    yield from rest


def cosines(rows: NDArray[np.float32]) -> Floats:
    """(papers, papers) between rows that may be of any length; a row of zeros is near nothing."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
    out: Floats = unit @ unit.T
    return out

