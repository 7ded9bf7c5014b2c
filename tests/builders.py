"""Papers, batches and readers for tests: each builder shows only what matters to the test that calls it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from digest.model import Author, Batch, Facts, Interest, Listing, Paper, Profile, Sighting, Subscriber, Subscription

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_paper(key: str = "arxiv:2611.00001", title: str = "On Foxes", **changes: object) -> Paper:
    """A paper with that key as its only identity unless `ids` says more."""
    fields: dict[str, object] = {
        "abstract": "We study foxes.",
        "authors": (Author("Ana Silva"),),
        "url": f"https://example.org/{key}",
        "categories": ("cs.LG",),
        "ids": (key,),
        "facts": Facts(),
    }
    return Paper(key=key, title=title, **{**fields, **changes})  # type: ignore[arg-type]


def a_batch(*papers: Paper, source: str = "arxiv", on: date = date(2026, 11, 23), kind: Listing = Listing.NEW, cursor: str = "") -> Batch:
    """A listing of these papers."""
    return Batch(source=source, sightings=tuple(Sighting(paper=p, source=source, listed_on=on, kind=kind) for p in papers), cursor=cursor)


def a_subscriber(email: str = "ana@example.org", **changes: object) -> Subscriber:
    """A reader in Berlin."""
    return Subscriber(email=email, **{"zone": "Europe/Berlin", **changes})  # type: ignore[arg-type]


def a_profile(*topics: str, liked: tuple[str, ...] = (), **changes: object) -> Profile:
    """A profile of one interest with these topics."""
    return Profile(interests=(Interest(name="", topics=topics, liked=liked),), **changes)  # type: ignore[arg-type]


def a_subscription(email: str = "ana@example.org", name: str = "main", **changes: object) -> Subscription:
    """A daily letter on calibration for that address."""
    fields: dict[str, object] = {"profile": None if "edition" in changes else a_profile("calibration of language models")}
    return Subscription(subscriber=a_subscriber(email), name=name, **{**fields, **changes})  # type: ignore[arg-type]
