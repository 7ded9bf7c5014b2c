"""Choose which claimed letter goes next: in order, but within each domain's limit on letters at a time and on pace."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from ..model import Delivery

_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=30)


class Lanes:
    """The queue of claimed letters, and how many are being sent to each domain; at most `per_domain` at a time (0: any number).

    A domain that says "slow down" rests for a minute, and twice as long each time it says so again, up to 30 minutes; afterwards it gets
    one letter at a time. An accepted letter ends the doubling.
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
        """Add letters at the end of the queue."""
        self._waiting.extend(letters)

    def put_first(self, letter: Delivery) -> None:
        """Return a letter that was taken to the front of the queue."""
        self._waiting.appendleft(letter)

    def take(self, would_do: Callable[[Delivery], bool] = lambda letter: True) -> Delivery | None:
        """Take the next letter that passes `would_do` and whose domain has room; it occupies that room until `done`."""
        for place, letter in enumerate(self._waiting):
            if self._has_room(letter.domain) and would_do(letter):
                del self._waiting[place]
                self._busy[letter.domain] += 1
                return letter
        return None

    def is_bounded(self, letter: Delivery) -> bool:
        """Whether its domain has a limit: such a letter is not taken before it can leave, since it would keep others out."""
        return bool(self._limit(letter.domain))

    def done(self, letter: Delivery) -> None:
        """Free the letter's place in its domain, whether it was sent or not."""
        self._busy[letter.domain] -= 1

    def slow_down(self, domain: str, now: datetime) -> None:
        """Let the domain rest. During a rest the call does nothing: such replies answer letters that were already on their way."""
        if self.rests_until(domain, now) is not None:
            return
        again = self._slowed.get(domain, 0)
        self._slowed[domain] = again + 1
        self._rests[domain] = now + min(_REST * 2 ** min(again, 10), _LONGEST_REST)

    def go_on(self, domain: str) -> None:
        """Note that the domain accepted a letter."""
        if domain in self._slowed:
            self._slowed[domain] = 1

    def rests_until(self, domain: str, now: datetime) -> datetime | None:
        """When the domain may get its next letter; None where that is now."""
        until = self._rests.get(domain)
        return until if until is not None and until > now else None

    def drain(self) -> tuple[Delivery, ...]:
        """Empty the queue and give what was in it."""
        rest = tuple(self._waiting)
        self._waiting.clear()
        return rest

    def _has_room(self, domain: str) -> bool:
        limit = self._limit(domain)
        return not limit or self._busy[domain] < limit

    def _limit(self, domain: str) -> int:
        return 1 if domain in self._slowed else self._per_domain
