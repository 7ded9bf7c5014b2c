"""Runs parts of a survey or a ranking in threads: numpy releases the interpreter's lock while it sorts, multiplies and solves.

How the work is divided does not depend on the number of threads, so neither do the results.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")
Other = TypeVar("Other")

THREADS = 2
"""Threads at once; more would wait for each other, and hold more in memory."""


def both(one: Callable[[], Made], other: Callable[[], Other]) -> tuple[Made, Other]:
    """The results of two functions; the second is called in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(other)
        return one(), beside.result()


def each(make: Callable[[Part], Made], parts: Iterable[Part], threads: int = THREADS) -> Iterator[Made]:
    """`make(part)` for each part, in order, computed in threads; parts are consumed as they are needed."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for part in parts:
            waiting.append(pool.submit(make, part))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
