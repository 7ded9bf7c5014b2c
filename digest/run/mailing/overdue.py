"""What is wrong, for who asks how things stand: issues that should be made, letters that should be gone by now, and what ended unsent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ...model import DeliveryStatus
from ..issuing.dues import ZONE_HINT, Turn, with_unknown_zone
from ..parts import Parts
from ..pulling.standing import RUN

LATE = timedelta(minutes=30)
"""How long a letter is due before that is told: a run every quarter of an hour has tried it by then."""
LONG = timedelta(hours=6)
"""How long a server may put off everything before that is told: who greylists takes a letter within the hour."""
LATELY = timedelta(days=1)


def issues_amiss(parts: Parts, some: Iterable[Turn], now: datetime) -> Mapping[str, tuple[str, str]]:
    """That nobody makes what is due, or can say when something is, though sources may have answered since.

    What waits for a listing waits no longer than `wait`. Whoever never got one may be new since the last run. One that is made up no more
    is not told: it may be that nobody wanted it then.
    """
    due = [turn.period.end for turn in some if turn.period is not None and turn.reached is not None]
    late = [end for end in due if end < now - parts.wait - LATE]
    if not late:
        return _zones_amiss(parts, now)
    since = f"due since {min(late):%a %d %b %H:%M} UTC, and nobody has made"
    return {**_zones_amiss(parts, now), "issues": (f"1 is {since} it" if len(late) == 1 else f"{len(late):,} are {since} them", RUN)}


def letters_amiss(parts: Parts, now: datetime) -> Mapping[str, tuple[str, str]]:
    """What is wrong, by name, with what to do; nothing where letters only wait for a limit of ours or the server's."""
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
    """That there are readers whose time zone is not known here, for whom nothing is ever due."""
    count = len(with_unknown_zone(parts, now))
    what = "1 subscription is" if count == 1 else f"{count:,} subscriptions are"
    return {"zones": (f"{what} of a time zone that is not known here, so no letters are made", ZONE_HINT)} if count else {}


def _late(parts: Parts, now: datetime) -> int:
    is_limited = parts.quota is not None and parts.catalog.quota_outbox(parts.quota).held_back(now) is not None
    return 0 if is_limited else parts.catalog.waiting.due(now - LATE)


def _letters(count: int) -> str:
    return "1 letter is" if count == 1 else f"{count} letters are"
