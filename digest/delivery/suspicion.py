"""Decide whether repeated identical refusals are about us and not about the mailboxes: a state machine without side effects.

A server that refuses everything we send may answer each letter as it would for a dead mailbox. So a refusal is held until its meaning is
clear. The same refusal to three recipients in a row makes us suspicious; after a pause one more letter, the probe, is sent. If the probe
is refused in the same words, no mailbox is blamed and the batch stops; if it is accepted or refused in other words, the mailboxes really
are dead.

The caller settles a letter whose refusal is held as deferred (due again after `HELD_RETRY_DELAY`) at once, so that a crash in between
loses nothing: the letter is offered again. When the meaning is clear, the caller settles it a second time, as refused or deferred,
without a worker's name, since no worker holds it any more. One state machine serves all connections of a process: it is told the replies
in the order in which they arrive. The loop, for one connection:

    suspicion = Suspicion()
    heard = suspicion.heard(delivery.id, letter.to, reply, before=delivery.reply)
    if heard.is_held: settle(delivery, DEFERRED, due=now + HELD_RETRY_DELAY, reason=HELD_REASON)
    for held in heard.refused: settle(held.delivery, REFUSED, held.reply)
    for held in heard.kept: settle(held.delivery, DEFERRED, due=now + KEPT_RETRY_DELAY, reply=held.reply)
    if heard.stops: stop the batch and tell the operator
    while suspicion.is_suspicious: begin no more letters; one connection waits for `pause`, takes the next letter for which
        `is_good_probe` holds (else any), passes it to `probe_with` and sends it
    for letters that are claimed again because they fell due while held: suspicion.claimed(them)
    for a reply that names our address (`Settlement.names_us`): call `named`, and defer the letter whatever it means
    when there are no more letters, or the batch stops for any reason: `ended` gives what to settle then
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta

from .verdicts import Judgement, Reply, judge
from .wording import impersonal, likeness

SUSPECT_AFTER = 3
"""How many recipients in a row must be refused alike to make us suspicious."""
PROBE_DELAY = timedelta(seconds=60)
"""How long nothing is sent before the probe."""
HELD_RETRY_DELAY = timedelta(minutes=30)
"""When a letter whose refusal is held falls due again, in case the process dies before its meaning is clear."""
KEPT_RETRY_DELAY = timedelta(hours=4)
"""When letters that were refused because of us fall due again. Others go first, since a batch begins with the earliest due."""
HELD_REASON = "refused by the server; it is looked at whether it refuses everything we send"
KEPT_REASON = "the server refuses everything we send, so nobody is blamed"
HINT = "send one letter with `digest test-mail`, and ask who runs the server what it has against your mail"


@dataclass(frozen=True, slots=True)
class Held:
    """A refusal whose meaning is not clear yet: about the mailbox, or about us."""

    delivery: int
    recipient: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reply has made clear.

    `is_held`: defer the letter it answers for now. `refused`: these refusals are about their mailboxes. `kept`: these are about us. The
    reply's own letter may be in either. `stops`: the refusals are about us, and the batch is over.
    """

    stops: bool = False
    is_held: bool = False
    refused: tuple[Held, ...] = ()
    kept: tuple[Held, ...] = ()


class Suspicion:
    """The current run of identical refusals in one batch."""

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._likeness = self._said = ""
        self._probe: int | None = None
        self._stopped_by: str | None = None
        self._has_accepted = False
        self._named: str | None = None  # the recipient refused in words that name our address; None once a letter is accepted
        self._doubts = 0

    @property
    def is_suspicious(self) -> bool:
        """Whether only the probe letter may be begun."""
        return self._named is not None or len(self._recipients) >= SUSPECT_AFTER

    @property
    def pause(self) -> timedelta:
        """How long to wait before the probe: a server in trouble is given time; one that names our address follows a rule, so none."""
        return PROBE_DELAY if self._named is None else timedelta(0)

    @property
    def says(self) -> str:
        """The server's last refusal without addresses, for the operator; kept after a stop."""
        return self._said

    @property
    def _recipients(self) -> set[str]:
        return {held.recipient.casefold() for held in self._held}

    def is_good_probe(self, recipient: str, before: str | None = None) -> bool:
        """Whether this letter makes a good probe: for another domain than the held ones, and not refused in the same words `before`."""
        domains = {one.rpartition("@")[2] for one in (*self._recipients, self._named or "")}
        return recipient.rpartition("@")[2].casefold() not in domains and not self._was_alike(recipient, before)

    def claimed(self, deliveries: Set[int]) -> None:
        """These letters were claimed again and will be offered once more: their earlier refusals are no longer held."""
        self._held = [held for held in self._held if held.delivery not in deliveries]

    def probe_with(self, delivery: int) -> None:
        """Make this letter the probe: its reply decides, unless a letter already on its way is accepted first."""
        self._probe = delivery

    def heard(self, delivery: int, recipient: str, reply: Reply, *, before: str | None = None) -> Finding:
        """What the reply to a letter makes clear; `before` is the stored reply to an earlier try of the same letter.

        A reply that neither accepts nor refuses (deferred, lost) tells nothing: another probe must follow.
        """
        is_answer = delivery == self._probe
        self._probe = None if is_answer else self._probe
        judgement = judge(reply.stage, reply).judgement
        if judgement is Judgement.ACCEPTED:
            self._has_accepted, self._named = True, None
            return Finding(refused=self._cleared())
        if judgement is not Judgement.REFUSE:
            return Finding()
        is_answer = is_answer and recipient.casefold() not in self._recipients
        return self._refusal(Held(delivery, recipient, reply), before, is_answer=is_answer)

    def named(self, delivery: int, recipient: str, reply: Reply) -> bool:
        """Note a refusal that names our address, and say whether the batch stops.

        One reader's own filter rule may give such a refusal, so a letter to another reader is the probe. The batch stops if that is refused
        too, or after several such doubts: a server may refuse only some of our letters.
        """
        self._probe = None if delivery == self._probe else self._probe
        reader = recipient.casefold()
        is_ours = (self.is_suspicious and reader != self._named) or (self._named is None and self._doubts >= SUSPECT_AFTER)
        self._doubts += self._named is None
        self._named, self._likeness = reader, likeness(reply, recipient)
        return is_ours

    def ended(self, *, is_cut_short: bool = False) -> Finding:
        """What becomes of the refusals still held when there are no more letters, or when the batch `is_cut_short`.

        Too few to be suspicious: they stand. Otherwise they stand only if the server accepted a letter of ours in this batch and every
        letter had its turn; if it accepted none, or no probe was sent, no mailbox is blamed. Nor is any while a refusal that names us is
        in doubt; but if letters were accepted, that doubt does not stop the batch: as far as can be told it is one reader's rule.
        """
        says_us = self.is_suspicious and (is_cut_short or not self._has_accepted)
        is_doubted = self._named is not None
        held = self._cleared()
        if says_us:
            return Finding(stops=True, kept=held)
        return Finding(kept=held) if is_doubted else Finding(refused=held)

    def _refusal(self, held: Held, before: str | None, *, is_answer: bool) -> Finding:
        alike = likeness(held.reply, held.recipient)
        if alike == self._stopped_by:  # this letter was already on its way when the batch stopped
            return Finding(stops=True, kept=(held,))
        is_doubted = self._named is not None
        if not is_doubted and self._has_accepted and not self._held and before is not None and self._same(alike, before, held.recipient):
            # An earlier try was refused in these words and blamed on us; now the server accepts our letters, so the mailbox is dead.
            return Finding(refused=(held,))
        stands = self._cleared() if alike != self._likeness and not is_doubted else ()
        self._hold(held, alike)
        if is_answer and self.is_suspicious:
            self._stopped_by = alike
            return Finding(stops=True, kept=self._cleared())
        return Finding(is_held=True, refused=stands)

    def _hold(self, held: Held, alike: str) -> None:
        self._held.append(held)
        self._likeness = alike
        self._said = impersonal(str(held.reply), held.recipient)

    def _cleared(self) -> tuple[Held, ...]:
        held, self._held, self._likeness, self._probe = tuple(self._held), [], "", None
        return held

    def _was_alike(self, recipient: str, before: str | None) -> bool:
        return before is not None and self._same(self._likeness, before, recipient)

    @staticmethod
    def _same(alike: str, before: str, recipient: str) -> bool:
        return alike == impersonal(before, recipient).casefold()
