"""Checks a database's health without migrating it or changing anything in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..errors import CatalogError
from .doors import TABLES, Doors, is_anothers, url_of
from .migrating import HEAD, revision

_PATIENCE = 5.0
"""Seconds to wait for a process that writes: somebody is waiting at a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of a database file.

    `revision` is the schema's ("" for an empty file), `faults` is the damage that SQLite reports; `size` (with the log) and `free` (space
    on the disk) are in bytes. One that `is_newer` was made by a later digest, and this one does not open it.
    """

    path: str
    revision: str
    is_current: bool
    is_newer: bool
    faults: tuple[str, ...]
    size: int
    free: int


def health(database: str) -> Health | None:
    """The health of the database; None if there is none yet. Raises CatalogError if it cannot be opened, read or written."""
    path = file_of(database)
    if not os.path.exists(path):
        return None
    require_ours(path)
    doors = Doors(database, patience=_PATIENCE)
    try:
        with doors.reading() as connection:
            found = revision(connection)
            faults = tuple(str(line) for line in connection.exec_driver_sql("pragma quick_check(5)").scalars() if line != "ok")
        with doors.writing() as connection:
            if found is not None:
                # Changes nothing, but fails for a read-only file: SQLite reports that only at a change.
                connection.exec_driver_sql("update alembic_version set version_num = version_num where 0")
    finally:
        doors.close()
    size = sum(part.stat().st_size for part in (path, Path(f"{path}-wal")) if part.exists())
    free = shutil.disk_usage(path.parent).free
    known = found or ""
    # Revisions are numbers of four digits.
    return Health(path=str(path), revision=known, is_current=known == HEAD, is_newer=known > HEAD, faults=faults, size=size, free=free)


def exists(database: str) -> bool:
    """Whether the database's file exists. Raises CatalogError as `file_of` does."""
    return os.path.exists(file_of(database))


def require_ours(path: Path) -> None:
    """Raise CatalogError for another program's database."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = [name for (name,) in connection.execute(TABLES)]
    except sqlite3.Error:
        return  # whoever opens it next will report what is wrong with it
    if is_anothers(tables):
        raise CatalogError(str(path), "this database belongs to another program", hint="name another file as `database`")


def file_of(database: str) -> Path:
    """The database's file. Raises CatalogError for a URL that is not of an SQLite file."""
    return Path(str(url_of(database).database))
