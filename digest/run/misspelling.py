"""Finds words in a reader's topics that are probably misspelt, judging by the papers of the last weeks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ..catalog import Catalog
from ..model import Profile
from ..ranking.texts.misspelling import misspelt, unsaid

PAPERS_READ = 1_000
"""Recent papers that are read for this, in a few tenths of a second."""


def misspelt_in(catalog: Catalog, profile: Profile | None, now: datetime, *, before: Profile | None) -> dict[str, str]:
    """For each topic word that no recent paper uses, the word that may be meant. Topics that the profile had `before` are skipped."""
    topics = _new_topics(profile, before)
    return misspelt(topics, catalog.papers.background(now, PAPERS_READ)) if topics else {}


def unsaid_in(catalog: Catalog, profile: Profile | None, now: datetime, *, before: Profile | None) -> tuple[str, ...]:
    """The profile's topics of which no recent paper has a word. Topics that it had `before` are skipped."""
    return unsaid_of(catalog, _new_topics(profile, before), now)


def unsaid_of(catalog: Catalog, topics: Collection[str], now: datetime) -> tuple[str, ...]:
    """Those of these topics of which no recent paper has a word."""
    return unsaid(topics, catalog.papers.background(now, PAPERS_READ)) if topics else ()


def _new_topics(profile: Profile | None, before: Profile | None) -> list[str]:
    return [topic for topic in profile.topics if before is None or topic not in before.topics] if profile else []
