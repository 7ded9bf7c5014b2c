"""Postfix's `smtp-sink` and `smtp-source`, the yardsticks of bench/delivery.py, and a proxy that answers late.

They are taken from the system, or from Debian's package, downloaded and unpacked (not installed) into a folder of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

_FOLDER = Path(tempfile.gettempdir()) / "digest-bench-postfix"


def program(name: str) -> str:
    """The path of one of Postfix's programs; downloads the package where it is not there. Exits where that cannot be done."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:{_FOLDER / 'usr/sbin'}")
    if found is None:
        _FOLDER.mkdir(exist_ok=True)
        for command in (["apt-get", "download", "postfix"], ["sh", "-c", "dpkg -x postfix_*.deb ."]):
            if subprocess.run(command, cwd=_FOLDER, capture_output=True, check=False).returncode:
                raise SystemExit(f"{name} is missing: install Debian's package postfix, or put the program into PATH")
        found = str(_FOLDER / "usr/sbin" / name)
    return found


def _environment() -> dict[str, str]:
    """Where an unpacked program finds its libraries."""
    return {**os.environ, "LD_LIBRARY_PATH": str(_FOLDER / "usr/lib/postfix")}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Sink:
    """`with Sink() as sink:` takes every letter on 127.0.0.1:`sink.port` and keeps none."""

    def __enter__(self) -> Self:
        self.port = _free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen([program("smtp-sink"), *user, f"127.0.0.1:{self.port}", "1024"], env=_environment())
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self
        raise SystemExit("smtp-sink did not start")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()


def source(port: int, letters: int, size: int, sessions: int = 20) -> float:
    """Letters a second that smtp-source hands to the sink, `size` octets each, over so many sessions at a time."""
    command = [program("smtp-source"), "-s", str(sessions), "-m", str(letters), "-l", str(size), f"127.0.0.1:{port}"]
    started = time.perf_counter()
    subprocess.run(command, check=True, env=_environment())
    return letters / (time.perf_counter() - started)


class _Proxy:
    """Passes on what clients say at once, and what the server says after the delay.

    It shares the cores with what is measured, so it costs little: octets are copied into one place and out of it. Its clock is that of
    `select`, as epoll's, which asyncio has, makes a whole millisecond of each that has begun.
    """

    def __init__(self, port: int, delay: float) -> None:
        self._port, self._delay = port, delay
        self._selector = selectors.SelectSelector()
        self._late: deque[tuple[float, socket.socket, bytes]] = deque()  # in their order, as each has the same delay
        self._room = memoryview(bytearray(1 << 18))

    def serve(self, listening: socket.socket) -> None:
        """For ever."""
        self._listen(listening, partial(self._accept, listening))
        while True:
            for key, _ in self._selector.select(max(0.0, self._late[0][0] - time.monotonic()) if self._late else None):
                key.data()
            while self._late and self._late[0][0] <= time.monotonic():
                _, client, said = self._late.popleft()
                _pass_on(client, said)

    def _listen(self, end: socket.socket, heard: Callable[[], None]) -> None:
        self._selector.register(end, selectors.EVENT_READ, heard)

    def _accept(self, listening: socket.socket) -> None:
        client, server = listening.accept()[0], socket.create_connection(("127.0.0.1", self._port))
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)  # a letter has room, so nobody waits for it to be read
        self._listen(client, lambda: _pass_on(server, self._heard(client)))
        self._listen(server, lambda: self._late.append((time.monotonic() + self._delay, client, bytes(self._heard(server)))))

    def _heard(self, end: socket.socket) -> memoryview:
        try:
            size = end.recv_into(self._room)
        except ConnectionError:
            size = 0
        if not size:
            self._selector.unregister(end)
        return self._room[:size]


def _pass_on(end: socket.socket, said: bytes | memoryview) -> None:
    """Say it there; nothing is a good-bye."""
    with suppress(OSError):  # it has hung up
        if said:
            end.sendall(said)
        else:
            end.shutdown(socket.SHUT_WR)


def _serve(listening: socket.socket, port: int, delay: float) -> None:
    _Proxy(port, delay).serve(listening)


class Late:
    """`with Late(port, 0.02) as late:` passes everything on to that port, and each reply back 20 ms late."""

    def __init__(self, port: int, delay: float) -> None:
        self._port, self._delay = port, delay

    def __enter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(listening.getsockname()[1])
        self._process = multiprocessing.get_context("fork").Process(target=_serve, args=(listening, self._port, self._delay), daemon=True)
        self._process.start()
        listening.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.join()
