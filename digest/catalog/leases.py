"""Leases: work that only one process should do at a time, such as fetching and composing, and which process does it.

They only save duplicate work: that nothing is published or sent twice is ensured by the tables themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from .doors import Doors, put
from .schema.schedules import leases
from .workers import is_gone


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds a lease, since when, and when it ends unless they renew it."""

    holder: str
    since: datetime
    until: datetime

    def __str__(self) -> str:
        host, _, rest = self.holder.partition(":")
        return f"process {rest.partition(':')[0]} on {host}, since {self.since:%Y-%m-%d %H:%M} UTC"


class Leases:
    """The leases by name."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> Lease | None:
        """Take a lease, or renew one's own, until `now` + `length`; returns None on success, else the lease of its holder.

        A lease is free once it has ended, or at once if its process on this host has died. It is also free if it ends later than
        `now` + 2 × `length`: then it was taken by a clock that was far ahead.
        """
        with self._doors.writing() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
            held = None if row is None else Lease(row.holder, row.since, row.until)
            if held is not None and held.holder != holder and not _is_over(held, now, length):
                return held
            since = held.since if held is not None and held.holder == holder else now
            put(connection, leases, {"name": name, "holder": holder, "since": since, "until": now + length})
        return None

    def give_back(self, name: str, holder: str) -> None:
        """End one's own lease; if somebody else has taken it since, it stays theirs."""
        with self._doors.writing() as connection:
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _is_over(held: Lease, now: datetime, length: timedelta) -> bool:
    # The caller read its clock before waiting for its turn to write, and clocks get corrected by seconds: a lease that ends slightly
    # later than expected is still in use.
    return not now < held.until <= now + 2 * length or is_gone(held.holder)
