"""The age of a paper, up to the point where more makes no difference."""

from __future__ import annotations

from datetime import datetime

OLDEST = 30.0
"""Days after which a paper gets no older."""


def age_in_days(published: datetime | None, now: datetime) -> float | None:
    """Days since publication, 0 to 30; a future date counts as today, so a forged one gains nothing. None without a date."""
    if published is None:
        return None
    return min(max((now - published).total_seconds() / 86_400, 0.0), OLDEST)
