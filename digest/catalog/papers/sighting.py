"""Store sightings: which source listed a paper, under which day, and as what kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from ...model import Batch, Listing
from ..doors import chunks, insert_new
from ..schema import papers, sightings
from .candidates import list_new
from .first_day import first_day, stored_kind
from .merging import is_voted
from .sighted import CANDIDATE, KNOWN


def sight(connection: Connection, batch: Batch, ids: Sequence[int], now: datetime) -> None:
    """Note where each paper was seen; the first time as new or cross makes it a candidate."""
    _redate(connection, now)
    start, before = first_day(connection), _new_before(connection, ids)
    rows: list[dict[str, Any]] = [
        {
            "source": sighting.source,
            "paper": id_,
            "listed_on": sighting.listed_on,
            "kind": stored_kind(sighting.kind, sighting.listed_on, start),
            "voted": is_voted(sighting.source, batch.format, sighting.paper),
            "recorded_at": now,
        }
        for sighting, id_ in zip(batch.sightings, ids, strict=True)
    ]
    # A feed may give an entry no date, or a new one at every fetch; that is no new sighting. Lists with votes are new every day.
    fresh = [row for row in rows if row["voted"] or row["kind"] != Listing.NEW or (row["source"], row["paper"]) not in before]
    insert_new(connection, sightings, fresh)
    list_new(connection, ids, now)


def _redate(connection: Connection, now: datetime) -> None:
    """Date as of now the sightings that a clock more than a month behind has stored last: otherwise no letter would take their papers.

    Ids only grow, so a sighting with a higher id than one of this month is no older than that one.
    """
    oldest, number, at = now - CANDIDATE, sightings.c.id, sightings.c.recorded_at
    last = connection.scalar(select(at).order_by(number.desc()).limit(1))
    if last is None or last >= oldest:
        return
    # The list's day excludes sightings that a fast clock stored earlier with a date of this month.
    is_sure = (at >= oldest, at <= now, sightings.c.listed_on >= oldest.date())
    of_this_month = connection.scalar(select(number).where(*is_sure).order_by(at).limit(1))
    if of_this_month is not None:
        connection.execute(update(sightings).where(number > of_this_month, at < oldest).values(recorded_at=now))
        listed = (papers.c.listed_seq > of_this_month) & (papers.c.listed_at < oldest)
        connection.execute(update(papers).where(listed).values(listed_at=now))


def _new_before(connection: Connection, ids: Iterable[int]) -> set[tuple[str, int]]:
    """Which of these papers each source has listed as new before, as (source, paper id)."""
    found: set[tuple[str, int]] = set()
    for some in chunks(sorted(set(ids))):
        which = (sightings.c.paper.in_(some), sightings.c.kind.in_((Listing.NEW, f"{KNOWN}{Listing.NEW}")))
        found.update(map(tuple, connection.execute(select(sightings.c.source, sightings.c.paper).where(*which))))
    return found
