"""Show the progress of a long embedding and of the letters: a bar at a terminal; elsewhere a line if it takes long, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .frame import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ..delivery.tally import Tally
    from ..embedding import Progress

PATIENCE, EVERY = 10.0, 30.0
"""Seconds that pass without a word, and between two where nobody sees a bar."""
_READING = "reading papers"
REDRAWN = 0.2
"""Seconds between two looks at a delivery: it settles hundreds of letters in one."""


@contextmanager
def shown(stream: TextIO | None = None) -> Iterator[Callable[[Progress], None]]:
    """A context that gives the callback for a model's progress; nothing is printed before the first portion is done."""
    with run_shown(stream) as (watch, _):
        yield watch


@contextmanager
def run_shown(stream: TextIO | None = None) -> Iterator[tuple[Callable[[Progress], None], Callable[[Tally], None]]]:
    """A context that gives the callbacks for a whole run's progress: the model's, and the letters' (sent, deferred, failed, rate, time
    left).

    Letters are shown only at a terminal. One display serves both, since two would overwrite each other.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(file=stream or sys.stderr)
    if not console.file.isatty() or console.is_dumb_terminal:
        yield _line(), lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Bar(*columns, console=console, transient=True) as bar:
        reading, letters = (bar.add_task(what, total=None, visible=False) for what in (_READING, "letters"))
        yield _papers(bar, reading), _letters(bar, reading, letters)


def _papers(bar: Bar, task: TaskID) -> Callable[[Progress], None]:
    return lambda progress: bar.update(task, completed=progress.done, total=progress.total, visible=True)


def _letters(bar: Bar, before: TaskID, task: TaskID) -> Callable[[Tally], None]:
    due = 0.0

    def tell(tally: Tally) -> None:
        nonlocal due
        if (now := time.monotonic()) < due and tally.letters < tally.total:
            return
        due = now + REDRAWN
        bar.update(before, visible=False)
        bar.update(task, description=tally.line(), completed=tally.letters, total=tally.total, visible=True)

    return tell


def _line() -> Callable[[Progress], None]:
    """A callback that prints the remaining time if the first portion shows that it will take long, and then twice a minute."""
    due = 0.0

    def tell(progress: Progress) -> None:
        nonlocal due
        if progress.seconds_left > PATIENCE and time.monotonic() >= due:
            left = _spoken(progress.seconds_left)
            say(f"{_READING}: {progress.done} of {progress.total} done, about {left} to go; once read, they are kept")
            due = time.monotonic() + EVERY
        elif not due:
            due = float("inf")

    return tell


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
