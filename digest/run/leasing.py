"""Leases for work that only one process may do at a time: it takes a lease in the catalog, renews it while it works, and gives it back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta

from ..catalog import Lease
from ..errors import CatalogError
from ..model import Failure
from .parts import Clock, Parts

log = logging.getLogger(__name__)

WORK = "work"
"""The lease for fetching and composing."""
SCHEDULE = "schedule"
"""The lease of the one `digest schedule` that works while any others wait."""
LENGTH = timedelta(minutes=10)
"""How long a lease lasts, and so how long a process that died on another host blocks it; a death on this host is seen at once."""
_RENEWED_EVERY = 60.0  # seconds
_LONGEST_WORK = timedelta(hours=2)
"""How long the work may take, not counting the wait for listings. Longer work may hang, as a custom source without a timeout can."""


@contextmanager
def holding_work_lease(parts: Parts, clock: Clock) -> Iterator[Lease | None]:
    """Hold the lease of the work during the block. Yields None; or the other holder's lease, and then the work must be left alone.

    The lease is renewed while the work lasts. A computer that slept past its end may find it taken on waking; then two processes do the
    same work, and the catalog rejects whatever comes second.
    """
    other = parts.catalog.leases.take(WORK, parts.worker, clock(), LENGTH)
    if other is not None:
        log.info("somebody else is at it", extra={"lease": WORK, "holder": other.holder})
        yield other
        return
    try:
        with _renewed(parts, WORK, clock):
            yield None
    finally:
        parts.catalog.leases.give_back(WORK, parts.worker)


def hanging_holder(other: Lease, linger: timedelta, now: datetime) -> Iterator[Failure]:
    """A failure that says the holder of the work's lease may hang: it would renew it for ever, while every other run waits for it."""
    if now - other.since > linger + _LONGEST_WORK:
        message = f"fetches and composes for hours ({other}): no letter is made meanwhile"
        yield Failure("another digest", message, "if it hangs, end that process: the next run makes up for what it left")


def take_schedule_lease(parts: Parts, now: datetime) -> Lease | None:
    """Take or renew the lease of the one schedule that works; returns another holder's lease if there is one, else None."""
    return parts.catalog.leases.take(SCHEDULE, parts.worker, now, LENGTH)


def keeping_schedule_lease(parts: Parts, clock: Clock, every: float = _RENEWED_EVERY) -> AbstractContextManager[None]:
    """Renew the schedule's lease during the block, every so many seconds: one tick may fetch or send for hours."""
    return _renewed(parts, SCHEDULE, clock, every)


@contextmanager
def _renewed(parts: Parts, name: str, clock: Clock, every: float = _RENEWED_EVERY) -> Iterator[None]:
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(parts, name, clock, every, done), name=f"lease-{name}", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()


def _renew(parts: Parts, name: str, clock: Clock, every: float, done: threading.Event) -> None:
    while not done.wait(every):
        with suppress(CatalogError):  # another process is writing for long; the next renewal is soon enough
            parts.catalog.leases.take(name, parts.worker, clock(), LENGTH)
