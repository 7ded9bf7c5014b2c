"""A worker is really killed, in each stage of a letter: nothing is lost, and only what was on the wire may go out once more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.model import DeliveryStatus

from .builders import NOON
from .catalog_rooms import LEASE, published
from .forge import Forge, Orders, Running

WORKER = """
import os, signal, socket, sys
from datetime import timedelta
from digest.catalog import open_catalog
from digest.model import DeliveryStatus
from tests.fates import began, settled
from tests.builders import NOON

database, taken, stage = sys.argv[1:]
catalog = open_catalog(database)
wire = os.open(taken, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def reached(name, number):
    if (name, number) == (stage, 1):
        print("there", flush=True)
        signal.pause()  # until the parent kills us

catalog.outbox.recover(NOON)
batch = catalog.outbox.claim(NOON, f"{socket.gethostname()}:{os.getpid()}:x", 10, timedelta(hours=2))
for number, delivery in enumerate(batch):
    reached("claimed", number)
    began(catalog.outbox, delivery.id, NOON)
    reached("sending", number)
    os.write(wire, f"{delivery.message_id}\\n".encode())
    reached("taken", number)
    settled(catalog.outbox, delivery.id, DeliveryStatus.SENT, NOON)
    reached("settled", number)
catalog.outbox.sync()
"""


@dataclass(frozen=True, slots=True)
class Workers:
    """Starts workers, each in a process of its own."""

    forge: Forge
    folder: Path

    def work_off(self) -> None:
        self._start().ended()

    def kill_at(self, stage: str) -> None:
        """Start one and kill it when its second letter has come that far."""
        with self.waiting_at(stage):
            pass

    @contextmanager
    def waiting_at(self, stage: str) -> Iterator[None]:
        """One whose second letter has come that far; it is killed at the end of the block."""
        reads, writes = os.pipe()
        with open(reads, encoding="utf-8") as said:
            victim = self._start(stage, stdout=writes)
            os.close(writes)
            try:
                assert said.readline() == "there\n"
                yield
            finally:
                victim.kill()
                victim.ended()

    def _start(self, stage: str = "", stdout: int | None = None) -> Running:
        arguments = (str(self.folder / "digest.db"), str(self.folder / "taken"), stage)
        return self.forge.start(self.folder, *arguments, orders=Orders(code=WORKER), stdout=stdout)


@pytest.fixture
def workers(forge: Forge, tmp_path: Path) -> Workers:
    return Workers(forge, tmp_path)


@pytest.mark.parametrize(
    ("stage", "repeated"),
    [("claimed", []), ("sending", []), ("taken", ["<2026-11-23.2@example.org>"]), ("settled", [])],
)
def test_killed_anywhere_and_started_again_every_letter_goes_out(
    workers: Workers, tmp_path: Path, stage: str, repeated: list[str]
) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        published(catalog, "a@example.org", "b@example.org", "c@example.org")
    workers.kill_at(stage)

    workers.work_off()

    taken = (tmp_path / "taken").read_text().split()
    assert sorted(set(taken)) == [f"<2026-11-23.{n}@example.org>" for n in (1, 2, 3)]
    assert [message_id for message_id in dict.fromkeys(taken) if taken.count(message_id) > 1] == repeated
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert {status: n for status, n in catalog.outbox.counts().items() if n} == {DeliveryStatus.SENT: 3}


def test_between_death_and_recovery_what_is_in_doubt_can_be_seen(workers: Workers, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        published(catalog, "a@example.org", "b@example.org", "c@example.org")
        with workers.waiting_at("taken"):
            before = catalog.outbox.recover(NOON)

        counts = [{str(status): n for status, n in catalog.outbox.counts().items() if n}]
        recovered = catalog.outbox.recover(NOON)
        counts.append({str(status): n for status, n in catalog.outbox.counts().items() if n})

        assert (before, recovered) == (0, 2)
        assert counts == [{"sent": 1, "sending": 1, "claimed": 1}, {"sent": 1, "unknown": 1, "queued": 1}]
        assert [d.status for d in catalog.outbox.claim(NOON, "host:1:a", 10, LEASE)] == [DeliveryStatus.UNKNOWN, DeliveryStatus.QUEUED]
