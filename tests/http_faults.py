"""A raw HTTP server for tests, on a port the system chose: it plays, per path, whatever bytes it is told, as slowly or as wrongly as told.

    with HttpFaults({"/feed": page(b"…", etag='"1"')}) as server:
        net.get(server.url("/feed"), allow_private=True)
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Asked:
    """One request: its target, its headers, names in lower case, its method and its body."""

    target: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""


Play = Callable[[socket.socket, Asked], None]


def page(body: bytes = b"", status: str = "200 OK", **headers: str) -> Play:
    """Answers with that body; `etag="x"` is sent as ETag, `retry_after` as Retry-After."""
    named = {"Content-Length": str(len(body)), **{k.replace("_", "-").title(): v for k, v in headers.items()}}
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in named.items()) + "\r\n"
    return raw(head.encode() + body)


def raw(data: bytes) -> Play:
    """Sends these bytes and closes."""
    return lambda connection, asked: connection.sendall(data)


def turns(*plays: Play) -> Play:
    """One after the other, the last one for ever."""
    waiting = list(plays)
    return lambda connection, asked: (waiting.pop(0) if len(waiting) > 1 else waiting[0])(connection, asked)


def drip(head: bytes, chunk: bytes, stop: threading.Event, pause: float = 0.02) -> Play:
    """Sends the head, then the chunk again and again with pauses until the client leaves or the test ends."""

    def play(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(head)
        while not stop.wait(pause):
            connection.sendall(chunk)

    return play


def flood(head: bytes, chunk: bytes, stop: threading.Event) -> Play:
    """As `drip`, without pauses."""

    def play(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(head)
        while not stop.is_set():
            connection.sendall(chunk)

    return play


class HttpFaults:
    """Serves `pages` (path → play); other paths are a 404. What was asked for is kept in `asked`, connections in `connections`."""

    def __init__(self, pages: Mapping[str, Play] | None = None, *, cert: Path | None = None, key: Path | None = None) -> None:
        self.pages: dict[str, Play] = dict(pages or {})
        self.asked: list[Asked] = []
        self.connections = 0
        self.stop = threading.Event()
        self._tls: ssl.SSLContext | None = None
        if cert is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(cert, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.append(connection)
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            asked = self._hear(connection)
            if asked is not None:
                self.asked.append(asked)
                play = self.pages.get(asked.target.partition("?")[0], page(b"gone", "404 Not Found"))
                play(connection, asked)
        except OSError:
            pass  # the client left, as it should from many of these plays
        finally:
            connection.close()

    @staticmethod
    def _hear(connection: socket.socket) -> Asked | None:
        data = b""
        while b"\r\n\r\n" not in data:
            some = connection.recv(65536)
            if not some:
                return None
            data += some
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")) and (some := connection.recv(65536)):
            body += some
        method, target, *_ = first.split(" ")
        return Asked(target, headers, method, body)
