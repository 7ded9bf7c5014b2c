"""Stopping on SIGTERM or Ctrl-C, but only after the letter on the wire: a letter that is broken off would be sent twice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Yields a function that says whether a stop was requested. The first signal takes effect at the end of the block, a second at once.

    Python runs signal handlers only in the main thread; in any other thread the answer is always no.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    received: list[int] = []

    def listen(number: int, frame: FrameType | None) -> None:
        received.append(number)
        for other in previous:
            signal.signal(other, previous[other] or signal.SIG_DFL)

    for number, handler in previous.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, listen)
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
    if received and previous[signal.Signals(received[0])] is signal.SIG_DFL:
        raise SystemExit(128 + received[0])  # a shell's exit status for a signal; raising lets everything be closed on the way
    if received:
        signal.raise_signal(received[0])
