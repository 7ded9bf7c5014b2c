"""Leases: what only one process shall do at a time, such as fetching and composing, and who does it.

Nothing rests on them but work that is not done twice: what is published and sent is kept from happening twice by the tables themselves.
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
    """Who holds something, since when, and until when it is theirs if they do not renew it."""

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
        """Take a lease, or renew one's own, until `now` + `length`; None where that was done, else the lease of who has it.

        One that has ended is free, one whose process on this host has died is free at once, and so is one that ends more than a length
        later than any taken now could: a clock was far ahead when it was taken.
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
        """End one's own lease; one that somebody else has taken since stays theirs."""
        with self._doors.writing() as connection:
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _is_over(held: Lease, now: datetime, length: timedelta) -> bool:
    # Who asks read the clock before it waited to write, and clocks are set right by seconds: a lease a little ahead is in use.
    return not now < held.until <= now + 2 * length or is_gone(held.holder)
