"""Staying up instead of cron: APScheduler wakes us, the catalog says what is due.

The scheduler is a tick and nothing more: whether a letter is due, and that it goes out once, is decided by
`cadence` and the catalog, so a late, doubled or missed tick does no harm.
"""

from __future__ import annotations

import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from ..run import Report
from .deciding import moved
from .worker import Opened, Worker

log = logging.getLogger(__name__)

TICK = timedelta(minutes=1)
WATCH = 5.0
"""Seconds between two looks at the clock. APScheduler waits for a moment: after the clock was set back by a day it would sleep for one."""
GRACE = 8.0
"""Seconds that the work in hand has to end when we are asked to stop."""
ABANDON = 1.0
"""Seconds that it may take to leave that work to others: somebody else may be writing."""
Say = Callable[[str], None]
Heard = Callable[[float], int]


def serve_forever(
    opened: Opened, clock: Callable[[], datetime], told: Callable[[Report], None], started: Callable[[], None], say: Say
) -> bool:
    """Tick every minute until SIGTERM or Ctrl-C; `told` hears what each tick did, `started` that it can be stopped, `say` the rest.

    SIGHUP has the parts `opened` again. Asked to stop, it ends the letter that is on the wire and leaves the rest in the queue. False
    where the work in hand did not end in time, or a second signal came: then the process must end at once, with that work where it is.
    What `opened` raises at the start passes through.
    """
    asked = threading.Event()
    with _signals() as heard:
        worker = Worker(opened, clock, told, say, asked)
        worker.__enter__()
        bell = _Bell(worker, clock, told, asked)
        bell.start()
        scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
        rules = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        job = scheduler.add_job(bell.ring, "interval", seconds=TICK.total_seconds(), next_run_time=datetime.now(UTC), **rules)
        scheduler.start()
        started()
        log.info("schedule started", extra={"tick": str(TICK)})
        _watch(heard, bell, job, clock, say)
        asked.set()
        bell.ring()
        scheduler.shutdown(wait=False)
        if _has_ended(bell, heard):
            return True
        abandoning = threading.Thread(target=worker.abandon, name="abandoning", daemon=True)
        abandoning.start()
        abandoning.join(ABANDON)
        return False


class _Bell(threading.Thread):
    """The thread that works when it is rung for; several rings while it works are one. A daemon: it must not keep the process alive."""

    def __init__(self, worker: Worker, clock: Callable[[], datetime], told: Callable[[Report], None], asked: threading.Event) -> None:
        super().__init__(name="schedule", daemon=True)
        self._worker, self._clock, self._told, self._asked = worker, clock, told, asked
        self._rung, self._stale = threading.Event(), threading.Event()

    def ring(self) -> None:
        """Have a tick done, now or when the one in hand has ended."""
        self._rung.set()

    def reload(self) -> None:
        """Have the configuration read again before the next tick, which follows at once."""
        self._stale.set()
        self._rung.set()

    def run(self) -> None:
        try:
            while self._rung.wait() and not self._asked.is_set():
                self._rung.clear()
                self._once()
        finally:
            self._worker.__exit__(None, None, None)

    def _once(self) -> None:
        report = Report(self._clock())
        try:
            with report.guard():
                if self._stale.is_set():
                    self._stale.clear()
                    self._worker.reload()
                self._worker.tick()
        except Exception:
            # A bug: the next tick may do better, and nobody is there to start us again.
            log.exception("a tick failed")
        if report.failures:  # such as a database that somebody else holds
            self._told(report)


@contextmanager
def _signals() -> Iterator[Heard]:
    """The signals that come while the block lasts, one at a time, or 0 after so many seconds without one.

    They come through a socket, into which the interpreter writes them at once: a thread that waits for a lock hears of a signal only when
    it is itself the one that the system interrupts.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    usual = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def heard(seconds: float) -> int:
        there, _, _ = select.select([ours], [], [], seconds)
        return ours.recv(1)[0] if there else 0

    try:
        yield heard
    finally:
        signal.set_wakeup_fd(usual)
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        ours.close()
        theirs.close()


def _watch(heard: Heard, bell: _Bell, job: Job, clock: Callable[[], datetime], say: Say) -> None:
    """Until a signal asks to stop: pass SIGHUP on, and tick at once where the clock has moved."""
    wall, steady = clock(), time.monotonic()
    while True:
        number = heard(WATCH)
        if not bell.is_alive():
            return
        if number and number != getattr(signal, "SIGHUP", None):
            return
        if number:
            bell.reload()
        now, then = clock(), time.monotonic()
        if jump := moved(now - wall, timedelta(seconds=then - steady)):
            say(f"the clock went {'on' if jump > timedelta(0) else 'back'} by {abs(jump)}: looking at once at what is due")
            job.modify(next_run_time=now)
        wall, steady = now, then


def _has_ended(bell: _Bell, heard: Heard) -> bool:
    """Whether the work in hand ends in time; a second signal ends the wait."""
    deadline = time.monotonic() + GRACE
    while bell.is_alive() and time.monotonic() < deadline:
        if heard(0.1):
            return False
    return not bell.is_alive()


