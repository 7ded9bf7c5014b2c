"""An issue that uses every feature, to prove that a theme can render it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..model import (
    PASSED_OVER,
    Author,
    Facts,
    Interest,
    Issue,
    Looked,
    Paper,
    Period,
    Pick,
    Profile,
    Reason,
    Section,
    Subscriber,
    Subscription,
)

_MADE_AT = datetime(2026, 11, 23, 7, tzinfo=UTC)

_FULL = Paper(
    key="arxiv:2611.00001",
    title="Foxes & {{ hounds }}: <b>a</b> *study* of $a<b$",
    abstract="We study foxes. " * 40,
    authors=(Author("Ana Silva", ("University of Somewhere",)), Author("Bo Li"), Author("Cy Young"), Author("Di Marsh")),
    url="https://example.org/abs/2611.00001",
    pdf_url="https://example.org/pdf/2611.00001",
    published=datetime(2026, 11, 20, tzinfo=UTC),
    categories=("cs.LG",),
    ids=("arxiv:2611.00001",),
    facts=Facts(votes=120, comments=14, submitter="somebody", repository="https://example.org/code", comment="12 pages", journal="Foxes 3"),
)
_BARE = Paper(key="doi:10.1/x", title="On Hounds")
_SUMMED_UP = Paper(key="url:https://example.org/3", title="On Both", facts=Facts(summary="Foxes meet hounds."))

SPECIMEN = Issue(
    subscription=Subscription(
        subscriber=Subscriber(email="ana@example.org"), name="specimen", profile=Profile(interests=(Interest(topics=("foxes",)),))
    ),
    period=Period(_MADE_AT - timedelta(days=1), _MADE_AT, "2026-11-23"),
    picks=(
        Pick(paper=_FULL, score=71.0, reasons=(Reason("topics", 41.0, "topic 'foxes'"), Reason("authors", 30.0, "you follow Ana Silva"))),
        Pick(paper=_BARE, section=Section.FOLLOWED),
        Pick(paper=_BARE, section=Section.UPDATED, reasons=(Reason("updated", 0.0, "version 3; you saw version 1"),)),
        Pick(paper=_SUMMED_UP, score=2.0),
    ),
    made_at=_MADE_AT,
    considered=431,
    sources=("arxiv",),
    notes=("This is a specimen.",),
    looked=(Looked("cs.LG", 164, 164, 3),),
    others=(_FULL, _BARE, *(replace(_FULL, key="arxiv:2611.00002", title="On {braces}"),) * (PASSED_OVER - 2)),
)
