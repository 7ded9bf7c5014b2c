"""Keywords and muted phrases: whether some words stand side by side in a paper, in any case, number or hyphenation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...model import Paper, Profile
from ...taxonomy import is_within
from ..ground import Ground
from ..rows import Rows
from ..signal import Terms, Uses, standardise
from .text import phrase
from .words import Ints, shelve

IN_TITLE = 1.5
"""A keyword in the title against one in the abstract; saying it more often gains nothing."""


def keywords(ground: Ground, rows: Rows) -> Terms:
    """Each distinct keyword: 0 where a paper does not have it, 1 in the abstract, 1.5 in the title."""
    names = tuple(dict.fromkeys(keyword for profile in rows.profiles for keyword in profile.keywords))
    number = {name: term for term, name in enumerate(names)}
    raw = np.zeros((len(names), len(ground.columns)), dtype=np.float32)
    for term, name in enumerate(names):
        anywhere, titled = _holders(ground, name)
        raw[term, anywhere], raw[term, titled] = 1.0, IN_TITLE
    used = [(row, number[k]) for row, owner in enumerate(rows.owner) for k in dict.fromkeys(rows.profiles[owner].keywords)]

    def note(term: int, column: int) -> str:
        where = {0.0: "no keyword ", IN_TITLE: "keyword in the title "}.get(float(raw[term, column]), "keyword ")
        return f"{where}{names[term]!r}"

    uses = Uses.of((row for row, _ in used), (term for _, term in used))
    return Terms(level=standardise(raw, ground, 0.05).level, uses=uses, note=note)


def muted(ground: Ground, profiles: Sequence[Profile]) -> tuple[dict[int, str], ...]:
    """For each profile, the papers it mutes, by their column, and the first phrase that does it.

    A phrase mutes by standing in title or abstract, or by being one of the paper's categories.
    """
    columns: dict[str, list[int]] = {}
    for name in dict.fromkeys(name for profile in profiles for name in profile.muted):
        holds = ground.filed_under(name)
        holds[_holders(ground, name)[0]] = True
        columns[name] = np.flatnonzero(holds[ground.scored]).tolist()
    return tuple({column: name for name in reversed(profile.muted) for column in columns[name]} for profile in profiles)


def mutes(profile: Profile, paper: Paper) -> bool:
    """Whether a profile mutes a paper, which need not be ranked, as `muted` says."""
    shelf = shelve((paper,), {})
    return any(_is_filed(paper, name) or len(shelf.find(phrase(name))) for name in profile.muted)


def _is_filed(paper: Paper, name: str) -> bool:
    return any(is_within(category, name) for category in paper.categories)


def _holders(ground: Ground, name: str) -> tuple[Ints, Ints]:
    """The columns with that phrase, and those of them with it in the title."""
    shelf = ground.shelf
    found = shelf.find(phrase(name))
    return shelf.paper[found].astype(np.int64), shelf.paper[found[shelf.in_title[found]]].astype(np.int64)
