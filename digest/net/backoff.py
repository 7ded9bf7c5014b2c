"""When to ask again: Retry-After in both its forms (RFC 9110 §10.2.3), else exponential back-off with jitter."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 20.0


def is_retryable(status: int) -> bool:
    """Whether an answer says that the same question may be answered later: 429, 408, 425 and 5xx."""
    return status in (408, 425, 429) or 500 <= status <= 599


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait as a Retry-After header asks: a number of seconds or a date; None where it says nothing that can be understood."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return max(0.0, (moment - now).total_seconds())
    except OverflowError:
        return None


def backoff(attempt: int, chance: float) -> float:
    """Seconds to wait after the `attempt`th failure (from 0): 1, 2, 4 … at most LONGEST, of which half is left to `chance` (0…1)."""
    whole = min(LONGEST, 2.0 ** min(attempt, 10))
    return whole * (0.5 + chance / 2)
