"""Issues for the tests of rendering: each builder shows only what matters to the test that calls it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from digest.model import Author, Edition, Facts, Issue, Paper, Period, Pick, Profile, Reason, Section
from digest.naming import short_name
from digest.rendering import TOKEN, Links, Press
from tests.builders import a_paper, a_subscription

SEVEN = datetime(2026, 11, 23, 6, tzinfo=UTC)  # seven in Berlin, on a Monday
LEAVE = Links("mailto:letters@example.org?subject=unsubscribe%20a.b.c")
WEB = Links(
    "https://digest.example.org/u/a.b.c",
    "https://digest.example.org/i/a.b.c",
    lambda paper, kind: f"https://digest.example.org/f/{TOKEN}/{short_name(paper.key)}/{kind}",
    "a.b.c",
    preferences="https://digest.example.org/p/a.b.d",
)
MAIL = Links(
    "mailto:letters@example.org?subject=unsubscribe%20a.b.c",
    None,
    lambda paper, kind: f"mailto:letters@example.org?subject={kind}%20{short_name(paper.key)}%20{TOKEN}&body=Please%20send%20this.",
    "a.b.c",
)
HOSTILE = "*x* [a](javascript:alert(1)) <b>bold</b> # 1. {{ 7*7 }} {% raw %} <mj-text> &amp; _y_ `z` \\ ![i](u) $a<b$"


@cache
def the_press() -> Press:
    """The theme "paper", compiled once for all tests."""
    return Press()


def a_pick(paper: Paper | None = None, score: float = 0.0, reasons: tuple[Reason, ...] = (), section: Section = Section.PICKS) -> Pick:
    """A pick of that paper whose score is the sum of its reasons."""
    return Pick(paper=paper or a_paper(), score=sum(r.points for r in reasons) if reasons else score, reasons=reasons, section=section)


def an_issue(*picks: Pick, edition: str | None = None, **changes: object) -> Issue:
    """An issue of the daily letter on calibration (or of an edition), made on Monday, 23 November 2026."""
    fields: dict[str, object] = {
        "subscription": a_subscription(edition=Edition(name=edition), name=edition) if edition else a_subscription(),
        "period": Period(SEVEN - timedelta(days=1), SEVEN, "2026-11-23"),
        "made_at": SEVEN,
        "considered": 431,
        "sources": ("arxiv", "huggingface"),
    }
    return Issue(picks=picks, **{**fields, **changes})  # type: ignore[arg-type]


def papers_named(*titles: str) -> tuple[Pick, ...]:
    """A pick for each title, each with one reason."""
    reason = (Reason("topics", 20.0, "topic 'calibration of language models'"),)
    return tuple(a_pick(a_paper(f"arxiv:2611.{i:05}", title), reasons=reason) for i, title in enumerate(titles, 1))


def a_full_paper(**changes: object) -> Paper:
    """A paper of which everything is known."""
    fields: dict[str, object] = {
        "key": "arxiv:2611.00007",
        "title": "Conformal Calibration of Language-Model Judges",
        "abstract": "Judges made of language models are badly calibrated. " * 12,
        "authors": (Author("Ana Silva", ("University of Coimbra",)), Author("Bo Li"), Author("Cy Young"), Author("Di Marsh")),
        "url": "https://arxiv.org/abs/2611.00007",
        "pdf_url": "https://arxiv.org/pdf/2611.00007",
        "published": datetime(2026, 6, 2, 17, tzinfo=UTC),
        "categories": ("cs.LG", "stat.ML"),
        "ids": ("arxiv:2611.00007",),
        "facts": Facts(
            organisation="An Institute",
            repository="https://github.com/example/judges",
            votes=120,
            comments=14,
            submitter="someone",
            comment="12 pages, 3 figures",
            journal="Accepted at NeurIPS",
        ),
    }
    return Paper(**{**fields, **changes})  # type: ignore[arg-type]


def a_thin_subscription(*categories: str) -> object:
    """A subscription whose profile has nothing to rank by."""
    return a_subscription(profile=Profile(categories=categories))
