"""What a tick has to do, and whether the clock has moved: decisions without any doing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

HOURLY = timedelta(hours=1)
OWED = timedelta(minutes=10)
"""How often is asked where a listing is due and has not come."""
OFFLINE = timedelta(minutes=1)
PATIENCE = timedelta(minutes=10)
"""How long letters wait where no source at all can be reached: a computer that wakes up has no network at first."""
JUMP = timedelta(seconds=30)


def last_asked(now: datetime, tried: datetime | None, answered: Iterable[datetime | None]) -> datetime | None:
    """When the sources were last asked: by this process, or by any that had an answer of each of them; None for never.

    What lies in the future was told by a clock that was ahead.
    """
    answers = list(answered)
    oldest = min((one for one in answers if one is not None), default=None) if None not in answers else None
    return max((one for one in (tried, oldest) if one is not None and one <= now), default=None)


def is_fetch_due(now: datetime, asked: datetime | None, *, is_owed: bool, offline_since: datetime | None) -> bool:
    """Whether the sources are asked now: every hour, sooner while one owes a listing or none could be reached."""
    if asked is None:
        return True
    pause = OFFLINE if is_patient(now, offline_since) else OWED if is_owed else HOURLY
    return now - asked >= pause


def offline_from(now: datetime, since: datetime | None, tried: datetime | None) -> datetime:
    """Since when no source can be reached, of which one more try has failed now: begun anew where none was made for long, as in sleep."""
    return since if since is not None and tried is not None and now - tried <= 2 * HOURLY else now


def is_patient(now: datetime, offline_since: datetime | None) -> bool:
    """Whether letters wait for the network."""
    return offline_since is not None and timedelta(0) <= now - offline_since < PATIENCE


def is_resting(now: datetime, until: datetime | None, pause: timedelta) -> bool:
    """Whether a pause of that length which ends then still lasts; one that would last longer was begun by a clock that was ahead."""
    return until is not None and now < until <= now + pause


def moved(wall: timedelta, steady: timedelta) -> timedelta | None:
    """By how much the clock went other than time did: the computer slept, or the clock was set; None where it did not.

    `wall` is how far the clock went, `steady` how far one did that nobody sets and that stands still while the computer sleeps.
    """
    jump = wall - steady
    return jump if abs(jump) > JUMP else None
