"""Commands of digest, each in a process of its own, forked from one that has digest imported: no seconds of imports for each.

`forge_process.py` is that process, `Forge` talks to it. What happens at a fresh start (imports, how it was called) is tested elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Done:
    """How a process ended: its exit status (−9 where it was killed), and what it printed."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a child is to meet with.

    `signal` is what it sends itself "before" or "after" (`when`) the `count`-th call of `place`: "module:function", "module:class.method"
    or "commit". `patience` is how many seconds it waits for the database, `timeout` for a server; `user` is who it runs as. `terminal`
    says that what it reads from is a terminal, which becomes its own. `code` is Python that it runs with the arguments instead of `digest`.
    """

    place: str = ""
    when: str = "before"
    count: int = 1
    signal: int = 0
    patience: float | None = None
    timeout: float | None = None
    user: str = ""
    terminal: bool = False
    code: str = ""


class Running:
    """A command on its way."""

    def __init__(self, connection: socket.socket, out: Path, err: Path) -> None:
        self._connection, self._out, self._err = connection, out, err
        self._done: Done | None = None
        self._lines = connection.makefile("r", encoding="utf-8")
        self.pid = int(self._lines.readline())

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal; nothing happens where it has ended."""
        if self._done is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def ended(self, seconds: float = 60.0) -> Done:
        """Wait for its end."""
        if self._done is not None:
            return self._done
        self._connection.settimeout(seconds)
        try:
            status = int(self._lines.readline())
        except TimeoutError:
            self.kill()
            raise AssertionError(f"it did not end within {seconds} s: {self._err.read_text()}") from None
        finally:
            self._lines.close()
            self._connection.close()
        self._done = Done(status, self._out.read_text(encoding="utf-8"), self._err.read_text(encoding="utf-8"))
        return self._done


class Forge:
    """Starts commands, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._address = str(folder / "forge")
        self._started = 0
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("DIGEST_") and "proxy" not in k.lower()}
        self.environment |= {"OPENBLAS_NUM_THREADS": "1", "HOME": str(folder), "COLUMNS": "160"}

    def start(
        self,
        cwd: Path,
        *arguments: str,
        orders: Orders | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> Running:
        """`digest ARGUMENTS` in that folder, with nothing to read unless from `stdin`; `environment` is added to what the forge has.

        These are file descriptors; what is printed to `stdout` and `stderr`, at once, is not in what is `Done`.
        """
        self._started += 1
        out, err = self._folder / f"{self._started}.out", self._folder / f"{self._started}.err"
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        job = {
            "arguments": arguments,
            "cwd": str(cwd),
            "environment": {**self.environment, **(environment or {})},
            "orders": asdict(orders) if orders else None,
        }
        with open(os.devnull) as nothing, out.open("w") as printed, err.open("w") as errors:
            given = ((stdin, nothing), (stdout, printed), (stderr, errors))
            streams = [usual.fileno() if stream is None else stream for stream, usual in given]
            socket.send_fds(connection, [json.dumps(job).encode() + b"\n"], streams)
            return Running(connection, out, err)

    @property
    def command(self) -> str:
        """What a shell calls `digest` by; its streams, folder and environment are the caller's."""
        return shlex.join([sys.executable, "-I", "-S", str(HERE / "forge_client.py"), self._address])

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.forge_process", self._address]
        self._process = subprocess.Popen(command, env=self.environment, cwd=HERE.parent, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()
