"""The outbox emptied: letters are claimed, written, handed over and settled, over one connection or more."""

from __future__ import annotations

import random as chances
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from ..model import DeliveryStatus, Failure, Rest
from .courier import Courier
from .needs import Claims, Desk, Watch
from .policy import Policy
from .shift import Shift
from .transport import Transport
from .turns import Turns, sleep

_LETTERS_FOR_ONE = 4  # another connection is not worth opening for fewer


class Outbox(Claims, Protocol):
    """The whole outbox as `deliver` uses it."""

    def recover(self, now: datetime, worker: str) -> int:
        """Settle what dead workers left, and this one where its last delivery failed: claimed → queued, sending → unknown."""

    def sync(self) -> None:
        """Make what was settled survive a power cut."""

    def next_due(self, now: datetime) -> datetime | None:
        """When the next waiting letter falls due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the letters of one call, each counted once; `stopped` says why it ended before all that were due had their turn.

    `of_sender` is what a server said to a sender of the letter's own, before it took the plain one; "" where that did not happen.
    `rest` says until when nothing more is to be handed over, because the account has sent what it may.
    """

    counts: dict[DeliveryStatus, int]
    failures: tuple[Failure, ...] = ()
    stopped: str | None = None
    of_sender: str = ""
    rest: Rest | None = None


def deliver(
    outbox: Outbox,
    desk: Desk,
    connect: Callable[[], Transport],
    policy: Policy,
    *,
    worker: str,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = sleep,
    random: Callable[[], float] = chances.random,
    watch: Watch | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Hand over every letter that is due, over up to `policy.connections` at a time, and settle what became of each.

    A letter that fails is settled, reported as a failure and stops nothing. A server that cannot be reached or takes no mail from us stops
    the call; its letters stay queued and nobody is blamed. Called again, it goes on where it was; a letter is never handed over twice,
    save the one whose answer was lost (`policy.unknown`). One delivery of a `worker` at a time. Raises CatalogError, and
    ConfigurationError from `connect`.
    """
    outbox.recover(clock(), worker)
    connect = _heeding(connect, is_stopped)
    transports = [connect()]
    shift = Shift(outbox, desk, policy, worker=worker, clock=clock, random=random, watch=watch, is_stopped=is_stopped, sleep=sleep)
    try:
        _work_off(shift, outbox, transports, connect, policy, clock, sleep)
    finally:
        _close(transports)
    failures = tuple(shift.failures)
    return Outcome(counts=shift.counts, failures=failures, stopped=shift.stopped, of_sender=shift.of_sender, rest=shift.rest)


def _heeding(connect: Callable[[], Transport], is_stopped: Callable[[], bool]) -> Callable[[], Transport]:
    def connected() -> Transport:
        transport = connect()
        transport.heed(is_stopped)
        return transport

    return connected


def _work_off(
    shift: Shift,
    outbox: Outbox,
    transports: list[Transport],
    connect: Callable[[], Transport],
    policy: Policy,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> None:
    """Batch after batch, and then what falls due while the patience lasts."""
    patience: float | None = policy.linger.total_seconds()
    while not shift.is_over and patience is not None:
        letters = shift.claim()
        if letters:
            wanted = max(1, min(policy.connections, letters // _LETTERS_FOR_ONE))
            transports += [connect() for _ in range(wanted - len(transports))]
            _carry(shift, transports[:wanted])
            outbox.sync()
        else:
            _close(transports)  # servers hang up on the silent
            patience = _waited(shift, outbox, policy, clock, patience, sleep)


def _carry(shift: Shift, transports: Sequence[Transport]) -> None:
    """Let a courier for each of these connections work until nothing that is due is left. Raises the first error of any."""
    errors: list[BaseException] = []

    def work(transport: Transport) -> None:
        try:
            Courier(shift, transport).work()
        except BaseException as error:  # noqa: BLE001  it is raised again below, after the others have come to an end
            errors.append(error)
            shift.stop("a courier failed")

    shift.begin(len(transports))
    try:
        with Turns((partial(work, transport) for transport in transports), idle=shift.write_ahead) as turns:
            try:
                turns.run()
            except BaseException:
                shift.stop("interrupted")
                turns.run()
                raise
    finally:
        shift.end()
    if errors:
        raise errors[0]


def _close(transports: Sequence[Transport]) -> None:
    for transport in transports:
        transport.close()


def _waited(
    shift: Shift, outbox: Outbox, policy: Policy, clock: Callable[[], datetime], patience: float, sleep: Callable[[float], None]
) -> float | None:
    """Wait for the next letter to fall due; what is left of the patience in seconds, or None where there is nothing to wait for.

    What was slept is counted, not the clock, so that a clock which stands still cannot keep a run for ever.
    """
    due = outbox.next_due(clock())
    if due is None:
        return None
    wait = max((due - clock()).total_seconds(), 1.0)
    if wait > patience:
        return None
    left = wait
    while left > 0:
        if shift.is_over:
            return None
        slice_ = min(left, policy.pause.total_seconds())
        sleep(slice_)
        left -= slice_
    return patience - wait
