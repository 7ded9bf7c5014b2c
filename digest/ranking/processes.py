"""Runs tasks in several processes on one shared object, written to a file that all of them map, so its arrays are in memory once."""

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
"""Called once in each process with the shared object; its context manager yields the function for the tasks."""


def by_several(
    ready: Callable[[], Shared], start: Start[Shared, Task, Result], tasks: Iterable[Task], count: int
) -> Iterator[tuple[int, Result]]:
    """Run the tasks in `count` processes; yields (task number, result) as they finish. Tasks are consumed as they are needed.

    `ready` makes the shared object here while the processes start; it is freed here once it is written to the file. `start`, tasks and
    results are sent between processes, so they must be picklable. Raises WorkerDied if a process cannot be started, or, after the others
    have done the remaining tasks, if one died. Closing the iterator ends all processes.
    """
    numbered = enumerate(tasks)
    died: WorkerDied | None = None
    with _running_workers(ready, start, count) as workers:
        following = next(numbered, None)
        while True:
            for worker in workers:
                if worker.task is None and following is not None:
                    worker.give(*following)
                    following = next(numbered, None)
            busy = {worker.pipe: worker for worker in workers if worker.task is not None}
            if not busy:
                break
            # `wait` also returns pipes whose other end is closed, so a death is noticed at once.
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
    """One process and our end of its pipe; `task` is the number of its current task, None when it is idle."""

    name: str
    process: BaseProcess
    pipe: connection.Connection
    task: int | None = None

    def begin(self, descriptor: int) -> None:
        """Send the descriptor of the file to map, and so start the worker; if it has died, `take` raises."""
        with suppress(OSError, RuntimeError):  # on macOS it waits for the worker's acknowledgement, which a dead one never sends
            send_handle(self.pipe, descriptor, self.process.pid)
        self.task = _START

    def give(self, number: int, task: object) -> None:
        """Send a task; this does not block, as the worker is waiting for one. If it has died, `take` raises."""
        with suppress(OSError):
            self.pipe.send_bytes(pickle.dumps(task, protocol=5))
        self.task = number

    def take(self) -> tuple[int, Any]:
        """Wait for the current task; returns its number and its result. Raises WorkerDied if the process ended."""
        try:
            done = self.pipe.recv_bytes()
        except (EOFError, OSError) as error:
            self.process.join(5)
            raise WorkerDied(self.name, f"ended with status {self.process.exitcode} before its work was done") from error
        number, self.task = self.task, None
        assert number is not None, "only busy workers are waited for"
        return number, pickle.loads(done)


@contextmanager
def _running_workers(ready: Callable[[], object], start: Callable[..., object], count: int) -> Iterator[list[_Worker]]:
    """The worker processes, once all have mapped the shared object; they start while it is made and written."""
    with ExitStack() as stack:
        try:
            with TemporaryFile() as file:  # it has no name, so nothing stays behind, however this process ends
                workers = [_started(start, number, stack) for number in range(1, count + 1)]
                write(ready(), file)
                _return_freed_memory()
                for worker in workers:
                    worker.begin(file.fileno())
                for worker in workers:
                    worker.take()
        except OSError as error:  # no space for the file, or no further process allowed
            raise WorkerDied("other processes", f"could not be started: {error}") from error
        yield workers


def _started(start: Callable[..., object], number: int, stack: ExitStack) -> _Worker:
    """A started process that waits for the file; closing the stack ends it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_worker_main, args=(start, theirs), name=f"worker {number}", daemon=True)
    with _one_blas_thread(), _signals_blocked():
        process.start()
    theirs.close()
    stack.callback(_end, process, ours)
    return _Worker(process.name, process, ours)


def _return_freed_memory() -> None:
    """Return freed memory to the system: glibc keeps some hundred megabytes. Other C libraries have no such call."""
    with suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def _end(process: BaseProcess, pipe: connection.Connection) -> None:
    pipe.close()
    process.kill()
    process.join()


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread in processes started in the block: several processes that each use all cores slow each other down.

    The libraries read these variables when they are loaded.
    """
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
def _signals_blocked() -> Iterator[None]:
    """Block signals from the first moment in processes started here: one sent to the whole group is for the parent, which ends them."""
    resource_tracker.ensure_running()  # it would otherwise be started with the first worker, and would unblock the signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _worker_main(start: Start[Any, Any, Any], pipe: connection.Connection) -> None:
    """The main function of a worker: do tasks until the parent closes its end of the pipe."""
    # The parent closes it when it wants no more results. Failures here are handled, or reported, by the parent.
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
