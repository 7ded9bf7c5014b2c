"""Admit expensive work (a preview, reading a library) one reader at a time and not too often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from .limits import Limits

BUSY_SECONDS = 15


class Busy(Exception):
    """The work was refused: 429 if this link asks too often, 503 while others are served; `seconds` is when to ask again."""

    def __init__(self, status: int, seconds: int) -> None:
        super().__init__(f"{status}, again in {seconds} s")
        self.status, self.seconds = status, seconds


class Gate:
    """Admits one at a time: others are refused at once, so that they hold no thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._lock = limits, Lock()

    @contextmanager
    def entered(self, link: str) -> Iterator[None]:
        """A context in which to do the work. Raises Busy."""
        if wait := self._limits.heavy.take(link):
            raise Busy(429, wait)
        if not self._lock.acquire(blocking=False):
            raise Busy(503, BUSY_SECONDS)
        try:
            yield
        finally:
            self._lock.release()
