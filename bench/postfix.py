"""Postfix's `smtp-sink` and `smtp-source`, the yardsticks of bench/delivery.py, and a proxy that answers late.

They are taken from the system, or from Debian's package, downloaded and unpacked (not installed) into a folder of its own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import socket
import subprocess
import tempfile
import time
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


class _Answers(asyncio.Protocol):
    """The server's side: what it says is passed on after the delay."""

    def __init__(self, client: asyncio.Transport, delay: float) -> None:
        self._client, self._delay, self._loop = client, delay, asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self._delay, self._client.write, data)

    def connection_lost(self, error: Exception | None) -> None:
        self._loop.call_later(self._delay, self._client.close)


class _Client(asyncio.Protocol):
    """The client's side: what it says is passed on at once."""

    def __init__(self, port: int, delay: float) -> None:
        self._port, self._delay = port, delay
        self._server: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._opening = asyncio.get_running_loop().create_task(self._open(transport))

    async def _open(self, client: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        self._server, _ = await loop.create_connection(lambda: _Answers(client, self._delay), "127.0.0.1", self._port)
        self._server.writelines(self._early)

    def data_received(self, data: bytes) -> None:
        if self._server is None:
            self._early.append(data)
        else:
            self._server.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._server is not None:
            self._server.close()


def _serve(listening: socket.socket, port: int, delay: float) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Client(port, delay), sock=listening)
        await server.serve_forever()

    asyncio.run(serve())


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
