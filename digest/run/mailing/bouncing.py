"""Handle bounces and complaints: prove which letter came back, count points against its reader, and suppress them at the threshold.

Anybody can send a report that names anybody. So a report counts only if it contains something that we signed (the letter's own envelope
sender, a token from its links) or made hard to guess (its Message-ID), and then only for the reader of that letter, whomever else it
names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ...addresses import folded
from ...delivery.bounces.scoring import POINTS, score
from ...delivery.verp import delivery_of
from ...delivery.wording import impersonal
from ...errors import TokenError
from ...model import Action, Cause, Mark, Refusal, Returned, ReturnedKind, SentLetter, SuppressionReason, Verdict, action_of
from ...tokens import Purpose, read_token
from ..parts import Parts

Proof = Literal["verp", "report", "link"]
"""The letter's own envelope sender; its Message-ID; or only a token from its links, which anyone it was forwarded to has as well."""
Rehearsed = dict[int, list[Mark]]
"""The marks that a dry run would have recorded, by subscriber."""
_ORIGIN = "digest bounces"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """A mail that was read as a bounce or complaint.

    `letter` is the letter of ours that it proves to be about, and `own` what it says of that letter's reader. `done` is a sentence on what
    was done, without addresses; "" if nothing was. `is_ours`: the letter was refused because of us, and an operator should know.
    """

    returned: Returned
    letter: SentLetter | None = None
    proof: Proof | None = None
    own: Refusal | None = None
    done: str = ""
    is_ours: bool = False

    @property
    def recipients(self) -> tuple[tuple[Refusal, Proof | None], ...]:
        """Everybody the mail names, each with the proof that it is about a letter to them (None: no proof)."""
        if self.letter is None or self.own is None:
            return tuple((refusal, None) for refusal in self.returned.refusals)
        own = folded(self.own.address)
        proof: Proof | None = "report" if self.proof == "link" else self.proof
        others = [(refusal, None) for refusal in self.returned.refusals if folded(refusal.address) != own]
        return ((self.own, proof), *others)


def take_back(parts: Parts, content: bytes, now: datetime, *, rehearsed: Rehearsed | None = None) -> CameBack:
    """Read a mail and, if it proves that a letter of ours came back, count it; at the threshold the letter's reader is suppressed.

    A letter counts once, however often and by whomever it is returned. A dry run passes `rehearsed`, and marks are then written only there.
    """
    from ...delivery.bounces.reading import read_returned  # its patterns take as long as numpy to load, and most runs read no mail

    returned = read_returned(content)
    if returned.kind not in (ReturnedKind.BOUNCE, ReturnedKind.COMPLAINT):
        return CameBack(returned=returned)
    letter, proof = letter_returned(parts, returned)
    if letter is None:
        return CameBack(returned=returned)
    own = _refusal_of_reader(returned, letter)
    if parts.catalog.bounces.is_forgiven(letter):
        done = f"{_label(letter)}: came back before its reader was written to again, which counts no more"
        return CameBack(returned=returned, letter=letter, proof=proof, own=own, done=done)
    came = CameBack(returned=returned, letter=letter, proof=proof, own=own, is_ours=own.cause is Cause.SENDER)
    if returned.kind is ReturnedKind.COMPLAINT:
        complained = _complained_by_link if proof == "link" else _complained
        return replace(came, done=complained(parts, letter, own, now, dry_run=rehearsed is not None))
    return replace(came, done=_bounced(parts, letter, own, now, rehearsed))


def letter_returned(parts: Parts, returned: Returned) -> tuple[SentLetter | None, Proof | None]:
    """The letter that came back, and the proof: its own envelope sender, else its Message-ID, else a token from its links."""
    bounces = parts.catalog.bounces
    for trace in returned.traces:
        claim = delivery_of(trace, parts.secrets) if "@" in trace else None
        if claim is not None and (letter := bounces.letter(claim.subscription, claim.issue)) is not None:
            return letter, "verp"
    named = bounces.letter_called([trace for trace in returned.traces if trace.startswith("<")])
    if named is not None:
        return named, "report"
    for trace in returned.traces:
        letter = _letter_of_token(parts, trace) if "@" not in trace else None
        if letter is not None:
            return letter, "link"
    return None, None


def _letter_of_token(parts: Parts, token: str) -> SentLetter | None:
    try:
        claim = read_token(token, Purpose.LETTER, parts.secrets)
    except TokenError:
        return None
    return parts.catalog.bounces.letter(claim.subscription, claim.issue)


def _refusal_of_reader(returned: Returned, letter: SentLetter) -> Refusal:
    """What the report says of the letter's reader: under their address, or under one they forward their mail to."""
    own = next((r for r in returned.refusals if folded(r.address) == folded(letter.address)), None)
    if own is not None:
        return own
    worst = sorted(returned.refusals, key=lambda refusal: -POINTS[action_of(refusal)])
    if worst:
        return replace(worst[0], address=letter.address)
    return Refusal(address=letter.address, verdict=Verdict.SOFT, cause=Cause.PASSING)


def _complained(parts: Parts, letter: SentLetter, own: Refusal, now: datetime, *, dry_run: bool) -> str:
    if not dry_run:
        parts.catalog.bounces.record(letter, ReturnedKind.COMPLAINT, own, 0.0, now)
        if not parts.catalog.bounces.stop(letter.subscriber, SuppressionReason.COMPLAINED, now, _ORIGIN):
            return f"{_label(letter)}: a complaint; nothing went there any more"
    return f"{_label(letter)}: a complaint, so nothing goes there any more"


def _complained_by_link(parts: Parts, letter: SentLetter, own: Refusal, now: datetime, *, dry_run: bool) -> str:
    """A complaint proven only by a link from the letter can do what that link can: it ends this subscription, not all of the reader's."""
    if not dry_run:
        if not parts.catalog.bounces.record(letter, ReturnedKind.COMPLAINT, own, 0.0, now):
            return f"{_label(letter)}: a complaint that was read before"  # its reader may have come back since
        parts.catalog.subscribers.leave(letter.subscription, now)
    return f"{_label(letter)}: a complaint that shows a link of the letter and nothing else, so this subscription ends"


def _bounced(parts: Parts, letter: SentLetter, own: Refusal, now: datetime, rehearsed: Rehearsed | None) -> str:
    why = f" ({own.status})" if own.status else ""
    if own.cause is Cause.DELAY:
        return f"{_label(letter)}: delayed{why}, still being tried"
    is_of_another = parts.catalog.bounces.went_elsewhere(letter)
    points = 0.0 if is_of_another else POINTS[action_of(own)]
    is_new = rehearsed is not None or parts.catalog.bounces.record(letter, ReturnedKind.BOUNCE, own, points, now)
    if own.cause is Cause.SENDER:
        return f"{_label(letter)}: refused because of us{why}, which counts nothing: {without_address(own)}"
    if is_of_another:
        return f"{_label(letter)}: came back{why} from an address that its reader had before, which counts nothing"
    marks, arrived = parts.catalog.bounces.history(letter.subscriber)
    others = [] if rehearsed is None else rehearsed.setdefault(letter.subscriber, [])
    if rehearsed is not None:  # otherwise `record` has stored the mark, unless the reader complained about that letter
        others.append(Mark(at=letter.sent_at, points=points))
    came = {mark.at for mark in others}
    total = score((*marks, *others), [at for at in arrived if at not in came], max((now, *came)))
    told = f"{_label(letter)}: came back{why}{'' if is_new else ', as was known'}, {total:g} of {parts.bounce_threshold:g} points"
    if action_of(own) is Action.NONE or total < parts.bounce_threshold:
        return told
    if rehearsed is None and not parts.catalog.bounces.stop(letter.subscriber, SuppressionReason.BOUNCED, now, _ORIGIN):
        return f"{told}; nothing went there any more"
    return f"{told}, so nothing goes there any more"


def without_address(own: Refusal) -> str:
    """The server's answer without the reader's address, so that reports of one cause are the same text."""
    return impersonal(own.said.partition("smtp; ")[2] or own.said, own.address)


def _label(letter: SentLetter) -> str:
    return f"subscription {letter.subscription}, issue {letter.issue}"
