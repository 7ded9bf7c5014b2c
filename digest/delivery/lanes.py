"""Which of the claimed letters goes next: in their order, but no domain gets more at a time, or sooner, than it bears."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from ..model import Delivery

_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=30)


class Lanes:
    """Claimed letters in their order, and what is on the wire for each domain; at most `per_domain` at a time (0: any number).

    A domain that says "slow down" rests for a minute, twice as long each time it says so again, up to 30 minutes; from then on it gets
    one letter at a time. One it accepts ends the doubling.
    """

    def __init__(self, per_domain: int = 0) -> None:
        self._per_domain = per_domain
        self._waiting: deque[Delivery] = deque()
        self._busy: Counter[str] = Counter()
        self._slowed: dict[str, int] = {}
        self._rests: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, letters: Iterable[Delivery]) -> None:
        """Letters to be handed over after those that wait already."""
        self._waiting.extend(letters)

    def put_first(self, letter: Delivery) -> None:
        """One that was taken and is off the wire again, to be taken before all others."""
        self._waiting.appendleft(letter)

    def take(self, would_do: Callable[[Delivery], bool] = lambda letter: True) -> Delivery | None:
        """The next letter that would do and whose domain has room, which it fills until `done`; None where there is none."""
        for place, letter in enumerate(self._waiting):
            if self._has_room(letter.domain) and would_do(letter):
                del self._waiting[place]
                self._busy[letter.domain] += 1
                return letter
        return None

    def is_bounded(self, letter: Delivery) -> bool:
        """Whether its domain bears only so many at a time: such a letter is not taken before it can leave, which would keep others out."""
        return bool(self._limit(letter.domain))

    def done(self, letter: Delivery) -> None:
        """The letter is off the wire, or was never on it."""
        self._busy[letter.domain] -= 1

    def slow_down(self, domain: str, now: datetime) -> None:
        """The domain asked for fewer letters; while it rests that is said to what was on the wire already, and tells nothing new."""
        if self.rests_until(domain, now) is not None:
            return
        again = self._slowed.get(domain, 0)
        self._slowed[domain] = again + 1
        self._rests[domain] = now + min(_REST * 2 ** min(again, 10), _LONGEST_REST)

    def go_on(self, domain: str) -> None:
        """The domain took a letter."""
        if domain in self._slowed:
            self._slowed[domain] = 1

    def rests_until(self, domain: str, now: datetime) -> datetime | None:
        """When the domain may get its next letter; None where that is now."""
        until = self._rests.get(domain)
        return until if until is not None and until > now else None

    def drain(self) -> tuple[Delivery, ...]:
        """All that still waits, which waits here no more."""
        rest = tuple(self._waiting)
        self._waiting.clear()
        return rest

    def _has_room(self, domain: str) -> bool:
        limit = self._limit(domain)
        return not limit or self._busy[domain] < limit

    def _limit(self, domain: str) -> int:
        return 1 if domain in self._slowed else self._per_domain
