"""The papers that a reader saved, as listed on their page and downloaded as a file."""

from __future__ import annotations

from ..model import FeedbackKind, Paper, Subscription
from ..rendering import clean
from ..rendering.prose import prose
from ..run import Parts

SHOWN = 30
"""Papers that the page lists; the file holds them all."""
_TITLE = 300


def saved_by(parts: Parts, subscription: Subscription) -> tuple[Paper, ...]:
    """The papers saved through this subscription and not taken back, the last one first."""
    said = parts.catalog.feedback.of([subscription.id]).get(subscription.id, ())
    found = sorted((one for one in said if one.kind is FeedbackKind.SAVE), key=lambda one: (one.at, one.id), reverse=True)
    return tuple(one.paper for one in found)


def shown(papers: tuple[Paper, ...]) -> list[tuple[str, str]]:
    """The title and web address of each paper that the page lists; "" for one without a web address."""
    return [(prose(paper.title, _TITLE) or clean(paper.key, _TITLE), _of_the_web(paper.url)) for paper in papers[:SHOWN]]


def _of_the_web(address: str | None) -> str:
    return address if address and address.startswith(("https://", "http://")) else ""
