"""Pure decisions of a schedule: what a tick has to do, and whether the clock has jumped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

HOURLY = timedelta(hours=1)
OWED = timedelta(minutes=10)
"""How often to fetch while a listing is due and has not come."""
OFFLINE = timedelta(minutes=1)
"""How often to fetch while no source can be reached."""
PATIENCE = timedelta(minutes=10)
"""How long letters wait while no source at all can be reached: a computer that wakes up has no network at first."""
JUMP = timedelta(seconds=30)


def last_asked(now: datetime, tried: datetime | None, answered: Iterable[datetime | None]) -> datetime | None:
    """When all sources were last asked, by this process or, going by the oldest answer in the catalog, by any; None for never.

    Times in the future came from a clock that was ahead, and are ignored.
    """
    answers = list(answered)
    oldest = min((one for one in answers if one is not None), default=None) if None not in answers else None
    return max((one for one in (tried, oldest) if one is not None and one <= now), default=None)


def is_fetch_due(now: datetime, asked: datetime | None, *, is_owed: bool, offline_since: datetime | None) -> bool:
    """Whether to ask the sources now: every hour, more often while one owes a listing or none can be reached."""
    if asked is None:
        return True
    pause = OFFLINE if is_patient(now, offline_since) else OWED if is_owed else HOURLY
    return now - asked >= pause


def offline_from(now: datetime, since: datetime | None, tried: datetime | None) -> datetime:
    """Since when no source can be reached, after one more failed try; starts anew at `now` after a long time without tries, as in sleep."""
    return since if since is not None and tried is not None and now - tried <= 2 * HOURLY else now


def is_patient(now: datetime, offline_since: datetime | None) -> bool:
    """Whether letters still wait for the network."""
    return offline_since is not None and timedelta(0) <= now - offline_since < PATIENCE


def is_resting(now: datetime, until: datetime | None, pause: timedelta) -> bool:
    """Whether a pause that ends at `until` still lasts; one with more than `pause` left came from a clock that was ahead and is ignored."""
    return until is not None and now < until <= now + pause


def clock_jump(wall: timedelta, steady: timedelta) -> timedelta | None:
    """By how much the clock jumped, because the computer slept or the clock was set; None if it did not.

    `wall` is the time that passed by the clock, `steady` by a monotonic clock, which stands still while the computer sleeps.
    """
    jump = wall - steady
    return jump if abs(jump) > JUMP else None
