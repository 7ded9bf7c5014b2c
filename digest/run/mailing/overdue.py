"""What `digest status` reports as wrong: issues that should have been made, letters that should have left, and letters never sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ...model import DeliveryStatus
from ..issuing.dues import ZONE_HINT, Turn, with_unknown_zone
from ..parts import Parts
from ..pulling.standing import RUN

LATE = timedelta(minutes=30)
"""How long a letter must be due before it is reported: a run every quarter of an hour has tried it by then."""
LONG = timedelta(hours=6)
"""How long a server may put everything off before it is reported: one that greylists takes a letter within the hour."""
LATELY = timedelta(days=1)


def issues_amiss(parts: Parts, some: Iterable[Turn], now: datetime) -> Mapping[str, tuple[str, str]]:
    """Issues that are due and nobody has made, and readers whose zone is unknown; by name, with what to do.

    An issue counts once it is later than a wait for listings (`wait`) and `LATE` allow. A reader who never got an issue may be new since
    the last run, and does not count. Nor does an issue too old to be made up: perhaps nobody wanted it then.
    """
    due = [turn.period.end for turn in some if turn.period is not None and turn.reached is not None]
    late = [end for end in due if end < now - parts.wait - LATE]
    if not late:
        return _zones_amiss(parts, now)
    since = f"due since {min(late):%a %d %b %H:%M} UTC, and nobody has made"
    return {**_zones_amiss(parts, now), "issues": (f"1 is {since} it" if len(late) == 1 else f"{len(late):,} are {since} them", RUN)}


def letters_amiss(parts: Parts, now: datetime) -> Mapping[str, tuple[str, str]]:
    """What is wrong with letters, by name, with what to do; letters that only wait for a limit of ours or the server's do not count."""
    ended = parts.catalog.waiting.ended(now - LATELY)
    unsent = {status: ended[status] for status in (DeliveryStatus.GIVEN_UP, DeliveryStatus.REFUSED) if ended[status]}
    found: dict[str, tuple[str, str]] = {}
    if late := _late(parts, now):
        what = f"{_letters(late)} due for more than half an hour, and not handed over"
        todo = "`digest doctor` tries the mail server, `digest outbox` shows what it said; they leave with the next run that it answers"
        found["letters"] = (what, todo)
    elif put_off := parts.catalog.waiting.put_off(now, now - LONG):
        what = f"{_letters(put_off)} put off again and again, for more than six hours, and no other was taken since"
        found["letters"] = (what, "`digest outbox` shows what the server said: ask its operator, or send by another")
    if unsent:
        told = ", ".join(f"{number} {str(status).replace('_', ' ')}" for status, number in unsent.items())
        found["letters, since yesterday"] = (told, "`digest outbox` says why; their papers are free for the next issue")
    return found


def _zones_amiss(parts: Parts, now: datetime) -> Mapping[str, tuple[str, str]]:
    """How many readers have a time zone that is not known here, so that nothing is ever due for them."""
    count = len(with_unknown_zone(parts, now))
    what = "1 subscription is" if count == 1 else f"{count:,} subscriptions are"
    return {"zones": (f"{what} of a time zone that is not known here, so no letters are made", ZONE_HINT)} if count else {}


def _late(parts: Parts, now: datetime) -> int:
    is_limited = parts.quota is not None and parts.catalog.quota_outbox(parts.quota).held_back(now) is not None
    return 0 if is_limited else parts.catalog.waiting.due(now - LATE)


def _letters(count: int) -> str:
    return "1 letter is" if count == 1 else f"{count} letters are"
