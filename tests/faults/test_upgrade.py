"""Killed while an older database is brought up to date: it is as it was, and the next run does it."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.room import Room
from tests.faults.wire import Wire
from tests.forge import Forge, Orders
from tests.test_catalog_migrating import path as older

__all__ = ["older"]  # the fixture: a database at the first revision, with a letter that waits

PLACES = [
    ("digest.catalog:migrate", "before", 1),
    ("alembic.runtime.migration:HeadMaintainer.update_to_step", "after", 3),
    ("digest.catalog:migrate", "after", 1),
    ("commit", "before", 1),
]


@pytest.mark.parametrize(("place", "when", "count"), PLACES, ids=["before", "at the third step", "before the commit", "at the commit"])
def test_killed_while_it_upgrades_the_database_stays_old_and_whole_and_the_next_run_sends(
    older: Path, forge: Forge, place: str, when: str, count: int
) -> None:
    room = Room(older.parent, forge, ["ana@example.org"])
    with Wire() as wire:
        room.configure(wire)
        dead = room.digest("deliver", orders=Orders(place=place, when=when, count=count, signal=signal.SIGKILL))
        stayed = (room.rows("pragma integrity_check"), room.rows("select version_num from alembic_version"))
        again = room.digest("deliver")
        found = room.require_settled(wire)

    assert (dead.status, stayed, again.status) == (-signal.SIGKILL, ([("ok",)], [("0001",)]), 0)
    assert (found.lost, found.inexcusable, room.statuses()) == ((), (), {"sent": 1})


def test_killed_while_the_database_is_made_the_next_run_makes_it(fresh_room: Room) -> None:
    room = fresh_room
    room.database.unlink()
    with Wire() as wire:
        room.configure(wire)
        room.digest("run", orders=Orders(place="digest.catalog:migrate", when="after", signal=signal.SIGKILL))
        tables = room.rows("select count(*) from sqlite_master")
        again = room.digest("run")

    assert (tables, again.status) == ([(0,)], 0)
    with closing(sqlite3.connect(room.database)) as connection:
        assert connection.execute("select count(*) from papers").fetchone() == (3,)
