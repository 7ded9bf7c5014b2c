"""Turn an issue into a letter: sign its links, render its parts, write its message."""

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
"""How many characters of the letters' name fit into a notice's subject, beside its other words."""

PREFERENCES_LAST = timedelta(days=45)
"""How long a letter's link to the preferences is valid; not for ever, since letters get forwarded and the link opens everything."""


def render_issue(parts: Parts, issue: Issue, *, to_its_reader: bool = True) -> Rendering:
    """The issue as subject, HTML, text and Markdown, with its links.

    Unless it is mailed `to_its_reader` it has no link to their preferences: those who can read a letter must not change what its reader
    gets. Nor does it show what their group saved: anyone with a letter's link could watch the numbers grow.
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

    Raises DeliveryError for an address that a message cannot contain.
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
        attachment=_bibtex_attachment(issue) if parts.attach_bibtex and issue.picks else None,
    )
    own, plain = _envelope_senders(parts, issue)
    return Letter(
        sender=own,
        to=subscription.subscriber.email,
        message_id=issue.message_id,
        content=message.write(draft, parts.signers),
        plain_sender=plain,
    )


def _bibtex_attachment(issue: Issue) -> message.Attachment:
    """All papers of the issue as one BibTeX file, in the order of its letter, including those the letter has no room for."""
    fragments = bibtex_fragments(pick.paper for part in reading_order(issue) for pick in part.picks)
    return message.Attachment(f"digest-{issue.period.name}.bib", fragments)


def _envelope_senders(parts: Parts, issue: Issue) -> tuple[str, str]:
    """The envelope sender, to which bounces come back, and the one to use if the server refuses it ("": none)."""
    bounces = parts.sender.bounce_address or parts.sender.address
    if parts.sender.verp is Verp.OFF:
        return bounces, ""
    own = own_sender(bounces, issue.subscription.id, issue.id, parts.secrets[0])
    return own, bounces if parts.sender.verp is Verp.TRIED and own != bounces else ""


def links_of(parts: Parts, issue: Issue) -> Links:
    """The links of the letter's actions: pages if there is a `base_url`, else mail to the inbox."""
    token = make_token(Purpose.LETTER, issue.subscription.id, issue.id, parts.secrets[0])
    return Links(
        unsubscribe=_page(parts, "u", token) or _unsubscribe_mailto(parts, issue, token, is_seen=True),
        page=_page(parts, "i", token),
        # An edition is the same for everybody, so feedback would not change it.
        feedback=None if issue.subscription.profile is None else _feedback_link(parts, issue),
        feedback_note=_feedback_note(issue.subscription.subscriber.language) if _is_terse(parts, issue) else "",
        token=token,
        bibtex=_BibtexLink(parts.base_url) if parts.base_url else None,
        preferences=_preferences_link(parts, issue),
    )


@dataclass(frozen=True, slots=True)
class _FeedbackLink:
    """Makes the link by which a reader gives feedback on a paper: a page, or without pages a mail to the inbox in the reader's language."""

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
        # Short, since a letter holds dozens of these. Without a page to choose an author on, it names the first, until the reader edits it.
        say = language(self.language).say
        body = say("Please send this mail as it is.")
        if kind is FeedbackKind.FOLLOW:
            # In every language the name comes after a word that the inbox understands.
            is_other = language(self.language).code != SOURCE
            body = say("Please send this mail with the author to follow:") + ("\r\nfollow:" if is_other else "")
            body += f" {clean(paper.authors[0].name, 60)}"
        return mail_link(self.inbox, f"{kind} {name} ", TOKEN, body)


def _feedback_link(parts: Parts, issue: Issue) -> _FeedbackLink:
    return _FeedbackLink(parts.base_url, inbox_of(parts), issue.subscription.subscriber.language, _is_terse(parts, issue))


def _is_terse(parts: Parts, issue: Issue) -> bool:
    """Whether each paper gets one feedback link instead of four: in plain text every address is shown, and four take nine lines."""
    return not parts.base_url and issue.subscription.format is Format.TEXT


@lru_cache
def _feedback_note(code: str) -> str:
    return language(code).say("In the subject of a paper's mail, “more” may be “less”, “save” or “follow” (its first author).")


@dataclass(frozen=True, slots=True)
class _BibtexLink:
    """Makes the address of a paper's BibTeX."""

    base_url: str

    def __call__(self, paper: Paper) -> str:
        return f"{self.base_url}/b/{TOKEN}/{short_name(paper.key)}.bib"


def _page(parts: Parts, room: str, token: str) -> str | None:
    return f"{parts.base_url}/{room}/{token}" if parts.base_url else None


def _preferences_link(parts: Parts, issue: Issue) -> str | None:
    """The page of its reader's preferences; it is the same each time it is made, since it expires a fixed time after the issue was made."""
    if not parts.base_url:
        return None
    return preferences_page(parts, issue.subscription.id, issue.id, issue.made_at.date() + PREFERENCES_LAST)


def preferences_page(parts: Parts, subscription_id: int, issue_id: int, last_day: date) -> str:
    """The address of a reader's preferences, valid to the end of `last_day`; call it only if there is a `base_url`."""
    token = make_token(Purpose.PREFERENCES, subscription_id, issue_id, parts.secrets[0], last_day=last_day)
    return f"{parts.base_url}/p/{token}"


def _unsubscribe_mailto(parts: Parts, issue: Issue, token: str, *, is_seen: bool = False) -> str:
    """The mailto: link that ends the subscription. If the reader sees the mail (`is_seen`), its body says how to pause instead; a program
    that unsubscribes by a letter's header asks nobody.
    """
    return _unsubscribe_link(inbox_of(parts), issue.subscription.subscriber.language, is_seen=is_seen).replace(TOKEN, token)


@lru_cache(maxsize=256)
def _unsubscribe_link(inbox: str, code: str, *, is_seen: bool) -> str:
    say = language(code).say
    body = say("Please send this mail as it is: it ends this subscription.")
    if is_seen:
        body = say(
            "Please send this mail as it is: it ends this subscription. "
            'To pause all your letters instead, write "pause 2 weeks" in its subject in place of "unsubscribe".'
        )
    return mail_link(inbox, "unsubscribe ", TOKEN, body)


def mail_link(to: str, command: str, token: str, body: str = "") -> str:
    """A mailto: link by which a reader mails us a command."""
    link = f"mailto:{quote(to, safe='@')}?subject={quote(command, safe=':')}{token}"
    return f"{link}&body={quote(body)}" if body else link


def inbox_of(parts: Parts) -> str:
    """The address that commands are mailed to."""
    return parts.sender.inbox or parts.sender.address


def notice(parts: Parts, subscription: Subscription, identity: str, subject: str, text: str, now: datetime) -> Letter:
    """A plain-text letter about a subscription that is not an issue; `identity` is its Message-ID before the @.

    The lines of `text` are wrapped as an issue's are. Raises DeliveryError for an address that a message cannot contain.
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
