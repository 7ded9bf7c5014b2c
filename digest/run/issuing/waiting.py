"""Whether an issue that is due waits for a listing that should be there by then, and until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from ...ledger import Awaited
from ...model import Period
from ...taxonomy import PREPRINT_SUBJECTS, is_within

Awaiting = Callable[[datetime], Sequence[Awaited]]
"""Given a moment: the sources that still owe a listing which was due by then."""


def nothing_awaited(moment: datetime) -> Sequence[Awaited]:
    """An `Awaiting` by which no source owes anything, for when nobody knows when listings are due."""
    return ()


def concerning(owed: Sequence[Awaited], categories: Collection[str], followed: Collection[str]) -> tuple[Awaited, ...]:
    """The sources in `owed` ("arxiv cs.LG", or "arxiv" for one without parts) whose listings can hold papers of these categories.

    A cross-listed paper is in the listing of each of its categories that is `followed`. So every source counts if no category was named,
    or one that is not followed: its papers come by the listings of others. Papers of bioRxiv's and medRxiv's subjects do not.
    """
    crossing = [category for category in categories if category.strip().casefold() not in PREPRINT_SUBJECTS]
    if not categories or not all(any(_is_akin(part, category) for part in followed) for category in crossing):
        return tuple(owed)
    # A source's own name may contain spaces, so the part is found by comparing with the followed ones.
    part_of = {one.name: next((part for part in followed if one.name.endswith(f" {part.strip()}")), "") for one in owed}
    return tuple(one for one in owed if not part_of[one.name] or any(_is_akin(part_of[one.name], c) for c in categories))


def _is_akin(part: str, category: str) -> bool:
    """Whether one contains the other: "astro-ph" has the papers of "astro-ph.GA"."""
    return is_within(part.strip(), category) or is_within(category.strip(), part)


def waits_until(period: Period, owed: Sequence[Awaited], wait: timedelta, *, was_late: bool) -> datetime:
    """Until when a due issue waits for the sources that owe a listing; the end of its period if it does not wait.

    It waits no longer than `wait` after it was due. It does not wait at all if the issue before it was missed or never made (`was_late`):
    with only one run a day, waiting would mean no letter at all.
    """
    if was_late or not owed:
        return period.end
    return max(period.end, min(period.end + wait, max(one.deadline for one in owed)))
