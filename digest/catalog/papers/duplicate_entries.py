"""Entries of a reader's libraries that tell once more, without an id, of a work that another of their entries names."""

from __future__ import annotations

from collections.abc import Mapping, Set

from sqlalchemy import Connection, select

from ..doors import chunks
from ..schema import library_names


def duplicates(connection: Connection, nameless: Set[int], readers: Mapping[int, int]) -> frozenset[int]:
    """Those of the `nameless` entries whose title, first author and year an entry with an id has too, of the same of these `readers`.

    One work stands in two libraries where somebody brought both their BibTeX and their Zotero; it would count twice in what they like.
    """
    theirs = {readers[entry] for entry in nameless}
    names = [
        (entry, name)
        for some in chunks(entry for entry, reader in readers.items() if reader in theirs)
        for entry, name in connection.execute(select(library_names.c.entry, library_names.c.name).where(library_names.c.entry.in_(some)))
    ]
    named = {(readers[entry], name) for entry, name in names if entry not in nameless}
    return frozenset(entry for entry, name in names if entry in nameless and (readers[entry], name) in named)
