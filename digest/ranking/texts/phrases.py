"""Keywords and muted phrases: whether some words stand side by side in a paper, in any case, number or hyphenation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...model import Paper, Profile
from ...taxonomy import is_within
from ..ground import Ground
from ..rows import Rows
from ..signal import Terms, Uses, standardise
from ..topics import trust_beside
from .text import spellings
from .words import Ints, Shelf, shelve

Ways = tuple[tuple[str, ...], ...]
"""How a text may write a phrase (`spellings`)."""

IN_TITLE = 1.5
"""A keyword in the title against one in the abstract; saying it more often gains nothing."""


def keywords(ground: Ground, rows: Rows) -> Terms:
    """Each distinct keyword: 0 where a paper does not have it, 1 in the abstract, 1.5 in the title. Having one never costs points.

    Beside liked papers it counts less, by as much as a topic does; else it would outweigh all topics once papers are liked.
    """
    names = tuple(dict.fromkeys(keyword for profile in rows.profiles for keyword in profile.keywords))
    number = {name: term for term, name in enumerate(names)}
    raw = np.zeros((len(names), len(ground.columns)), dtype=np.float32)
    ways = {name: spellings(name) for name in names}
    for term, name in enumerate(names):
        anywhere, titled = _holders(ground, ways[name])
        raw[term, anywhere], raw[term, titled] = 1.0, IN_TITLE
    said = [_each_once(dict.fromkeys(profile.keywords), ways) for profile in rows.profiles]
    used = [(row, number[keyword]) for row, owner in enumerate(rows.owner) for keyword in said[owner]]
    trust = {row: trust_beside(len(ground.places(rows.interests[row].liked))) / trust_beside(0) for row, _ in used}
    level = standardise(raw, ground, 0.05).level
    # Where nearly all papers have it in the title, an abstract that has it would lie below what is usual.
    np.maximum(level, np.float32(0), out=level, where=raw[:, ground.scored] > 0)

    def note(term: int, column: int) -> str:
        where = {0.0: "no keyword ", IN_TITLE: "keyword in the title "}.get(float(raw[term, column]), "keyword ")
        return f"{where}{names[term]!r}"

    uses = Uses.of((row for row, _ in used), (term for _, term in used), (trust[row] for row, _ in used))
    return Terms(level=level, uses=uses, note=note)


def _each_once(names: Iterable[str], ways: Mapping[str, Ways]) -> tuple[str, ...]:
    """The keywords without those that may be written as an earlier one is, which finds the same papers."""
    kept: list[str] = []
    for name in names:
        if not any(words and words in ways[other] for other in kept for words in ways[name]):
            kept.append(name)
    return tuple(kept)


def muted(ground: Ground, profiles: Sequence[Profile]) -> tuple[dict[int, str], ...]:
    """For each profile, the papers it mutes, by their column, and the first phrase that does it.

    A phrase mutes by standing in title or abstract, or by being one of the paper's categories.
    """
    columns: dict[str, list[int]] = {}
    for name in dict.fromkeys(name for profile in profiles for name in profile.muted):
        holds = ground.filed_under(name)
        holds[_holders(ground, spellings(name))[0]] = True
        columns[name] = np.flatnonzero(holds[ground.scored]).tolist()
    return tuple({column: name for name in reversed(profile.muted) for column in columns[name]} for profile in profiles)


def mutes(profile: Profile, paper: Paper) -> bool:
    """Whether a profile mutes a paper, which need not be ranked, as `muted` says."""
    shelf = shelve((paper,), {})
    return any(_is_filed(paper, name) or len(_places(shelf, spellings(name))) for name in profile.muted)


def _is_filed(paper: Paper, name: str) -> bool:
    return any(is_within(category, name) for category in paper.categories)


def _holders(ground: Ground, ways: Ways) -> tuple[Ints, Ints]:
    """The columns with that phrase, and those of them with it in the title."""
    shelf = ground.shelf
    found = _places(shelf, ways)
    return shelf.paper[found].astype(np.int64), shelf.paper[found[shelf.in_title[found]]].astype(np.int64)


def _places(shelf: Shelf, ways: Ways) -> Ints:
    """Where a phrase begins, however it is written."""
    return np.concatenate([shelf.find(spelling) for spelling in ways])
