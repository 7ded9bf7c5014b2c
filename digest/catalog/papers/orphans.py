"""Delete entries of readers' libraries, and the papers known only from deleted entries."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, exists, select

from ..doors import chunks
from ..schema import feedback, library_entries, library_names, paper_keys, paper_titles, papers, picks, seen, sightings
from ..schema.made import summaries
from .merging import is_from_libraries_only


def remove_entries(connection: Connection, entries: Iterable[int]) -> set[str]:
    """Delete entries of libraries; returns the names they had, for `drop_orphans` once the entries that replace them are stored."""
    found: set[str] = set()
    for some in chunks(entries):
        found |= set(connection.scalars(delete(library_names).where(library_names.c.entry.in_(some)).returning(library_names.c.name)))
        connection.execute(delete(library_entries).where(library_entries.c.id.in_(some)))
    return found


def drop_orphans(connection: Connection, names: Iterable[str]) -> int:
    """Delete the papers of these names that came only from libraries and are in none any more; returns how many."""
    merged = papers.alias()
    used = [exists().where(table.c.paper == papers.c.id) for table in (sightings, feedback, picks, seen)]
    elsewhere = exists().where(paper_keys.c.paper == papers.c.id, library_names.c.name == paper_keys.c.key)
    which = select(papers.c.id, papers.c.provenance).where(
        papers.c.merged_into.is_(None), ~elsewhere, ~exists().where(merged.c.merged_into == papers.c.id), *(~one for one in used)
    )
    gone: list[int] = []
    for some in chunks(names):
        theirs = select(paper_keys.c.paper).where(paper_keys.c.key.in_(some))
        rows = connection.execute(which.where(papers.c.id.in_(theirs))).all()
        gone += [row.id for row in rows if is_from_libraries_only(row.provenance)]
    for numbers in chunks(dict.fromkeys(gone)):
        for table in (summaries, paper_titles, paper_keys):
            connection.execute(delete(table).where(table.c.paper.in_(numbers)))
        connection.execute(delete(papers).where(papers.c.id.in_(numbers)))
    return len(set(gone))
