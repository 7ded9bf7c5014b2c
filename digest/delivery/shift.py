"""The state that the couriers of one delivery share: the claimed letters, the policy, and what became of each letter."""

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
from .needs import Claims, LetterWriter, Observer
from .pace import Pace
from .policy import ASK_WHETHER_IT_CAME, UNANSWERED, Policy, settlement, too_late, untouched
from .refusals import Fate, Refusals
from .turns import Bell
from .verdicts import Reply
from .wording import impersonal

log = logging.getLogger(__name__)

_UNWRITTEN_RETRY_DELAY = timedelta(minutes=30)
_RESTS = "its domain asked for fewer letters at a time"


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed letter together with its written text."""

    delivery: Delivery
    letter: Letter
    claimed_at: datetime


class Shift:
    """The letters of one call, from claim to settlement."""

    def __init__(
        self,
        outbox: Claims,
        writer: LetterWriter,
        policy: Policy,
        *,
        worker: str,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        observer: Observer | None,
        is_stopped: Callable[[], bool],
        sleep: Callable[[float], None],
    ) -> None:
        self.journal = Journal(outbox, worker)
        self.failures: list[Failure] = []
        self.stopped: str | None = None
        self.of_sender = ""
        self.rest: Rest | None = None
        self._outbox, self._writer, self._policy, self._worker = outbox, writer, policy, worker
        self._clock, self._random, self._observer, self._is_stopped, self._sleep = clock, random, observer, is_stopped, sleep
        self._pace, self._lanes, self._refusals = Pace(policy.rate, sleep), Lanes(policy.per_domain), Refusals()
        self._probe: int | None = None  # id of the letter that tests whether everything is refused; 0 while one is being chosen
        self._changed = Bell()  # wakes couriers that found no letter to take, when there may be one
        self._claims: dict[int, tuple[Delivery, datetime]] = {}  # the newest claim of each letter we hold, and when it was made
        self._outbox_is_drained = False  # the outbox gave fewer letters than the batch asked for
        self._couriers = 0
        self._sent = 0
        self._unsent: dict[int, DeliveryStatus] = {}

    @property
    def counts(self) -> dict[DeliveryStatus, int]:
        """How many letters ended in each status, each counted once, by its last one."""
        return dict(Counter({DeliveryStatus.SENT: self._sent}) + Counter(self._unsent.values()))

    @property
    def is_over(self) -> bool:
        """Whether no more letters may be sent."""
        if self.stopped is None and self._is_stopped():
            self.stopped = "asked to stop"
        return self.stopped is not None

    def begin(self, couriers: int) -> None:
        """Start work for this many couriers."""
        self._couriers = couriers

    def claim(self) -> int:
        """Claim the next batch of due letters and load what they are written from; gives their number."""
        now = self._clock()
        batch = self._outbox.claim(now, self._worker, self._policy.batch, self._policy.lease)
        self._writer.lay_out(batch)
        self._refusals.claimed(batch)
        self._claims.update((delivery.id, (delivery, now)) for delivery in batch)
        self._lanes.put(batch)
        self._outbox_is_drained = len(batch) < self._policy.batch
        self._changed.ring()
        return len(batch)

    def write_ahead(self) -> bool:
        """While everybody waits for the server, write a letter that will be needed soon; says whether there was one."""
        return not self.is_over and self._writer.write_ahead()

    def take(self, *, wait: bool) -> Ready | None:
        """The next letter, written; None if there is none or the shift is over, and without `wait` also if none may leave at once.

        Letters that cannot be sent now (stale, impossible to write, for a domain that rests) are settled on the way.
        """
        while not self.is_over and (wait or self._pace.is_free):
            is_probing = self._refusals.is_suspicious
            if is_probing and not wait:
                return None
            if is_probing and self._probe is not None:
                self._changed.wait(self._policy.pause.total_seconds())
                continue
            self._probe = 0 if is_probing else self._probe
            if is_probing:
                ready = self._take_probe()
            else:
                ready = self._next() if wait else self._next(lambda letter: not self._lanes.is_bounded(letter))
            if ready is not None:
                self._pace.wait(lambda: self.is_over)
                return ready
            if is_probing != self._refusals.is_suspicious:
                continue
            if not wait or not len(self._lanes) or self.is_over:
                return None
            self._changed.wait(self._policy.pause.total_seconds())
        return None

    def decided(self, ready: Ready, reply: Reply) -> tuple[Settled, ...]:
        """Settle the letter by its reply, and any others whose refusals it explains."""
        now, letter = self._clock(), ready.letter
        decided = settlement(self._policy, ready.delivery, reply, now, self._random(), (letter.sender, letter.plain_sender))
        if decided.status is not DeliveryStatus.SENT and not self._is_newest(ready.delivery):
            self.forget(ready.delivery)  # claimed again since: an acceptance still counts, a refusal was of the earlier letter
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
        own = self._settled(fates[0], now, was_tried=decided.status is not DeliveryStatus.QUEUED)
        settled = (own, *(self._settled(fate, now) for fate in fates[1:]))
        if decided.stops:
            self._stop("mail server", f"the server takes no mail from us now: {reply}", decided.hint)
        elif stops:
            self._stop("mail server", *self._refusals.trouble)
        return settled

    def may_begin(self, ready: Ready) -> bool:
        """Whether the letter's text may leave now: not while another letter is the probe, nor after its lease has ended."""
        is_late = self._clock() - ready.claimed_at >= self._policy.lease  # after a laptop has slept, another worker may have it
        is_ours = self._is_newest(ready.delivery) and not is_late
        return is_ours and (not self._refusals.is_suspicious or self._probe == ready.delivery.id)

    def cannot_leave(self, ready: Ready, error: DeliveryError) -> tuple[Settled, ...]:
        """Settle a letter that SMTP cannot carry as refused; one that was claimed again since is left alone."""
        reason, is_newest = f"not sent: {error.message}", self._is_newest(ready.delivery)
        self._off_the_wire(ready.delivery)
        if not is_newest:
            return ()
        self._fail(ready.letter.to, error.message, error.hint)
        self._note(ready.delivery.id, DeliveryStatus.REFUSED, reason, ready.letter.to)
        return (Settled(ready.delivery.id, DeliveryStatus.REFUSED, self._clock(), reason=reason, was_tried=True),)

    def forget(self, delivery: Delivery) -> None:
        """Drop the letter: it is no longer ours to send."""
        self._off_the_wire(delivery)

    def put_first(self, ready: Ready) -> None:
        """Put the letter back at the front of the queue, unless it was claimed again since and waits there already."""
        self._off_the_wire(ready.delivery)
        if ready.delivery.id not in self._claims:
            self._claims[ready.delivery.id] = ready.delivery, ready.claimed_at
            self._lanes.put_first(ready.delivery)

    def give_back(self, delivery: Delivery) -> tuple[Settled, ...]:
        """The settlement that restores the letter to its state before the claim; none for one that was claimed again since."""
        back = (untouched(delivery, self._clock()),) if self._is_newest(delivery) else ()
        self._off_the_wire(delivery)
        return back

    def lose(self, error: DigestError) -> None:
        """One courier gives up: the shift goes on as long as another is left and the refusal is not about us."""
        self._couriers -= 1
        if self._couriers <= 0 or isinstance(error, SenderRefused):
            self._stop(error.subject, error.message, error.hint)
        self._changed.ring()

    def end(self) -> None:
        """Return every letter that was claimed but not begun to the outbox, and settle the held ones, whatever ended the shift."""
        now = self._clock()
        rest = self._lanes.drain()
        self._claims.clear()
        self._probe = None
        stops, fates = self._refusals.ended(now, is_cut_short=self.stopped is not None)
        settled = [self._settled(fate, now) for fate in fates]
        if stops:
            self._stop("mail server", *self._refusals.trouble)
        if rest or settled or self.journal.owes:
            self.journal.write(*settled, *(untouched(delivery, now) for delivery in rest))

    def stop(self, reason: str) -> None:
        """Let every courier finish the letter that it is sending, and begin no other."""
        self.stopped = self.stopped or reason
        self._changed.ring()

    def _take_probe(self) -> Ready | None:
        """The probe letter, taken after a pause; None if there is no letter, or no probe is needed any more."""
        ready = None
        try:
            if (len(self._lanes) or self.claim()) and self._has_paused():
                ready = self._next(self._refusals.is_good_probe) or self._next()
        finally:
            self._probe = ready.delivery.id if ready is not None else None
            if ready is not None:
                self._refusals.probe_with(ready.delivery)
            self._changed.ring()
        return ready

    def _next(self, would_do: Callable[[Delivery], bool] = lambda letter: True) -> Ready | None:
        """The next letter that passes `would_do` and may leave now, written; what cannot be sent is settled on the way."""
        while not self.is_over and (delivery := self._taken(would_do)) is not None:
            ready = self._made_ready(delivery)
            if ready is not None:
                return ready
        return None

    def _taken(self, would_do: Callable[[Delivery], bool]) -> Delivery | None:
        """The next letter that passes `would_do` and whose domain has room; claims more when few are left."""
        while True:
            if not self._outbox_is_drained and 0 < len(self._lanes) <= self._policy.batch // 2:
                self.claim()
            delivery = self._lanes.take(would_do)
            if delivery is not None or len(self._lanes) or not self.claim():
                return delivery

    def _made_ready(self, delivery: Delivery) -> Ready | None:
        """Write the letter; where it cannot be sent now, settle it and give None."""
        now = self._clock()
        if not self._is_newest(delivery):
            self.forget(delivery)
            return None
        _, claimed_at = self._claims[delivery.id]
        rests_until = self._lanes.rests_until(delivery.domain, now)
        if rests_until is not None or now - claimed_at > self._policy.lease / 2:
            # Another worker may take a letter when its lease ends; the second half of the lease is kept for sending.
            (back,) = self.give_back(delivery)
            # A letter that may have arrived already stays UNKNOWN and keeps its reason.
            reason = back.reason if back.status is DeliveryStatus.UNKNOWN else _RESTS
            self.journal.write(back if rests_until is None else replace(back, due=rests_until, reason=reason))
            return None
        late = too_late(self._policy, delivery, now)
        if late is not None:
            self.journal.write(self._too_late(delivery, late))
            return None
        try:
            return Ready(delivery, self._writer.write(delivery), claimed_at)
        except CatalogError:
            self.journal.write(*self.give_back(delivery))
            raise
        except NotFound:
            # The subscriber was erased while we held the letter, and the letter with them: nothing is left to settle.
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
        # Another error, such as a broken theme, can be repaired by the operator: the letter is tried again.
        is_final = isinstance(error, DeliveryError)
        status, due = (DeliveryStatus.REFUSED, None) if is_final else (DeliveryStatus.DEFERRED, now + _UNWRITTEN_RETRY_DELAY)
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
        """Whether this is still our latest claim of the letter: it may have been released (`let_go`) and claimed again."""
        newest, _ = self._claims.get(delivery.id, (None, None))
        return newest is delivery

    def _off_the_wire(self, delivery: Delivery) -> None:
        self._lanes.done(delivery)
        if self._is_newest(delivery):
            del self._claims[delivery.id]
        self._probe = None if self._probe == delivery.id else self._probe
        self._changed.ring()

    def _note(self, delivery_id: int, status: DeliveryStatus, said: str, to: str, *, is_told: bool = True) -> None:
        if status is DeliveryStatus.SENT:
            self._sent += 1
            self._unsent.pop(delivery_id, None)
        else:
            self._unsent[delivery_id] = status
        if self._observer is not None and is_told:
            self._observer.settled(delivery_id, status, said, to)
        log.debug("letter settled", extra={"delivery": delivery_id, "status": str(status)})

    def _has_paused(self) -> bool:
        """Wait before the probe; False if none is needed any more."""
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
