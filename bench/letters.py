"""Ranked issues to make letters of: invented papers and readers, as long and as different from each other as real ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from digest.delivery.dkim import Signer
from digest.delivery.message import Draft, Text
from digest.model import (
    Author,
    Facts,
    FeedbackKind,
    Interest,
    Issue,
    Looked,
    Paper,
    Period,
    Pick,
    Profile,
    Reason,
    Subscriber,
    Subscription,
)
from digest.naming import short_name
from digest.rendering import TOKEN, Links, subject_line
from digest.tokens import Purpose, make_token

SENDER = "digest@example.org"
BASE = "https://digest.example.org"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY, TOPICS, OTHERS = 400, 2000, 250
_SECRET = b"bench" * 8
_WORDS = (
    *("conformal", "calibration", "language", "model", "agents", "graph", "neural", "transformer", "protein", "diffusion", "sampling"),
    *("bounds", "learning", "reinforcement", "policy", "retrieval", "optimal", "transport", "kernel", "sparse", "attention", "benchmark"),
    *("evaluation", "robust", "inference", "variational", "causal", "discovery"),
)
_CATEGORIES = ("cs.LG", "cs.CL", "stat.ML", "cs.CV", "cs.AI", "math.ST", "q-bio.QM")


def day_of_papers(rng: random.Random) -> list[Paper]:
    """What a day's listings hold."""
    return [_paper(number, rng) for number in range(DAY)]


def issues(
    count: int, papers: int, rng: random.Random, *, others: int = OTHERS, day: Sequence[Paper] = (), first: int = 1
) -> list[Issue]:
    """So many readers' issues of one day, of so many papers, with three to five reasons each, and the others in their order.

    Readers are numbered from `first` on; the papers are those of `day`, by default of a new one.
    """
    day = day or day_of_papers(rng)
    topics = [_text(rng.randint(2, 5), rng) for _ in range(TOPICS)]
    made = (_issue(number, papers, others, day, topics, rng) for number in range(first, first + count))
    return [replace(issue, subject=subject_line(issue)) for issue in made]  # an issue is published with its subject


def keys() -> tuple[bytes, Signer]:
    """A new RSA key of 2,048 bits, as PEM and as a signer."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return pem, Signer("example.org", "bench", pem)


class _Said:
    def __call__(self, paper: Paper, kind: FeedbackKind) -> str:
        return f"{BASE}/f/{TOKEN}/{short_name(paper.key)}/{kind}"


class _Cited:
    def __call__(self, paper: Paper) -> str:
        return f"{BASE}/b/{TOKEN}/{short_name(paper.key)}.bib"


_said, _cited = _Said(), _Cited()


def links_of(issue: Issue) -> Links:
    """The links of its letter, under one token."""
    token = make_token(Purpose.LETTER, issue.subscription.id, issue.id, _SECRET)
    return Links(f"{BASE}/u/{token}", f"{BASE}/i/{token}", _said, token, _cited, f"{BASE}/p/{token}")


def draft(issue: Issue, links: Links, text: Text, html: Text, *, subject: str = "", token: str = "") -> Draft:
    """What is meant to be sent."""
    return Draft(
        sender=SENDER,
        sender_name="digest",
        reply_to=None,
        to=issue.subscription.subscriber.email,
        subject=subject,
        message_id=issue.message_id,
        date=issue.made_at,
        list_id="digest.example.org",
        unsubscribe_mailto=f"mailto:{SENDER}?subject=unsubscribe%20{links.token}",
        unsubscribe_url=links.unsubscribe,
        text=text,
        html=html,
        token=token,
    )


def _issue(number: int, papers: int, others: int, day: Sequence[Paper], topics: Sequence[str], rng: random.Random) -> Issue:
    own = rng.sample(topics, 2)
    order = rng.sample(day, papers + others)
    subscriber = Subscriber(email=f"reader{number}@example.org", id=number)
    profile = Profile(interests=(Interest(topics=tuple(own)),), categories=_CATEGORIES[:3])
    return Issue(
        subscription=Subscription(subscriber=subscriber, name="daily", profile=profile, id=number),
        period=Period(NOW - timedelta(days=1), NOW, "2026-11-23"),
        picks=tuple(_pick(paper, own, day, rng) for paper in order[:papers]),
        made_at=NOW,
        message_id=f"<2026-11-23.{number}.{rng.getrandbits(64):016x}@example.org>",
        considered=DAY,
        sources=("arxiv",),
        looked=tuple(Looked(name, 160, 160, 5) for name in _CATEGORIES[:3]),
        others=tuple(order[papers:]),
        id=number,
    )


def _pick(paper: Paper, topics: Sequence[str], day: Sequence[Paper], rng: random.Random) -> Pick:
    reasons = [
        Reason("topics", rng.uniform(10, 90), f"topic '{rng.choice(topics)}'"),
        Reason("liked", rng.uniform(3, 60), f"near '{rng.choice(day).title}', which you liked"),
        Reason("recency", rng.uniform(-2, 4), "just published"),
        Reason("background", rng.uniform(-4, 0), "what all papers have in common"),
        Reason("authors", 30.0, f"you follow {paper.authors[0].name}"),
    ][: rng.randint(3, 5)]
    return Pick(paper=paper, score=sum(reason.points for reason in reasons), reasons=tuple(reasons))


def _paper(number: int, rng: random.Random) -> Paper:
    name = f"2611.{number:05}"
    return Paper(
        key=f"arxiv:{name}",
        title=_text(rng.randint(6, 14), rng),
        abstract=" ".join(f"{_text(rng.randint(12, 24), rng)}." for _ in range(8)),
        authors=tuple(Author(_text(2, rng).title()) for _ in range(rng.randint(1, 8))),
        url=f"https://arxiv.org/abs/{name}",
        pdf_url=f"https://arxiv.org/pdf/{name}",
        published=NOW - timedelta(days=1),
        categories=(rng.choice(_CATEGORIES),),
        ids=(f"arxiv:{name}",),
        facts=Facts(comment=f"{rng.randint(8, 40)} pages", repository="https://github.com/example/code" if rng.random() < 0.2 else None),
    )


def _text(count: int, rng: random.Random) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(count)).capitalize()
