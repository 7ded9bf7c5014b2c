"""What is kept of each source: how far it was read, and how its last fetch went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from ..doors import Doors
from ..schema import sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source's last fetch went: fresh, unchanged or failed.

    `fetched_at` is when it last answered (None: never), `new` how many papers nobody had seen before, `message` what went wrong.
    """

    name: str
    state: str
    fetched_at: datetime | None
    new: int
    message: str


class Sources:
    """The sources by name; `papers.record` moves their cursors."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def cursor(self, name: str) -> str:
        """Where the next fetch goes on; empty for a source that was never fetched."""
        with self._doors.reading() as connection:
            return connection.scalar(select(sources.c.cursor).where(sources.c.name == name)) or ""

    def failed(self, name: str, message: str) -> None:
        """Note that a source did not come in; its cursor stays where it was."""
        said = {"state": "failed", "new": 0, "message": message}
        with self._doors.writing() as connection:
            if connection.execute(update(sources).where(sources.c.name == name).values(said)).rowcount == 0:
                connection.execute(sources.insert().values(name=name, cursor="", **said))

    def states(self) -> tuple[SourceState, ...]:
        """Every source that was ever fetched, by name."""
        columns = [sources.c[name] for name in ("name", "state", "fetched_at", "new", "message")]
        with self._doors.reading() as connection:
            return tuple(SourceState(**row) for row in connection.execute(select(*columns).order_by(sources.c.name)).mappings())
