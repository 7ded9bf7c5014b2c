"""A worker is really killed, in each stage of a letter: nothing is lost, and only what was on the wire may go out once more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.model import DeliveryStatus

from .builders import NOON
from .catalog_rooms import LEASE, published

WORKER = """
import os, socket, sys
from datetime import timedelta
from digest.catalog import open_catalog
from digest.model import DeliveryStatus
from tests.fates import began, settled
from tests.builders import NOON

database, taken, stage, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
catalog = open_catalog(database)
wire = os.open(taken, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def reached(name, number):
    if (name, number) == (stage, count):
        print("there", flush=True)
        sys.stdin.read()  # until the parent kills us

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


def work(folder: Path, stage: str = "", number: int = 0) -> subprocess.Popen[str]:
    arguments = [str(folder / "digest.db"), str(folder / "taken"), stage, str(number)]
    return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("stage", "repeated"),
    [("claimed", []), ("sending", []), ("taken", ["<2026-11-23.2@example.org>"]), ("settled", [])],
)
def test_killed_anywhere_and_started_again_every_letter_goes_out(tmp_path: Path, stage: str, repeated: list[str]) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        published(catalog, "a@example.org", "b@example.org", "c@example.org")
    victim = work(tmp_path, stage, 1)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "there\n"
    victim.kill()
    victim.communicate()

    work(tmp_path).communicate()

    taken = (tmp_path / "taken").read_text().split()
    assert sorted(set(taken)) == [f"<2026-11-23.{n}@example.org>" for n in (1, 2, 3)]
    assert [message_id for message_id in dict.fromkeys(taken) if taken.count(message_id) > 1] == repeated
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert {status: n for status, n in catalog.outbox.counts().items() if n} == {DeliveryStatus.SENT: 3}


def test_between_death_and_recovery_what_is_in_doubt_can_be_seen(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        published(catalog, "a@example.org", "b@example.org", "c@example.org")
        victim = work(tmp_path, "taken", 1)
        assert victim.stdout is not None
        victim.stdout.readline()
        before = catalog.outbox.recover(NOON)
        victim.kill()
        victim.communicate()

        counts = [{str(status): n for status, n in catalog.outbox.counts().items() if n}]
        recovered = catalog.outbox.recover(NOON)
        counts.append({str(status): n for status, n in catalog.outbox.counts().items() if n})

        assert (before, recovered) == (0, 2)
        assert counts == [{"sent": 1, "sending": 1, "claimed": 1}, {"sent": 1, "unknown": 1, "queued": 1}]
        assert [d.status for d in catalog.outbox.claim(NOON, "host:1:a", 10, LEASE)] == [DeliveryStatus.UNKNOWN, DeliveryStatus.QUEUED]
