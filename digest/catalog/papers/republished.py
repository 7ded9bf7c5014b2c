"""Works that are listed again in another year: a preprint of November is in a journal in March."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, select

from ..doors import chunks
from ..schema import paper_keys, paper_titles, papers
from .identity import disagree

_YEARS = (-2, -1, 1, 2)
"""How far apart they are at most. Those of one year are one paper already (`identity`)."""


def other_years(connection: Connection, keys: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each of these papers, the keys of papers of other years with its title and first author and no names that disagree."""
    # By their names: `papers` has no index of keys.
    own = select(paper_titles.c.fingerprint, paper_keys.c.key).join(paper_keys, paper_titles.c.paper == paper_keys.c.paper)
    wanted: dict[str, set[str]] = defaultdict(set)
    for some in chunks(sorted(set(keys))):
        for title, key in connection.execute(own.where(paper_keys.c.key.in_(some))):
            for other in _in_other_years(title):
                wanted[other].add(key)
    titles = select(paper_titles.c.fingerprint, papers.c.key).join_from(paper_titles, papers, paper_titles.c.paper == papers.c.id)
    pairs: set[tuple[str, str]] = set()
    for some in chunks(sorted(wanted)):
        for title, other in connection.execute(titles.where(paper_titles.c.fingerprint.in_(some))):
            pairs.update((key, other) for key in wanted[title] if key != other)
    names = _names(connection, {key for pair in pairs for key in pair})
    found: dict[str, set[str]] = defaultdict(set)
    for key, other in pairs:
        if not disagree(names[key], names[other]):
            found[key].add(other)
    return {key: frozenset(others) for key, others in found.items()}


def _in_other_years(title: str) -> list[str]:
    what, _, year = title.rpartition("|")
    return [f"{what}|{int(year) + apart}" for apart in _YEARS]


def _names(connection: Connection, keys: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    given = paper_keys.alias()
    which = select(given.c.key, paper_keys.c.key).join_from(given, paper_keys, paper_keys.c.paper == given.c.paper)
    for some in chunks(sorted(keys)):
        for key, name in connection.execute(which.where(given.c.key.in_(some))):
            found[key].add(name)
    return found
