"""Whether the same refusal, heard again and again, speaks of us: a state machine without any doing.

A server that refuses everything we send may say to each letter what it says of a dead mailbox. So a refusal is held until it is clear what
it means: the same one to three recipients running makes us suspicious; after a pause one more letter asks. Refused alike, nobody is
blamed and the batch stops; accepted, or refused otherwise, the mailboxes are dead indeed.

The caller settles the letter of a held refusal at once as deferred (due again after `HELD`), so that a death in between loses nothing: it
is then offered once more. When it becomes clear, the caller settles it again, as refused or deferred, without a worker's name, since it
is in nobody's hands any more. One machine serves all connections of a process: replies are told in the order in which they arrive. The
loop, for one connection:

    suspicion = Suspicion()
    heard = suspicion.heard(delivery.id, letter.to, reply, before=delivery.reply)
    if heard.is_held: settle(delivery, DEFERRED, due=now + HELD, reason=WAITS)
    for held in heard.refused: settle(held.delivery, REFUSED, held.reply)
    for held in heard.kept: settle(held.delivery, DEFERRED, due=now + KEPT, reply=held.reply)
    if heard.stops: stop the batch and tell the operator
    while suspicion.is_suspicious: begin no more letters; one of the connections waits for its `pause`, takes the next letter for which
        `would_tell` holds (else any), calls `asks` with it and sends it
    for letters claimed meanwhile, when what was held was due again: suspicion.claimed(them)
    A reply that names our address (`Settlement.names_us`) is told to `named`, and its letter is put off whatever it means.
    ... and `ended` when there are no more letters, or the batch stops for any reason, which gives what is to be settled then.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta

from .verdicts import Judgement, Reply, judge
from .wording import impersonal, likeness

ALIKE = 3
"""Recipients running that make us suspicious."""
PAUSE = timedelta(seconds=60)
"""How long nothing is sent before one more letter asks."""
HELD = timedelta(minutes=30)
"""When the letter of a held refusal is due, should we die before it is clear what it means."""
KEPT = timedelta(hours=4)
"""When letters are due again that were refused because of us: others go first, since a batch begins with what fell due first."""
WAITS = "refused by the server; it is looked at whether it refuses everything we send"
REASON = "the server refuses everything we send, so nobody is blamed"
HINT = "send one letter with `digest test-mail`, and ask who runs the server what it has against your mail"


@dataclass(frozen=True, slots=True)
class Held:
    """A refusal of which it is not clear yet whom it blames."""

    delivery: int
    recipient: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reply makes clear.

    `is_held`: the letter it answers is settled as deferred for now. `refused`: these refusals stand. `kept`: these were refused because of
    us. The letter of the reply itself may be in either. `stops`: the refusals speak of us, and the batch is over.
    """

    stops: bool = False
    is_held: bool = False
    refused: tuple[Held, ...] = ()
    kept: tuple[Held, ...] = ()


class Suspicion:
    """What was refused alike and running, in one batch."""

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._likeness = self._said = ""
        self._asking: int | None = None
        self._stopped_by: str | None = None
        self._has_accepted = False
        self._named: str | None = None  # whose letter was refused in words that name us, and none was accepted since
        self._doubts = 0

    @property
    def is_suspicious(self) -> bool:
        """Whether no letter is to be begun but the one that asks."""
        return self._named is not None or len(self._recipients) >= ALIKE

    @property
    def pause(self) -> timedelta:
        """How long to wait before one more letter asks: a server in trouble is given time, one that names our address has its rule."""
        return PAUSE if self._named is None else timedelta(0)

    @property
    def says(self) -> str:
        """What the server said last when it refused, without addresses: for the operator, also after a stop."""
        return self._said

    @property
    def _recipients(self) -> set[str]:
        return {held.recipient.casefold() for held in self._held}

    def would_tell(self, recipient: str, before: str | None = None) -> bool:
        """Whether this letter is a good one to ask with: of another domain than what is held, and not refused alike `before`."""
        domains = {one.rpartition("@")[2] for one in (*self._recipients, self._named or "")}
        return recipient.rpartition("@")[2].casefold() not in domains and not self._was_alike(recipient, before)

    def claimed(self, deliveries: Set[int]) -> None:
        """These letters are in hands again, and are offered once more: what was said to them before is not held any longer."""
        self._held = [held for held in self._held if held.delivery not in deliveries]

    def asks(self, delivery: int) -> None:
        """This letter is the one that asks: what is said to it decides, unless a letter that was on its way is accepted before."""
        self._asking = delivery

    def heard(self, delivery: int, recipient: str, reply: Reply, *, before: str | None = None) -> Heard:
        """What the reply to a letter makes clear; `before` is what was said to it at an earlier try, as stored.

        What is neither a yes nor a refusal (put off, lost) tells nothing: the letter that asked is then followed by another.
        """
        is_answer = delivery == self._asking
        self._asking = None if is_answer else self._asking
        judgement = judge(reply.stage, reply).judgement
        if judgement is Judgement.ACCEPTED:
            self._has_accepted, self._named = True, None
            return Heard(refused=self._cleared())
        if judgement is not Judgement.REFUSE:
            return Heard()
        is_answer = is_answer and recipient.casefold() not in self._recipients
        return self._refusal(Held(delivery, recipient, reply), before, is_answer=is_answer)

    def named(self, delivery: int, recipient: str, reply: Reply) -> bool:
        """Whether the batch stops where a refusal names our address, as one reader's own rule would, too: another reader's letter asks.

        It stops where that is refused as well, or where it was asked so often: a server may refuse a part of our letters only.
        """
        self._asking = None if delivery == self._asking else self._asking
        reader = recipient.casefold()
        is_ours = (self.is_suspicious and reader != self._named) or (self._named is None and self._doubts >= ALIKE)
        self._doubts += self._named is None
        self._named, self._likeness = reader, self._likeness or likeness(reply, recipient)
        return is_ours

    def ended(self, *, is_cut_short: bool = False) -> Heard:
        """What becomes of what is still held when there are no more letters, or when the batch `is_cut_short`.

        Too few to be suspicious of: they stand. Else they stand where this server took a letter of ours in this batch, and all had their
        turn; where it took none, or it was not asked, nobody is blamed. Nor is anybody while a refusal that names us is in doubt, but that
        stops no batch of which letters were taken: then it is one reader's rule, as far as can be told.
        """
        says_us = self.is_suspicious and (is_cut_short or not self._has_accepted)
        is_doubted = self._named is not None
        held = self._cleared()
        if says_us:
            return Heard(stops=True, kept=held)
        return Heard(kept=held) if is_doubted else Heard(refused=held)

    def _refusal(self, held: Held, before: str | None, *, is_answer: bool) -> Heard:
        alike = likeness(held.reply, held.recipient)
        if alike == self._stopped_by:  # it was on its way when the batch stopped
            return Heard(stops=True, kept=(held,))
        is_doubted = self._named is not None
        if not is_doubted and self._has_accepted and not self._held and before is not None and self._same(alike, before, held.recipient):
            # Hours ago it was refused with these words and kept for our sake; since then the server has taken letters of ours.
            return Heard(refused=(held,))
        stands = self._cleared() if alike != self._likeness and not is_doubted else ()
        self._hold(held, alike)
        if is_answer and self.is_suspicious:
            self._stopped_by = alike
            return Heard(stops=True, kept=self._cleared())
        return Heard(is_held=True, refused=stands)

    def _hold(self, held: Held, alike: str) -> None:
        self._held.append(held)
        self._likeness = alike
        self._said = impersonal(str(held.reply), held.recipient)

    def _cleared(self) -> tuple[Held, ...]:
        held, self._held, self._likeness, self._asking = tuple(self._held), [], "", None
        return held

    def _was_alike(self, recipient: str, before: str | None) -> bool:
        return before is not None and self._same(self._likeness, before, recipient)

    @staticmethod
    def _same(alike: str, before: str, recipient: str) -> bool:
        return alike == impersonal(before, recipient).casefold()
