"""Scores of a block of readers for a block of papers, on the one scale, and the reasons behind each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import fsum

import numpy as np
from numpy.typing import NDArray

from ..model import Paper, Profile, Reason
from .authors import authors
from .block import Block, block
from .lexical import Floats
from .liked import liked
from .phrases import keywords, muted
from .quality import categories, popularity, recency
from .signal import Signal, Standard, Terms, Use, standardise
from .topics import topics

SCALE = 10.0
"""Points for each spread above what is usual, at weight 1."""

SIGNALS: Mapping[str, tuple[Signal, float]] = {
    "liked": (liked, 1.0),
    "topics": (topics, 1.0),
    "keywords": (keywords, 0.7),
    "authors": (authors, 0.5),
    "categories": (categories, 0.15),
    # At most 3 points each: they order papers that are equally near, and never lift one over what the reader asked for.
    "popularity": (popularity, 0.05),
    "recency": (recency, 0.05),
}
"""Each signal and its weight; a profile's `weights` replace the numbers by name."""

LEAST_TOLD = 0.5
"""Points under which a reason is not worth a line of its own."""


@dataclass(frozen=True)
class Evidence:
    """One signal's terms with their levels, and the weight each profile gives it; `weights` (profiles,)."""

    name: str
    terms: Terms
    standard: Standard
    weights: Sequence[float]

    @cached_property
    def of_row(self) -> Mapping[int, Sequence[Use]]:
        """The uses of each profile."""
        uses: dict[int, list[Use]] = defaultdict(list)
        for use in self.terms.uses:
            uses[use.row].append(use)
        return uses

    def points(self, use: Use, column: int) -> float:
        """What one term adds to the score of a paper."""
        return SCALE * self.weights[use.row] * use.factor * float(self.standard.level[use.term, column])


class Ranking:
    """Scores (profiles, papers) float32 in points, and why: reasons are worked out when asked for."""

    def __init__(self, block: Block, evidence: Sequence[Evidence], muted: Sequence[Mapping[int, str]]) -> None:
        self.profiles = block.profiles
        self.papers = block.papers
        self.scores = _scores(block, evidence)
        self._block = block
        self._evidence = tuple(evidence)
        self._muted = tuple(muted)
        self._followed = _followed(block, {found.name: found for found in evidence}.get("authors"))

    def reasons(self, row: int, column: int) -> tuple[Reason, ...]:
        """Why a profile's score for a paper is what it is, the weightiest first; the points sum to the score.

        What comes to less than half a point is one reason together with its like.
        """
        found = [reason for evidence in self._evidence for reason in self._told(evidence, row, column)]
        told = sorted((reason for reason in found if abs(reason.points) >= LEAST_TOLD), key=lambda reason: -abs(reason.points))
        if not any(0 < abs(reason.points) < LEAST_TOLD for reason in found):
            return tuple(told)
        rest = fsum((float(self.scores[row, column]), *(-reason.points for reason in told)))
        return (*told, Reason("other", rest, "everything else"))

    @cached_property
    def by_key(self) -> NDArray[np.int64]:
        """(papers,) the place of each paper in the order of keys, which breaks ties."""
        return np.argsort(np.argsort([paper.key for paper in self.papers], kind="stable"))

    def muted_by(self, row: int, column: int) -> str | None:
        """The phrase or category by which a profile mutes a paper."""
        return self._muted[row].get(column)

    def followed(self, row: int, column: int) -> str | None:
        """The name by which a profile follows one of a paper's authors."""
        return self._followed[row].get(column)

    def _told(self, evidence: Evidence, row: int, column: int) -> list[Reason]:
        terms, document = evidence.terms, int(self._block.candidates[column])
        reasons: list[Reason] = []
        for use in evidence.of_row.get(row, ()) if evidence.weights[row] else ():
            points = evidence.points(use, column)
            if terms.parts is None:
                reasons.append(Reason(evidence.name, points, terms.note(use.term, document)))
                continue
            unit = SCALE * evidence.weights[row] * use.factor * float(evidence.standard.slope[use.term, column])
            shares = [Reason(evidence.name, share * unit, note) for note, share in terms.parts(use.term, document)]
            left = fsum((points, *(-reason.points for reason in shares)))
            reasons += (*shares, Reason(evidence.name, left, terms.rest))
        return reasons


def order(
    profiles: Sequence[Profile],
    papers: Sequence[Paper],
    *,
    library: Mapping[str, Paper],
    background: Sequence[Paper],
    now: datetime,
) -> Ranking:
    """Score every paper for every profile, as one block.

    `background` is what the catalog lately listed: what is usual is measured on it, so a score does not depend on the other papers of
    the day nor on the other profiles. With fewer than 30 papers in it, the day's papers are counted in. `library` holds the texts of
    liked and disliked papers by the key the profile uses; keys it lacks are ignored, and so are unknown names among the weights.
    """
    gathered = block(profiles, papers, library, background, now)
    if not papers:
        return Ranking(gathered, (), [{} for _ in profiles])
    evidence = []
    for name, (signal, weight) in SIGNALS.items():
        terms = signal(gathered)
        weights = [float(dict(profile.weights).get(name, weight)) for profile in profiles]
        evidence.append(Evidence(name, terms, standardise(terms, gathered), weights))
    return Ranking(gathered, evidence, muted(gathered))


def _followed(block: Block, evidence: Evidence | None) -> tuple[Mapping[int, str], ...]:
    """For each profile, the columns of the papers by people it follows, and the first name that does it."""
    found: list[dict[int, str]] = [{} for _ in block.profiles]
    for row, uses in evidence.of_row.items() if evidence else ():
        for use, name in zip(uses, dict.fromkeys(block.profiles[row].authors), strict=True):
            for column in np.flatnonzero(evidence.terms.raw[use.term, block.candidates]).tolist() if evidence else ():
                found[row].setdefault(column, name)
    return tuple(found)


def _scores(block: Block, evidence: Sequence[Evidence]) -> Floats:
    scores = np.zeros((len(block.profiles), len(block.papers)), dtype=np.float64)
    for found in evidence:
        share = np.zeros((len(block.profiles), len(found.terms.raw)))
        for use in found.terms.uses:
            share[use.row, use.term] += SCALE * found.weights[use.row] * use.factor
        scores += share @ found.standard.level
    return scores.astype(np.float32)
