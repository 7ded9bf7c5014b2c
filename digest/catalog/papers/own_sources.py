"""The sources that commands added, and which sources, these or the configuration's, are paused."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from shlex import quote
from typing import Any

from sqlalchemy import delete, select

from ...errors import UsageError
from ...model import SourceOptions
from ..doors import Doors, put
from ..schema.ledger import own_sources
from .ledger import mended


class OwnSources:
    """Sources added by commands, and pauses; the configuration's sources are in its file, and only their pauses here."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def merged(self, configured: tuple[SourceOptions, ...]) -> tuple[SourceOptions, ...]:
        """The configuration's sources and the added ones, each marked as paused if it is.

        Raises UsageError if both have one of the same name.
        """
        added, paused = self._known()
        for name in sorted({source.name for source in configured} & added.keys()):
            hint = f"give the one in the file another name, or take the other away: digest sources remove {quote(name)}"
            raise UsageError(name, "the configuration has this source, and a command added one of the same name", hint=hint)
        known = (*configured, *added.values())
        return tuple(replace(source, paused=source.paused or source.name in paused) for source in known)

    def added(self) -> frozenset[str]:
        """The names of the sources that commands added."""
        return frozenset(self._known()[0])

    def add(self, options: SourceOptions, now: datetime) -> None:
        """Store a source, replacing one of the same name and forgetting that one's failures."""
        row = {**asdict(options), "holidays": [day.isoformat() for day in options.holidays], "paused": False}
        with self._doors.writing() as connection:
            put(connection, own_sources, {"name": options.name, "options": row, "paused": options.paused, "changed_at": now})
            mended(connection, options.name)

    def remove(self, name: str) -> bool:
        """Forget an added source; False if there is none of that name. The papers it listed stay."""
        with self._doors.writing() as connection:
            gone = delete(own_sources).where(own_sources.c.name == name, own_sources.c.options.is_not(None))
            return bool(connection.execute(gone).rowcount)

    def pause(self, name: str, now: datetime, *, paused: bool = True) -> None:
        """Pause a source, or (`paused=False`) ask it again from the next run on, however often it failed before."""
        with self._doors.writing() as connection:
            options = connection.scalar(select(own_sources.c.options).where(own_sources.c.name == name))
            put(connection, own_sources, {"name": name, "options": options, "paused": paused, "changed_at": now})
            if not paused:
                mended(connection, name)

    def _known(self) -> tuple[dict[str, SourceOptions], frozenset[str]]:
        with self._doors.reading() as connection:
            rows = connection.execute(select(own_sources).order_by(own_sources.c.name)).mappings().all()
        added = {row["name"]: _options(row["options"]) for row in rows if row["options"] is not None}
        return added, frozenset(row["name"] for row in rows if row["paused"])


def _options(row: dict[str, Any]) -> SourceOptions:
    days = tuple(date.fromisoformat(day) for day in row["holidays"])
    return SourceOptions(**{**row, "categories": tuple(row["categories"]), "holidays": days})
