"""A process that stays up instead of cron: APScheduler triggers a tick every minute, the catalog says what is due.

The scheduler does nothing but tick. Whether a letter is due, and that it goes out only once, is decided by `cadence` and the catalog, so
a late, doubled or missed tick does no harm.
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
from .deciding import clock_jump
from .worker import OpenParts, Worker

log = logging.getLogger(__name__)

TICK = timedelta(minutes=1)
WATCH = 5.0
"""Seconds between checks of the clock. APScheduler waits for a point in time: if the clock is set back by a day, it sleeps for a day."""
GRACE = 8.0
"""Seconds that the current tick has to finish after a request to stop."""
ABANDON = 1.0
"""Seconds allowed for releasing an unfinished tick's work to other processes: another one may be writing to the catalog."""
_RELOAD: int = getattr(signal, "SIGHUP", 0)  # which Windows does not have
Say = Callable[[str], None]
WaitForSignal = Callable[[float], int]


def serve_forever(
    opened: OpenParts, clock: Callable[[], datetime], on_report: Callable[[Report], None], started: Callable[[], None], say: Say
) -> bool:
    """Tick every minute until SIGTERM or Ctrl-C.

    `on_report` is called with the report of each tick, `started` once signals are handled, `say` with sentences for the operator. SIGHUP
    reopens the parts with `opened`. On a request to stop, the letter on the wire is finished and the rest stay in the queue. Returns
    False if the current tick did not finish in time or a second such signal came: then the process must exit at once, leaving that work
    unfinished. Errors that `opened` raises at the start pass through.
    """
    stop_requested = threading.Event()
    with _signals() as wait_for_signal:
        worker = Worker(opened, clock, on_report, say, stop_requested)
        worker.__enter__()
        thread = _TickThread(worker, clock, on_report, stop_requested)
        thread.start()
        scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
        rules = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        job = scheduler.add_job(thread.request_tick, "interval", seconds=TICK.total_seconds(), next_run_time=datetime.now(UTC), **rules)
        scheduler.start()
        started()
        log.info("schedule started", extra={"tick": str(TICK)})
        _watch(wait_for_signal, thread, job, clock, say)
        stop_requested.set()
        thread.request_tick()
        scheduler.shutdown(wait=False)
        if _ends_in_time(thread, wait_for_signal):
            return True
        abandoning = threading.Thread(target=worker.abandon, name="abandoning", daemon=True)
        abandoning.start()
        abandoning.join(ABANDON)
        return False


class _TickThread(threading.Thread):
    """The thread that does the ticks; several requests during a tick are one. It is a daemon, so it cannot keep the process alive."""

    def __init__(
        self, worker: Worker, clock: Callable[[], datetime], on_report: Callable[[Report], None], stop_requested: threading.Event
    ) -> None:
        super().__init__(name="schedule", daemon=True)
        self._worker, self._clock, self._on_report, self._stop_requested = worker, clock, on_report, stop_requested
        self._requested, self._reload_requested = threading.Event(), threading.Event()

    def request_tick(self) -> None:
        """Request a tick, now or after the current one."""
        self._requested.set()

    def reload(self) -> None:
        """Request a tick that reads the configuration again first."""
        self._reload_requested.set()
        self._requested.set()

    def run(self) -> None:
        try:
            while self._requested.wait() and not self._stop_requested.is_set():
                self._requested.clear()
                self._tick()
        finally:
            self._worker.__exit__(None, None, None)

    def _tick(self) -> None:
        report = Report(self._clock())
        try:
            with report.guard():
                if self._reload_requested.is_set():
                    self._reload_requested.clear()
                    self._worker.reload()
                self._worker.tick()
        except Exception:
            # A bug: go on, as the next tick may work, and nobody would restart the process.
            log.exception("a tick failed")
        if report.failures:  # such as a database that somebody else holds
            self._on_report(report)


@contextmanager
def _signals() -> Iterator[WaitForSignal]:
    """Yields a function that waits up to so many seconds for a signal, and returns its number, or 0 if none came.

    The interpreter writes the numbers into a socket at once. Python's own handlers would run late: a main thread waiting for a lock
    notices a signal only if the system happens to deliver it to that thread.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    previous = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def wait_for_signal(seconds: float) -> int:
        readable, _, _ = select.select([ours], [], [], seconds)
        return ours.recv(1)[0] if readable else 0

    try:
        yield wait_for_signal
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        ours.close()
        theirs.close()


def _watch(wait_for_signal: WaitForSignal, thread: _TickThread, job: Job, clock: Callable[[], datetime], say: Say) -> None:
    """Until a signal asks to stop: reload on SIGHUP, and tick at once if the clock jumped."""
    wall, steady = clock(), time.monotonic()
    while True:
        number = wait_for_signal(WATCH)
        if not thread.is_alive():
            return
        if number not in (0, _RELOAD):
            return
        if number:
            thread.reload()
        now, then = clock(), time.monotonic()
        if jump := clock_jump(now - wall, timedelta(seconds=then - steady)):
            by = timedelta(seconds=round(abs(jump).total_seconds()))
            say(f"the clock went {'on' if jump > timedelta(0) else 'back'} by {by}: looking at once at what is due")
            job.modify(next_run_time=now)
        wall, steady = now, then


def _ends_in_time(thread: _TickThread, wait_for_signal: WaitForSignal) -> bool:
    """Wait for the current tick; False if it does not finish in time, or a second signal to stop comes."""
    deadline = time.monotonic() + GRACE
    while thread.is_alive() and time.monotonic() < deadline:
        if wait_for_signal(0.1) not in (0, _RELOAD):
            return False
    return not thread.is_alive()


