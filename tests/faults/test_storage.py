"""Databases that are full, locked, read-only or damaged: nothing is sent that is not written down, and the operator is told what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.room import Room
from tests.faults.wire import Act, At, Fault, Wire
from tests.forge import Forge, Orders


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes; skips where none can be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Leave so many octets free."""
    filler = folder / "filler"
    free = shutil.disk_usage(folder).free
    filler.write_bytes(b"\0" * (free - leave))
    return filler


@pytest.fixture
def cramped(room: Room, small: Path, forge: Forge) -> Room:
    """The room on that file system."""
    for name in ("digest.db", "listing.json"):
        shutil.copy(room.folder / name, small / name)
    return Room(small, forge, room.readers)


@pytest.mark.parametrize("leave", [60_000, 110_000])
def test_on_a_disk_that_fills_up_every_letter_that_leaves_is_written_down_in_the_room_that_the_log_has(cramped: Room, leave: int) -> None:
    with Wire() as wire:
        cramped.configure(wire, connections=2)
        filler = fill(cramped.folder, leave)
        cramped.digest("deliver")
        at_once = (len(wire.kept), cramped.statuses()["sent"])
        filler.unlink()
        cramped.deliver_all()
        found = cramped.require_settled(wire)

    assert at_once[0] == at_once[1] >= 6
    assert (found.lost, found.inexcusable, found.excusable, cramped.statuses()) == ((), (), (), {"sent": 8})


def test_on_a_full_disk_nothing_is_sent_and_the_operator_is_told(cramped: Room) -> None:
    with Wire() as wire:
        cramped.configure(wire, connections=2)
        fill(cramped.folder, leave=40_000)
        done = cramped.digest("deliver")
        cramped.require_sound(wire)

        assert (done.status, wire.kept, cramped.statuses()) == (2, (), {"queued": 8})
    assert "digest.db: database or disk is full" in done.err
    assert "→ make room on the disk; what was stored is safe" in done.err


@pytest.mark.parametrize("leave", [50_000, 90_000, 130_000])
def test_a_disk_that_is_full_when_papers_are_recorded_or_issues_published_leaves_nothing_half_made(
    cramped: Room, fresh_database: Path, leave: int
) -> None:
    shutil.copy(fresh_database, cramped.database)
    with Wire() as wire:
        cramped.configure(wire)
        filler = fill(cramped.folder, leave)
        done = cramped.digest("run")
        cramped.require_sound(wire)
        filler.unlink()
        again = cramped.digest("run")
        found = cramped.require_settled(wire)

    assert (done.status, "database or disk is full" in done.err, again.status) == (2, True, 0)
    assert (found.lost, found.inexcusable, cramped.statuses()) == ((), (), {"sent": 8})


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program writes."""
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("begin immediate")
        yield
        connection.rollback()


def locked_at_the_third_letter(room: Room, seconds: float, held: ExitStack) -> Fault:
    """Another program begins to write just before the third letter is answered, and goes on for so long."""

    def fault(at: At) -> Act | None:
        if (at.stage, at.letter) == (".", 3):
            lock = held.enter_context(ExitStack())
            lock.enter_context(locked(room.database))
            threading.Timer(seconds, lock.close).start()
        return None

    return fault


@pytest.mark.parametrize(("seconds", "patience"), [(1.0, 30.0), (1.5, 1.0)], ids=["a second", "longer than is waited for at once"])
def test_another_program_that_writes_for_a_while_is_waited_for(room: Room, seconds: float, patience: float) -> None:
    with ExitStack() as held, Wire() as wire:
        room.configure(wire, connections=2)
        wire.fault = locked_at_the_third_letter(room, seconds, held)
        room.digest("deliver", orders=Orders(patience=patience))
        wire.fault = lambda at: None
        room.deliver_all()
        found = room.require_settled(wire)

    assert (found.lost, found.inexcusable, found.excusable) == ((), (), ())


def test_one_that_never_ends_stops_the_run_and_at_most_what_was_on_the_wire_repeats(room: Room) -> None:
    with ExitStack() as held, Wire() as wire:
        room.configure(wire, connections=2)
        wire.fault = locked_at_the_third_letter(room, 60.0, held)
        done = room.digest("deliver", orders=Orders(patience=0.3))
        room.require_sound(wire)
        wire.fault = lambda at: None
        held.close()
        room.deliver_all()
        found = room.require_settled(wire)

    assert (done.status, found.lost, len(found.inexcusable) <= 2) == (2, (), True)
    assert "digest.db: database is locked" in done.err
    assert "→ another program holds the database: let it finish, then run this again" in done.err


def test_a_database_that_may_not_be_written_sends_nothing(room: Room, forge: Forge) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to be somebody else")
    with tempfile.TemporaryDirectory() as name, Wire() as wire:
        theirs = Room(Path(name), forge, room.readers)
        shutil.copy(room.database, theirs.database)
        theirs.configure(wire)
        for path, mode in ((theirs.folder, 0o755), (theirs.database, 0o644), (theirs.folder / "config.toml", 0o644)):
            path.chmod(mode)
        done = theirs.digest("deliver", orders=Orders(user="nobody"))
        before = wire.kept
        theirs.deliver_all()
        found = theirs.require_settled(wire)

    assert (done.status, before, found.lost) == (2, (), ())
    assert "digest.db: attempt to write a readonly database" in done.err
    assert "→ make the file and its folder writable for this user" in done.err


@pytest.mark.parametrize("table", ["deliveries", "issues", "picks", "papers"])
def test_a_damaged_page_stops_the_run_before_anything_is_sent(room: Room, table: str) -> None:
    ((page, size),) = room.rows(f"select rootpage, (select page_size from pragma_page_size) from sqlite_master where name = '{table}'")
    sound = room.database.read_bytes()
    with room.database.open("r+b") as file:
        file.seek((int(str(page)) - 1) * int(str(size)))
        file.write(b"\xff" * 2048)
    with Wire() as wire:
        room.configure(wire, connections=2)
        done = room.digest("deliver")
        before = wire.kept
        for name in ("digest.db-wal", "digest.db-shm"):
            (room.folder / name).unlink(missing_ok=True)
        room.database.write_bytes(sound)  # the backup
        room.deliver_all()
        found = room.require_settled(wire)

    assert (done.status, before, found.lost, found.inexcusable) == (2, (), (), ())
    assert "digest.db: database disk image is malformed" in done.err
    assert "→ the file is damaged: restore a backup, or rescue it with `sqlite3 FILE .recover`" in done.err
