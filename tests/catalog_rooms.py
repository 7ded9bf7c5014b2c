"""Published issues for tests of the catalog: what stands before a letter can be claimed."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.catalog import Catalog, Draft
from digest.model import Issue, Paper, Period, Pick, Reason, Subscription

from .builders import NOON, a_batch, a_paper, a_subscription

LEASE = timedelta(minutes=10)


def a_draft(subscription: Subscription, *papers: Paper, day: str = "2026-11-23", cutoff: int = 0, **changes: object) -> Draft:
    """An issue of these papers, the first scoring highest; its message id is of the subscription and the day."""
    end = datetime.fromisoformat(f"{day}T06:00:00+00:00")
    picks = tuple(Pick(paper=p, score=40.0 - i, reasons=(Reason("topics", 40.0 - i, "topic 'foxes'"),)) for i, p in enumerate(papers))
    fields: dict[str, object] = {"picks": picks, "made_at": end, "message_id": f"<{day}.{subscription.id}@example.org>"}
    issue = Issue(subscription=subscription, period=Period(end - timedelta(days=1), end, day), **{**fields, **changes})  # type: ignore[arg-type]
    return Draft(issue=issue, cutoff=cutoff)


def papers_in(catalog: Catalog, *numbers: int) -> tuple[Paper, ...]:
    """New papers of these numbers, listed and stored."""
    papers = tuple(a_paper(f"arxiv:2611.{number:05}", f"On the habits of fox {number}") for number in numbers)
    catalog.papers.record(a_batch(*papers), NOON)
    return papers


def published(catalog: Catalog, *emails: str, papers: tuple[Paper, ...] = ()) -> tuple[Issue, ...]:
    """One new reader for each address, with a published issue of the same new papers."""
    shown = papers or papers_in(catalog, 1, 2)
    readers = [catalog.subscribers.add(a_subscription(email), NOON) for email in emails]
    return catalog.issues.publish([a_draft(reader, *shown, cutoff=catalog.papers.cutoff()) for reader in readers], NOON)


def active(catalog: Catalog, now: datetime) -> tuple[Subscription, ...]:
    """Who gets letters now."""
    return tuple(catalog.subscribers.these(catalog.subscribers.active_ids(now)))


def paused(catalog: Catalog, email: str, until: datetime) -> None:
    """Their reader rests until then."""
    catalog.subscribers.rest(catalog.subscribers.find(email)[0].id, until)
