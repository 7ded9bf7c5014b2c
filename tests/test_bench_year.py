"""The year of ticks, in short: nothing is wrong with it, and what would be wrong is found."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from digest.catalog import open_catalog

BENCH = Path(__file__).parents[1] / "bench"
WRONG = ("lost", "repeated", "out_of_turn", "gaps", "papers_missed")
DAYS = 16


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module, a database that a short year has filled, its readers, and the computer it ran on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        import year  # type: ignore[import-not-found]  # a script, found by the path above
    rng, database = random.Random(7), tmp_path_factory.mktemp("year") / "year.db"
    with open_catalog(str(database)) as catalog:
        readers = [year.a_reader(catalog, number, list(year.ALWAYS), rng) for number in range(14)]
        computer = year.a_computer(DAYS, 60, rng)
        year.live(catalog, year.parts_of(catalog), readers, computer, list(year.ALWAYS), rng)
    return year, database, readers, computer


def compared(lived: Any, tmp_path: Path, *damage: str) -> dict[str, int]:
    """What is found in a copy of the database after that was done to it."""
    year, database, readers, computer = lived
    with sqlite3.connect(database) as source, sqlite3.connect(tmp_path / "copy.db") as copy:
        source.backup(copy)
        copy.execute("pragma foreign_keys = off")
        for statement in damage:
            copy.execute(statement)
    return dict(year.compare(tmp_path / "copy.db", readers, computer, DAYS))


def test_every_local_day_that_is_due_has_one_issue_and_every_paper_is_looked_at_once(lived: Any, tmp_path: Path) -> None:
    found = compared(lived, tmp_path)

    assert {name: found[name] for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert found["expected"] > 50
    assert found["issues"] >= found["expected"]


def test_a_lost_issue_an_early_one_and_a_missed_paper_are_found(lived: Any, tmp_path: Path) -> None:
    middle = "(select id from issues order by id limit 1 offset 40)"

    found = compared(
        lived,
        tmp_path,
        f"update issues set considered = considered + 1 where id = {middle} + 1",
        f"delete from issues where id = {middle}",
        f"update issues set period_end = datetime(period_end, '-1 hour') where id = {middle} + 2",
    )

    assert all(found[name] > 0 for name in ("lost", "out_of_turn", "gaps", "papers_missed"))
