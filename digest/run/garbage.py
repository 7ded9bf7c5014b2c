"""Python's search for cyclic garbage, done less often where much is made and little of it is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MADE = 50_000
"""Objects made between two searches: about those of a batch of letters. By default it is 700, and half of reading issues is searching."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Within the block garbage in cycles is looked for after 50,000 new objects; what is in none goes at once, as ever."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _MADE) if before[0] else 0, *before[1:])  # 0: somebody has turned it off
    try:
        yield
    finally:
        gc.set_threshold(*before)
