"""The first day of a new catalog that replaces a lost one: papers announced earlier are stored, and offered to nobody.

An operator who lost the catalog cannot know what letters went out before. Papers announced before the first day are recorded as *known*:
no issue takes them, and a list that names them again later does not make them new.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from ...model import Listing
from ..doors import Doors, insert_new, put
from ..schema import marks, paper_keys, sightings
from .candidates import list_new
from .sighted import KNOWN, KNOWN_KINDS

_FIRST_DAY = "first_day"


class Resuming:
    """The first day of announcements that this catalog offers."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def first_day(self) -> date | None:
        """The first day whose announcements are offered; None for all of them."""
        with self._doors.reading() as connection:
            return first_day(connection)

    def is_known(self, key: str) -> bool:
        """Whether that paper was listed before the first day, so that no issue takes it."""
        which = (paper_keys.c.key == key) & sightings.c.kind.in_(KNOWN_KINDS)
        found = select(sightings.c.id).join(paper_keys, paper_keys.c.paper == sightings.c.paper).where(which).limit(1)
        with self._doors.reading() as connection:
            return connection.scalar(found) is not None

    def begin(self, day: date, now: datetime) -> int:
        """Offer papers announced from that day on, and none from before; returns how many known papers become new.

        Papers that were offered already stay offered: a later day takes nothing back.
        """
        with self._doors.writing(durable=True) as connection:
            put(connection, marks, {"name": _FIRST_DAY, "value": day.toordinal()})
            which = sightings.c.kind.in_(KNOWN_KINDS) & (sightings.c.listed_on >= day)
            known = [dict(row) for row in connection.execute(select(sightings).where(which).order_by(sightings.c.id)).mappings()]
            connection.execute(delete(sightings).where(which))
            # Inserted again, so that they get ids after every cutoff stored since; papers offered before keep theirs.
            fresh = [{**row, "kind": row["kind"].removeprefix(KNOWN), "recorded_at": now} for row in known]
            insert_new(connection, sightings, [{name: value for name, value in row.items() if name != "id"} for row in fresh])
            return list_new(connection, {row["paper"] for row in known}, now)


def first_day(connection: Connection) -> date | None:
    """As `Resuming.first_day`, within a transaction."""
    found = connection.scalar(select(marks.c.value).where(marks.c.name == _FIRST_DAY))
    return None if found is None else date.fromordinal(found)


def stored_kind(kind: Listing, listed_on: date, first: date | None) -> str:
    """How a sighting's kind is stored: with the prefix `KNOWN` if it was announced before the first day."""
    return f"{KNOWN}{kind}" if first is not None and listed_on < first else str(kind)
