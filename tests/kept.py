"""What tests make once instead of each time: built-in themes, templates' code, papers' words, a new catalog's tables, and statements' SQL.

They took longer than most tests that need them: a theme 0.3 seconds, the migrations 0.1, and each command of a few words as much. Own
themes are read and checked, and older databases migrated, as ever. What a file of tests looks at as a whole is made by one worker for all.
"""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import pytest
from jinja2 import Environment
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

import digest.catalog
from digest.catalog import doors
from digest.model import Paper
from digest.ranking.texts import words
from digest.rendering import press

T = TypeVar("T")


def memo(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> tuple[Path, T]:
    """A folder and what `make` makes in it: made by the worker that asks first, read by the others.

    The tests of one file are divided among the workers, and each would make for itself what takes seconds.
    """
    run = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    made = run / f"{name}.made"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder = factory.mktemp(name)
            whole = pickle.dumps((folder, make(folder)))
            made.write_bytes(whole)
    return cast(tuple[Path, T], pickle.loads(made.read_bytes()))


def keep_themes(patch: pytest.MonkeyPatch) -> None:
    """Compile and prove a built-in theme once for each branding and language; as a service does, which shares it among letters."""
    load, prove, proven = press.load_theme, press.Press._prove, WeakValueDictionary[tuple[int, str], Any]()

    @lru_cache(maxsize=64)
    def built_in(name: str, brand: tuple[tuple[str, str], ...], rest: tuple[tuple[str, Any], ...]) -> Any:
        return load(name, None, brand=dict(brand), **dict(rest))

    def kept(name: str, themes: Any, *, brand: Any, **rest: Any) -> Any:
        if themes is not None:
            return load(name, themes, brand=brand, **rest)
        return built_in(name, tuple(brand.items()), tuple(rest.items()))

    def proved(self: Any) -> None:
        sheet = self._theme.sheets[0]
        key = (id(sheet), repr(self._branding))
        if proven.get(key) is not sheet:
            prove(self)
            proven[key] = sheet

    patch.setattr(press, "load_theme", kept)
    patch.setattr(press.Press, "_prove", proved)


def keep_templates(patch: pytest.MonkeyPatch) -> None:
    """Turn the same text into code once for all environments that are alike, wherever it lies: a theme is some forty such texts."""
    compiled, known = Environment.compile, dict[Any, Any]()

    def kept(self: Environment, source: Any, name: Any = None, filename: Any = None, raw: Any = False, defer_init: Any = False) -> Any:
        if not isinstance(source, str) or raw:
            return compiled(self, source, name, filename, raw, defer_init)
        ways = (self.autoescape, self.finalize, self.undefined, self.trim_blocks, self.lstrip_blocks, self.keep_trailing_newline)
        filters = frozenset(self.filters.items())  # what does not change is filled in while compiling
        key = (type(self), *ways, *self.extensions, filters, source, name is None, filename is None, defer_init)
        if key not in known:
            known[key] = compiled(self, source, name, filename, raw, defer_init), name
        code, place = known[key]
        return code if name == place and filename in (None, code.co_filename) else _moved(code, place, name, filename)

    patch.setattr(Environment, "compile", kept)


def _moved(code: CodeType, old: str, new: str, filename: str) -> CodeType:
    """The same code as if its text had lain elsewhere, under another name."""
    held = (_moved(one, old, new, filename) if isinstance(one, CodeType) else new if one == old else one for one in code.co_consts)
    return code.replace(co_consts=tuple(held), co_filename=filename or code.co_filename)


def keep_words(patch: pytest.MonkeyPatch) -> None:
    """Read equal texts into words once: tests rank before the same crowds."""
    read, known = words.read_words, dict[str, words.Words]()

    def kept(paper: Paper) -> words.Words:
        text = words.written(paper)
        if text not in known:
            known[text] = read(paper)
        return known[text]

    patch.setattr(words, "read_words", kept)


def keep_tables(patch: pytest.MonkeyPatch) -> None:
    """Let the migrations run in the first new database only, and say in the others what they said there."""
    patch.setattr(digest.catalog, "migrate", tables_kept(digest.catalog.migrate))


def tables_kept(migrate: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """The same, for new databases by what they hold after the first time."""
    record: list[str] = []

    def kept(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if inspect(connection).get_table_names():
            migrate(connection)
        elif record:
            for statement in record:
                driver.execute(statement)
        else:
            migrate(connection)
            record.extend(list(driver.iterdump())[1:-1])  # without BEGIN and COMMIT: a transaction is open

    return kept


def keep_statements(patch: pytest.MonkeyPatch) -> None:
    """Put each statement into SQL once for all databases: SQLAlchemy does so for each anew, and a test opens a dozen."""
    make, known = doors.create_engine, dict[Any, Any]()

    def kept(*arguments: Any, **options: Any) -> Engine:
        return make(*arguments, **options).execution_options(compiled_cache=known)

    # Its SQL is remembered by the dialect, of which each engine has one, all alike.
    patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda self: hash(type(self)))
    patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda self, other: type(self) is type(other))
    patch.setattr(doors, "create_engine", kept)
