"""Readers ranked in blocks, by several processes where that pays: the ground is one file that all of them map, results come in order."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Generic, TypeVar

from ..errors import WorkerDied
from ..model import Profile
from .ground import Ground
from .ordering import Ranking, order
from .sharing import mapped, write
from .together import each

Result = TypeVar("Result")
Choose = Callable[[Ranking, int], Result]
"""What is wanted of a block: its ranking, and the place of its first profile among all."""

BLOCK = 128
"""Profiles scored at once: the numbers of so many stay near the processor."""

HANDED = 4
"""Blocks that a process is given at a time."""

FEW = 2_000
"""Readers for whom starting processes takes longer than ranking them."""

AHEAD = 4
"""Results that may wait for an earlier one, for each process."""


def ranked(ground: Ground, profiles: Iterable[Profile], choose: Choose[Result], *, workers: int = 1, few: int = FEW) -> Iterator[Result]:
    """What `choose` makes of each block of profiles, in their order; profiles are taken as they are needed.

    With more than one worker and at least `few` readers, `choose` and what it gives travel between processes, so both can be pickled.
    A process that ends before its time raises WorkerDied; leaving the iterator ends all of them.
    """
    rest = iter(profiles)
    first = tuple(islice(rest, few))
    blocks = _blocks(chain(first, rest), BLOCK)
    if workers < 2:
        yield from (choose(order(ground, block), at) for at, block in blocks)
        return
    if len(first) < few:
        ground.prepare(first)
        yield from each(lambda block: choose(order(ground, block[1]), block[0]), blocks, workers)
        return
    with _crew(ground, first, choose, workers) as crew:
        yield from crew.results(_handed(blocks))


def _blocks(profiles: Iterator[Profile], size: int) -> Iterator[tuple[int, tuple[Profile, ...]]]:
    at = 0
    while block := tuple(islice(profiles, size)):
        yield at, block
        at += len(block)


def _handed(blocks: Iterator[tuple[int, tuple[Profile, ...]]]) -> Iterator[bytes]:
    while some := tuple(islice(blocks, HANDED)):
        yield pickle.dumps(some, protocol=5)


@dataclass(eq=False)
class _Worker:
    """One process and our end of its pipe; `task` is the number of what it is busy with, −1 while it starts, None when it is idle."""

    name: str
    process: BaseProcess
    pipe: connection.Connection
    task: int | None = -1

    def died(self) -> WorkerDied:
        self.process.join(5)
        return WorkerDied(self.name, f"ended with status {self.process.exitcode} before its work was done")

    def give(self, task: int, work: bytes) -> None:
        """It is waiting for work, so this does not block."""
        try:
            self.pipe.send_bytes(work)
        except OSError as error:
            raise self.died() from error
        self.task = task

    def take(self) -> bytes:
        """What it made of its task, when that is done."""
        try:
            return self.pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise self.died() from error


class _Crew(Generic[Result]):
    """Processes that each wait for work, rank it and answer."""

    def __init__(self, workers: Sequence[_Worker]) -> None:
        self.workers = workers

    def results(self, work: Iterator[bytes]) -> Iterator[Result]:
        """The results of all the work, in order; a worker is given its next task before the last one's result is looked at."""
        done: dict[int, bytes] = {}
        given = shown = 0
        following = next(work, None)
        while True:
            for worker in self.workers:
                if worker.task is None and following is not None and given < shown + AHEAD * len(self.workers):
                    worker.give(given, following)
                    given, following = given + 1, next(work, None)
            busy = {worker.pipe: worker for worker in self.workers if worker.task is not None}
            if shown in done:
                yield from pickle.loads(done.pop(shown))
                shown += 1
            elif busy:
                # A pipe whose other end is gone is ready, too: a death is noticed at once.
                for pipe in connection.wait(busy):
                    worker = busy[pipe]  # type: ignore[index]  # what went in comes out
                    done[worker.task or 0] = worker.take()
                    done.pop(-1, None)
                    worker.task = None
            elif following is None:
                return


@contextmanager
def _crew(ground: Ground, first: Iterable[Profile], choose: Choose[Result], count: int) -> Iterator[_Crew[Result]]:
    """Processes that have the ground: they start while it is made ready for the first readers and written."""
    with tempfile.TemporaryDirectory(prefix="digest-") as folder, ExitStack() as stack:
        path = Path(folder) / "ground"
        _give_back()
        context = get_context("spawn")
        workers = []
        with _one_blas_thread():
            for number in range(1, count + 1):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(path, theirs), name=f"ranking worker {number}", daemon=True)
                process.start()
                theirs.close()
                workers.append(_Worker(process.name, process, ours))
                stack.callback(_end, process, ours)
        ground.prepare(first)
        write((ground, choose), path)
        # The same numbers, so that they are in memory once.
        vars(ground).update(vars(mapped(path)[0]))
        _give_back()
        for worker in workers:
            worker.give(-1, b"")
        yield _Crew(workers)


def _give_back() -> None:
    """What this process freed goes back to the system: glibc keeps some hundred megabytes; others know no such call."""
    with suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def _end(process: BaseProcess, pipe: connection.Connection) -> None:
    pipe.close()
    process.terminate()
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


def _work(path: Path, pipe: connection.Connection) -> None:
    """The life of a worker: rank what comes until the other end closes. An interrupt is for the one who asked, who ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    came = _received(pipe)
    if next(came, None) is None:
        return
    ground, choose = mapped(path)  # it is there: this is what came
    pipe.send_bytes(b"")
    for work in came:
        pipe.send_bytes(pickle.dumps([choose(order(ground, block), at) for at, block in pickle.loads(work)], protocol=5))


def _received(pipe: connection.Connection) -> Iterator[bytes]:
    with suppress(EOFError):
        while True:
            yield pipe.recv_bytes()
