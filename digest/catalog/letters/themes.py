"""The last good state of operators' themes, used when one is broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ..doors import Doors, put
from ..schema.made import good_themes

Files = tuple[tuple[str, str], ...]
"""The files of a theme: (name, text) pairs."""


@dataclass(frozen=True, slots=True)
class GoodTheme:
    """A theme whose files could be set when they were kept."""

    name: str
    files: Files
    kept_at: datetime


class Themes:
    """The last good state of each theme, by name."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def keep(self, name: str, files: Files, now: datetime) -> bool:
        """Keep these files of a theme that can be set; False, and nothing is written, if they are the ones kept already."""
        before = self.find(name)
        if before is not None and dict(before.files) == dict(files):
            return False
        with self._doors.writing() as connection:
            put(connection, good_themes, {"name": name, "files": dict(files), "kept_at": now})
        return True

    def find(self, name: str) -> GoodTheme | None:
        """What is kept of that theme, if anything."""
        with self._doors.reading() as connection:
            row = connection.execute(select(good_themes).where(good_themes.c.name == name)).one_or_none()
        return None if row is None else GoodTheme(row.name, tuple(sorted(row.files.items())), row.kept_at)
