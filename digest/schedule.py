"""Staying up instead of cron: APScheduler wakes us, the catalog says what is due.

The scheduler is a tick and nothing more: whether a letter is due, and that it goes out once, is decided by
`cadence` and the catalog, so a late, doubled or missed tick does no harm.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from datetime import datetime

from apscheduler.schedulers.blocking import BlockingScheduler

from .run import Parts, Report, deliver, fetch, learn_details, learn_liked, publish

log = logging.getLogger(__name__)

FETCH_MINUTES = 60
DISPATCH_MINUTES = 1


def serve_forever(parts: Parts, clock: Callable[[], datetime], told: Callable[[Report], None]) -> None:
    """Fetch every hour and dispatch every minute until SIGTERM or Ctrl-C; `told` hears what each did."""
    scheduler = BlockingScheduler(timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1})

    def pull() -> None:
        report = Report(clock())
        fetch(parts, report)
        learn_liked(parts, report)
        told(report)

    def dispatch() -> None:
        report = Report(clock())
        learn_details(parts, publish(parts, report), report)
        deliver(parts, report, clock)
        told(report)

    scheduler.add_job(pull, "interval", minutes=FETCH_MINUTES, next_run_time=clock())
    scheduler.add_job(dispatch, "interval", minutes=DISPATCH_MINUTES)
    signal.signal(signal.SIGTERM, lambda *_: scheduler.shutdown(wait=False))
    log.info("schedule started", extra={"fetch_minutes": FETCH_MINUTES, "dispatch_minutes": DISPATCH_MINUTES})
    scheduler.start()
