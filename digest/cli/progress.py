"""How far a long embedding is: a bar at a terminal; elsewhere one line, if it takes long enough to wonder."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .frame import say

if TYPE_CHECKING:
    from rich.console import Console

    from ..embedding import Progress

PATIENCE, EVERY = 10.0, 30.0
"""Seconds that pass without a word, and between two where nobody sees a bar."""


@contextmanager
def shown(what: str, stream: TextIO | None = None) -> Iterator[Callable[[Progress], None]]:
    """Hand out what a model tells its progress to ("reading papers"); nothing is printed before the first portion is done."""
    from rich.console import Console

    console = Console(file=stream or sys.stderr)
    if not console.file.isatty() or console.is_dumb_terminal:
        yield _line(what)
        return
    with _bar(what, console) as tell:
        yield tell


@contextmanager
def _bar(what: str, console: Console) -> Iterator[Callable[[Progress], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, visible=False)
        yield lambda progress: bar.update(task, completed=progress.done, total=progress.total, visible=True)


def _line(what: str, monotonic: Callable[[], float] = time.monotonic) -> Callable[[Progress], None]:
    """Says how long it will take, when the first portion shows that it will take long, and again twice a minute."""
    due = 0.0

    def tell(progress: Progress) -> None:
        nonlocal due
        if progress.seconds_left > PATIENCE and monotonic() >= due:
            say(f"{what}: {progress.done} of {progress.total} done, about {_spoken(progress.seconds_left)} to go; once read, they are kept")
            due = monotonic() + EVERY
        elif not due:
            due = float("inf")

    return tell


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
