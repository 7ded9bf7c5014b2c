"""When to retry a request: Retry-After in both its forms (RFC 9110 §10.2.3), else exponential back-off with jitter."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 20.0


def is_retryable(status: int) -> bool:
    """Whether a later retry may succeed: 429, 408, 425 and 5xx."""
    return status in (408, 425, 429) or 500 <= status <= 599


def retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds to wait that a Retry-After header asks for, as a number or a date; None if it cannot be understood."""
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


def backoff(attempt: int, jitter: float) -> float:
    """Seconds to wait after the `attempt`th failure (from 0): 1, 2, 4 … at most LONGEST, of which half is left to `jitter` (0…1)."""
    whole = min(LONGEST, 2.0 ** min(attempt, 10))
    return whole * (0.5 + jitter / 2)
