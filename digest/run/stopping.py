"""Being asked to stop: SIGTERM and Ctrl-C wait for the letter that is on the wire, because breaking off there sends it twice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Gives a question: has somebody asked to stop? Their signal takes effect at the end of the block, a second one at once.

    Signals reach only a program's main thread; in another one the answer stays no.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    heard: list[int] = []

    def listen(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        for other in usual:
            signal.signal(other, usual[other] or signal.SIG_DFL)

    for number, handler in usual.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, listen)
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler or signal.SIG_DFL)
    if heard and usual[signal.Signals(heard[0])] is signal.SIG_DFL:
        raise SystemExit(128 + heard[0])  # as a shell tells it, with everything closed on the way
    if heard:
        signal.raise_signal(heard[0])
