"""What tests make once instead of each time: the compiled built-in themes, and the tables of a new catalog.

Both took longer than most tests that need them: a theme 0.3 seconds, the migrations 0.1. Own themes are compiled, and older databases
migrated, as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

import digest.catalog
from digest.rendering import press


def keep_themes(patch: pytest.MonkeyPatch) -> None:
    """Compile a built-in theme once for each branding and language; as a service does, which shares it among letters and threads."""
    load = press.load_theme

    @lru_cache(maxsize=64)
    def built_in(name: str, brand: tuple[tuple[str, str], ...], rest: tuple[tuple[str, Any], ...]) -> Any:
        return load(name, None, brand=dict(brand), **dict(rest))

    def kept(name: str, themes: Any, *, brand: Any, **rest: Any) -> Any:
        if themes is not None:
            return load(name, themes, brand=brand, **rest)
        return built_in(name, tuple(brand.items()), tuple(rest.items()))

    patch.setattr(press, "load_theme", kept)


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
