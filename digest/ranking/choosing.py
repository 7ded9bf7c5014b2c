"""Which papers of a ranking go into an issue, and which of a listing into an edition."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from ..model import Edition, Paper, Pick, Section
from .ages import OLDEST, age_in_days
from .ordering import Ranking
from .seating import SAME, Seats, cosines, share
from .words import Ints

OVER, SPARE = 4, 20
"""Papers looked at for an issue of a limit: so many times the limit, and so many more."""


class Listed(Protocol):
    """A paper of an edition's listing, with the votes it got there and in how many listings it was seen."""

    @property
    def paper(self) -> Paper: ...
    @property
    def votes(self) -> int | None: ...
    @property
    def sightings(self) -> int: ...


def pick(ranking: Ranking, profile: int, *, excluded: Collection[str] = ()) -> tuple[Pick, ...]:
    """One profile's papers: those by followed authors, all of them, then the best of the rest within limit and floor.

    Every interest gets its fair share, and of papers that say nearly the same only the first is taken. Papers with an `excluded` key or a
    muted phrase are in neither section. Equal scores go by key, so the same day gives the same issue.
    """
    reader, rows = ranking.profiles[profile], ranking.rows.of(profile)
    keys = [paper.key for paper in ranking.papers]
    best = ranking.scores[rows.start : rows.stop].max(axis=0, initial=-np.inf)
    in_order = np.lexsort((ranking.by_key, -best)).tolist()
    shown = [c for c in in_order if keys[c] not in excluded and ranking.muted_by(profile, c) is None]
    followed = [c for c in shown if ranking.followed(profile, c) is not None] if reader.authors else []
    apart = set(followed)
    rest = [c for c in shown if c not in apart]
    chosen = _shared(ranking, rows, np.array(rest, dtype=np.int64))
    return (
        *(_pick(ranking, ranking.best_row(profile, column), column, Section.FOLLOWED) for column in followed),
        *(_pick(ranking, row, column, Section.PICKS) for row, column in chosen),
    )


def tells_the_same(ranking: Ranking, key: str, column: int) -> bool:
    """Whether the paper of that key and that column are too alike to stand in one issue."""
    other = next(place for place, paper in enumerate(ranking.papers) if paper.key == key)
    words = ranking.ground.space.lexical.rows(np.array([other, column], dtype=np.int64))
    return bool(cosines(words.packed())[0, 1] >= SAME)


def pick_edition(edition: Edition, listed: Sequence[Listed], now: datetime) -> tuple[Pick, ...]:
    """The same papers for all readers of an edition: most votes first, then most often listed, then newest, then by key.

    Nothing is scored, so there are no reasons.
    """

    def place(line: Listed) -> tuple[int, int, float, str]:
        age = age_in_days(line.paper.published, now)
        return -(line.votes or 0), -line.sightings, OLDEST if age is None else age, line.paper.key

    return tuple(Pick(paper=line.paper) for line in sorted(listed, key=place)[: edition.limit])


def _shared(ranking: Ranking, rows: range, columns: Ints) -> list[tuple[int, int]]:
    """(row, column) of an issue, of these columns."""
    reader, space = ranking.profiles[ranking.rows.owner[rows.start]], ranking.ground.space
    telling = [row for row in rows if ranking.says_something(row)] or [rows.start]
    scores = ranking.scores[telling]
    few = OVER * reader.limit + SPARE  # what lies behind is never reached, however alike those before it are
    near = np.unique(np.concatenate([columns[np.argsort(-row[columns], kind="stable")[:few]] for row in scores]))
    near = near[np.argsort(ranking.by_key[near])]
    floor = -np.inf if reader.floor is None else reader.floor
    points = np.where(scores[:, near] >= floor, scores[:, near], np.float32(-np.inf))
    weights = [ranking.rows.interests[row].weight for row in telling]
    seats = Seats(points, cosines(space.lexical.rows(near).packed()), cosines(space.flat[near]))
    chosen = share(seats, weights, reader.limit, 0.0 if reader.floor is None else floor)
    return [(telling[interest], int(near[paper])) for interest, paper in chosen]


def _pick(ranking: Ranking, row: int, column: int, section: Section) -> Pick:
    score = float(ranking.scores[row, column])
    interest = ranking.rows.interests[row].name
    return Pick(paper=ranking.papers[column], section=section, score=score, reasons=ranking.reasons(row, column), interest=interest)
