"""Decide whether and when a letter is tried again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import REPEATS, Delivery, DeliveryStatus, Settled
from .verdicts import Judgement, Reply, Stage, Verdict, judge

UNANSWERED = "sent, but no answer was heard"
ASK_WHETHER_IT_CAME = "ask the reader, or look into the server's log, whether it came"
_NAMES_US = "refused in words that name our address, so its reader is not blamed"
_GREYLIST_RETRY = timedelta(minutes=5)
_FIRST_RETRY = timedelta(minutes=30)  # RFC 5321 §4.5.4.1
_LONGEST_RETRY = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Retry rules and limits of a delivery.

    A letter is given up `stale_after` it was queued. One whose reply was lost is sent again (`unknown` = "retry"; the same Message-ID lets
    mail programs drop the second copy) or never ("hold"). A run waits up to `linger` for letters to fall due again, and checks every
    `pause` whether it should stop. A worker claims `batch` letters under a `lease`, and gives back those not begun in its first half.
    Letters leave over at most `connections`, at most `rate` a second, at most `per_domain` at a time to one domain (0: any number).
    A refusal that names one of `senders`, the addresses that letters show as ours, is about us.
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
    """What becomes of a letter: its next status, when it is due again (None: never), the server's reply, and the reason."""

    status: DeliveryStatus
    due: datetime | None = None
    reply: str | None = None
    reason: str | None = None
    hint: str = ""
    stops: bool = False
    """The reply is about us: nothing more is sent now."""
    names_us: bool = False
    """The reply names our address: nothing more is sent but one probe letter, which shows whether every letter is refused so."""
    slows_domain: bool = False
    """The receiver's domain wants fewer letters at a time."""
    rest: timedelta = timedelta(0)
    """How long no run may send anything: the account has used its quota."""


def too_late(policy: Policy, delivery: Delivery, now: datetime) -> Settled | None:
    """The settlement of a letter that is too old to send, or whose repetition the policy forbids; None if it may be sent.

    So a restored backup does not mail last week's letters. A letter that may have arrived is not given up: that would free its papers to
    be shown again.
    """
    is_stale = now - delivery.queued_at > policy.stale_after
    is_held = policy.unknown == "hold" and not delivery.is_asked_for
    if delivery.status is DeliveryStatus.UNKNOWN and (is_stale or is_held):
        return Settled(delivery.id, DeliveryStatus.UNKNOWN, now, delivery.reply, reason=UNANSWERED)
    reason = f"not handed over within {policy.stale_after.total_seconds() / 3600:g} hours"
    return Settled(delivery.id, DeliveryStatus.GIVEN_UP, now, delivery.reply, reason=reason) if is_stale else None


def untouched(delivery: Delivery, now: datetime) -> Settled:
    """The settlement that restores a claimed letter to its state before the claim."""
    status = DeliveryStatus.QUEUED if delivery.is_asked_for else delivery.status
    return Settled(delivery.id, status, now, delivery.reply, delivery.due, delivery.reason)


def settlement(
    policy: Policy, delivery: Delivery, reply: Reply, now: datetime, jitter: float, senders: Sequence[str] = ()
) -> Settlement:
    """What becomes of a letter after this reply; `jitter` (0…1) spreads retries, `senders` are the addresses it was sent from."""
    ours = (*senders, *policy.senders)
    if reply.stage is Stage.RCPT:  # if the sender is also this letter's recipient, the reply names them as the recipient
        ours = tuple(sender for sender in ours if sender.casefold() != delivery.recipient)
    verdict = judge(reply.stage, reply, ours)
    said = str(reply)
    match verdict.judgement:
        case Judgement.ACCEPTED:
            return Settlement(status=DeliveryStatus.SENT, reply=said)
        case Judgement.REFUSE:
            return Settlement(status=DeliveryStatus.REFUSED, reply=said, reason="refused by the server", hint=verdict.hint)
        case Judgement.UNKNOWN:
            return _unanswered(policy, delivery, said, now, jitter)
        case Judgement.DEFER | Judgement.STOP_BATCH:
            stops = verdict.judgement is Judgement.STOP_BATCH and not verdict.names_us
            if verdict.rest:
                return _over_quota(verdict, said, now, jitter)
            due = now + delay(delivery.attempts, verdict, jitter)
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


def delay(earlier: int, verdict: Verdict, jitter: float) -> timedelta:
    """How long to wait before the next try, after `earlier` tries and this one.

    5 minutes after the first greylisting, else 30 minutes doubling to 4 hours. `jitter` adds up to a tenth and never subtracts: Postgrey
    accepts nothing before its five minutes are over.
    """
    wait = _GREYLIST_RETRY if verdict.is_greylisting and earlier == 0 else min(_FIRST_RETRY * 2 ** min(earlier, 10), _LONGEST_RETRY)
    return wait * (1 + 0.1 * jitter)


def _over_quota(verdict: Verdict, said: str, now: datetime, jitter: float) -> Settlement:
    """Return the letter to the queue as if it had not been tried, due when the account may send again."""
    rest = verdict.rest * (1 + 0.1 * jitter)
    reason = "the account has sent what it may for now"
    return Settlement(
        status=DeliveryStatus.QUEUED, due=now + rest, reply=said, reason=reason, hint=verdict.hint, stops=True, rest=rest
    )


def _unanswered(policy: Policy, delivery: Delivery, said: str, now: datetime, jitter: float) -> Settlement:
    """The settlement of a letter whose final reply was lost; RFC 5321 §6.1 leaves its fate open.

    With one repeat, every letter would be lost where connections break at the dot for more than five minutes; with endless repeats, a
    server that stores letters and never answers would be fed for ever.
    """
    is_last = delivery.status is DeliveryStatus.UNKNOWN and delivery.attempts >= REPEATS
    if policy.unknown == "hold" or is_last:
        return Settlement(status=DeliveryStatus.UNKNOWN, reply=said, reason=UNANSWERED, hint=ASK_WHETHER_IT_CAME)
    due = now + delay(delivery.attempts, Verdict(Judgement.UNKNOWN, is_greylisting=True), jitter)
    return Settlement(status=DeliveryStatus.UNKNOWN, due=due, reply=said, reason=UNANSWERED)
