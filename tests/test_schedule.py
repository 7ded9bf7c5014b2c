"""`digest schedule`: it stays up, does what is due, and stops when it is asked to."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.delivery.allowance import Ration
from digest.delivery.maildir import Maildir
from digest.errors import MailboxError
from digest.run import Report
from digest.schedule.worker import Worker
from digest.tokens import Purpose, make_token

from .builders import NOON, a_subscription
from .catalog_rooms import published
from .run_parts import parts_with

CONFIG = """
database = "digest.db"
[sender]
from = "digest@example.org"
[delivery]
transport = "null"
[[sources]]
name = "later"
kind = "arxiv"
paused = true
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_schedule_stops_cleanly_when_it_is_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "digest", "schedule"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "running: fetching every hour" in running.stderr.readline()

        running.send_signal(number)
        _, rest = running.communicate(timeout=20)

    assert (running.returncode, rest.strip().splitlines()[-1]) == (0, "stopped")


def test_a_schedule_follows_readers_libraries(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "refs.bib").write_text("@article{silva, title={On urban foxes}, year=2026, doi={10.1000/foxes}}", encoding="utf-8")
    digest = [sys.executable, "-m", "digest"]
    address = "ana@example.org"
    subprocess.run([*digest, "subscribers", "add", address, "--topic", "foxes"], cwd=tmp_path, check=True, capture_output=True)
    source = ["import-library", address, "refs.bib", "--follow"]
    subprocess.run([*digest, "subscribers", *source], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "refs.bib").unlink()

    with subprocess.Popen([*digest, "schedule"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        told = next(line for line in running.stderr if "refs.bib" in line)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)

    assert "cannot be read: no such file or directory" in told


def test_a_schedule_carries_out_what_readers_mailed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'{CONFIG}[inbox]\nmaildir = "mail"\n', encoding="utf-8")
    for room in ("new", "cur", "tmp"):
        (tmp_path / "mail" / room).mkdir(parents=True)
    digest = [sys.executable, "-m", "digest"]
    subprocess.run([*digest, "subscribers", "add", "ana@example.org", "--edition", "cs.LG"], cwd=tmp_path, check=True, capture_output=True)
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        token = make_token(Purpose.LETTER, 1, 1, catalog.secrets()[0])
    (tmp_path / "mail" / "new" / "1").write_text(f"Subject: unsubscribe {token}\n\n")

    with subprocess.Popen([*digest, "schedule"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        told = next(line for line in running.stderr if "mailed" in line)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)

    assert "carried out what readers mailed: 1" in told
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert [subscription.left_at is not None for subscription in catalog.subscribers.all()] == [True]


class Inbox:
    """A mailbox that counts how often it is opened, and then cannot be read."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self) -> Maildir:
        self.opened += 1
        raise MailboxError("imap.example.org:993", "the login was refused")


def test_an_inbox_that_refuses_the_login_is_left_alone_for_a_while(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    inbox, now, told = Inbox(), [NOON], list[Report]()
    parts = replace(parts_with(catalog), inbox=inbox)

    with Worker(lambda: nullcontext(parts), lambda: now[0], told.append) as worker:
        worker.tick()
        now[0] += timedelta(minutes=14)
        catalog.subscribers.add(a_subscription("bo@example.org"), NOON)
        worker.tick()
        now[0] += timedelta(minutes=2)
        catalog.subscribers.add(a_subscription("cem@example.org"), NOON)
        worker.tick()

    assert inbox.opened == 2
    assert [[failure.message for failure in report.failures] for report in told] == [
        ["the login was refused"], [], ["the login was refused"]
    ]  # fmt: skip


def test_letters_that_wait_for_a_limit_are_told_once_and_not_every_minute(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    told: list[Report] = []
    now = [NOON]
    ration = Ration(sender="digest@example.org", server="smtp.example.org", daily_limit=1)
    parts = replace(parts_with(catalog), ration=ration)

    with Worker(lambda: nullcontext(parts), lambda: now[0], told.append) as worker:
        for _ in range(3):
            worker.tick()
            now[0] += timedelta(minutes=1)
        now[0] += timedelta(days=1)
        worker.tick()

    assert [report.notes for report in told[:3]] == [["daily_limit of 1 reached: 1 letter waits until 12:00 UTC tomorrow"], [], []]
    assert [sum(report.deliveries.values()) for report in told] == [1, 0, 0, 1]
