"""Decide when enough letters have come back, by Mailman's rules: at most one point a day, and forgotten once letters arrive again.

https://docs.mailman3.org/projects/mailman/en/latest/src/mailman/model/docs/bounce.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ...model import Action, Mark

STALE = timedelta(days=7)
"""A letter that has not come back for so long has arrived; Mailman's `bounce_info_stale_after`."""
FORGOTTEN = timedelta(days=60)
"""So long after a return it counts no more, whatever was sent since."""
POINTS = {Action.SUPPRESS: 1.0, Action.SCORE: 0.5, Action.STOP: 0.0, Action.NONE: 0.0}


def score(marks: Iterable[Mark], arrived: Sequence[datetime], now: datetime) -> float:
    """The score of an address's returned letters. `arrived` says when letters left that did not come back.

    Each day (UTC) counts as its worst letter. A letter that arrived in between cancels what came before it. So a weekly reader whose every
    letter returns is not forgiven each week, and one whose mailbox was full for a while is.
    """
    total, last = 0.0, None
    for mark in _worst_of_each_day(marks):
        if last is not None and _is_stale(last, mark.at, arrived):
            total = 0.0
        total, last = total + mark.points, mark.at
    return 0.0 if last is not None and _is_stale(last, now, arrived) else total


def _worst_of_each_day(marks: Iterable[Mark]) -> list[Mark]:
    days: dict[object, Mark] = {}
    for mark in sorted((mark for mark in marks if mark.points > 0), key=lambda mark: (mark.at.date(), -mark.points, mark.at)):
        days.setdefault(mark.at.date(), mark)
    return list(days.values())


def _is_stale(last: datetime, then: datetime, arrived: Sequence[datetime]) -> bool:
    return then - last > FORGOTTEN or any(last < left <= then - STALE for left in arrived)
