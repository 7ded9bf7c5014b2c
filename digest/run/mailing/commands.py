"""Carry out the commands that readers mail: the token alone authorises one, and each mail is acted on once however often it arrives."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...cadence import beginning, local
from ...delivery.mailboxes.inbox import Command
from ...errors import NotFound, TokenError
from ...model import FOR_EVER, Feedback, FeedbackKind, Paper, Subscription
from ...naming import short_name
from ...rendering import clean
from ...tokens import Claim, Purpose, read_token
from ..parts import Parts
from .inviting import BY_MAIL


def carry_out(parts: Parts, command: Command, now: datetime) -> str | None:
    """Do what a mail asks for; returns a sentence that names the reader, None if its token or paper is not ours."""
    try:
        if command.action == "join":
            return _join(parts, command.token, now)
        claim = read_token(command.token, Purpose.LETTER, parts.secrets)
        if parts.catalog.inboxes.is_done(command.mail):
            # The reader may have undone it since: the same mail, delivered again, must not do it again.
            return f"{_who(parts, claim)}: {command.action}, which this mail said before"
        done = _act(parts, command, claim, now)
    except (TokenError, NotFound):
        return None
    if done is not None:
        parts.catalog.inboxes.done(command.mail, now)
    return done


def rehearse(parts: Parts, command: Command, now: datetime) -> str | None:
    """For a dry run, a sentence on what `carry_out` would be asked to do; None if it would do nothing."""
    try:
        claim = read_token(command.token, Purpose.JOIN if command.action == "join" else Purpose.LETTER, parts.secrets)
        if command.action == "pause":
            subscription = parts.catalog.subscribers.by_id(claim.subscription)
            if not command.undo and _pause_end(command, subscription, now) <= now:
                return None
        elif command.action in ("join", "unsubscribe"):
            _check_known(parts, claim)
        else:
            paper = _paper(parts, command, claim)
            if paper is None or (command.action == FeedbackKind.FOLLOW and not _author(paper, command.author)):
                return None
        return f"{_who(parts, claim)}: {'undo ' if command.undo else ''}{command.action} {command.paper}".strip()
    except (TokenError, NotFound):
        return None


def _who(parts: Parts, claim: Claim) -> str:
    """The subscription's "address (name)"; only its number if it was removed, since its letters can still unsubscribe."""
    try:
        subscription = parts.catalog.subscribers.by_id(claim.subscription)
    except NotFound:
        return f"subscription {claim.subscription}"
    return f"{subscription.subscriber.email} ({subscription.name})"


def _check_known(parts: Parts, claim: Claim) -> None:
    """Raise NotFound for a subscription that never existed, or was erased."""
    try:
        parts.catalog.subscribers.by_id(claim.subscription)
    except NotFound:
        parts.catalog.subscribers.removed(claim.subscription)


def _act(parts: Parts, command: Command, claim: Claim, now: datetime) -> str | None:
    if command.action == "unsubscribe":
        who = _who(parts, claim)
        parts.catalog.subscribers.leave(claim.subscription, now)
        return f"{who}: subscription ended"
    if command.action == "pause":
        return _pause(parts, command, claim, now)
    paper = _paper(parts, command, claim)
    if paper is None:
        return None
    kind = FeedbackKind(command.action)
    author = _author(paper, command.author) if kind is FeedbackKind.FOLLOW else ""
    if kind is FeedbackKind.FOLLOW and not author:
        return None
    if command.undo:
        for one in _feedback_in_force(parts, claim.subscription, paper, kind):
            parts.catalog.feedback.undo(one.id, now)
        return f"{_who(parts, claim)}: {kind} of {paper.key} taken back"
    given, is_new = parts.catalog.feedback.give(claim.subscription, paper.key, kind, now, author=author, origin="mail")
    return f"{_who(parts, claim)}: {given.kind} of {paper.key}{'' if is_new else ', as was said before'}"


def _pause(parts: Parts, command: Command, claim: Claim, now: datetime) -> str | None:
    """Pause everything its reader gets, or end that pause; None for a pause that would have ended already."""
    subscription = parts.catalog.subscribers.by_id(claim.subscription)
    if command.undo:
        parts.catalog.subscribers.wake(claim.subscription, now)
        return f"{_who(parts, claim)}: pause ended"
    end = _pause_end(command, subscription, now)
    if end <= now:
        return None
    parts.catalog.subscribers.rest(claim.subscription, end)
    ends = "begun" if end == FOR_EVER else f"until {end:%Y-%m-%d %H:%M} UTC"
    return f"{_who(parts, claim)}: pause {ends}"


def _pause_end(command: Command, subscription: Subscription, now: datetime) -> datetime:
    """When a pause ends: the first moment, in the reader's zone, of the day on which letters begin again."""
    zone = subscription.subscriber.zone
    if command.until is None and not command.days:
        return FOR_EVER
    day = command.until or local(now, zone).date() + timedelta(days=command.days)
    if day.year >= FOR_EVER.year:
        return FOR_EVER  # a later moment would have no day in a zone further east
    return beginning(day, zone)


def _paper(parts: Parts, command: Command, claim: Claim) -> Paper | None:
    """The paper of the letter that the mail names; None if it is somebody else's letter, or an edition's, the same for everybody.

    Raises NotFound for a subscription that was removed, whose profile learns nothing more.
    """
    issue = parts.catalog.issues.load(claim.issue)
    if issue.subscription.id != claim.subscription or parts.catalog.subscribers.by_id(claim.subscription).profile is None:
        return None
    # The paper may have been merged with another since the letter was sent, which names it as it was then.
    named = ((pick.paper, map(short_name, (pick.paper.key, *pick.paper.ids))) for pick in issue.picks)
    return next((paper for paper, names in named if command.paper in names), None)


def _feedback_in_force(parts: Parts, subscription_id: int, paper: Paper, kind: FeedbackKind) -> list[Feedback]:
    """The feedback of that kind that is in force. Undoing a follow means all authors of that paper."""
    return [one for one in parts.catalog.feedback.on(subscription_id, paper.key) if one.kind is kind]


def _join(parts: Parts, token: str, now: datetime) -> str:
    """Accept an invitation. Raises TokenError or NotFound."""
    claim = read_token(token, Purpose.JOIN, parts.secrets)
    is_new = parts.catalog.invitations.accept(claim.subscription, now, BY_MAIL)
    return f"{_who(parts, claim)}: subscription {'begun' if is_new else 'stays as it is: joined, or left, before'}"


def _author(paper: Paper, wanted: str) -> str:
    """The author that the mail means: the one it names, else the paper's first; "" if the named one is no author of it."""
    names = [author.name for author in paper.authors]
    if not wanted:
        return names[0] if names else ""
    lines = wanted.split("\n")
    return next((name for said in (" ".join(lines), lines[0]) for name in names if _is_meant(name, said.casefold())), "")


def _is_meant(name: str, said: str) -> bool:
    """Whether `said` is this author's name as a letter writes it, which shortens a long one with "…"."""
    start, cut, _ = said.partition("…")
    known = clean(name).casefold()
    return known == start or (bool(cut) and known.startswith(start))
