"""When a letter is tried again and when it is not: decisions without any doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import REPEATS, Delivery, DeliveryStatus, Settled
from .verdicts import Judgement, Reply, Stage, Verdict, judge

UNANSWERED = "sent, but no answer was heard"
ASK_WHETHER_IT_CAME = "ask the reader, or look into the server's log, whether it came"
_NAMES_US = "refused in words that name our address, so its reader is not blamed"
_GREYLISTED = timedelta(minutes=5)
_FIRST = timedelta(minutes=30)  # RFC 5321 §4.5.4.1
_LONGEST = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patiently letters are handed over.

    A letter is given up `stale_after` it was queued. One whose answer was never heard is sent again (`unknown` = "retry"; the same
    Message-ID lets mail programs drop the second) or never ("hold"). A run waits up to `linger` for letters to fall due again, looking up
    every `pause` whether it should stop. A worker claims `batch` letters under a `lease`, and gives back what half of it was too short for.
    They leave over at most so many `connections`, at most `rate` a second, at most `per_domain` at a time to one domain (0: any number).
    A refusal that names one of `senders`, the addresses that letters show as ours, speaks of us.
    """

    stale_after: timedelta = timedelta(hours=36)
    unknown: str = "retry"
    linger: timedelta = timedelta(0)
    batch: int = 100
    lease: timedelta = timedelta(hours=2)
    pause: timedelta = timedelta(seconds=5)
    connections: int = 1
    rate: float = 0.0
    per_domain: int = 0
    senders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a letter: its next status, when it is due again (None: never), what the server said, and why."""

    status: DeliveryStatus
    due: datetime | None = None
    reply: str | None = None
    reason: str | None = None
    hint: str = ""
    stops: bool = False
    """The reply speaks of us: nothing more is handed over now."""
    names_us: bool = False
    """It names our address: nothing more is handed over but one letter that asks whether that is said to all."""
    slows_domain: bool = False
    """The receiver's domain wants fewer letters at a time."""
    rest: timedelta = timedelta(0)
    """How long nothing more is to be handed over by any run: the account has sent what it may."""


def too_late(policy: Policy, delivery: Delivery, now: datetime) -> Settled | None:
    """What becomes of a letter that is not to be handed over any more, as nobody wants it (a restored backup does not mail last week).

    None where it is. One that may have arrived is not given up: that would free its papers to be shown again.
    """
    is_stale = now - delivery.queued_at > policy.stale_after
    is_held = policy.unknown == "hold" and not delivery.is_asked_for
    if delivery.status is DeliveryStatus.UNKNOWN and (is_stale or is_held):
        return Settled(delivery.id, DeliveryStatus.UNKNOWN, now, delivery.reply, reason=UNANSWERED)
    reason = f"not handed over within {policy.stale_after.total_seconds() / 3600:g} hours"
    return Settled(delivery.id, DeliveryStatus.GIVEN_UP, now, delivery.reply, reason=reason) if is_stale else None


def untouched(delivery: Delivery, now: datetime) -> Settled:
    """A claimed letter as it was before: nothing has happened to it."""
    status = DeliveryStatus.QUEUED if delivery.is_asked_for else delivery.status
    return Settled(delivery.id, status, now, delivery.reply, delivery.due, delivery.reason)


def settlement(
    policy: Policy, delivery: Delivery, reply: Reply, now: datetime, chance: float, senders: Sequence[str] = ()
) -> Settlement:
    """What the reply to a letter makes of it; `chance` (0…1) spreads the next tries, `senders` are the addresses it was sent by."""
    ours = (*senders, *policy.senders)
    if reply.stage is Stage.RCPT:  # where the sender is a reader too, it is the reader whom the reply names
        ours = tuple(sender for sender in ours if sender.casefold() != delivery.recipient)
    verdict = judge(reply.stage, reply, ours)
    said = str(reply)
    match verdict.judgement:
        case Judgement.ACCEPTED:
            return Settlement(status=DeliveryStatus.SENT, reply=said)
        case Judgement.REFUSE:
            return Settlement(status=DeliveryStatus.REFUSED, reply=said, reason="refused by the server", hint=verdict.hint)
        case Judgement.UNKNOWN:
            return _unanswered(policy, delivery, said, now, chance)
        case Judgement.DEFER | Judgement.STOP_BATCH:
            stops = verdict.judgement is Judgement.STOP_BATCH and not verdict.names_us
            if verdict.rest:
                return _enough(verdict, said, now, chance)
            due = now + delay(delivery.attempts, verdict, chance)
            reason = _NAMES_US if verdict.names_us else "the server takes no mail from us now" if stops else "put off by the server"
            return Settlement(
                status=DeliveryStatus.DEFERRED,
                due=due,
                reply=said,
                reason=reason,
                hint=verdict.hint,
                stops=stops,
                names_us=verdict.names_us,
                slows_domain=verdict.slows_domain,
            )


def delay(earlier: int, verdict: Verdict, chance: float) -> timedelta:
    """How long to wait after a try that followed `earlier` ones: 5 minutes after the first of a greylisted address, else 30 minutes
    doubling to 4 hours; up to a tenth more by `chance`, and never less: Postgrey takes nothing before the five minutes are over.
    """
    wait = _GREYLISTED if verdict.is_greylisting and earlier == 0 else min(_FIRST * 2 ** min(earlier, 10), _LONGEST)
    return wait * (1 + 0.1 * chance)


def _enough(verdict: Verdict, said: str, now: datetime, chance: float) -> Settlement:
    """The letter goes back to the queue as if it had not been tried, due when the account may send again."""
    rest = verdict.rest * (1 + 0.1 * chance)
    reason = "the account has sent what it may for now"
    return Settlement(
        status=DeliveryStatus.QUEUED, due=now + rest, reply=said, reason=reason, hint=verdict.hint, stops=True, rest=rest
    )


def _unanswered(policy: Policy, delivery: Delivery, said: str, now: datetime, chance: float) -> Settlement:
    """RFC 5321 §6.1 leaves the letter's fate open. Repeated once, all letters were lost where connections break off at the dot for longer
    than five minutes; repeated without end, a server which stores them and never answers is fed for ever.
    """
    is_last = delivery.status is DeliveryStatus.UNKNOWN and delivery.attempts >= REPEATS
    if policy.unknown == "hold" or is_last:
        return Settlement(status=DeliveryStatus.UNKNOWN, reply=said, reason=UNANSWERED, hint=ASK_WHETHER_IT_CAME)
    due = now + delay(delivery.attempts, Verdict(Judgement.UNKNOWN, is_greylisting=True), chance)
    return Settlement(status=DeliveryStatus.UNKNOWN, due=due, reply=said, reason=UNANSWERED)
