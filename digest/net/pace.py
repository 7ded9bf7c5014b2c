"""A request pace shared by all processes of a user: arXiv asks for one request per three seconds, on one connection, from all together."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import SourceUnreachable, cure

ARXIV = ("arxiv.org",)
POLL = 0.1  # seconds between two attempts to take the lock from another process


class Pace:
    """Gives one turn at a time, with `seconds` between the starts of two turns; kept in a lock file in `folder`.

    The turn is held during the request, so that there is one connection, as arXiv's terms of use ask ("tou.md"). A process that dies gives
    up its turn. `patience` is how many seconds to wait for a turn while other processes have theirs.
    """

    def __init__(
        self,
        folder: Path,
        seconds: float,
        *,
        hosts: tuple[str, ...] = ARXIV,
        patience: float = 300.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._seconds, self._hosts, self._patience = folder, seconds, hosts, patience
        self._sleep, self._clock = sleep, clock

    def applies_to(self, host: str) -> bool:
        """Whether this host, or a domain above it, is one of `hosts`."""
        bare = host.rstrip(".").lower()
        return any(bare == name or bare.endswith(f".{name}") for name in self._hosts)

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for a turn and hold it. Raises SourceUnreachable if the lock file cannot be used, or others hold it for too long."""
        descriptor = self._open(host)
        try:
            with self._reporting(host):
                self._lock(descriptor, host)
                self._sleep_out(descriptor)
                os.pwrite(descriptor, f"{self._clock():020.6f}".encode(), 0)
            yield
        finally:
            os.close(descriptor)  # closing releases the lock

    def _open(self, host: str) -> int:
        with self._reporting(host):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # O_NOFOLLOW: somebody who can write to the folder must not make us open a file elsewhere.
            return os.open(self._folder / "arxiv.pace", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    @contextmanager
    def _reporting(self, host: str) -> Iterator[None]:
        """Turn an OSError on the lock file (a full disk, for example) into a failure of the host that the pace is for."""
        try:
            yield
        except OSError as error:
            hint = cure(error) or f"make {self._folder} a folder that you can write to, and see that its disk has room"
            raise SourceUnreachable(host, f"cannot keep its pace: {error.strerror}: {self._folder}", hint=hint) from error

    def _lock(self, descriptor: int, host: str) -> None:
        waited = 0.0
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if waited >= self._patience:
                    message = f"other processes have been asking it for {self._patience:.0f} s"
                    raise SourceUnreachable(host, message, hint="look for a digest that hangs") from error
            self._sleep(POLL)
            waited += POLL

    def _sleep_out(self, descriptor: int) -> None:
        try:
            last = float(os.pread(descriptor, 20, 0) or 0)
        except ValueError:  # a torn write; the file holds nothing else
            last = 0.0
        # A stamp from the future means that the clock was set back: one full pause is then enough.
        rest = min(self._seconds, last + self._seconds - self._clock())
        if rest > 0:
            self._sleep(rest)
