"""Scores of a ranking's papers for a block of readers, on one common scale, and the reasons behind each score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import fsum

import numpy as np
from numpy.typing import NDArray

from ..model import Profile, Reason
from .authors import Following, authors, followings
from .ground import Ground
from .liked import liked
from .quality import categories, popularity, recency
from .rows import Rows
from .signal import Signal, Terms
from .sparse import Floats, weighted_sums
from .texts.phrases import keywords, muted
from .texts.words import Flags
from .topics import topics

SCALE = 10.0
"""Points per spread above the usual, at weight 1."""

SIGNALS: Mapping[str, tuple[Signal, float]] = {
    "liked": (liked, 1.0),
    "topics": (topics, 1.0),
    "keywords": (keywords, 0.7),
    "authors": (authors, 0.5),
    "categories": (categories, 0.15),
    # A few points each: they order papers that are equally near, and outweigh what the reader asked for only where it hardly matches.
    "popularity": (popularity, 0.05),
    "recency": (recency, 0.05),
}
"""Each signal and its weight; a profile's `weights` replace the numbers by name."""

LEAST_TOLD = 0.5
"""Least points for a reason to get a line of its own."""


@dataclass(frozen=True)
class Evidence:
    """One signal's terms, and `points` (uses,) float32: what each use of a term gives for a level of 1."""

    name: str
    terms: Terms
    points: Floats

    @cached_property
    def of_row(self) -> Mapping[int, Sequence[tuple[int, float]]]:
        """For each row the terms that count for it, with the points each gives for a level of 1."""
        found: dict[int, list[tuple[int, float]]] = {}
        for row, term, points in zip(self.terms.uses.row.tolist(), self.terms.uses.term.tolist(), self.points.tolist(), strict=True):
            if points:
                found.setdefault(row, []).append((term, points))
        return found

    def parts(self, row: int, column: int) -> Iterator[tuple[float, Callable[[], str], str]]:
        """The parts of this signal's points for a row and a column: points, a function that makes the note, and the kind ("" for none).

        Small parts of the same kind can be told together.
        """
        terms = self.terms
        for term, unit in self.of_row.get(row, ()):
            points = unit * float(terms.level[term, column])
            if terms.parts is None:
                yield points, partial(terms.note, term, column), ""
                continue
            parts, kind = terms.parts(term, column), terms.note(term, column)
            shares = [share * unit for share in parts.shares]
            yield from ((share, partial(parts.note, n), kind if n < parts.alike else "") for n, share in enumerate(shares))
            yield fsum((points, *(-share for share in shares))), lambda: terms.rest, ""

    def add_to(self, scores: Floats) -> None:
        """Add this signal's points to the scores (rows, papers), in place."""
        uses, level = self.terms.uses, self.terms.level
        if len(uses.row) == len(scores) and (uses.row == np.arange(len(scores))).all():
            # Each row uses exactly one term, as with liked papers, or with one term for everybody.
            scores += self.points[:, None] * (level if len(level) == 1 else level[uses.term])
        elif len(uses.row):
            order = np.argsort(uses.row, kind="stable")
            start = np.searchsorted(uses.row[order], np.arange(len(scores) + 1))
            weighted_sums(start, uses.term[order], self.points[order], level, scores)


class Ranking:
    """Scores (rows, papers) float32 in points, with a row for each interest of each profile; reasons are computed on request."""

    def __init__(self, ground: Ground, rows: Rows, evidence: Sequence[Evidence]) -> None:
        self.ground = ground
        self.rows = rows
        self.papers = ground.papers
        self.scores: Floats = np.zeros((len(rows), len(ground.papers)), dtype=np.float32)
        self._evidence = tuple(evidence)
        for found in evidence:
            found.add_to(self.scores)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles that were ranked."""
        return self.rows.profiles

    def reasons(self, row: int, column: int) -> tuple[Reason, ...]:
        """The reasons for a row's score of a paper, the weightiest first; their points sum to the score.

        Parts below half a point are combined by kind, as each of hundreds of liked papers may add only a little; what is then still too
        small goes into "other reasons".
        """
        told: list[Reason] = []
        small: dict[tuple[str, str], list[float]] = {}
        for evidence in self._evidence:
            for points, note, kind in evidence.parts(row, column):
                if abs(points) >= LEAST_TOLD:
                    told.append(Reason(evidence.name, points, note()))
                elif points:
                    small.setdefault((evidence.name, kind), []).append(points)
        for (name, kind), several in tuple(small.items()):
            if kind and abs(sum(several)) >= LEAST_TOLD:
                told.append(Reason(name, fsum(several), kind))
                del small[name, kind]
        told.sort(key=lambda reason: -abs(reason.points))
        if not small:
            return tuple(told)
        rest = fsum((float(self.scores[row, column]), *(-reason.points for reason in told)))
        return (*told, Reason("other", rest, "other reasons"))

    def best_first(self, row: int) -> list[int]:
        """The columns by a row's scores, best first; ties by key."""
        order: list[int] = np.lexsort((self.by_key, -self.scores[row])).tolist()
        return order

    def best_row(self, profile: int, column: int) -> int:
        """The row of a profile that scores a paper highest, among its `telling` rows."""
        telling = self.telling(profile)
        return telling[int(self.scores[telling, column].argmax())]

    def telling(self, profile: int) -> list[int]:
        """The rows of a profile whose interest has topics or known liked papers; its first row if none has."""
        rows, interests, ground = self.rows.of(profile), self.rows.interests, self.ground
        asking = [row for row in rows if interests[row].topics or ground.places(interests[row].liked)]
        return asking or [rows.start]

    @cached_property
    def asked(self) -> Floats:
        """(rows, papers) float32: the scores without popularity and recency, which no reader asked for."""
        scores: Floats = np.zeros_like(self.scores)
        for found in self._evidence:
            if found.name not in ("popularity", "recency"):
                found.add_to(scores)
        return scores

    @cached_property
    def by_key(self) -> NDArray[np.int64]:
        """(papers,) the rank of each paper's key among all keys, which breaks ties."""
        return np.argsort(np.argsort([paper.key for paper in self.papers], kind="stable"))

    @cached_property
    def column(self) -> Mapping[str, int]:
        """The column of each paper, by its key."""
        return {paper.key: column for column, paper in enumerate(self.papers)}

    def among(self, keys: Iterable[str]) -> Flags:
        """(papers,) whether each paper has one of these keys."""
        found = np.zeros(len(self.papers), dtype=bool)
        found[[self.column[key] for key in keys if key in self.column]] = True
        return found

    def work(self, key: str) -> int:
        """The number of a paper's work, shared by all listings of that work."""
        return int(self.ground.works[self.column[key]])

    def listings(self, keys: Iterable[str]) -> Flags:
        """(papers,) whether each is the same work as a paper with one of these keys."""
        return self.alike(self.among(keys))

    def alike(self, some: Flags) -> Flags:
        """(papers,) whether each is the same work as a flagged paper."""
        works = self.ground.works
        found = np.zeros(len(works), dtype=bool)
        found[works[some]] = True
        return found[works]

    def named(self, some: Flags) -> frozenset[str]:
        """The keys of the flagged papers."""
        return frozenset(self._names[some].tolist())

    def eligible(self, profile: int, excluded: Iterable[str], among: Flags | None = None) -> Flags:
        """(papers,) whether each may be shown: no `excluded` key, not muted by the profile, and flagged in `among` if that is given."""
        shown = ~self.among(excluded) if among is None else among & ~self.among(excluded)
        shown[list(self.muted(profile))] = False
        return shown

    def muted(self, profile: int) -> Mapping[int, str]:
        """The columns that a profile mutes, each with the phrase or category that mutes it."""
        return self._muted[profile]

    def filed(self, profile: int) -> Flags:
        """(papers,) whether each is in one of a profile's categories or a part of one; all are if the profile names none."""
        names = self.profiles[profile].categories
        inside = [self.ground.filed_under(name)[self.ground.scored] for name in names]
        return np.any(inside, axis=0) if inside else np.ones(len(self.papers), dtype=bool)

    def followed(self, profile: int) -> Mapping[int, str]:
        """The columns of papers by followed people, each with the profile's first author that it is by."""
        return {c: its.text for its in reversed(self._followings[profile]) for c in its.theirs if c < len(self.papers)}

    def namesakes(self, profile: int) -> Mapping[int, str]:
        """The columns of papers by namesakes of followed people, each with a note that says so."""
        followed = self.followed(profile)
        verdicts = [found for its in reversed(self._followings[profile]) for found in its.verdicts]
        return {c: verdict.note for c, verdict in verdicts if not verdict.theirs and c < len(self.papers) and c not in followed}

    @cached_property
    def _names(self) -> NDArray[np.object_]:
        return np.array([paper.key for paper in self.papers], dtype=object)

    @cached_property
    def _muted(self) -> Sequence[Mapping[int, str]]:
        return muted(self.ground, self.profiles)

    @cached_property
    def _followings(self) -> Sequence[Sequence[Following]]:
        return followings(self.ground, self.profiles)


def order(ground: Ground, profiles: Sequence[Profile]) -> Ranking:
    """Score every paper of the ground for every interest of these profiles, as one block.

    A row does not depend on other profiles. Liked papers that are not in the ground's library are ignored, as are unknown signals among
    the weights.
    """
    rows = Rows(tuple(profiles))
    if not ground.papers or not len(rows):
        return Ranking(ground, rows, ())
    evidence = []
    for name, (signal, weight) in SIGNALS.items():
        terms = signal(ground, rows)
        weights = np.array(
            [dict(profile.weights).get(name, weight) if profile.weights else weight for profile in rows.profiles], np.float32
        )
        owner = np.array(rows.owner, dtype=np.int64)[terms.uses.row]
        evidence.append(Evidence(name, terms, np.float32(SCALE) * terms.uses.factor * weights[owner]))
    return Ranking(ground, rows, evidence)
