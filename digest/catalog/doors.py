"""The two doors to the database, reading and writing; the only module that knows which kind of database it is (SQLite)."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from ..errors import CatalogError, cure

PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""
CHUNK = 500
"""Values in one `in (…)`: every SQLite accepts 999."""
TABLES = "select name from sqlite_master where type = 'table'"
"""A database's own tables."""
_DOOR, _SYNCHRONOUS = "digest_door", "digest_synchronous"
_HINTS = (
    ("locked", "another program holds the database: let it finish, then run this again"),
    ("readonly", "make the file and its folder writable for this user"),
    ("unable to open", "check that it is a file in a folder that exists, the disk not read-only, and that this user may write there"),
    ("not a database", "name another file as `database`; this one holds something else"),
    ("malformed", "the file is damaged: restore a backup, or rescue it with `sqlite3 FILE .recover`"),
    ("full", "make room on the disk; what was stored is safe"),
    ("disk i/o", "make room on the disk if it is full (df -h), else check it; what was stored before is safe"),
)

Value = TypeVar("Value")


class Doors:
    """A database, accessed through `reading()` or `writing()`: each is one transaction, which ends with the block."""

    def __init__(self, database: str, *, patience: float = PATIENCE) -> None:
        self._url = url_of(database)
        self.database = self._url.render_as_string(hide_password=False)
        self.subject = self._url.render_as_string(hide_password=True).removeprefix("sqlite:///")
        self._engine = _engine(self._url, patience)
        self._file: tuple[int, int] | None = None
        try:
            with self._translated():
                _prepare(self._engine, self._url, patience)
            self._file = _file_at(self._url)
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the catalog as it is now, until the end of the block. Raises CatalogError."""
        with self._entered("reading") as connection:
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[Connection]:
        """A connection with the only right to write until the end of the block: all changes are stored, or none after an exception.

        Without `durable` a power cut may undo the latest transactions, newest first; killing a process never does. A durable transaction
        survives a power cut, along with everything stored before it. Raises CatalogError if another process writes for too long.
        """
        with self._entered("durable" if durable else "writing") as connection:
            yield connection

    @contextmanager
    def swiftly(self) -> Iterator[sqlite3.Connection]:
        """Like `writing`, but with the driver's own connection, which is four times as fast: for the one transaction each letter needs.

        Statements are in the driver's SQL, and times go through `moments.stored`. If the block raises or rolls back, nothing is stored.
        """
        with self._translated():
            pooled = self._engine.raw_connection()
            try:
                connection = pooled.driver_connection
                assert isinstance(connection, sqlite3.Connection), "the only database yet"
                _synchronise(connection.execute, pooled.info, "normal")
                connection.execute("begin immediate")
                yield connection
                connection.commit()
            finally:
                pooled.close()  # back to the pool, which rolls back what is still open

    def scrub(self) -> bool:
        """Write SQLite's log back into the database file and empty it, so that erased data is not readable there.

        False if somebody else kept reading the old state for longer than we wait; then nothing changed.
        """
        with self._translated(), self._engine.connect().execution_options(**{_DOOR: "outside"}) as connection:
            # "Busy" is not an error here but the first of three numbers (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
            return not connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()[0]

    def fold(self) -> None:
        """Write SQLite's log back into the database file, so that the log starts over in the disk space it already has."""
        with self._translated(), self._engine.connect().execution_options(**{_DOOR: "outside"}) as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(restart)")

    def close(self) -> None:
        """Close the database; the last process to do so writes SQLite's log back into the file."""
        self._engine.dispose()

    @contextmanager
    def _entered(self, door: str) -> Iterator[Connection]:
        with self._translated(), self._engine.connect().execution_options(**{_DOOR: door}) as connection, connection.begin():
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        # SQLite keeps writing to a file that was removed: an unsubscription would be confirmed and then lost. This check takes 2 µs.
        if self._file is not None and self._file != _file_at(self._url):
            message = "was removed, or another file put in its place, while it was open"
            raise CatalogError(self.subject, message, hint="put the file back with its -wal beside it, or start digest again")
        try:
            yield
        except (DatabaseError, sqlite3.DatabaseError) as error:
            # The other subclasses (a violated constraint, a wrong statement) are bugs, which an operator cannot mend.
            if type(error).__name__ not in ("DatabaseError", "OperationalError", "InternalError"):
                raise
            message = str(error.orig if isinstance(error, DatabaseError) else error)
            hint = next((hint for word, hint in _HINTS if word in message.lower()), "")
            raise CatalogError(self.subject, message, hint=hint) from error


def chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    """The values in lists of at most CHUNK."""
    listed = list(values)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, skipping those whose unique key exists already."""
    if rows:
        connection.execute(_insert(connection)(table).on_conflict_do_nothing(), list(rows))


def insert_plain(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows whose values need no conversion for the driver (numbers and text), in the order of the table's columns.

    SQLAlchemy would check each value of each row, which takes three times as long.
    """
    statement = table.insert().compile(dialect=connection.dialect, column_keys=list(columns))
    assert statement.positiontup == list(columns), "values are bound in the order of the table's columns"
    if rows:
        connection.exec_driver_sql(str(statement), list(rows))


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the values of the row with its primary key."""
    keys = [column.name for column in table.primary_key]
    values = {name: value for name, value in row.items() if name not in keys}
    connection.execute(_insert(connection)(table).values(**row).on_conflict_do_update(index_elements=keys, set_=values))


def _insert(connection: Connection) -> Any:  # each dialect has its own class of inserts with "on conflict"
    return {"sqlite": sqlite.insert}[connection.dialect.name]


def url_of(database: str) -> URL:
    """The URL of a database that is given as a path or a URL. Raises CatalogError if it is not supported."""
    try:
        url = make_url(database) if "://" in database else URL.create("sqlite", database=database)
        if url.drivername in ("sqlite", "sqlite+pysqlite"):
            url.get_dialect()().create_connect_args(url)  # refuses what names a host, or an option of the wrong kind
    except (ArgumentError, ValueError) as error:
        raise CatalogError("database", "not a path or an address of a database", hint='write a path: database = "digest.db"') from error
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise CatalogError("database", f"{url.drivername!r} is not supported yet", hint='use SQLite: database = "digest.db"')
    if url.database in (None, "", ":memory:"):
        raise CatalogError("database", "a catalog lives in a file", hint='write a path: database = "digest.db"')
    return url


def _engine(url: URL, patience: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": patience}, pool_size=4, max_overflow=60)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, record: object) -> None:
    # The driver must not begin transactions on its own: it would begin them late and upgrade read locks, which loses updates.
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    connection.isolation_level = None
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = normal")
    # Off by default in some builds of SQLite: then rows that move between pages leave copies behind, which erasing a reader would miss.
    connection.execute("pragma secure_delete = on")


def _on_begin(connection: Connection) -> None:
    door = connection.get_execution_options().get(_DOOR, "reading")
    if door == "outside":  # for pragmas that do not work inside a transaction
        return
    if door == "reading":
        connection.exec_driver_sql("begin")
        return
    # With FULL a commit syncs the whole write-ahead log, so earlier commits that were not synced become safe as well.
    _synchronise(connection.exec_driver_sql, connection.info, "full" if door == "durable" else "normal")
    connection.exec_driver_sql("begin immediate")


def _synchronise(execute: Callable[[str], object], info: MutableMapping[Any, Any], wanted: str) -> None:
    """Make commits on a connection wait for the disk ("full") or not ("normal"); its `info` remembers the current setting."""
    if info.get(_SYNCHRONOUS, "normal") != wanted:
        execute(f"pragma synchronous = {wanted}")
        info[_SYNCHRONOUS] = wanted


def _prepare(engine: Engine, url: URL, patience: float) -> None:
    """Create the file, readable by its owner only whatever the umask, and switch it to a write-ahead log (which gets its permissions)."""
    if url.database and not url.database.startswith("file:"):
        _make_file(Path(url.database))
    deadline = time.monotonic() + patience
    while True:
        try:
            _use_write_ahead_log(engine)
            return
        except OperationalError as error:
            # Several processes are opening a new file at once: SQLite does not wait for this lock by itself.
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _use_write_ahead_log(engine: Engine) -> None:
    with engine.connect().execution_options(**{_DOOR: "outside"}) as connection:
        is_set = connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        if not is_set and not is_anothers(connection.exec_driver_sql(TABLES).scalars()):
            connection.exec_driver_sql("pragma journal_mode = wal")


def is_anothers(tables: Iterable[str]) -> bool:
    """Whether a database with these tables is another program's: it stays as it is, and `migrating.revision` refuses it."""
    there = set(tables)
    return bool(there) and "paper_keys" not in there


def _file_at(url: URL) -> tuple[int, int] | None:
    """The identity of the file at this URL (device and inode); (0, 0) if there is none, None for a "file:" URI, which is no plain path."""
    assert url.database is not None, "a catalog lives in a file"
    if url.database.startswith("file:"):
        return None
    try:
        found = os.stat(url.database)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _make_file(path: Path) -> None:
    try:
        # Follow a symbolic link here: if SQLite created the link's target, its permissions would depend on the umask.
        os.close(os.open(os.path.realpath(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        hint = cure(error) or "make the folder first, and let this user write in it"
        raise CatalogError(str(path), f"cannot be made: {error.strerror}", hint=hint) from error
