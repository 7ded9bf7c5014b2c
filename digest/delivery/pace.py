"""Limit how many letters a second leave, over all connections."""

from __future__ import annotations

import time
from collections.abc import Callable

_STOP_CHECK_SECONDS = 0.5


class Pace:
    """Lets at most `rate` letters a second through (0: any number); `ticks` is a monotonic clock in seconds."""

    def __init__(self, rate: float, sleep: Callable[[float], None], ticks: Callable[[], float] = time.monotonic) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._sleep, self._ticks = sleep, ticks
        self._next = 0.0

    @property
    def is_free(self) -> bool:
        """Whether a letter may leave now."""
        return self._next <= self._ticks()

    def wait(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Wait until the caller's letter may leave, or until `is_over`; each caller gets its own slot."""
        if not self._gap:
            return
        now = self._ticks()
        mine = max(self._next, now)
        self._next = mine + self._gap
        left = mine - now
        while left > 0 and not is_over():
            self._sleep(min(left, _STOP_CHECK_SECONDS))
            left -= _STOP_CHECK_SECONDS
