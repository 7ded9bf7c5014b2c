"""Staying up instead of cron: APScheduler wakes us, the catalog says what is due.

The scheduler is a tick and nothing more: whether a letter is due, and that it goes out once, is decided by
`cadence` and the catalog, so a late, doubled or missed tick does no harm.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from .run import (
    Parts,
    Report,
    check_theme,
    deliver,
    fetch,
    file_saved,
    follow,
    learn_details,
    learn_liked,
    publish,
    receive,
    sum_up,
    who_is_due,
)

log = logging.getLogger(__name__)

FETCH_EVERY = timedelta(hours=1)
DISPATCH_EVERY = timedelta(minutes=1)
PAUSE_AFTER_REFUSAL = timedelta(minutes=15)
"""How long a server is left alone that is out of reach or takes no mail from us: a wrong password tried every minute locks accounts."""
INBOX_EVERY = timedelta(minutes=5)
"""Readers' mails are looked for before a letter is composed, but not every minute: an answer younger than this may count in the next."""


def serve_forever(parts: Parts, clock: Callable[[], datetime], told: Callable[[Report], None], started: Callable[[], None]) -> None:
    """Fetch every hour and dispatch every minute until SIGTERM or Ctrl-C; `told` hears what each did, `started` that it can be stopped.

    Asked to stop, it ends the letter that is on the wire and leaves the rest in the queue.
    """
    asked = threading.Event()
    worker = _Worker(replace(parts, policy=replace(parts.policy, linger=timedelta(0))), clock, told, asked)
    # One thread: a fetch and a dispatch never meet, and signals stay with the main thread.
    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    scheduler.add_job(worker.pull, "interval", seconds=FETCH_EVERY.total_seconds(), next_run_time=clock())
    scheduler.add_job(worker.dispatch, "interval", seconds=DISPATCH_EVERY.total_seconds())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    started()
    scheduler.start()
    log.info("schedule started", extra={"fetch_every": str(FETCH_EVERY), "dispatch_every": str(DISPATCH_EVERY)})
    asked.wait()
    scheduler.shutdown(wait=True)


class _Worker:
    """What a tick does."""

    def __init__(self, parts: Parts, clock: Callable[[], datetime], told: Callable[[Report], None], asked: threading.Event) -> None:
        self._parts, self._clock, self._told, self._asked = parts, clock, told, asked
        self._silent_until: datetime | None = None
        self._inbox_from: datetime | None = None
        self._noted: list[str] = []

    def pull(self) -> None:
        report = Report(self._clock())
        self._receive(report)
        with report.guard():
            check_theme(self._parts, report)
        fetch(self._parts, report)
        follow(self._parts, report)
        file_saved(self._parts, report)
        learn_liked(self._parts, report)
        self._told(report)

    def dispatch(self) -> None:
        report = Report(self._clock())
        if self._parts.inbox is not None and who_is_due(self._parts, report.now)[0]:
            self._receive(report)
        issues = publish(self._parts, report)
        learn_details(self._parts, issues, report)
        sum_up(self._parts, issues, report)
        if self._silent_until is None or report.now >= self._silent_until:
            refusal = deliver(self._parts, report, self._clock, is_stopped=self._asked.is_set)
            self._silent_until = report.now + PAUSE_AFTER_REFUSAL if refusal else None
        # What holds for hours, such as a limit that is reached, is said once and not every minute.
        noted, report.notes = report.notes, [note for note in report.notes if note not in self._noted]
        self._noted = noted
        self._told(report)

    def _receive(self, report: Report) -> None:
        """Carry out what readers mailed, so that it counts in what is composed next."""
        if self._inbox_from is None or report.now >= self._inbox_from:
            before = len(report.failures)
            receive(self._parts, report)
            self._inbox_from = report.now + (INBOX_EVERY if len(report.failures) == before else PAUSE_AFTER_REFUSAL)
