"""What was worked out before, to be had again at the price of looking it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value]):
    """Gives what `make` makes of a key, made once: `memo[key]`. One that has `most` of them forgets all rather than grow.

    A letter asks for hundreds of things so. `lru_cache` puts what is asked for in front, which touches its neighbours: that costs three
    times as much where they are in nobody's cache.
    """

    def __init__(self, make: Callable[[_Key], _Value], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: _Key) -> _Value:
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._make(key)
        return value
