"""Cooperative tasks (greenlets) in one thread: a task that has to wait lets the others run, and none contends for the interpreter's lock.

Waiting code reads as if it ran alone: `readable`, `writable`, `sleep`, `let_others` and `Bell.wait` return when it is the task's turn
again. Called outside of `Turns`, as for a single letter, they simply block.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from itertools import count
from typing import Self

from greenlet import GreenletExit, getcurrent, greenlet


class _Turn(greenlet):
    """One task, and what it waits for."""

    def __init__(self, turns: Turns, work: Callable[[], None]) -> None:
        super().__init__(lambda _: work())
        self.turns = turns
        self.waits: _Wait | None = None  # None or over: it can go on


class _Wait:
    """One wait of a task; over once its event has come or its time is up."""

    __slots__ = ("connection", "is_over", "turn")

    def __init__(self, turn: _Turn, connection: socket.socket | None) -> None:
        self.turn, self.connection, self.is_over = turn, connection, False


class Turns:
    """Runs tasks in turns, each until it has to wait: `with Turns(works) as turns: turns.run()`.

    While all of them wait, `idle` does a small piece of work ahead, and says whether there was any. Tasks that have not returned at the end
    of the `with` block are ended where they wait, by GreenletExit.
    """

    def __init__(self, works: Iterable[Callable[[], None]], idle: Callable[[], bool] = lambda: False) -> None:
        self._idle = idle
        self._living = [_Turn(self, work) for work in works]
        self._ready: deque[tuple[_Turn, bool]] = deque()
        self._alarms: list[tuple[float, int, _Wait]] = []
        self._sequence = count()  # orders alarms that are set for the same moment
        self._selector = selectors.DefaultSelector()
        self._is_closed = False

    def run(self) -> None:
        """Run until every task has returned. Raises what a task raises, or an interrupt; called again, it continues with the others."""
        self._others = getcurrent()
        # Rebuilt here, so that an interrupt at any point loses no task.
        self._ready = deque((turn, True) for turn in self._living if turn.waits is None or turn.waits.is_over)
        while self._living:
            for _ in range(len(self._ready)):
                turn, has_come = self._ready.popleft()
                try:
                    turn.switch(has_come)
                finally:
                    if turn.dead and turn in self._living:
                        self._living.remove(turn)
            if self._living:
                self._poll()

    def wait(self, seconds: float, connection: socket.socket | None = None, event: int = 0, bell: Bell | None = None) -> bool:
        """Let others run until the connection is ready or the bell rings; False if the seconds passed first."""
        turn = getcurrent()
        assert isinstance(turn, _Turn), "who waits is one of those who take turns"
        if self._is_closed:
            raise GreenletExit
        waiting = turn.waits = _Wait(turn, connection)
        try:
            heapq.heappush(self._alarms, (time.monotonic() + seconds, next(self._sequence), waiting))
            if connection is not None:
                self._selector.register(connection, event, waiting)
            if bell is not None:
                bell.waiting.append(waiting)
            return bool(self._others.switch())
        finally:
            self._give_up(waiting)

    def pass_on(self) -> None:
        """Let all other tasks that are ready run first, and look for events."""
        turn = getcurrent()
        assert isinstance(turn, _Turn), "who passes on is one of those who take turns"
        if not self._is_closed:
            self._ready.append((turn, True))
            self._others.switch()

    def end(self, waiting: _Wait, *, has_come: bool) -> None:
        """End a wait and make its task ready; `has_come` is False for a time-out."""
        if not waiting.is_over:
            self._give_up(waiting)
            self._ready.append((waiting.turn, has_come))

    def _give_up(self, waiting: _Wait) -> None:
        if waiting.connection is not None and not waiting.is_over:
            with suppress(KeyError, ValueError):  # an interrupt came before it was registered, or it is closed
                self._selector.unregister(waiting.connection)
        waiting.is_over = True

    def _poll(self) -> None:
        """Find tasks whose wait is over; do idle work or sleep until there is one."""
        found = self._selector.select(0)
        while not found and not self._ready:
            left = self._seconds_to_alarm()
            if left == 0:
                break
            found = self._selector.select(0 if self._idle() else left)
        for key, _ in found:
            self.end(key.data, has_come=True)
        now = time.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            self.end(self._alarms[0][2], has_come=False)
            heapq.heappop(self._alarms)

    def _seconds_to_alarm(self) -> float | None:
        """The seconds until the next alarm; None without one."""
        while self._alarms and self._alarms[0][2].is_over:
            heapq.heappop(self._alarms)
        return max(0.0, self._alarms[0][0] - time.monotonic()) if self._alarms else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True
        with ExitStack() as endings:  # whatever one task raises at its end, the others are ended too
            endings.callback(self._selector.close)
            for turn in reversed(self._living):
                endings.callback(turn.throw)


class Bell:
    """An event that wakes every task that waits for it."""

    def __init__(self) -> None:
        self.waiting: list[_Wait] = []

    def wait(self, seconds: float) -> None:
        """Wait until it rings, for at most so many seconds."""
        turns = _turns()
        if turns is None:
            time.sleep(seconds)  # nobody else can ring it
        else:
            turns.wait(seconds, bell=self)

    def ring(self) -> None:
        """Wake every waiting task."""
        if self.waiting:
            waiting, self.waiting = self.waiting, []
            for one in waiting:
                one.turn.turns.end(one, has_come=True)


def readable(connection: socket.socket, seconds: float) -> bool:
    """Wait until the connection can be read, at most so many seconds; says whether it can."""
    return _ready(connection, selectors.EVENT_READ, seconds)


def writable(connection: socket.socket, seconds: float) -> bool:
    """Wait until the connection can be written to, at most so many seconds; says whether it can."""
    return _ready(connection, selectors.EVENT_WRITE, seconds)


def sleep(seconds: float) -> None:
    """Sleep, and let other tasks run meanwhile."""
    turns = _turns()
    if turns is None:
        time.sleep(seconds)
    else:
        turns.wait(seconds)


def let_others() -> None:
    """Let all other tasks that are ready run first."""
    turns = _turns()
    if turns is not None:
        turns.pass_on()


def _ready(connection: socket.socket, event: int, seconds: float) -> bool:
    turns = _turns()
    if turns is not None:
        return turns.wait(seconds, connection, event)
    with selectors.DefaultSelector() as selector:
        selector.register(connection, event)
        return bool(selector.select(seconds))


def _turns() -> Turns | None:
    current = getcurrent()
    return current.turns if isinstance(current, _Turn) else None
