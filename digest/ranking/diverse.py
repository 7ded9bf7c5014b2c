"""Chooses a few papers that differ much from each other, for a new reader to say which are right."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..model import Pick, Section
from .choosing import likeness, pick_of
from .ordering import Ranking
from .shares import SAME, cosines
from .texts.words import Flags, Ints


def spread(
    ranking: Ranking,
    profile: int,
    count: int,
    *,
    chosen: Collection[str],
    is_ranked: bool,
    among: Flags,
) -> tuple[Pick, ...]:
    """`count` papers: the best first, then each as far as possible from those before it (farthest-first traversal, Gonzalez 1985).

    Candidates are the papers flagged in `among` (papers,) that have no muted phrase, are not below the floor and say nothing that a
    `chosen` paper says. Only their better half is used: by score, or, unless the profile `is_ranked`, by similarity to their mean.
    """
    shown = ranking.eligible(profile, (), among)
    floor = ranking.profiles[profile].floor
    score = ranking.scores[ranking.telling(profile)].max(axis=0)
    if is_ranked and floor is not None:
        shown &= score >= floor
    columns = np.flatnonzero(shown)
    for key in chosen:
        if key in ranking.column:
            columns = columns[likeness(ranking, ranking.column[key], columns) < SAME]
            columns = columns[columns != ranking.column[key]]
    if not len(columns):
        return ()
    place = ranking.ground.space.taken(columns)
    worth = score[columns] if is_ranked else place @ place.mean(axis=0)
    order = np.lexsort((ranking.by_key[columns], -worth))[: max((len(columns) + 1) // 2, count)]
    found = [int(column) for column in _farthest(ranking, columns[order], count)]
    if is_ranked:
        return tuple(pick_of(ranking, ranking.best_row(profile, column), column, Section.ASKED) for column in found)
    return tuple(Pick(paper=ranking.papers[column], section=Section.ASKED) for column in found)


def _farthest(ranking: Ranking, columns: Ints, count: int) -> Ints:
    """At most `count` of these columns, starting with the first; no two say the same. Of equally far ones the first is taken."""
    near = cosines(ranking.ground.space.taken(columns))
    taken: list[int] = []
    nearest = np.full(len(columns), -np.inf)
    while len(taken) < count and (nearest < np.inf).any():
        taken.append(int(nearest.argmin()))
        words = likeness(ranking, int(columns[taken[-1]]), columns)
        nearest = np.maximum(nearest, near[taken[-1]] + words)
        nearest[words >= SAME] = np.inf
        nearest[taken[-1]] = np.inf  # explicitly, because a paper without words is not even similar to itself
    return columns[taken]
