"""How many letters a second leave, over all connections."""

from __future__ import annotations

import time
from collections.abc import Callable

_GLANCE = 0.5  # seconds between two looks whether it is over


class Pace:
    """Lets at most `rate` letters a second through (0: any number); `ticks` are seconds of a clock that is never set."""

    def __init__(self, rate: float, sleep: Callable[[float], None], ticks: Callable[[], float] = time.monotonic) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._sleep, self._ticks = sleep, ticks
        self._next = 0.0

    @property
    def is_free(self) -> bool:
        """Whether a letter may leave now."""
        return self._next <= self._ticks()

    def wait(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Until the next letter may leave, or nothing shall leave any more; each caller gets a moment of its own."""
        if not self._gap:
            return
        now = self._ticks()
        mine = max(self._next, now)
        self._next = mine + self._gap
        left = mine - now
        while left > 0 and not is_over():
            self._sleep(min(left, _GLANCE))
            left -= _GLANCE
