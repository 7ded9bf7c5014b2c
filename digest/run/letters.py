"""An issue as bytes: its links signed, its parts rendered, its message written."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from ..delivery import message
from ..model import FeedbackKind, Format, Issue, Letter, Paper
from ..naming import short_name
from ..rendering import Links, Rendering, clean
from ..tokens import Purpose, make_token
from .parts import Parts


def render_issue(parts: Parts, issue: Issue) -> Rendering:
    """The issue as subject, HTML, text and Markdown, with its links."""
    return parts.press(issue.subscription.theme).render(issue, links_of(parts, issue))


def letter_of(parts: Parts, issue: Issue) -> Letter:
    """The issue as it goes over the wire. Written again it is the same letter: Message-ID and Date are the issue's.

    Raises DeliveryError for an address that cannot stand in a message.
    """
    rendering = render_issue(parts, issue)
    subscription, sender = issue.subscription, parts.sender
    texts = {Format.HTML: rendering.text, Format.TEXT: rendering.text, Format.MARKDOWN: rendering.markdown}
    domain = sender.address.rpartition("@")[2]
    page = _page(parts, "u", issue)
    draft = message.Draft(
        sender=sender.address,
        sender_name=sender.name,
        reply_to=sender.reply_to,
        to=subscription.subscriber.email,
        subject=rendering.subject,
        message_id=issue.message_id,
        date=issue.made_at,
        list_id=f"digest.{domain}",
        unsubscribe_mailto=_unsubscribe_mailto(parts, issue),
        unsubscribe_url=page if parts.base_url_reach == "public" else None,
        text=texts[subscription.format],
        html=rendering.html if subscription.format is Format.HTML else None,
    )
    return Letter(
        sender=sender.bounce_address or sender.address,
        to=subscription.subscriber.email,
        message_id=issue.message_id,
        content=message.write(draft),
    )


def links_of(parts: Parts, issue: Issue) -> Links:
    """Where the letter's actions lead: pages where there is a `base_url`, else mail to the inbox."""
    return Links(
        unsubscribe=_page(parts, "u", issue) or _unsubscribe_mailto(parts, issue),
        page=_page(parts, "i", issue),
        # An edition is the same for everybody: nothing said of it would change it.
        feedback=None if issue.subscription.profile is None else _feedback(parts, issue),
    )


def _feedback(parts: Parts, issue: Issue) -> Callable[[Paper, FeedbackKind], str]:
    page, token = _page(parts, "f", issue), _token(parts, issue)

    def said_on_a_page(paper: Paper, kind: FeedbackKind) -> str:
        return f"{page}/{short_name(paper.key)}/{kind}"

    def said_by_mail(paper: Paper, kind: FeedbackKind) -> str:
        # Short, since a letter holds dozens of these. Without a page to choose on, whom to follow is the first author until changed.
        body = "Please send this mail as it is."
        if kind is FeedbackKind.FOLLOW:
            body = f"Please send this mail with the author to follow: {clean(paper.authors[0].name, 60)}"
        return _mailto(parts, f"{kind} {short_name(paper.key)} {token}", body)

    return said_on_a_page if page else said_by_mail


def _page(parts: Parts, room: str, issue: Issue) -> str | None:
    return f"{parts.base_url.rstrip('/')}/{room}/{_token(parts, issue)}" if parts.base_url else None


def _unsubscribe_mailto(parts: Parts, issue: Issue) -> str:
    return _mailto(parts, f"unsubscribe {_token(parts, issue)}", "Please send this mail as it is: it ends this subscription.")


def _mailto(parts: Parts, subject: str, body: str) -> str:
    to = parts.sender.inbox or parts.sender.address
    return f"mailto:{quote(to, safe='@')}?subject={quote(subject, safe=':')}&body={quote(body)}"


def _token(parts: Parts, issue: Issue) -> str:
    return make_token(Purpose.LETTER, issue.subscription.id, issue.id, parts.secrets[0])
