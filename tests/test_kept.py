"""What tests make once is what would have been made each time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import digest.catalog
from digest.catalog.migrating import migrate

from .kept import memo, tables_kept


def test_the_tables_that_are_kept_are_those_that_the_migrations_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest.catalog, "migrate", tables_kept(migrate))

    migrated, *said_again = (everything(tmp_path / f"{number}.db") for number in range(3))

    assert said_again == [migrated, migrated]
    assert len(migrated) > 50


def everything(database: Path) -> list[str]:
    """All that a new catalog in that file holds."""
    digest.catalog.open_catalog(str(database)).close()
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def test_what_is_made_once_is_read_by_whoever_asks_next(tmp_path_factory: pytest.TempPathFactory) -> None:
    first = memo(tmp_path_factory, "once", lambda folder: [str(folder), "a letter"])
    second = memo(tmp_path_factory, "once", lambda folder: [str(folder), "another"])

    assert first == second == (first[0], [str(first[0]), "a letter"])
