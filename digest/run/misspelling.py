"""What may be meant otherwise in what a reader asks for: words that are misspelt, as far as the papers of the last weeks tell."""

from __future__ import annotations

from datetime import datetime

from ..catalog import Catalog
from ..model import Profile
from ..ranking.texts.misspelling import misspelt, unsaid

READ = 1_000
"""Papers that are read for it, a few tenths of a second."""


def misspelt_in(catalog: Catalog, profile: Profile | None, now: datetime, *, before: Profile | None) -> dict[str, str]:
    """By a word of the profile's topics that no recent paper says: what it may be a slip of. Topics that it had `before` are not read."""
    topics = _new_topics(profile, before)
    return misspelt(topics, catalog.papers.background(now, READ)) if topics else {}


def unsaid_in(catalog: Catalog, profile: Profile | None, now: datetime, *, before: Profile | None) -> tuple[str, ...]:
    """The profile's topics of which no recent paper says a word; those that it had `before` are not read."""
    topics = _new_topics(profile, before)
    return unsaid(topics, catalog.papers.background(now, READ)) if topics else ()


def _new_topics(profile: Profile | None, before: Profile | None) -> list[str]:
    return [topic for topic in profile.topics if before is None or topic not in before.topics] if profile else []
