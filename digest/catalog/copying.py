"""The whole database in parts and back again: a consistent copy of one that may be in use, and a copy put in its place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from ..errors import CatalogError
from .doors import PATIENCE
from .health import file_of, require_ours
from .migrating import HEAD

_PART = 2**20
"""Octets that are in memory at a time."""
_OURS = "select version_num from alembic_version where exists (select 1 from sqlite_master where type = 'table' and name = 'paper_keys')"
_LEFT_OUT = 1_000_000
"""Numbers that nobody gets where a copy may be old: links and Message-IDs speak of readers by numbers that were given since it was made."""
_NUMBERED = ("subscribers", "subscriptions", "issues", "deliveries")


def copy_of(database: str) -> Iterator[bytes]:
    """The database as it is between two transactions, part by part, without the room that what was deleted left free.

    Raises CatalogError where there is none, where it cannot be read, and for another program's, which could never be loaded.
    """
    path = file_of(database)
    if not path.exists():
        raise CatalogError(str(path), "there is no database yet", hint="`digest run` makes one")
    require_ours(path)
    with TemporaryDirectory(prefix="digest-") as folder:  # made with 0700, so that nobody reads the copy meanwhile
        packed = Path(folder) / "packed.db"
        try:
            with closing(sqlite3.connect(path, timeout=PATIENCE)) as source:
                source.execute("vacuum into ?", (str(packed),))  # one reading transaction, which keeps no writer waiting
        except sqlite3.Error as error:
            is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            room = f"make room in {gettempdir()}, or set TMPDIR to a folder that has it"
            hint = room if is_full else "`digest doctor` looks at the database"
            raise CatalogError(str(path), f"cannot be copied: {error}", hint=hint) from error
        with packed.open("rb") as file:
            while part := file.read(_PART):
                yield part


def put_copy(content: Iterable[bytes], database: str, *, replace: bool = False, is_old: bool = False, dry_run: bool = False) -> None:
    """Put a copy where the database belongs, readable for its owner only: all of it, or nothing is changed.

    One that may be old (`is_old`) gives none of the next million numbers: who comes after must not be met by links of who came since.
    With `dry_run` it is looked at as closely, on the disk that it would be on, and nothing stays there.

    Raises CatalogError for a copy that is damaged, a newer digest's or not a catalog's, and where a database, or the log of one that was
    moved away, is there already and `replace` is not said, or another program has it open.
    """
    path = _place_of(database)
    beside = next(folder for folder in path.parents if folder.is_dir())  # the same disk, so that it can be moved there at once
    with TemporaryDirectory(prefix=".digest-", dir=beside) as folder:
        coming = Path(folder) / "digest.db"
        with open(os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        _check(coming, path)
        if is_old:
            _leave_numbers_out(coming, path)
        require_room(database, replace=replace)
        if dry_run:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _let_go(path)
        else:
            _remove_log(path)
        coming.replace(path)


def require_room(database: str, *, replace: bool) -> None:
    """Raise CatalogError where a database, or the log of one that was moved away, is there already and `replace` is not said."""
    path = _place_of(database)
    log = Path(f"{path}-wal")
    if path.exists() and not replace:
        raise CatalogError(str(path), "there is a database already", hint="move it away, or say --replace to lose it")
    # It would be read into the new one, and may hold what the one that was moved away lacks.
    if log.exists() and log.stat().st_size and not replace:
        hint = "stop `digest schedule` and `digest serve`, then move it along: NAME.db needs NAME.db-wal beside it; --replace loses it"
        raise CatalogError(str(log), "belongs to a database that was moved away without it", hint=hint)


def _place_of(database: str) -> Path:
    """Where a link leads, since SQLite keeps file and log there: a copy in the link's own place would leave the old database behind."""
    return Path(os.path.realpath(file_of(database)))


def _check(coming: Path, path: Path) -> None:
    try:
        with closing(sqlite3.connect(coming)) as connection:
            is_sound = connection.execute("pragma quick_check(1)").fetchone() == ("ok",)
            ours = connection.execute(_OURS).fetchone()
    except sqlite3.Error:
        ours = None
    if ours is None or not is_sound:
        raise CatalogError(str(path), "the copy is not a sound catalog", hint="take another copy; nothing was changed")
    if ours[0] > HEAD:  # revisions are numbers of four digits
        told = f"the copy is of a newer digest ({ours[0]}): this one does not open it"
        raise CatalogError(str(path), told, hint="upgrade digest; nothing was changed")


def _leave_numbers_out(coming: Path, path: Path) -> None:
    try:
        with closing(sqlite3.connect(coming)) as connection, connection:
            for table in _NUMBERED:
                last = connection.execute("select max(seq) from sqlite_sequence where name = ?", (table,)).fetchone()[0] or 0
                connection.execute("delete from sqlite_sequence where name = ?", (table,))
                connection.execute("insert into sqlite_sequence (name, seq) values (?, ?)", (table, last + _LEFT_OUT))
    except sqlite3.Error as error:
        hint = "make room on its disk, or take another copy; nothing was changed"
        raise CatalogError(str(path), f"the copy cannot be made ready: {error}", hint=hint) from error


def _let_go(path: Path) -> None:
    """Make sure that nobody has the old database open, and that nothing of its log would be read into the new one."""
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            # Needs the database for itself, folds the log into it and removes the log.
            connection.execute("pragma journal_mode = delete")
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # the rest tells which kind
            hint = "look at its disk, or move it and its -wal away; nothing was changed"
            raise CatalogError(str(path), f"cannot be replaced: {error}", hint=hint) from error
        hint = "stop `digest schedule` and `digest serve`, then try again; nothing was changed"
        raise CatalogError(str(path), f"another program has it open: {error}", hint=hint) from error
    except sqlite3.DatabaseError:  # damaged: that is what the copy is for
        _remove_log(path)


def _remove_log(path: Path) -> None:
    for tail in ("-wal", "-shm"):
        Path(f"{path}{tail}").unlink(missing_ok=True)
