"""Duplicate entries of a reader's libraries: entries without an id for a work that another of the reader's entries names by id."""

from __future__ import annotations

from collections.abc import Mapping, Set

from sqlalchemy import Connection, select

from ..doors import chunks
from ..schema import library_names


def duplicates(connection: Connection, nameless: Set[int], readers: Mapping[int, int]) -> frozenset[int]:
    """Those `nameless` entries that share title, first author and year with an entry of the same reader that has an id.

    `readers` maps every entry to its reader. A reader who imports both BibTeX and Zotero has works twice, and such a work would count
    twice among their likes.
    """
    theirs = {readers[entry] for entry in nameless}
    names = [
        (entry, name)
        for some in chunks(entry for entry, reader in readers.items() if reader in theirs)
        for entry, name in connection.execute(select(library_names.c.entry, library_names.c.name).where(library_names.c.entry.in_(some)))
    ]
    named = {(readers[entry], name) for entry, name in names if entry not in nameless}
    return frozenset(entry for entry, name in names if entry in nameless and (readers[entry], name) in named)
