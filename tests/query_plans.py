"""How SQLite goes about what a catalog asks it: by which index, and through which table from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from digest.catalog import Catalog


def plans(catalog: Catalog, ask: Callable[[Catalog], object]) -> tuple[str, ...]:
    """The steps of all that is read while this is asked, as SQLite explains them.

    They do not depend on how much the tables hold: nobody counts it for SQLite.
    """
    steps: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.lower().startswith("select"):
            asked = connection.connection.cursor()
            asked.execute(f"explain query plan {statement}", parameters)
            steps.extend(row[3] for row in asked.fetchall())

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        ask(catalog)
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    return tuple(steps)


def statements(ask: Callable[[], object], *beginnings: str) -> tuple[str, ...]:
    """Which of these beginnings the statements have that are executed while this is asked, in their order; others are left out."""
    found: list[str] = []

    def note(connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        found.extend(one for one in beginnings if statement.lower().startswith(one))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return tuple(found)


def read_whole(steps: tuple[str, ...], *tables: str) -> list[str]:
    """The steps that go through one of these tables, or through an index of one, from its beginning to its end."""
    return [step for step in steps for table in tables if step.split()[:2] == ["SCAN", table]]
