"""Mailed commands carried out: each by its token alone, and each mail once however often it arrives."""

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


def obey(parts: Parts, command: Command, now: datetime) -> str | None:
    """Do what a mail asks for; gives a sentence that names the reader, None where its token or paper is not ours."""
    try:
        if command.action == "join":
            return _join(parts, command.token, now)
        claim = read_token(command.token, Purpose.LETTER, parts.secrets)
        if parts.catalog.inboxes.is_done(command.mail):
            # What was done may have been taken back since: a mail that is delivered again does not bring it back.
            return f"{_who(parts, claim)}: {command.action}, which this mail said before"
        done = _carried_out(parts, command, claim, now)
    except (TokenError, NotFound):
        return None
    if done is not None:
        parts.catalog.inboxes.done(command.mail, now)
    return done


def promise(parts: Parts, command: Command, now: datetime) -> str | None:
    """What `obey` would be asked for; None where it would do nothing."""
    try:
        claim = read_token(command.token, Purpose.JOIN if command.action == "join" else Purpose.LETTER, parts.secrets)
        if command.action == "pause":
            subscription = parts.catalog.subscribers.by_id(claim.subscription)
            if not command.undo and _end(command, subscription, now) <= now:
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
    """Whose subscription it is; its number where it was removed, since its letters still unsubscribe."""
    try:
        subscription = parts.catalog.subscribers.by_id(claim.subscription)
    except NotFound:
        return f"subscription {claim.subscription}"
    return f"{subscription.subscriber.email} ({subscription.name})"


def _check_known(parts: Parts, claim: Claim) -> None:
    """Raise NotFound for a subscription that never was, or was erased."""
    try:
        parts.catalog.subscribers.by_id(claim.subscription)
    except NotFound:
        parts.catalog.subscribers.removed(claim.subscription)


def _carried_out(parts: Parts, command: Command, claim: Claim, now: datetime) -> str | None:
    if command.action == "unsubscribe":
        who = _who(parts, claim)
        parts.catalog.subscribers.leave(claim.subscription, now)
        return f"{who}: subscription ended"
    if command.action == "pause":
        return _paused(parts, command, claim, now)
    paper = _paper(parts, command, claim)
    if paper is None:
        return None
    kind = FeedbackKind(command.action)
    author = _author(paper, command.author) if kind is FeedbackKind.FOLLOW else ""
    if kind is FeedbackKind.FOLLOW and not author:
        return None
    if command.undo:
        for one in _said(parts, claim.subscription, paper, kind):
            parts.catalog.feedback.undo(one.id, now)
        return f"{_who(parts, claim)}: {kind} of {paper.key} taken back"
    given, is_new = parts.catalog.feedback.give(claim.subscription, paper.key, kind, now, author=author, origin="mail")
    return f"{_who(parts, claim)}: {given.kind} of {paper.key}{'' if is_new else ', as was said before'}"


def _paused(parts: Parts, command: Command, claim: Claim, now: datetime) -> str | None:
    """A pause holds for everything that its reader gets; None for one that would have ended already."""
    subscription = parts.catalog.subscribers.by_id(claim.subscription)
    if command.undo:
        parts.catalog.subscribers.wake(claim.subscription, now)
        return f"{_who(parts, claim)}: pause ended"
    end = _end(command, subscription, now)
    if end <= now:
        return None
    parts.catalog.subscribers.rest(claim.subscription, end)
    ends = "begun" if end == FOR_EVER else f"until {end:%Y-%m-%d %H:%M} UTC"
    return f"{_who(parts, claim)}: pause {ends}"


def _end(command: Command, subscription: Subscription, now: datetime) -> datetime:
    """The first moment, in the reader's zone, of the day on which letters begin again."""
    zone = subscription.subscriber.zone
    if command.until is None and not command.days:
        return FOR_EVER
    day = command.until or local(now, zone).date() + timedelta(days=command.days)
    if day.year >= FOR_EVER.year:
        return FOR_EVER  # a later moment would have no day in a zone further east
    return beginning(day, zone)


def _paper(parts: Parts, command: Command, claim: Claim) -> Paper | None:
    """The paper of the letter that the mail names; None where it is another's letter, or one that is the same for everybody.

    Raises NotFound for a subscription that was removed, which learns nothing more.
    """
    issue = parts.catalog.issues.load(claim.issue)
    if issue.subscription.id != claim.subscription or parts.catalog.subscribers.by_id(claim.subscription).profile is None:
        return None
    # A paper may have proved to be one with another since: it still goes by its old name.
    named = ((pick.paper, map(short_name, (pick.paper.key, *pick.paper.ids))) for pick in issue.picks)
    return next((paper for paper, names in named if command.paper in names), None)


def _said(parts: Parts, subscription_id: int, paper: Paper, kind: FeedbackKind) -> list[Feedback]:
    """What stands of that kind. Whoever takes a follow back means everybody of that paper."""
    return [one for one in parts.catalog.feedback.on(subscription_id, paper.key) if one.kind is kind]


def _join(parts: Parts, token: str, now: datetime) -> str:
    """Somebody's yes to an invitation. Raises TokenError or NotFound."""
    claim = read_token(token, Purpose.JOIN, parts.secrets)
    is_new = parts.catalog.invitations.accept(claim.subscription, now, BY_MAIL)
    return f"{_who(parts, claim)}: subscription {'begun' if is_new else 'stays as it is: joined, or left, before'}"


def _author(paper: Paper, wanted: str) -> str:
    """The author of the paper that is meant: the one named, else its first; "" for one who did not write it."""
    names = [author.name for author in paper.authors]
    if not wanted:
        return names[0] if names else ""
    lines = wanted.split("\n")
    return next((name for said in (" ".join(lines), lines[0]) for name in names if _is_meant(name, said.casefold())), "")


def _is_meant(name: str, said: str) -> bool:
    """Whether this is the author's name as a letter writes it, which shortens a long one."""
    start, cut, _ = said.partition("…")
    known = clean(name).casefold()
    return known == start or (bool(cut) and known.startswith(start))
