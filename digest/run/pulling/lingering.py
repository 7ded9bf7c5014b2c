"""A run that lingers waits for late listings itself: it may be the day's only run, and a letter left to the next would not come today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ..issuing.dues import outlook
from ..parts import Clock, Parts, Report, SourceLine
from .fetching import fetch

ASKED_AGAIN = timedelta(minutes=10)
"""How often a late listing is asked for; the ledger skips a source that it is too soon to ask."""


def are_kept_by_others(parts: Parts, report: Report) -> bool:
    """Whether letters that are ready would be kept back while this run waits for the listings of others."""
    if not parts.policy.linger:
        return False
    due = outlook(parts, report.now)
    return due.ready > 0 and due.waiting > 0


def wait_for_listings(parts: Parts, report: Report, clock: Clock, tell: Callable[[str], None], sleep: Callable[[float], None]) -> Parts:
    """Ask again for listings that letters wait for, as long as the run lingers; returns parts with which no letter waits any longer.

    A run that does not linger leaves the waiting to the next one. The time slept is counted, since the clock may stand still (`--now`).
    """
    patience = parts.policy.linger
    if not patience:
        return parts
    while patience > timedelta(0):
        due = outlook(parts, report.now)
        if due.until is None:
            break
        tell(f"waiting for the listing of {', '.join(due.sources)}, at most until {min(due.until, report.now + patience):%H:%M} UTC")
        pause = min(max(due.until - report.now, timedelta(seconds=1)), ASKED_AGAIN, patience)
        sleep(pause.total_seconds())
        patience -= pause
        report.now = clock()
        earlier, report.sources = report.sources, []
        fetch(parts, report)
        report.sources = _joined(earlier, report.sources)
    return replace(parts, wait=timedelta(0))


def _joined(earlier: list[SourceLine], later: list[SourceLine]) -> list[SourceLine]:
    """One line for each source: as it stands now, with all that was new."""
    new = {line.name: line.new for line in earlier}
    states = {line.name: line for line in (*earlier, *later)}
    for line in later:
        new[line.name] = new.get(line.name, 0) + line.new
    return [replace(line, new=new[name]) for name, line in states.items()]
