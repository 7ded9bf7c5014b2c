"""Databases that are full, locked, read-only or damaged: nothing is sent that is not written down, and the operator is told what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.forge import Forge
from tests.faults.room import Room
from tests.faults.wire import Wire


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


@pytest.mark.parametrize("leave", [40_000, 60_000, 80_000, 110_000, 150_000, 200_000, 260_000,330000, 400000])
def test_a_full_disk(room: Room, small: Path, forge: Forge, leave: int) -> None:
    for name in ("digest.db", "listing.json"):
        shutil.copy(room.folder / name, small / name)
    room = Room(small, forge, room.readers)
    with Wire() as wire:
        room.configure(wire, connections=2)
        filler = fill(small, leave)
        first = room.digest("deliver")
        a = len(wire.kept)
        room.require_sound(wire)
        b = room.statuses()
        filler.unlink()
        room.deliver_all()
        found = room.require_settled(wire)
    print(leave, a, b, len(found.inexcusable), first.status, first.err)
    assert found.lost == ()
