"""Empty the outbox: claim, write, hand over and settle letters, over one or more connections."""

from __future__ import annotations

import random as chances
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from ..model import DeliveryStatus, Failure, Rest
from .courier import Courier
from .needs import Claims, LetterWriter, Observer
from .policy import Policy
from .shift import Shift
from .transport import Transport
from .turns import Turns, sleep

_LETTERS_FOR_ONE = 4  # opening another connection is not worth it for fewer


class Outbox(Claims, Protocol):
    """Everything `deliver` needs of the outbox."""

    def recover(self, now: datetime, worker: str) -> int:
        """Settle what dead workers left behind, and what this worker's last failed delivery left: claimed → queued, sending → unknown."""

    def sync(self) -> None:
        """Make what was settled survive a power cut."""

    def next_due(self, now: datetime) -> datetime | None:
        """When the next waiting letter falls due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the letters of one call, each counted once; `stopped` says why it ended before all due letters had their turn.

    `of_sender` is the server's refusal of a letter's own (VERP) sender, where it then took the plain one; else "".
    `rest` says until when nothing more may be sent, because the account has used its quota.
    """

    counts: dict[DeliveryStatus, int]
    failures: tuple[Failure, ...] = ()
    stopped: str | None = None
    of_sender: str = ""
    rest: Rest | None = None


def deliver(
    outbox: Outbox,
    desk: LetterWriter,
    connect: Callable[[], Transport],
    policy: Policy,
    *,
    worker: str,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = sleep,
    random: Callable[[], float] = chances.random,
    watch: Observer | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Hand over every letter that is due, over up to `policy.connections` at a time, and settle what became of each.

    A letter that fails is settled and reported as a failure; the others go on. A server that cannot be reached or takes no mail from us
    ends the call; the letters stay queued and no reader is blamed. The next call continues from there. A letter is never handed over
    twice, except one whose answer was lost (`policy.unknown`). Each `worker` may run one delivery at a time. Raises CatalogError, and
    whatever ConfigurationError `connect` raises.
    """
    outbox.recover(clock(), worker)
    connect = _stoppable(connect, is_stopped)
    transports = [connect()]
    shift = Shift(outbox, desk, policy, worker=worker, clock=clock, random=random, observer=watch, is_stopped=is_stopped, sleep=sleep)
    try:
        _work_off(shift, outbox, transports, connect, policy, clock, sleep)
    finally:
        _close(transports)
    failures = tuple(shift.failures)
    return Outcome(counts=shift.counts, failures=failures, stopped=shift.stopped, of_sender=shift.of_sender, rest=shift.rest)


def _stoppable(connect: Callable[[], Transport], is_stopped: Callable[[], bool]) -> Callable[[], Transport]:
    def connected() -> Transport:
        transport = connect()
        transport.stop_when(is_stopped)
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
    """Deliver batch after batch, then wait up to `policy.linger` for letters to fall due again."""
    patience: float | None = policy.linger.total_seconds()
    while not shift.is_over and patience is not None:
        letters = shift.claim()
        if letters:
            wanted = max(1, min(policy.connections, letters // _LETTERS_FOR_ONE))
            transports += [connect() for _ in range(wanted - len(transports))]
            _carry(shift, transports[:wanted])
            outbox.sync()
        else:
            _close(transports)  # servers hang up on idle connections
            patience = _waited(shift, outbox, policy, clock, patience, sleep)


def _carry(shift: Shift, transports: Sequence[Transport]) -> None:
    """Run one courier per connection until no due letter is left. Raises the first error that any of them raised."""
    errors: list[BaseException] = []

    def work(transport: Transport) -> None:
        try:
            Courier(shift, transport).work()
        except BaseException as error:  # noqa: BLE001  raised again below, once the others have finished
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
    """Wait for the next letter to fall due; gives the patience left in seconds, or None if there is nothing to wait for.

    Counts the seconds slept rather than reading the clock, so that a stopped clock cannot keep a run going for ever.
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
