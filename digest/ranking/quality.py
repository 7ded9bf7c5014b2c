"""What is known of a paper beside its text: its categories, how talked about it is, how new it is. Small next to what it is about."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from .block import Block
from .signal import Terms, Use

OLDEST = 30.0
"""Days after which a paper gets no older."""


def categories(block: Block) -> Terms:
    """Each distinct choice of categories: 1 for the documents in one of them, 0 for all others."""
    choices = tuple(dict.fromkeys(profile.categories for profile in block.profiles if profile.categories))
    names = dict.fromkeys(name for choice in choices for name in choice)
    filed = {name: block.filed_under(name) for name in names}
    raw = np.zeros((len(choices), block.size), dtype=np.float32)
    for term, choice in enumerate(choices):
        raw[term] = np.any([filed[name] for name in choice], axis=0)
    uses = [Use(row, choices.index(profile.categories)) for row, profile in enumerate(block.profiles) if profile.categories]

    def note(term: int, document: int) -> str:
        inside = [name for name in choices[term] if filed[name][document]]
        return f"in {', '.join(inside)}" if inside else f"not in {', '.join(choices[term])}"

    return Terms(raw=raw, uses=tuple(uses), spread=0.1, note=note)


def popularity(block: Block) -> Terms:
    """One term for everybody: the logarithm of the votes a paper got where it was listed."""
    votes = [max(paper.facts.votes or 0, 0) for paper in block.documents[: block.size]]

    def note(_: int, document: int) -> str:
        count = votes[document]
        return f"popular: {count} vote{'' if count == 1 else 's'}" if count else "no votes"

    return Terms(raw=np.log1p([votes]).astype(np.float32), uses=_everybody(block), spread=0.5, note=note)


def recency(block: Block) -> Terms:
    """One term for everybody: days since publication, at most 30, newer is better; a paper without a date is neither."""
    ages = [age_in_days(paper.published, block.now) for paper in block.documents[: block.size]]
    raw = np.array([[np.nan if age is None else -age for age in ages]], dtype=np.float32)

    def note(_: int, document: int) -> str:
        days = int(ages[document] or 0)
        if ages[document] is None:
            return "no date"
        return "published today" if not days else "published yesterday" if days == 1 else f"published {days} days ago"

    return Terms(raw=raw, uses=_everybody(block), spread=1.0, note=note)


def age_in_days(published: datetime | None, now: datetime) -> float | None:
    """How long ago, 0 to 30; a date in the future is today's, so that a forged one gains nothing."""
    if published is None:
        return None
    return min(max((now - published).total_seconds() / 86_400, 0.0), OLDEST)


def _everybody(block: Block) -> tuple[Use, ...]:
    return tuple(Use(row, 0) for row in range(len(block.profiles)))
