"""Mailed commands carried out: each by its token alone, and once however often it arrives."""

from __future__ import annotations

from datetime import datetime

from ..delivery.inbox import Command
from ..errors import NotFound, TokenError
from ..model import FeedbackKind, Paper
from ..naming import short_name
from ..tokens import Purpose, read_token
from .inviting import BY_MAIL
from .parts import Parts


def obey(parts: Parts, command: Command, now: datetime) -> str | None:
    """Do what a mail asks for; gives a sentence of it without addresses, None where its token or paper is not ours."""
    try:
        if command.action == "join":
            return _join(parts, command.token, now)
        claim = read_token(command.token, Purpose.LETTER, parts.secrets)
        if command.action == "unsubscribe":
            parts.catalog.subscribers.leave(claim.subscription, now)
            return f"subscription {claim.subscription} ended"
        issue = parts.catalog.issues.load(claim.issue)
    except (TokenError, NotFound):
        return None
    # A paper may have proved to be one with another since: it still goes by its old name.
    named = ((pick.paper, map(short_name, (pick.paper.key, *pick.paper.ids))) for pick in issue.picks)
    paper = next((paper for paper, names in named if command.paper in names), None)
    if paper is None or issue.subscription.id != claim.subscription or issue.subscription.profile is None:
        return None
    kind = FeedbackKind(command.action)
    author = _author(paper, command.author) if kind is FeedbackKind.FOLLOW else ""
    if kind is FeedbackKind.FOLLOW and not author:
        return None
    given, is_new = parts.catalog.feedback.give(claim.subscription, paper.key, kind, now, author=author, origin="mail")
    return f"subscription {claim.subscription}: {given.kind} of {paper.key}{'' if is_new else ', as was said before'}"


def _join(parts: Parts, token: str, now: datetime) -> str:
    """Somebody's yes to an invitation. Raises TokenError or NotFound."""
    claim = read_token(token, Purpose.JOIN, parts.secrets)
    is_new = parts.catalog.invitations.accept(claim.subscription, now, BY_MAIL)
    return f"subscription {claim.subscription} {'begun' if is_new else 'stays as it is: joined, or left, before'}"


def _author(paper: Paper, wanted: str) -> str:
    """The author of the paper that is meant: the one named, else its first; "" for one who did not write it."""
    names = [author.name for author in paper.authors]
    if not wanted:
        return names[0] if names else ""
    start, cut, _ = wanted.casefold().partition("…")  # a letter shortens long names
    return next((name for name in names if name.casefold() == start or (cut and name.casefold().startswith(start))), "")
