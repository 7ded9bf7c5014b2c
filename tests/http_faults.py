"""A raw HTTP server for tests, on a port the system chose: it plays, per path, whatever bytes it is told, as slowly or as wrongly as told.

    with HttpFaults({"/feed": page(b"…", etag='"1"')}) as server:
        net.get(server.url("/feed"), allow_private=True)
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from .listening import Door


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
        self.stop = threading.Event()
        self._tls: ssl.SSLContext | None = None
        if cert is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(cert, key)
        self._door = Door(lambda connection, _: partial(self._serve, connection))
        self.port = self._door.port
        self._open: list[socket.socket] = []

    @property
    def connections(self) -> int:
        return self._door.connections

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def __enter__(self) -> Self:
        self._door.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop.set()
        self._door.close(self._open)

    def _serve(self, connection: socket.socket) -> None:
        self._open.append(connection)
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
        with connection:
            asked = self._hear(connection)
            if asked is not None:
                self.asked.append(asked)
                play = self.pages.get(asked.target.partition("?")[0], page(b"gone", "404 Not Found"))
                play(connection, asked)

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
