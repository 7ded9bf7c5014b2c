"""Work that several processes do, each on the same object: that is one file which all of them map, so its arrays are in memory once."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, resource_tracker
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle, send_handle
from tempfile import TemporaryFile
from typing import Any, TypeVar

from ..errors import DigestError, WorkerDied
from .sharing import mapped, write

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Task], Result]
Start = Callable[[Shared], AbstractContextManager[Work[Task, Result]]]
"""Called once in each process with what they share; gives what is done with each task there."""


def by_several(
    ready: Callable[[], Shared], start: Start[Shared, Task, Result], tasks: Iterable[Task], count: int
) -> Iterator[tuple[int, Result]]:
    """What so many processes make of the tasks, as it is done, each with its task's number; tasks are taken as they are needed.

    What `ready` gives is made here while the processes start, and is forgotten here once it is written for them. `start`, tasks and
    results travel between processes, so they can be pickled. A process that cannot be started raises WorkerDied; so does one that ended
    before its time, after the others have done the rest. Leaving the iterator ends all of them.
    """
    numbered = enumerate(tasks)
    died: WorkerDied | None = None
    with _workers(ready, start, count) as workers:
        following = next(numbered, None)
        while True:
            for worker in workers:
                if worker.task is None and following is not None:
                    worker.give(*following)
                    following = next(numbered, None)
            busy = {worker.pipe: worker for worker in workers if worker.task is not None}
            if not busy:
                break
            # A pipe whose other end is gone is ready, too: a death is noticed at once.
            for worker in (busy[pipe] for pipe in connection.wait(busy)):  # type: ignore[index]  # what went in comes out
                try:
                    done = worker.take()
                except WorkerDied as error:
                    died = died or error
                    workers.remove(worker)
                else:
                    yield done
    if died is not None:
        raise died


_START = -1


@dataclass(eq=False)
class _Worker:
    """One process and our end of its pipe; `task` is the number of what it is busy with, None when it is idle."""

    name: str
    process: BaseProcess
    pipe: connection.Connection
    task: int | None = None

    def begin(self, descriptor: int) -> None:
        """Have it map the file that this stands for, and start; whether it died meanwhile, `take` tells."""
        with suppress(OSError, RuntimeError):  # on macOS it waits for the answer
            send_handle(self.pipe, descriptor, self.process.pid)
        self.task = _START

    def give(self, number: int, task: object) -> None:
        """It is waiting for work, so this does not block; `take` tells as well."""
        with suppress(OSError):
            self.pipe.send_bytes(pickle.dumps(task, protocol=5))
        self.task = number

    def take(self) -> tuple[int, Any]:
        """What it made of its task, when that is done, and the task's number."""
        try:
            done = self.pipe.recv_bytes()
        except (EOFError, OSError) as error:
            self.process.join(5)
            raise WorkerDied(self.name, f"ended with status {self.process.exitcode} before its work was done") from error
        number, self.task = self.task, None
        assert number is not None, "only who is busy is listened to"
        return number, pickle.loads(done)


@contextmanager
def _workers(ready: Callable[[], object], start: Callable[..., object], count: int) -> Iterator[list[_Worker]]:
    """Processes that have what is shared: they start while it is made and written."""
    with ExitStack() as stack:
        try:
            with TemporaryFile() as file:  # without a name: nothing of it stays behind, whatever ends this
                workers = [_started(start, number, stack) for number in range(1, count + 1)]
                write(ready(), file)
                _give_back()
                for worker in workers:
                    worker.begin(file.fileno())
                for worker in workers:
                    worker.take()
        except OSError as error:  # no room for the file, or no process more
            raise WorkerDied("other processes", f"could not be started: {error}") from error
        yield workers


def _started(start: Callable[..., object], number: int, stack: ExitStack) -> _Worker:
    """A process that waits for the file; the stack ends it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_life, args=(start, theirs), name=f"worker {number}", daemon=True)
    with _one_blas_thread(), _deaf():
        process.start()
    theirs.close()
    stack.callback(_end, process, ours)
    return _Worker(process.name, process, ours)


def _give_back() -> None:
    """What this process freed goes back to the system: glibc keeps some hundred megabytes; others know no such call."""
    with suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def _end(process: BaseProcess, pipe: connection.Connection) -> None:
    pipe.close()
    process.kill()
    process.join()


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Libraries of linear algebra read this when they are loaded: processes that each use all cores are in each other's way."""
    names = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _deaf() -> Iterator[None]:
    """Who is started here hears no signal from its first moment on: one to all processes is for the one who asked, who ends the others."""
    resource_tracker.ensure_running()  # which would be started with the first of them, and lets signals in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _life(start: Start[Any, Any, Any], pipe: connection.Connection) -> None:
    """A worker's: do what comes until the other end closes."""
    # The other end closes where nobody wants the rest. What cannot be done here is done, or told, there.
    with suppress(EOFError, ConnectionError):
        with open(recv_handle(pipe), "rb") as file:
            shared = mapped(file.fileno())
        try:
            with start(shared) as work:
                pipe.send_bytes(pickle.dumps(None))
                while True:
                    pipe.send_bytes(pickle.dumps(work(pickle.loads(pipe.recv_bytes())), protocol=5))
        except DigestError:
            sys.exit(1)
