"""Which papers of a ranking go into an issue, and which of a listing into an edition."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from ..model import Edition, Paper, Pick, Section
from .ages import OLDEST, age_in_days
from .ordering import Ranking


class Listed(Protocol):
    """A paper of an edition's listing, with the votes it got there and in how many listings it was seen."""

    @property
    def paper(self) -> Paper: ...
    @property
    def votes(self) -> int | None: ...
    @property
    def sightings(self) -> int: ...


def pick(ranking: Ranking, row: int, *, excluded: Collection[str] = ()) -> tuple[Pick, ...]:
    """One profile's papers: those by followed authors, all of them, then the best of the rest within limit and floor.

    Papers with an `excluded` key or a muted phrase are in neither. Equal scores go by key, so the same day gives the same issue.
    """
    profile, scores = ranking.profiles[row], ranking.scores[row]
    keys = [paper.key for paper in ranking.papers]
    best_first = np.lexsort((ranking.by_key, -scores)).tolist()
    shown = [c for c in best_first if keys[c] not in excluded and ranking.muted_by(row, c) is None]
    followed = [c for c in shown if ranking.followed(row, c) is not None] if profile.authors else []
    apart = set(followed)
    rest = [c for c in shown if c not in apart and (profile.floor is None or scores[c] >= profile.floor)]
    return (
        *(_pick(ranking, row, column, Section.FOLLOWED) for column in followed),
        *(_pick(ranking, row, column, Section.PICKS) for column in rest[: profile.limit]),
    )


def pick_edition(edition: Edition, listed: Sequence[Listed], now: datetime) -> tuple[Pick, ...]:
    """The same papers for all readers of an edition: most votes first, then most often listed, then newest, then by key.

    Nothing is scored, so there are no reasons.
    """

    def place(line: Listed) -> tuple[int, int, float, str]:
        age = age_in_days(line.paper.published, now)
        return -(line.votes or 0), -line.sightings, OLDEST if age is None else age, line.paper.key

    return tuple(Pick(paper=line.paper) for line in sorted(listed, key=place)[: edition.limit])


def _pick(ranking: Ranking, row: int, column: int, section: Section) -> Pick:
    score = float(ranking.scores[row, column])
    return Pick(paper=ranking.papers[column], section=section, score=score, reasons=ranking.reasons(row, column))
