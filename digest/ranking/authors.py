"""Followed authors: whether a paper is by somebody the reader follows."""

from __future__ import annotations

import numpy as np

from .ground import Ground
from .rows import Rows
from .signal import Terms, Uses, standardise


def authors(ground: Ground, rows: Rows) -> Terms:
    """Each distinct followed name: its level for the papers by that person, and for all others."""
    names = tuple(dict.fromkeys(name for profile in rows.profiles for name in profile.authors))
    number = {name: term for term, name in enumerate(names)}
    raw = np.zeros((len(names), len(ground.columns)), dtype=np.float32)
    for term, name in enumerate(names):
        raw[term, sorted(ground.people.works(name))] = 1.0
    used = [(row, number[n]) for row, owner in enumerate(rows.owner) for n in dict.fromkeys(rows.profiles[owner].authors)]

    def note(term: int, column: int) -> str:
        return f"you follow {names[term]}" if raw[term, column] else f"not by {names[term]}"

    uses = Uses.of((row for row, _ in used), (term for _, term in used))
    return Terms(level=standardise(raw, ground, 0.05).level, uses=uses, note=note)
