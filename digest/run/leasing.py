"""One at a time: who fetches and composes holds a lease in the catalog, renews it as long as the work lasts, and gives it back."""

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
"""Fetching and composing."""
SCHEDULE = "schedule"
"""Staying up, which one does while the others wait."""
LENGTH = timedelta(minutes=10)
"""How long the lease of a process that died on another host keeps others waiting; of one on this host that is seen at once."""
_RENEWED_EVERY = 60.0  # seconds
_LONG = timedelta(hours=2)
"""How long that may take beside the waiting for listings: what takes longer may hang, as an own source without a timeout does."""


@contextmanager
def at_work(parts: Parts, clock: Clock) -> Iterator[Lease | None]:
    """Hold the lease of the work for the length of the block; gives the lease of who has it, in which case there is nothing to do.

    Work that takes longer than a lease renews it. A computer that slept through it may wake to find it taken; then two do the same work,
    and the catalog keeps what comes second out.
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


def too_long(other: Lease, linger: timedelta, now: datetime) -> Iterator[Failure]:
    """That who has the lease of the work may hang: it renews the lease for ever, and every other run would leave the work to it."""
    if now - other.since > linger + _LONG:
        message = f"fetches and composes for hours ({other}): no letter is made meanwhile"
        yield Failure("another digest", message, "if it hangs, end that process: the next run makes up for what it left")


def take_turns(parts: Parts, now: datetime) -> Lease | None:
    """Be the one schedule that works, as long as this is asked again in time; gives the lease of another that is."""
    return parts.catalog.leases.take(SCHEDULE, parts.worker, now, LENGTH)


def keeping_turn(parts: Parts, clock: Clock, every: float = _RENEWED_EVERY) -> AbstractContextManager[None]:
    """Stay the one schedule for the length of the block, renewed so many seconds apart: a tick may fetch or send for hours."""
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
        with suppress(CatalogError):  # somebody writes for long; the next time is soon enough
            parts.catalog.leases.take(name, parts.worker, clock(), LENGTH)
