"""A memo: computed values kept by key, so that a repeated one costs a dictionary lookup."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value]):
    """`memo[key]` is `make(key)`, computed once. A memo that already holds `most` values forgets them all instead of growing.

    A letter looks up hundreds of values. `lru_cache` moves each hit to the front of a linked list and so touches its neighbours, which
    costs three times as much if they are not in the processor's cache.
    """

    def __init__(self, make: Callable[[_Key], _Value], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: _Key) -> _Value:
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._make(key)
        return value
