"""Chooses the papers of an issue from a ranking, and those of an edition from a listing."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

import numpy as np

from ..model import IN_OTHER_WORDS, Paper, Pick, Reason, Section
from .ages import OLDEST, age_in_days
from .ordering import Ranking
from .radix import distinct
from .shares import SAME, Doubles, Seats, cosines, share
from .sparse import Floats
from .texts.words import Flags, Ints
from .works import work_of

_UNASKED_SIGNALS = ("popularity", "recency", "other")
"""Signals of reasons that have nothing to do with what the reader asked for."""

OVER, SPARE = 3, 12
"""Papers considered at first for an issue: OVER × its limit + SPARE."""


class Listed(Protocol):
    """A paper of an edition's listing, with its votes there and the number of listings it was in."""

    @property
    def paper(self) -> Paper: ...
    @property
    def votes(self) -> int | None: ...
    @property
    def sightings(self) -> int: ...


def pick(
    ranking: Ranking, profile: int, *, excluded: Collection[str] = (), among: Flags | None = None
) -> tuple[Pick, ...]:
    """One profile's picks: papers by followed authors, each work once, then the best of the rest within limit and floor.

    Every interest gets its fair share, and of papers that say nearly the same only the first is taken. Neither section has papers with
    an `excluded` key or a muted phrase, or papers not flagged in `among` (papers,), if given. Ties are broken by key, so the same day
    always gives the same issue.
    """
    shown = ranking.eligible(profile, excluded, among)
    followed = [column for column in ranking.followed(profile) if shown[column]]
    shown[followed] = False
    followed = _each_work_once(ranking, profile, followed)
    chosen = _shared(ranking, profile, np.flatnonzero(shown), followed)
    return (
        *(pick_of(ranking, ranking.best_row(profile, column), column, Section.FOLLOWED) for column in followed),
        *(pick_of(ranking, row, column, Section.PICKS) for row, column in chosen),
    )


def is_near(chosen: Pick) -> bool:
    """Whether the pick's reasons put it nearer than usual to what its reader asked for."""
    return sum(reason.points for reason in chosen.reasons if reason.signal not in _UNASKED_SIGNALS) > 0


def is_answer(chosen: Pick) -> bool:
    """Whether a pick matches something its reader asked for, by more than some words of a topic."""
    asked = (reason for reason in chosen.reasons if reason.signal not in _UNASKED_SIGNALS)
    return any(reason.points > 0 and not _is_in_part(reason) for reason in asked)


def names_a_topic(chosen: Pick) -> bool:
    """Whether a pick has all of a topic, whatever else it was chosen for."""
    return any(reason.is_whole_topic and reason.points > 0 for reason in chosen.reasons)


def is_in_part(chosen: Pick) -> bool:
    """Whether a pick has only some words of a topic, or is near it in other words."""
    return any(reason.points > 0 and _is_in_part(reason) for reason in chosen.reasons)


def _is_in_part(reason: Reason) -> bool:
    if reason.signal != "topics" or reason.is_whole_topic:
        return False
    return reason.is_vague or not reason.note.endswith(IN_OTHER_WORDS)


def passed_over(
    ranking: Ranking, profile: int, count: int, *, excluded: Collection[str], among: Flags | None = None
) -> tuple[Paper, ...]:
    """At most `count` of the papers that a profile's issue left out, by their best score, then by key.

    Papers with an `excluded` key or a muted phrase are skipped. A work occurs once, under the name that comes first, and not at all if it
    is `excluded` under another name.
    """
    works = ranking.ground.works
    columns = np.flatnonzero(ranking.eligible(profile, (), among) & ~ranking.listings(excluded))
    scores = ranking.scores[ranking.telling(profile)][:, columns].max(axis=0, initial=-np.inf)
    found: dict[int, Paper] = {}
    for column in _leading(ranking, scores, columns, count + ranking.ground.doubles).tolist():
        found.setdefault(int(works[column]), ranking.papers[column])
    return tuple(found.values())[:count]


def tells_the_same(ranking: Ranking, key: str, column: int) -> bool:
    """Whether the paper with this key and the paper in this column are too similar for one issue."""
    return bool(likeness(ranking, ranking.column[key], np.array([column]))[0] >= SAME)


def pick_edition(listed: Sequence[Listed], limit: int, now: datetime) -> tuple[Pick, ...]:
    """At most `limit` papers for all readers of an edition: most votes first, then most listings, then newest, then by key.

    A work occurs once, at its best rank, under the first of its names that has an abstract. Nothing is scored, so picks have no reasons.
    """

    def place(line: Listed) -> tuple[int, int, float, str]:
        age = age_in_days(line.paper.published, now)
        return -(line.votes or 0), -line.sightings, OLDEST if age is None else age, line.paper.key

    works: dict[Hashable, Paper] = {}
    for line in sorted(listed, key=place):
        work = work_of(line.paper)
        if work not in works or (line.paper.abstract and not works[work].abstract):
            works[work] = line.paper
    return tuple(Pick(paper=paper) for paper in islice(works.values(), limit))


def _each_work_once(ranking: Ranking, profile: int, columns: Sequence[int]) -> list[int]:
    """These columns, best first, one for each work: its best with an abstract, else its best."""
    best = ranking.scores[ranking.telling(profile)].max(axis=0)
    ordered = sorted(columns, key=lambda column: (-best[column], ranking.by_key[column]))
    kept: dict[int, int] = {}
    for column in sorted(ordered, key=lambda column: not ranking.papers[column].abstract):
        kept.setdefault(int(ranking.ground.works[column]), column)
    return sorted(kept.values(), key=ordered.index)


def _shared(ranking: Ranking, profile: int, columns: Ints, followed: Sequence[int]) -> list[tuple[int, int]]:
    """The (row, column) pairs of an issue's picks from these columns; none says the same as a `followed` paper."""
    reader, telling = ranking.profiles[profile], ranking.telling(profile)
    floor = -np.inf if reader.floor is None else reader.floor
    columns = columns[ranking.scores[telling][:, columns].max(axis=0, initial=-np.inf) >= floor]
    weights = [ranking.rows.interests[row].weight for row in telling]
    count = OVER * reader.limit + SPARE
    while True:
        near = distinct(np.concatenate([_leading(ranking, ranking.scores[row, columns], columns, count) for row in telling]))
        near = near[np.argsort(ranking.by_key[near])]
        scores = ranking.scores[telling][:, near]
        points = np.where(scores >= floor, scores, np.float32(-np.inf))
        _rule_out_bare(ranking, near, points)
        for column in followed:
            points[:, likeness(ranking, column, near) >= SAME] = -np.inf
        chosen = share(_seats(ranking, near, points), weights, reader.limit, 0.0 if reader.floor is None else floor)
        if len(chosen) >= reader.limit or count >= len(columns):
            return [(telling[interest], int(near[paper])) for interest, paper in chosen]
        count *= 4  # too many of the leading papers say the same


def _rule_out_bare(ranking: Ranking, near: Ints, points: Floats) -> None:
    """In each row of points, in place, rule out listings without an abstract if the row may take the same work with one."""
    bare = np.array([not ranking.papers[column].abstract for column in near.tolist()], dtype=bool)
    work = ranking.ground.works[near]
    for paper in np.flatnonzero(bare).tolist():
        whole = (work == work[paper]) & ~bare
        points[np.isfinite(points[:, whole]).any(axis=1), paper] = -np.inf


def _seats(ranking: Ranking, near: Ints, points: Floats) -> Seats:
    place, work = cosines(ranking.ground.space.taken(near)), ranking.ground.works[near]
    place[work[:, None] == work] = 1.0
    return Seats(points, place, lambda paper, others: likeness(ranking, int(near[paper]), near[others]))


def _leading(ranking: Ranking, scores: Floats, columns: Ints, count: int) -> Ints:
    """The `count` best of these columns by their scores, best first; ties by key."""
    if len(columns) > count > 0:
        high = scores >= np.partition(scores, len(columns) - count)[len(columns) - count]
        columns, scores = columns[high], scores[high]
    return columns[np.lexsort((ranking.by_key[columns], -scores))[:count]]


def likeness(ranking: Ranking, column: int, others: Ints) -> Doubles:
    """(others,) cosines between the words of one paper and of others; 1 for the same work under another name."""
    lexical, works = ranking.ground.space.lexical, ranking.ground.works
    found = lexical.rows(others).dot(lexical.rows(slice(column, column + 1)))
    found[works[others] == works[column]] = 1.0
    return found


def pick_of(ranking: Ranking, row: int, column: int, section: Section) -> Pick:
    """The pick for a row and a column of the ranking, with score and reasons."""
    score = float(ranking.scores[row, column])
    interest = ranking.rows.interests[row].name
    return Pick(paper=ranking.papers[column], section=section, score=score, reasons=ranking.reasons(row, column), interest=interest)
