"""Progress of a delivery, for a person watching it, and a short summary to paste afterwards."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from ..model import DeliveryStatus
from .wording import impersonal

_S = DeliveryStatus
_FAILED = (_S.REFUSED, _S.GIVEN_UP)
_WINDOW = 30.0
"""Seconds over which the rate is averaged: servers slow down and recover."""
_COMMONEST = 3
_MOST_WORDINGS = 1000
"""How many different replies are counted: a server that words each one differently must not fill the memory."""


class Tally:
    """Counts settled letters, each once, by its last status. One for each delivery; callers hold one lock.

    `expected` is how many letters were due at the start.
    """

    def __init__(self, expected: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.expected = expected
        self._monotonic = monotonic
        self._started = self._last = monotonic()
        self._fates: dict[int, DeliveryStatus] = {}
        self._recent: deque[tuple[float, int]] = deque()
        self._said: Counter[str] = Counter()
        self.counts: Counter[DeliveryStatus] = Counter()

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str = "", recipient: str = "") -> None:
        """Count a settled letter; `reply`, as stored, is kept without anything that identifies a reader."""
        before = self._fates.get(delivery_id)
        if before is not None:
            self.counts[before] -= 1
        self._fates[delivery_id] = status
        self.counts[status] += 1
        self._last = self._monotonic()
        second = float(int(self._last))
        if self._recent and self._recent[-1][0] == second:
            self._recent[-1] = (second, self._recent[-1][1] + 1)
        else:
            self._recent.append((second, 1))
        while self._recent[0][0] < second - _WINDOW:
            self._recent.popleft()
        if status is not _S.SENT and reply:
            words = impersonal(reply, recipient)
            if words in self._said or len(self._said) < _MOST_WORDINGS:
                self._said[words] += 1

    @property
    def letters(self) -> int:
        """How many different letters were settled."""
        return len(self._fates)

    @property
    def total(self) -> int:
        """How many letters this delivery has in all, as far as is known."""
        return max(self.expected, self.letters)

    @property
    def rate(self) -> float:
        """Letters a second, over the last half minute."""
        elapsed = min(self._monotonic() - self._started, _WINDOW)
        return sum(n for second, n in self._recent if second >= self._monotonic() - _WINDOW) / max(elapsed, 1.0)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None if none was settled in the last half minute."""
        rate = self.rate
        return (self.total - self.letters) / rate if rate else None

    def line(self) -> str:
        """One line for a terminal: "1,204 sent, 3 deferred, 1 failed · 43/s · about 90 seconds to go"."""
        counts = self.counts
        parts = [f"{counts[_S.SENT]:,} sent, {counts[_S.DEFERRED]:,} deferred, {sum(counts[one] for one in _FAILED):,} failed"]
        if counts[_S.UNKNOWN]:
            parts[0] += f", {counts[_S.UNKNOWN]:,} unknown"
        if rate := self.rate:
            parts.append(f"{_number(rate)}/s")
        if left := self.seconds_left:
            parts.append(f"about {_spoken(left)} to go")
        return " · ".join(parts)

    def summary(self) -> tuple[str, ...]:
        """Lines fit for a chat: counts, time, rate, and the commonest replies to letters that were not sent; without addresses."""
        if not self.letters:
            return ()
        seconds = self._last - self._started
        fates = ", ".join(f"{n:,} {status.replace('_', ' ')}" for status in _S if (n := self.counts[status]))
        noun = "letter" if self.letters == 1 else "letters"
        rate = self.letters / max(seconds, 0.001)
        speed = f" ({_number(rate)}/s)" if rate >= 0.1 and self.letters > 1 else ""
        first = f"{self.letters:,} {noun} in {_spoken(seconds)}{speed}: {fates}"
        return (first, *(f"  {n:,} × {words}" for words, n in self._said.most_common(_COMMONEST)))


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _spoken(seconds: float) -> str:
    if seconds < 100:
        return "1 second" if round(seconds) == 1 else f"{seconds:.0f} seconds" if seconds >= 1 else f"{seconds:.1f} seconds"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"
