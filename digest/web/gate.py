"""Work that takes seconds of a processor, done for one reader at a time and not too often: a preview, a library that is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from .limits import Limits

BUSY_SECONDS = 15


class Busy(Exception):
    """Not now: 429 for this link alone, 503 where the same is done for others; `seconds` is when to ask again."""

    def __init__(self, status: int, seconds: int) -> None:
        super().__init__(f"{status}, again in {seconds} s")
        self.status, self.seconds = status, seconds


class Gate:
    """Lets one through at a time: who comes meanwhile is sent away at once, so that they hold no thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._lock = limits, Lock()

    @contextmanager
    def entered(self, link: str) -> Iterator[None]:
        """Do it within this. Raises Busy."""
        if wait := self._limits.heavy.take(link):
            raise Busy(429, wait)
        if not self._lock.acquire(blocking=False):
            raise Busy(503, BUSY_SECONDS)
        try:
            yield
        finally:
            self._lock.release()
