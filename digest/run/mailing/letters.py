"""An issue as bytes: its links signed, its parts rendered, its message written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from ...delivery import message
from ...delivery.verp import Verp, own_sender
from ...model import FeedbackKind, Format, Issue, Letter, Paper, Subscription
from ...naming import short_name
from ...rendering import TOKEN, Links, Press, Rendering, bibtex_fragments, clean, reading_order
from ...rendering.languages import SOURCE, language
from ...rendering.plain import wrap
from ...tokens import Purpose, make_token
from ..issuing.first_letter import AT_THE_FOOT
from ..parts import Parts
from .group_saves import with_saves
from .summarising import with_summaries

NAME_IN_SUBJECT = 40
"""Characters of the letters' name that a notice's subject has room for, beside what it says."""

PREFERENCES_LAST = timedelta(days=45)
"""How long a letter's link to its reader's preferences is good: letters are forwarded, and it opens everything."""


def render_issue(parts: Parts, issue: Issue, *, to_its_reader: bool = True) -> Rendering:
    """The issue as subject, HTML, text and Markdown, with its links.

    What is not mailed `to_its_reader` has no link to their preferences: who may read a letter must not change what comes. Nor does it tell
    what their group saved: whoever has a letter could watch the numbers grow.
    """
    links = links_of(parts, issue)
    if to_its_reader:
        return _rendered(parts, issue, links)
    told = tuple(note for note in issue.notes if not note.endswith(AT_THE_FOOT))
    return _press(parts, issue).render(with_summaries(parts, replace(issue, notes=told)), replace(links, preferences=None))


def _rendered(parts: Parts, issue: Issue, links: Links, only: Format | None = None) -> Rendering:
    return _press(parts, issue).render(with_saves(parts, with_summaries(parts, issue)), links, only)


def _press(parts: Parts, issue: Issue) -> Press:
    return parts.press(issue.subscription.theme, issue.subscription.subscriber.language)


def letter_of(parts: Parts, issue: Issue) -> Letter:
    """The issue as it goes over the wire. Written again it is the same letter: Message-ID and Date are the issue's.

    Raises DeliveryError for an address that cannot stand in a message.
    """
    subscription, sender, links = issue.subscription, parts.sender, links_of(parts, issue)
    rendering = _rendered(parts, issue, links, subscription.format)
    domain = sender.address.rpartition("@")[2]
    draft = message.Draft(
        sender=sender.address,
        sender_name=sender.name,
        reply_to=sender.reply_to,
        to=subscription.subscriber.email,
        subject=rendering.subject,
        message_id=issue.message_id,
        date=issue.made_at,
        list_id=f"digest.{domain}",
        unsubscribe_mailto=_unsubscribe_mailto(parts, issue, links.token),
        unsubscribe_url=_page(parts, "u", links.token) if parts.base_url_reach == "public" else None,
        text=rendering.markdown_fragments if subscription.format is Format.MARKDOWN else rendering.text_fragments,
        html=rendering.html_fragments if subscription.format is Format.HTML else None,
        token=rendering.token,
        attachment=_bibtex_of(issue) if parts.attach_bibtex and issue.picks else None,
    )
    own, plain = _envelope_senders(parts, issue)
    return Letter(
        sender=own,
        to=subscription.subscriber.email,
        message_id=issue.message_id,
        content=message.write(draft, parts.signers),
        plain_sender=plain,
    )


def _bibtex_of(issue: Issue) -> message.Attachment:
    """All papers of the issue as one file, in the order in which its letter shows them, be there room for all of them or not."""
    fragments = bibtex_fragments(pick.paper for part in reading_order(issue) for pick in part.picks)
    return message.Attachment(f"digest-{issue.period.name}.bib", fragments)


def _envelope_senders(parts: Parts, issue: Issue) -> tuple[str, str]:
    """Where a bounce of this letter comes back to, and what to fall back on if the server does not take that ("": nothing)."""
    bounces = parts.sender.bounce_address or parts.sender.address
    if parts.sender.verp is Verp.OFF:
        return bounces, ""
    own = own_sender(bounces, issue.subscription.id, issue.id, parts.secrets[0])
    return own, bounces if parts.sender.verp is Verp.TRIED and own != bounces else ""


def links_of(parts: Parts, issue: Issue) -> Links:
    """Where the letter's actions lead: pages where there is a `base_url`, else mail to the inbox."""
    token = make_token(Purpose.LETTER, issue.subscription.id, issue.id, parts.secrets[0])
    return Links(
        unsubscribe=_page(parts, "u", token) or _unsubscribe_mailto(parts, issue, token, is_seen=True),
        page=_page(parts, "i", token),
        # An edition is the same for everybody: nothing said of it would change it.
        feedback=None if issue.subscription.profile is None else _said(parts, issue),
        feedback_note=_other_words(issue.subscription.subscriber.language) if _is_terse(parts, issue) else "",
        token=token,
        bibtex=_Cited(parts.base_url) if parts.base_url else None,
        preferences=_preferences(parts, issue),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """Where something is said of a paper: on a page, or by mail to the inbox where no page can be reached, in the reader's words."""

    base_url: str
    inbox: str
    language: str
    is_terse: bool

    def __call__(self, paper: Paper, kind: FeedbackKind) -> str:
        name = short_name(paper.key)
        if self.base_url:
            return f"{self.base_url}/f/{TOKEN}/{name}/{kind}"
        if self.is_terse:
            return mail_link(self.inbox, f"{kind} {name} ", TOKEN) if kind is FeedbackKind.MORE else ""
        # Short, since a letter holds dozens of these. Without a page to choose on, whom to follow is the first author until changed.
        say = language(self.language).say
        body = say("Please send this mail as it is.")
        if kind is FeedbackKind.FOLLOW:
            # Whatever the language, the name stands behind words that the inbox knows.
            is_other = language(self.language).code != SOURCE
            body = say("Please send this mail with the author to follow:") + ("\r\nfollow:" if is_other else "")
            body += f" {clean(paper.authors[0].name, 60)}"
        return mail_link(self.inbox, f"{kind} {name} ", TOKEN, body)


def _said(parts: Parts, issue: Issue) -> _Said:
    return _Said(parts.base_url, inbox_of(parts), issue.subscription.subscriber.language, _is_terse(parts, issue))


def _is_terse(parts: Parts, issue: Issue) -> bool:
    """Is one mail enough for each paper, since its reader sees the whole of every address? Four of them take nine lines of a terminal."""
    return not parts.base_url and issue.subscription.format is Format.TEXT


@lru_cache
def _other_words(code: str) -> str:
    return language(code).say("In the subject of a paper's mail, “more” may be “less”, “save” or “follow” (its first author).")


@dataclass(frozen=True, slots=True)
class _Cited:
    """Where a paper's BibTeX is."""

    base_url: str

    def __call__(self, paper: Paper) -> str:
        return f"{self.base_url}/b/{TOKEN}/{short_name(paper.key)}.bib"


def _page(parts: Parts, room: str, token: str) -> str | None:
    return f"{parts.base_url}/{room}/{token}" if parts.base_url else None


def _preferences(parts: Parts, issue: Issue) -> str | None:
    """The page of its reader's preferences; written again it is the same, since its last day is counted from the issue's making."""
    if not parts.base_url:
        return None
    return preferences_page(parts, issue.subscription.id, issue.id, issue.made_at.date() + PREFERENCES_LAST)


def preferences_page(parts: Parts, subscription_id: int, issue_id: int, last_day: date) -> str:
    """The address of somebody's preferences, good until that day has passed; only where there is a `base_url`."""
    token = make_token(Purpose.PREFERENCES, subscription_id, issue_id, parts.secrets[0], last_day=last_day)
    return f"{parts.base_url}/p/{token}"


def _unsubscribe_mailto(parts: Parts, issue: Issue, token: str, *, is_seen: bool = False) -> str:
    """How it is ended by mail; who sees the mail may rest it instead (a program that unsubscribes by a letter's header asks nobody)."""
    return _leaving(inbox_of(parts), issue.subscription.subscriber.language, is_seen=is_seen).replace(TOKEN, token)


@lru_cache(maxsize=256)
def _leaving(inbox: str, code: str, *, is_seen: bool) -> str:
    say = language(code).say
    body = say("Please send this mail as it is: it ends this subscription.")
    if is_seen:
        body = say(
            "Please send this mail as it is: it ends this subscription. "
            'To pause all your letters instead, write "pause 2 weeks" in its subject in place of "unsubscribe".'
        )
    return mail_link(inbox, "unsubscribe ", TOKEN, body)


def mail_link(to: str, command: str, token: str, body: str = "") -> str:
    """A link by which a reader mails us a command."""
    link = f"mailto:{quote(to, safe='@')}?subject={quote(command, safe=':')}{token}"
    return f"{link}&body={quote(body)}" if body else link


def inbox_of(parts: Parts) -> str:
    """Where commands are mailed to."""
    return parts.sender.inbox or parts.sender.address


def notice(parts: Parts, subscription: Subscription, identity: str, subject: str, text: str, now: datetime) -> Letter:
    """A letter in plain text about a subscription that is no issue of it; `identity` is its Message-ID before the @.

    Each line of `text` is broken as an issue's are. Raises DeliveryError for an address that cannot stand in a message.
    """
    sender = parts.sender
    domain = sender.address.rpartition("@")[2]
    leave = make_token(Purpose.LETTER, subscription.id, 0, parts.secrets[0])
    body = language(subscription.subscriber.language).say("Please send this mail as it is.")
    draft = message.Draft(
        sender=sender.address,
        sender_name=sender.name,
        reply_to=sender.reply_to,
        to=subscription.subscriber.email,
        subject=subject,
        message_id=f"<{identity}@{domain}>",
        date=now,
        list_id=f"digest.{domain}",
        unsubscribe_mailto=mail_link(inbox_of(parts), "unsubscribe ", leave, body),
        unsubscribe_url=_page(parts, "u", leave) if parts.base_url_reach == "public" else None,
        text="\n".join(map(wrap, text.split("\n"))),
        html=None,
    )
    content = message.write(draft, parts.signers)
    return Letter(sender=sender.bounce_address or sender.address, to=draft.to, message_id=draft.message_id, content=content)
