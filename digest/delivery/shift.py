"""What the couriers of one delivery share: the claimed letters, the rules, and what became of each letter."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..errors import CatalogError, DeliveryError, DigestError, NotFound, SenderRefused
from ..model import Delivery, DeliveryStatus, Failure, Letter, Rest, Settled
from .journal import Journal
from .lanes import Lanes
from .needs import Claims, Desk, Watch
from .pace import Pace
from .policy import ASK_WHETHER_IT_CAME, UNANSWERED, Policy, settlement, too_late, untouched
from .refusals import Fate, Refusals
from .turns import Bell
from .verdicts import Reply
from .wording import impersonal

log = logging.getLogger(__name__)

_MENDED_IN = timedelta(minutes=30)
_RESTS = "its domain asked for fewer letters at a time"


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed letter, written."""

    delivery: Delivery
    letter: Letter
    claimed_at: datetime


class Shift:
    """The letters of one call, from claim to settlement."""

    def __init__(
        self,
        outbox: Claims,
        desk: Desk,
        policy: Policy,
        *,
        worker: str,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        watch: Watch | None,
        is_stopped: Callable[[], bool],
        sleep: Callable[[float], None],
    ) -> None:
        self.journal = Journal(outbox, worker)
        self.failures: list[Failure] = []
        self.stopped: str | None = None
        self.of_sender = ""
        self.rest: Rest | None = None
        self._outbox, self._desk, self._policy, self._worker = outbox, desk, policy, worker
        self._clock, self._random, self._watch, self._is_stopped, self._sleep = clock, random, watch, is_stopped, sleep
        self._pace, self._lanes, self._refusals = Pace(policy.rate, sleep), Lanes(policy.per_domain), Refusals()
        self._asking: int | None = None  # the letter that asks whether everything is refused; 0 while it is looked for
        self._news = Bell()  # rings for those who can take no letter, when there may be one
        self._claims: dict[int, tuple[Delivery, datetime]] = {}  # of what is in hands here the newest, and since when
        self._is_last = False  # the outbox had less than was asked for
        self._couriers = 0
        self._sent = 0
        self._others: dict[int, DeliveryStatus] = {}

    @property
    def counts(self) -> dict[DeliveryStatus, int]:
        """How many letters were settled as what, each counted once, by its last status."""
        return dict(Counter({DeliveryStatus.SENT: self._sent}) + Counter(self._others.values()))

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be handed over."""
        if self.stopped is None and self._is_stopped():
            self.stopped = "asked to stop"
        return self.stopped is not None

    def begin(self, couriers: int) -> None:
        """So many couriers will take letters from now on."""
        self._couriers = couriers

    def claim(self) -> int:
        """Claim the next batch of letters that are due, and lay out what they are written from; gives how many there are."""
        now = self._clock()
        batch = self._outbox.claim(now, self._worker, self._policy.batch, self._policy.lease)
        self._desk.lay_out(batch)
        self._refusals.claimed(batch)
        self._claims.update((delivery.id, (delivery, now)) for delivery in batch)
        self._lanes.put(batch)
        self._is_last = len(batch) < self._policy.batch
        self._news.ring()
        return len(batch)

    def write_ahead(self) -> bool:
        """While all wait for the server, write a letter that will be taken soon; whether there was one."""
        return not self.is_over and self._desk.write_ahead()

    def take(self, *, wait: bool) -> Ready | None:
        """The next letter, written; None where there is none or the shift is over; without `wait` also where none may leave at once.

        What cannot be sent (stale, not to be written, its domain rests) is settled on the way.
        """
        while not self.is_over and (wait or self._pace.is_free):
            asks = self._refusals.is_suspicious
            if asks and not wait:
                return None
            if asks and self._asking is not None:
                self._news.wait(self._policy.pause.total_seconds())
                continue
            self._asking = 0 if asks else self._asking
            if asks:
                ready = self._one_to_ask_with()
            else:
                ready = self._next() if wait else self._next(lambda letter: not self._lanes.is_bounded(letter))
            if ready is not None:
                self._pace.wait(lambda: self.is_over)
                return ready
            if asks != self._refusals.is_suspicious:
                continue
            if not wait or not len(self._lanes) or self.is_over:
                return None
            self._news.wait(self._policy.pause.total_seconds())
        return None

    def decided(self, ready: Ready, reply: Reply, *, was_tried: bool = False) -> tuple[Settled, ...]:
        """What the reply makes of the letter, and of others whose refusals it explains; `was_tried`: its text was never on the wire."""
        now, letter = self._clock(), ready.letter
        decided = settlement(self._policy, ready.delivery, reply, now, self._random(), (letter.sender, letter.plain_sender))
        if decided.status is not DeliveryStatus.SENT and not self._is_newest(ready.delivery):
            self.forget(ready.delivery)  # a yes counts whenever it comes; a no was said to what was written before
            return ()
        self.of_sender = self.of_sender or reply.of_sender
        if decided.slows_domain:
            self._lanes.slow_down(ready.delivery.domain, now)
        elif decided.status is DeliveryStatus.SENT:
            self._lanes.go_on(ready.delivery.domain)
        if decided.rest:
            self.rest = Rest(now + decided.rest, impersonal(str(reply), letter.to))
        self._off_the_wire(ready.delivery)
        stops, fates = self._refusals.heard(ready.delivery, letter.to, reply, decided, now)
        own = self._settled(fates[0], now, was_tried=was_tried and decided.status is not DeliveryStatus.QUEUED)
        settled = (own, *(self._settled(fate, now) for fate in fates[1:]))
        if decided.stops:
            self._stop("mail server", f"the server takes no mail from us now: {reply}", decided.hint)
        elif stops:
            self._stop("mail server", *self._refusals.trouble)
        return settled

    def may_begin(self, ready: Ready) -> bool:
        """Whether the letter's text may leave now: not while another asks whether everything is refused, nor where its lease is over."""
        is_late = self._clock() - ready.claimed_at >= self._policy.lease  # a laptop may have slept since: others may take it
        is_ours = self._is_newest(ready.delivery) and not is_late
        return is_ours and (not self._refusals.is_suspicious or self._asking == ready.delivery.id)

    def cannot_leave(self, ready: Ready, error: DeliveryError) -> tuple[Settled, ...]:
        """What becomes of a letter that cannot be put on the wire; nothing of one that was claimed anew since."""
        reason, is_newest = f"not sent: {error.message}", self._is_newest(ready.delivery)
        self._off_the_wire(ready.delivery)
        if not is_newest:
            return ()
        self._fail(ready.letter.to, error.message, error.hint)
        self._note(ready.delivery.id, DeliveryStatus.REFUSED, reason, ready.letter.to)
        return (Settled(ready.delivery.id, DeliveryStatus.REFUSED, self._clock(), reason=reason, was_tried=True),)

    def forget(self, delivery: Delivery) -> None:
        """The letter is no more ours to send."""
        self._off_the_wire(delivery)

    def put_first(self, ready: Ready) -> None:
        """The letter waits again, before all others; not where it was claimed anew since, and waits already."""
        self._off_the_wire(ready.delivery)
        if ready.delivery.id not in self._claims:
            self._claims[ready.delivery.id] = ready.delivery, ready.claimed_at
            self._lanes.put_first(ready.delivery)

    def give_back(self, delivery: Delivery) -> tuple[Settled, ...]:
        """The letter as it was before it was claimed: nothing has happened to it; nothing of one that was claimed anew since."""
        back = (untouched(delivery, self._clock()),) if self._is_newest(delivery) else ()
        self._off_the_wire(delivery)
        return back

    def lose(self, error: DigestError) -> None:
        """A courier cannot go on: the shift can, as long as there is another and it is not we who are refused."""
        self._couriers -= 1
        if self._couriers <= 0 or isinstance(error, SenderRefused):
            self._stop(error.subject, error.message, error.hint)
        self._news.ring()

    def end(self) -> None:
        """What was claimed and not begun goes back to the queue, whatever ended the shift, and what was held is decided."""
        now = self._clock()
        rest = self._lanes.drain()
        self._claims.clear()
        self._asking = None
        stops, fates = self._refusals.ended(now, is_cut_short=self.stopped is not None)
        settled = [self._settled(fate, now) for fate in fates]
        if stops:
            self._stop("mail server", *self._refusals.trouble)
        if rest or settled or self.journal.owes:
            self.journal.write(*settled, *(untouched(delivery, now) for delivery in rest))

    def stop(self, reason: str) -> None:
        """Let every courier finish the letter that it has on the wire, and no more."""
        self.stopped = self.stopped or reason
        self._news.ring()

    def _one_to_ask_with(self) -> Ready | None:
        """After a pause, a letter to ask with; None where there is none, or none needs to ask any more."""
        ready = None
        try:
            if (len(self._lanes) or self.claim()) and self._has_paused():
                ready = self._next(self._refusals.would_tell) or self._next()
        finally:
            self._asking = ready.delivery.id if ready is not None else None
            if ready is not None:
                self._refusals.asks(ready.delivery)
            self._news.ring()
        return ready

    def _next(self, would_do: Callable[[Delivery], bool] = lambda letter: True) -> Ready | None:
        """The next such letter that may leave now, written; what cannot be sent is settled on the way."""
        while not self.is_over and (delivery := self._taken(would_do)) is not None:
            ready = self._made_ready(delivery)
            if ready is not None:
                return ready
        return None

    def _taken(self, would_do: Callable[[Delivery], bool]) -> Delivery | None:
        """The next such letter whose domain has room; more are claimed where there are few."""
        while True:
            if not self._is_last and 0 < len(self._lanes) <= self._policy.batch // 2:
                self.claim()
            delivery = self._lanes.take(would_do)
            if delivery is not None or len(self._lanes) or not self.claim():
                return delivery

    def _made_ready(self, delivery: Delivery) -> Ready | None:
        """The letter written, or what is wrong with it settled."""
        now = self._clock()
        if not self._is_newest(delivery):
            self.forget(delivery)
            return None
        _, claimed_at = self._claims[delivery.id]
        rests_until = self._lanes.rests_until(delivery.domain, now)
        if rests_until is not None or now - claimed_at > self._policy.lease / 2:
            # Another worker may take a letter when the lease is over; the second half of it is for the letter on the wire.
            (back,) = self.give_back(delivery)
            # One that may have arrived before stays so, and its reason with it.
            reason = back.reason if back.status is DeliveryStatus.UNKNOWN else _RESTS
            self.journal.write(back if rests_until is None else replace(back, due=rests_until, reason=reason))
            return None
        late = too_late(self._policy, delivery, now)
        if late is not None:
            self.journal.write(self._too_late(delivery, late))
            return None
        try:
            return Ready(delivery, self._desk.write(delivery), claimed_at)
        except CatalogError:
            self.journal.write(*self.give_back(delivery))
            raise
        except NotFound:
            # Its reader was erased while it was in our hands, and the letter with them: nothing is left to settle.
            log.info("a letter was erased before it was written", extra={"delivery": delivery.id})
            self.forget(delivery)
        except DigestError as error:
            self.journal.write(self._not_written(delivery, error, now))
        return None

    def _too_late(self, delivery: Delivery, settled: Settled) -> Settled:
        is_given_up = settled.status is DeliveryStatus.GIVEN_UP
        given_up = f"given up: {settled.reason}; last reply: {settled.reply or 'none'}"
        what, hint = (given_up, "") if is_given_up else (UNANSWERED, ASK_WHETHER_IT_CAME)
        self._fail(f"letter {delivery.message_id}", what, hint)
        self._done(delivery, settled.status, (settled.reply or "waited too long") if is_given_up else UNANSWERED)
        return settled

    def _not_written(self, delivery: Delivery, error: DigestError, now: datetime) -> Settled:
        # A broken theme is mended by the operator, and the letter is worth sending then.
        status, due = (DeliveryStatus.REFUSED, None) if isinstance(error, DeliveryError) else (DeliveryStatus.DEFERRED, now + _MENDED_IN)
        reason = f"not written: {error.message}"
        self._fail(error.subject, error.message, error.hint)
        self._done(delivery, status, reason)
        return Settled(delivery.id, status, now, due=due, reason=reason)

    def _settled(self, fate: Fate, now: datetime, *, was_tried: bool = False) -> Settled:
        decided = fate.decided
        if fate.is_failure:
            self._fail(fate.to, f"{decided.reason}: {decided.reply}", decided.hint)
        self._note(fate.delivery, decided.status, decided.reply or decided.reason or "", fate.to, is_told=not fate.is_held)
        return Settled(fate.delivery, decided.status, now, decided.reply, decided.due, decided.reason, was_tried, fate.is_again)

    def _done(self, delivery: Delivery, status: DeliveryStatus, why: str) -> None:
        self._off_the_wire(delivery)
        self._note(delivery.id, status, why, delivery.recipient)

    def _is_newest(self, delivery: Delivery) -> bool:
        """Whether the letter was not claimed anew since: it was taken out of our hands then, maybe for another address (`let_go`)."""
        newest, _ = self._claims.get(delivery.id, (None, None))
        return newest is delivery

    def _off_the_wire(self, delivery: Delivery) -> None:
        self._lanes.done(delivery)
        if self._is_newest(delivery):
            del self._claims[delivery.id]
        self._asking = None if self._asking == delivery.id else self._asking
        self._news.ring()

    def _note(self, delivery_id: int, status: DeliveryStatus, said: str, to: str, *, is_told: bool = True) -> None:
        if status is DeliveryStatus.SENT:
            self._sent += 1
            self._others.pop(delivery_id, None)
        else:
            self._others[delivery_id] = status
        if self._watch is not None and is_told:
            self._watch.settled(delivery_id, status, said, to)
        log.debug("letter settled", extra={"delivery": delivery_id, "status": str(status)})

    def _has_paused(self) -> bool:
        """Wait before the letter that asks; False where none needs to ask any more."""
        left = self._refusals.pause.total_seconds()
        while self._refusals.is_suspicious and not self.is_over and left > 0:
            slice_ = min(left, self._policy.pause.total_seconds())
            self._sleep(slice_)
            left -= slice_
        return self._refusals.is_suspicious and not self.is_over

    def _stop(self, subject: str, message: str, hint: str) -> None:
        if self.stopped is None:
            self.stopped = f"{subject}: {message}"
            self._fail(subject, message, hint)
            log.warning("delivery stopped", extra={"waiting": "kept"})

    def _fail(self, subject: str, message: str, hint: str) -> None:
        self.failures.append(Failure(subject, message, hint))
