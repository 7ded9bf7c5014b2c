"""Whether an issue that is due waits for a listing that should be there by then, and until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from ..model import Period


class Awaited(Protocol):
    """A source that has not brought yet what was due, and until when it is worth waiting for."""

    @property
    def name(self) -> str: ...

    @property
    def deadline(self) -> datetime: ...


Awaiting = Callable[[datetime], Sequence[Awaited]]
"""Which sources still owe a listing that was due by that moment."""


def nothing_awaited(moment: datetime) -> Sequence[Awaited]:
    """No source owes anything: nobody knows when listings are due."""
    return ()


def waits_until(period: Period, owed: Sequence[Awaited], wait: timedelta, *, was_late: bool) -> datetime:
    """Until when the issue of a period that is due waits for the sources that owe a listing; its own end where it does not wait.

    Never longer than `wait` after it was due. Whose last issue was missed, or who never had one (`was_late`), does not wait: where a run
    comes but once a day, the wait would end in no letter at all.
    """
    if was_late or not owed:
        return period.end
    return max(period.end, min(period.end + wait, max(one.deadline for one in owed)))
