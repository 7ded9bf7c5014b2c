"""`digest schedule`: it stays up, does what is due, and stops when it is asked to."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from digest.catalog import Catalog
from digest.delivery.allowance import Quota
from digest.delivery.mailboxes.maildir import Maildir
from digest.errors import MailboxError
from digest.run import Report
from digest.schedule.worker import Worker

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


def test_a_schedule_stops_cleanly_when_it_is_asked_to(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "digest", "schedule"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "running: fetching every hour" in running.stderr.readline()

        running.send_signal(signal.SIGTERM)
        _, rest = running.communicate(timeout=20)

    assert (running.returncode, rest.strip().splitlines()[-1]) == (0, "stopped")


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
    quota = Quota(sender="digest@example.org", server="smtp.example.org", daily_limit=1)
    parts = replace(parts_with(catalog), quota=quota)

    with Worker(lambda: nullcontext(parts), lambda: now[0], told.append) as worker:
        for _ in range(3):
            worker.tick()
            now[0] += timedelta(minutes=1)
        now[0] += timedelta(days=1)
        worker.tick()

    assert [report.notes for report in told[:3]] == [["daily_limit of 1 reached: 1 letter waits until 12:00 UTC tomorrow"], [], []]
    assert [sum(report.deliveries.values()) for report in told] == [1, 0, 0, 1]
