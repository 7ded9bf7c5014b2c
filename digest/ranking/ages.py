"""How old a paper is, as far as a reader cares."""

from __future__ import annotations

from datetime import datetime

OLDEST = 30.0
"""Days after which a paper gets no older."""


def age_in_days(published: datetime | None, now: datetime) -> float | None:
    """How long ago, 0 to 30; a date in the future is today's, so that a forged one gains nothing."""
    if published is None:
        return None
    return min(max((now - published).total_seconds() / 86_400, 0.0), OLDEST)
