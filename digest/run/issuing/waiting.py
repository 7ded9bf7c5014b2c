"""Whether an issue that is due waits for a listing that should be there by then, and until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from ...ledger import Awaited
from ...model import Period
from ...taxonomy import PREPRINT_SUBJECTS, is_within

Awaiting = Callable[[datetime], Sequence[Awaited]]
"""Which sources still owe a listing that was due by that moment."""


def nothing_awaited(moment: datetime) -> Sequence[Awaited]:
    """No source owes anything: nobody knows when listings are due."""
    return ()


def concerning(owed: Sequence[Awaited], categories: Collection[str], followed: Collection[str]) -> tuple[Awaited, ...]:
    """Those of the sources ("arxiv cs.LG", or "arxiv" for one without parts) by which papers of these categories come.

    A paper that is cross-listed stands in the listing of each of its categories that is `followed`. So all are awaited where no category
    was named, or one that is not followed: its papers come by the listings of others. Those of bioRxiv's and medRxiv's subjects do not.
    """
    crossing = [category for category in categories if category.strip().casefold() not in PREPRINT_SUBJECTS]
    if not categories or not all(any(_is_akin(part, category) for part in followed) for category in crossing):
        return tuple(owed)
    # A source's own name may hold spaces, too: its part is known by being followed.
    part_of = {one.name: next((part for part in followed if one.name.endswith(f" {part.strip()}")), "") for one in owed}
    return tuple(one for one in owed if not part_of[one.name] or any(_is_akin(part_of[one.name], c) for c in categories))


def _is_akin(part: str, category: str) -> bool:
    """Whether one holds the other: "astro-ph" has the papers of "astro-ph.GA"."""
    return is_within(part.strip(), category) or is_within(category.strip(), part)


def waits_until(period: Period, owed: Sequence[Awaited], wait: timedelta, *, was_late: bool) -> datetime:
    """Until when the issue of a period that is due waits for the sources that owe a listing; its own end where it does not wait.

    Never longer than `wait` after it was due. Whose last issue was missed, or who never had one (`was_late`), does not wait: where a run
    comes but once a day, the wait would end in no letter at all.
    """
    if was_late or not owed:
        return period.end
    return max(period.end, min(period.end + wait, max(one.deadline for one in owed)))
