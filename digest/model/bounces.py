"""Mail that comes back: what a report of failure or a complaint says, before anybody knows whose letter it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReturnedKind(StrEnum):
    """What a mail is that arrived where bounces do."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    OTHER = "other"


class Verdict(StrEnum):
    """Whether whoever reports it has given up."""

    HARD = "hard"
    SOFT = "soft"
    """It is still being tried, or a later letter may well arrive."""


class Cause(StrEnum):
    """What a failure speaks of."""

    ADDRESS = "address"
    """The address: nobody of that name, no such host, closed, moved."""
    PASSING = "passing"
    """Something that passes: a full mailbox, a host that did not answer in time, a letter too large."""
    DELAY = "delay"
    """Nothing has failed yet."""
    SENDER = "sender"
    """Us: taken for spam, on a blocklist, against somebody's policy. It says nothing of the reader."""


class Action(StrEnum):
    """What a returned mail leads to, once it is known whose letter it was."""

    SUPPRESS = "suppress"
    """It counts in full, and at the threshold the address is suppressed."""
    SCORE = "score"
    """It counts half."""
    STOP = "stop"
    """The address is suppressed at once; of a complaint that shows no more than a link of the letter, its subscription ends."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a report says of one recipient. `status` is an enhanced code ("5.1.1", RFC 3463), "" where it tells none; `said` its words."""

    address: str
    verdict: Verdict
    cause: Cause
    status: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A mail that came back, as far as it can be read without knowing whose letters are ours.

    `traces` are what may prove whose letter it was: addresses it was sent to, and message-ids, addresses and tokens of the letter in it.
    """

    kind: ReturnedKind
    refusals: tuple[Refusal, ...] = ()
    traces: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        """The strongest of what its refusals lead to."""
        if self.kind is ReturnedKind.COMPLAINT:
            return Action.STOP
        if self.kind is not ReturnedKind.BOUNCE:
            return Action.NONE
        found = {action_of(refusal) for refusal in self.refusals}
        return next((action for action in (Action.SUPPRESS, Action.SCORE) if action in found), Action.NONE)


def action_of(refusal: Refusal) -> Action:
    """What one refusal leads to: only a final one that speaks of the address counts in full."""
    if refusal.cause in (Cause.DELAY, Cause.SENDER):
        return Action.NONE
    return Action.SUPPRESS if refusal.verdict is Verdict.HARD and refusal.cause is Cause.ADDRESS else Action.SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetter:
    """A letter of ours that something came back for: ids in the catalog, the address it went to, and when it left."""

    subscriber: int
    subscription: int
    issue: int
    address: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one letter's return counts, on the day that letter left."""

    at: datetime
    points: float
