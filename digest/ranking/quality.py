"""Signals beside a paper's text: its categories, popularity and recency. Each counts little compared to what the paper is about."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from .ages import OLDEST
from .ground import Ground
from .rows import Rows
from .signal import Terms, Uses, standardise


def categories(ground: Ground, rows: Rows) -> Terms:
    """One term for each distinct set of categories: 1 for papers in one of them, 0 for all others."""
    choices = tuple(dict.fromkeys(profile.categories for profile in rows.profiles if profile.categories))
    number = {choice: term for term, choice in enumerate(choices)}
    filed = {name: ground.filed_under(name) for name in dict.fromkeys(name for choice in choices for name in choice)}
    raw = np.zeros((len(choices), len(ground.columns)), dtype=np.float32)
    for term, choice in enumerate(choices):
        raw[term] = np.any([filed[name] for name in choice], axis=0)
    used = [(row, number[rows.profiles[owner].categories]) for row, owner in enumerate(rows.owner) if rows.profiles[owner].categories]

    def note(term: int, column: int) -> str:
        inside = [name for name in choices[term] if filed[name][column]]
        return f"in {', '.join(inside)}" if inside else f"not in {', '.join(choices[term])}"

    uses = Uses.of((row for row, _ in used), (term for _, term in used))
    return Terms(level=standardise(raw, ground, 0.1).level, uses=uses, note=note)


def popularity(ground: Ground, rows: Rows) -> Terms:
    """One term for everybody: the logarithm of a paper's votes."""
    votes = ground.votes

    def note(_: int, column: int) -> str:
        count = int(votes[column])
        return f"popular: {count} vote{'' if count == 1 else 's'}" if count else "no votes"

    level = standardise(np.log1p(votes[None]).astype(np.float32), ground, 0.5).level
    return Terms(level=level, uses=_used_by_all(rows), note=note)


def recency(ground: Ground, rows: Rows) -> Terms:
    """One term for everybody: days since publication, at most 30, newer is better; a paper without a date gains and loses nothing."""
    ages = ground.ages

    def note(_: int, column: int) -> str:
        return _published(ground.columns[column].published, ground.now)

    return Terms(level=standardise(-ages[None], ground, 1.0).level, uses=_used_by_all(rows), note=note)


def _published(published: datetime | None, now: datetime) -> str:
    """A note on the publication date, counted in calendar days, UTC.

    The last two days are not told apart: arXiv's listings are dated by the announcement, its papers by when they were submitted.
    """
    if published is None:
        return "no date"
    days = (now.astimezone(UTC).date() - published.astimezone(UTC).date()).days
    if days < 2:
        return "dated in the future" if days < 0 else "just published"
    return f"published {days} days ago" if days <= OLDEST else "published more than a month ago"


def _used_by_all(rows: Rows) -> Uses:
    return Uses.of(range(len(rows)), [0] * len(rows))
