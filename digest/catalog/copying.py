"""Copies of the whole database: streaming a consistent copy of one that may be in use, and putting a copy in its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from ..errors import CatalogError, cure, why
from .doors import PATIENCE
from .health import file_of, require_ours
from .migrating import HEAD
from .workers import is_gone, this_worker

_PART = 2**20
"""Bytes that are in memory at a time."""
_OURS = "select version_num from alembic_version where exists (select 1 from sqlite_master where type = 'table' and name = 'paper_keys')"
_SKIPPED_IDS = 1_000_000
"""Ids to skip after restoring an old copy: ids given out since the copy was made still occur in links and Message-IDs of other readers."""
_TABLES_WITH_IDS = ("subscribers", "subscriptions", "issues", "deliveries")


def copy_of(database: str) -> Iterator[bytes]:
    """The database between two transactions, chunk by chunk, without the free space of deleted rows.

    Raises CatalogError if there is none, if it cannot be read, and for another program's, which could never be loaded.
    """
    path = file_of(database)
    if not path.exists():
        raise CatalogError(str(path), "there is no database yet", hint="`digest run` makes one")
    require_ours(path)
    try:
        with TemporaryDirectory(prefix="digest-") as folder:  # its mode is 0700, so nobody else can read the copy
            packed = Path(folder) / "packed.db"
            _pack(path, packed)
            with packed.open("rb") as file:
                while part := file.read(_PART):
                    yield part
    except OSError as error:  # of the temporary folder: what is done with the parts does not happen in here
        hint = f"{f'{first}; ' if (first := cure(error)) else ''}TMPDIR names the folder for the copy: set it to one that has room"
        place = f"{error.filename}: " if error.filename else ""
        raise CatalogError(str(path), f"cannot be copied: {place}{why(error)}", hint=hint) from error


def _pack(path: Path, packed: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as source:
            source.execute("vacuum into ?", (str(packed),))  # one read transaction, which blocks no writer
    except sqlite3.Error as error:
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        room = f"make room in {gettempdir()}, or set TMPDIR to a folder that has it"
        hint = room if is_full else "`digest doctor` looks at the database"
        raise CatalogError(str(path), f"cannot be copied: {error}", hint=hint) from error


def put_copy(content: Iterable[bytes], database: str, *, replace: bool = False, is_old: bool = False, dry_run: bool = False) -> None:
    """Put a copy in the database's place, readable by its owner only: either completely, or nothing is changed.

    If the copy may be old (`is_old`), the next million ids are skipped: links of readers who joined after the copy was made must not
    match readers who join from now on. With `dry_run` the copy is checked just as thoroughly, on the same disk, and then removed.

    Raises CatalogError if the copy is damaged, made by a newer digest or not a catalog; and, without `replace`, if there already is a
    database, or the log of one that was moved away; and if another program has the database open.
    """
    path = _real_path(database)
    beside = next(folder for folder in path.parents if folder.is_dir())  # on the same disk, so that the copy can be renamed into place
    with _workplace(beside) as folder:
        coming = folder / "digest.db"
        with open(os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        _check(coming, path)
        if is_old:
            _skip_ids(coming, path)
        require_room(database, replace=replace)
        if dry_run:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _close_old_database(path)
        else:
            _remove_log(path)
        coming.replace(path)


def require_room(database: str, *, replace: bool) -> None:
    """Raise CatalogError if there already is a database, or the log of one that was moved away, unless `replace` is set."""
    path = _real_path(database)
    log = Path(f"{path}-wal")
    if path.exists() and not replace:
        raise CatalogError(str(path), "there is a database already", hint="move it away, or say --replace to lose it")
    # SQLite would replay that log into the new database, and it may hold changes that the moved database lacks.
    if log.exists() and log.stat().st_size and not replace:
        hint = "stop `digest schedule` and `digest serve`, then move it along: NAME.db needs NAME.db-wal beside it; --replace loses it"
        raise CatalogError(str(log), "belongs to a database that was moved away without it", hint=hint)


@contextmanager
def _workplace(beside: Path) -> Iterator[Path]:
    """A temporary folder in that one; those of killed processes are removed first, as who was erased since can be read in them."""
    mark = ".digest-"
    for left in beside.glob(f"{mark}*"):
        if is_gone(left.name.removeprefix(mark).replace(",", ":")):
            shutil.rmtree(left, ignore_errors=True)
    place = beside / f"{mark}{this_worker().replace(':', ',')}"  # not every file system takes a colon
    place.mkdir(0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)  # if it stays, what was put in place is in place nevertheless


def _real_path(database: str) -> Path:
    """The database's real path: SQLite follows a symbolic link, and a copy in place of the link would leave the old database behind."""
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


def _skip_ids(coming: Path, path: Path) -> None:
    try:
        with closing(sqlite3.connect(coming)) as connection, connection:
            for table in _TABLES_WITH_IDS:
                last = connection.execute("select max(seq) from sqlite_sequence where name = ?", (table,)).fetchone()[0] or 0
                connection.execute("delete from sqlite_sequence where name = ?", (table,))
                connection.execute("insert into sqlite_sequence (name, seq) values (?, ?)", (table, last + _SKIPPED_IDS))
    except sqlite3.Error as error:
        hint = "make room on its disk, or take another copy; nothing was changed"
        raise CatalogError(str(path), f"the copy cannot be made ready: {error}", hint=hint) from error


def _close_old_database(path: Path) -> None:
    """Make sure that nobody has the old database open, and that its log cannot be replayed into the new one."""
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            # Needs exclusive access, writes the log back into the database and removes the log.
            connection.execute("pragma journal_mode = delete")
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # the rest tells which kind
            hint = "look at its disk, or move it and its -wal away; nothing was changed"
            raise CatalogError(str(path), f"cannot be replaced: {error}", hint=hint) from error
        hint = "stop `digest schedule` and `digest serve`, then try again; nothing was changed"
        raise CatalogError(str(path), f"another program has it open: {error}", hint=hint) from error
    except sqlite3.DatabaseError:  # the old database is damaged: replacing it is the point
        _remove_log(path)


def _remove_log(path: Path) -> None:
    for tail in ("-wal", "-shm"):
        Path(f"{path}{tail}").unlink(missing_ok=True)
