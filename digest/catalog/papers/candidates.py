"""Which papers become candidates: those listed as new for the first time, except those known from before the catalog's first day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from ..doors import chunks
from ..schema import papers, sightings
from .sighted import KNOWN_KINDS, LISTED_KINDS


def list_new(connection: Connection, ids: Iterable[int], now: datetime) -> int:
    """Make candidates of those papers that were now listed as new or cross for the first time, unless they are known from before.

    Returns how many became candidates.
    """
    count = 0
    for some in chunks(sorted(set(ids))):
        known = select(sightings.c.paper).where(sightings.c.paper.in_(some), sightings.c.kind.in_(KNOWN_KINDS))
        first = (
            select(func.min(sightings.c.id), papers.c.id)
            .join_from(papers, sightings, sightings.c.paper == papers.c.id)
            .where(papers.c.id.in_(some), papers.c.listed_seq.is_(None), sightings.c.kind.in_(LISTED_KINDS), papers.c.id.not_in(known))
            .group_by(papers.c.id)
        )
        listed = [{"seq": seq, "which": id_, "at": now} for seq, id_ in connection.execute(first)]
        if listed:
            statement = update(papers).where(papers.c.id == bindparam("which"))
            values = {"listed_seq": bindparam("seq"), "listed_at": bindparam("at", type_=papers.c.listed_at.type)}
            connection.execute(statement.values(values), listed)
            count += len(listed)
    return count
