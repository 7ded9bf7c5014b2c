"""What every test of faults works with: one forge, a room of letters copied from one that was filled once, and a server to come."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from digest.catalog import open_catalog
from digest.config import parse
from digest.run import Report, publish
from digest.wiring import build
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.faults.room import Room
from tests.forge import Forge

NAMES = ("ana", "bo", "cy", "di", "ed", "fay", "gus", "hal")
READERS = tuple(f"{name}@{name}.example.org" for name in NAMES)
PAPERS = tuple(
    {"id": f"{n:04}", "title": f"Calibration of language models, part {n}", "abstract": "We calibrate.", "days_ago": 0} for n in range(1, 4)
)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with eight readers whose letters of the day are queued; and one with the same readers before any run."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "listing.json").write_text(json.dumps({"papers": PAPERS}), encoding="utf-8")
    with open_catalog(str(folder / "fresh.db")) as catalog:
        for address in READERS:
            catalog.subscribers.add(a_subscription(address), NOON)
    shutil.copy(folder / "fresh.db", folder / "digest.db")
    text = '[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n[[sources]]\nkind = "arxiv"\npaused = true\n'
    with build(parse(text, folder / "config.toml", {}), NOON) as parts:
        parts.catalog.papers.record(a_batch(a_paper(title="Calibration of language models")), NOON)
        publish(parts, Report(NOON))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: a death leaves the same there, and nothing waits for a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as name:
        yield Path(name)


@pytest.fixture
def room(folder: Path, filled: Path, forge: Forge) -> Room:
    """Eight letters that wait."""
    shutil.copy(filled / "digest.db", folder / "digest.db")
    shutil.copy(filled / "listing.json", folder / "listing.json")
    return Room(folder, forge, READERS)


@pytest.fixture
def fresh_room(folder: Path, filled: Path, forge: Forge) -> Room:
    """Eight readers, and papers in a listing that nobody has read."""
    shutil.copy(filled / "fresh.db", folder / "digest.db")
    shutil.copy(filled / "listing.json", folder / "listing.json")
    return Room(folder, forge, READERS)


@pytest.fixture
def fresh_database(filled: Path) -> Path:
    """The database of a fresh room, to be copied."""
    return filled / "fresh.db"
