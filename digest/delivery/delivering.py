"""The loop that empties the outbox: claim, write, hand over, settle; what a reply means is decided in `policy`."""

from __future__ import annotations

import logging
import random as chances
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ..errors import CatalogError, DeliveryError, DigestError, NotFound, SenderRefused, TransportUnreachable
from ..model import Delivery, DeliveryStatus, Failure, Letter
from .policy import ASK_WHETHER_IT_CAME, UNANSWERED, Policy, Settlement, is_stale, settlement
from .verdicts import Reply

log = logging.getLogger(__name__)


class Transport(Protocol):
    """A way for letters to leave."""

    def ready(self) -> None:
        """Open what a letter needs to leave. Raises TransportUnreachable or SenderRefused where none can."""

    def send(self, letter: Letter) -> Reply:
        """Hand one letter over and give the reply that decides about it.

        Raises DeliveryError for a letter that cannot be carried; TransportUnreachable or SenderRefused where none can.
        """

    def close(self) -> None:
        """Let go of what is held open; a later `send` opens it again."""


class Claims(Protocol):
    """The outbox in a worker's hands; each call survives the death of the process, and after `sync` a power cut too."""

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta) -> Sequence[Delivery]:
        """Letters that are due, now held by this worker: status and attempts as they were before (unknown: this try is its repeat)."""

    def sending(self, delivery_id: int, now: datetime, worker: str) -> bool:
        """From here on the letter may be on the wire: after a death it is unknown. False: it is no more ours to send."""

    def settle(
        self,
        delivery_id: int,
        status: DeliveryStatus,
        now: datetime,
        reply: str | None = None,
        due: datetime | None = None,
        reason: str | None = None,
        worker: str | None = None,
    ) -> None:
        """What became of the letter; queued gives a claimed one back untouched. Of one that changed hands only `sent` counts.

        One that was erased with its reader meanwhile is no error.
        """


class Outbox(Claims, Protocol):
    """The whole outbox as `deliver` uses it."""

    def recover(self, now: datetime) -> int:
        """Settle what dead workers left: claimed → queued, sending → unknown."""

    def sync(self) -> None:
        """Make what was settled survive a power cut."""

    def next_due(self, now: datetime) -> datetime | None:
        """When the next waiting letter falls due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the letters of one call, each counted once; `stopped` says why it ended before all that were due had their turn.

    `of_sender` is what a server said to a sender of the letter's own, before it took the plain one; "" where that did not happen.
    """

    counts: dict[DeliveryStatus, int]
    failures: tuple[Failure, ...] = ()
    stopped: str | None = None
    of_sender: str = ""


@dataclass(slots=True)
class _Round:
    """The state of one call of `deliver`."""

    outbox: Outbox
    write: Callable[[Delivery], Letter]
    transport: Transport
    policy: Policy
    worker: str
    clock: Callable[[], datetime]
    random: Callable[[], float]
    report: Callable[[DeliveryStatus], None]
    is_stopped: Callable[[], bool]
    settled: dict[int, DeliveryStatus] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    stopped: str | None = None
    of_sender: str = ""

    def hand_over(self, batch: Sequence[Delivery], claimed_at: datetime) -> None:
        """Each letter in turn; what was not begun goes back to the queue, whatever ends the batch."""
        begun = 0
        try:
            for delivery in batch:
                if self.is_stopped():
                    self.stopped = "asked to stop"
                # Another worker may take a letter when the lease is over; the second half of it is for the letter on the wire.
                if self.stopped or self.clock() - claimed_at > self.policy.lease / 2:
                    break
                begun += 1
                self._one(delivery)
        finally:
            for delivery in batch[begun:]:
                self._give_back(delivery)
            self.outbox.sync()

    def _one(self, delivery: Delivery) -> None:
        stale = is_stale(self.policy, delivery, self.clock())
        if delivery.status is DeliveryStatus.UNKNOWN and (stale or self.policy.unknown == "hold"):
            # It may have arrived, so it is not given up: that would free its papers to be shown again.
            self._settle(delivery, Settlement(status=DeliveryStatus.UNKNOWN, reply=delivery.reply, reason=UNANSWERED))
            self._fail(f"letter {delivery.message_id}", UNANSWERED, ASK_WHETHER_IT_CAME)
            return
        if stale:
            reason = f"not handed over within {self.policy.stale_after}"
            self._settle(delivery, Settlement(status=DeliveryStatus.GIVEN_UP, reply=delivery.reply, reason=reason))
            self._fail(f"letter {delivery.message_id}", f"given up: {reason}; last reply: {delivery.reply or 'none'}", "")
            return
        letter = self._written(delivery)
        if letter is not None:
            self._send(delivery, letter)

    def _written(self, delivery: Delivery) -> Letter | None:
        """The letter; None where it cannot be written, which is then settled and reported, or where it is no more."""
        try:
            return self.write(delivery)
        except CatalogError:
            self._give_back(delivery)
            raise
        except NotFound:
            # Its reader was erased while it was in our hands, and the letter with them: nothing is left to settle.
            log.info("a letter was erased before it was written", extra={"delivery": delivery.id})
        except DeliveryError as error:
            self._settle(delivery, Settlement(status=DeliveryStatus.REFUSED, reason=f"not written: {error.message}"))
            self._fail(error.subject, error.message, error.hint)
        except DigestError as error:
            # A broken theme is mended by the operator, and the letter is worth sending then.
            due = self.clock() + timedelta(minutes=30)
            self._settle(delivery, Settlement(status=DeliveryStatus.DEFERRED, due=due, reason=f"not written: {error.message}"))
            self._fail(error.subject, error.message, error.hint)
        return None

    def _send(self, delivery: Delivery, letter: Letter) -> None:
        try:
            # A death while connecting, which may take minutes, must not leave a letter of unknown fate.
            self.transport.ready()
        except (TransportUnreachable, SenderRefused) as error:
            self._give_back(delivery)
            self._stop(error.subject, error.message, error.hint)
            return
        if not self.outbox.sending(delivery.id, self.clock(), self.worker):
            return  # its reader left while it waited in our hands, or we slept through the lease and another worker has it
        try:
            reply = self.transport.send(letter)
        except (TransportUnreachable, SenderRefused) as error:
            self._give_back(delivery)
            self._stop(error.subject, error.message, error.hint)
        except DeliveryError as error:
            self._settle(delivery, Settlement(status=DeliveryStatus.REFUSED, reason=f"not sent: {error.message}"))
            self._fail(letter.to, error.message, error.hint)
        else:
            self.of_sender = self.of_sender or reply.of_sender
            decided = settlement(self.policy, delivery, reply, self.clock(), self.random())
            self._settle(delivery, decided)
            if decided.stops:
                self._stop("mail server", f"the server takes no mail from us now: {reply}", decided.hint)
            elif decided.status is not DeliveryStatus.SENT and decided.due is None:
                self._fail(letter.to, f"{decided.reason}: {reply}", decided.hint)

    def _settle(self, delivery: Delivery, decided: Settlement) -> None:
        self.outbox.settle(delivery.id, decided.status, self.clock(), decided.reply, decided.due, decided.reason, self.worker)
        self.settled[delivery.id] = decided.status
        self.report(decided.status)
        log.debug("letter settled", extra={"delivery": delivery.id, "status": str(decided.status)})

    def _give_back(self, delivery: Delivery) -> None:
        """As it was before it was claimed: nothing has happened to it."""
        kept = (DeliveryStatus.DEFERRED, DeliveryStatus.UNKNOWN)
        status = delivery.status if delivery.status in kept else DeliveryStatus.QUEUED
        self.outbox.settle(delivery.id, status, self.clock(), delivery.reply, delivery.due, delivery.reason, self.worker)

    def _stop(self, subject: str, message: str, hint: str) -> None:
        self.stopped = f"{subject}: {message}"
        self._fail(subject, message, hint)
        log.warning("delivery stopped", extra={"waiting": "kept"})

    def _fail(self, subject: str, message: str, hint: str) -> None:
        self.failures.append(Failure(subject, message, hint))


def deliver(
    outbox: Outbox,
    write: Callable[[Delivery], Letter],
    connect: Callable[[], Transport],
    policy: Policy,
    *,
    worker: str,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    random: Callable[[], float] = chances.random,
    report: Callable[[DeliveryStatus], None] = lambda status: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Hand over every letter that is due, over one connection, and settle what became of each.

    A letter that fails is settled, reported as a failure and stops nothing. A server that cannot be reached or takes no mail from us stops
    the call; its letters stay queued and nobody is blamed. Called again, it goes on where it was; a letter is never handed over twice,
    save the one whose answer was lost (`policy.unknown`). Raises CatalogError, and ConfigurationError from `connect`.
    """
    outbox.recover(clock())
    transport = connect()
    turn = _Round(outbox, write, transport, policy, worker, clock, random, report, is_stopped)
    try:
        patience: float | None = policy.linger.total_seconds()
        while not turn.stopped and patience is not None:
            now = clock()
            batch = outbox.claim(now, worker, policy.batch, policy.lease)
            if batch:
                turn.hand_over(batch, now)
            else:
                transport.close()  # servers hang up on the silent
                patience = _waited(turn, patience, sleep)
    finally:
        transport.close()
    counts = dict(Counter(turn.settled.values()))
    return Outcome(counts=counts, failures=tuple(turn.failures), stopped=turn.stopped, of_sender=turn.of_sender)


def _waited(turn: _Round, patience: float, sleep: Callable[[float], None]) -> float | None:
    """Wait for the next letter to fall due; what is left of the patience in seconds, or None where there is nothing to wait for.

    What was slept is counted, not the clock, so that a clock which stands still cannot keep a run for ever.
    """
    due = turn.outbox.next_due(turn.clock())
    if due is None:
        return None
    wait = max((due - turn.clock()).total_seconds(), 1.0)
    if wait > patience:
        return None
    left = wait
    while left > 0:
        if turn.is_stopped():
            turn.stopped = "asked to stop"
            return None
        slice_ = min(left, turn.policy.pause.total_seconds())
        sleep(slice_)
        left -= slice_
    return patience - wait
