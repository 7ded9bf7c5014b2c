"""arXiv's servers of a year on this machine, all at one port: feeds, pages of listings and the API, with all their faults, over HTTP.

One thread takes one connection after the other; who is to hear nothing is kept waiting beside the others.
"""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from datetime import date
from typing import Self
from urllib.parse import parse_qs, urlsplit

import year_pages as pages
from digest.enrichment.arxiv_details import ArxivDetails
from digest.model import SourceOptions
from digest.net import Net
from digest.sources.arxiv import Arxiv, make
from year_arxiv import ArXiv, Fault

PATIENCE = 3.0
"""Seconds that digest waits for an answer here; without load one takes some milliseconds."""
PATHS = {"atom": "feeds", "list": "pages", "api": "pages"}
REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Unavailable"}
ELSEWHERE = b"<!DOCTYPE html><html><body><h1>arXiv is down for maintenance</h1></body></html>"


class Server:
    """Serves one arXiv at `port` of 127.0.0.1; `answered` counts what it said, by status or fault."""

    def __init__(self, arxiv: ArXiv) -> None:
        self._arxiv = arxiv
        self.answered: Counter[str] = Counter()
        self._held: socket.socket | None = None
        # Bound and never listening, it keeps the port while the other, which listens there, is closed.
        self._keeper = self._bound(0)
        self.port: int = self._keeper.getsockname()[1]
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *failure: object) -> None:
        self.shut()
        self._hold(None)
        self._keeper.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def follow(self) -> None:
        """Take connections at this moment, or refuse them, as arXiv does."""
        if self._arxiv.is_off():
            self.shut()
        elif self._listener is None:
            self.open()

    def open(self) -> None:
        """Take connections."""
        self._listener = self._bound(self.port)
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._serve, args=(self._listener,), name="arxiv", daemon=True)
        self._thread.start()

    def shut(self) -> None:
        """Refuse connections."""
        if self._listener is not None and self._thread is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            self._listener.close()
            self._thread.join()
            self._listener = self._thread = None
            self.answered["refused"] += 1

    def _bound(self, port: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
        return made

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            is_over = True
            with suppress(OSError):
                is_over = self._converse(connection)
            if is_over:
                connection.close()
            else:
                self._hold(connection)

    def _hold(self, connection: socket.socket | None) -> None:
        """Keep that one open, and the one before no more."""
        if self._held is not None:
            self._held.close()
        self._held = connection

    def _converse(self, connection: socket.socket) -> bool:
        """Hear a request and answer it; False where the connection is to stay open in silence."""
        text = b""
        while b"\r\n\r\n" not in text:
            more = connection.recv(65536)
            if not more:
                return True
            text += more
        first, *lines = text.split(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        address = first.split(" ")[1]
        fault = self._arxiv.fault(PATHS.get(address.split("/")[1], "pages"), address)
        if fault is Fault.SILENCE:
            self.answered[fault] += 1
            return False
        if fault is Fault.RESET:
            self.answered[fault] += 1
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return True
        connection.sendall(self._answer(address, headers, fault))
        return True

    def _answer(self, address: str, headers: dict[str, str], fault: Fault | None) -> bytes:
        status = {Fault.BUSY: 503, Fault.BROKEN: 500, Fault.SLOW_DOWN: 429}.get(fault, 200) if fault else 200
        if status != 200:
            self.answered[str(status)] += 1
            return _reply(status, {"Retry-After": "120"} if status == 429 else {}, b"")
        body = self._body(address)
        if fault is Fault.OTHER:
            body = ELSEWHERE
        elif fault is Fault.CUT and body:
            body = body[: len(body) * 2 // 3]
        if body is None:
            self.answered["404"] += 1
            return _reply(404, {}, b"")
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if headers.get("if-none-match") == etag:
            self.answered["304"] += 1
            return _reply(304, {"ETag": etag}, b"")
        self.answered[fault or "200"] += 1
        whole = _reply(200, {"ETag": etag, "Content-Encoding": "gzip"}, gzip.compress(body, 1))
        return whole[:-40] if fault is Fault.SHORT else whole

    def _body(self, address: str) -> bytes | None:
        """What stands at an address; None for nothing."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path.strip("/").split("/"):
            case "atom", part if part in self._arxiv.parts:
                return pages.feed(part, *self._arxiv.feed(part))
            case "list", part, "new" if part in self._arxiv.parts:
                found = self._arxiv.newest(part)
                return pages.newest(*found) if found else None
            case "list", part, "pastweek" if part in self._arxiv.parts:
                return pages.past(self._arxiv.past(part))
            case "list", part, month if part in self._arxiv.parts:
                day = date.fromisoformat(f"{month}-01")
                return pages.month(day, self._arxiv.month(part, day), int(asked["skip"]), int(asked["show"]))
            case "api", "query":
                keys = [f"arxiv:{name}" for name in asked["id_list"].split(",")]
                return pages.answer(self._arxiv.known(key) for key in keys if key in self._arxiv.versions)
        return None


def _reply(status: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "Connection: close", "", ""]).encode() + body


def asking(server: Server, net: Net, arxiv: ArXiv) -> tuple[Arxiv, ArxivDetails]:
    """digest's own source and its details, asking that server."""
    options = SourceOptions(
        name="arxiv",
        kind="arxiv",
        categories=arxiv.parts,
        url=server.url("/atom/{category}"),
        listing_url=server.url("/list"),
        allow_private=True,
    )
    return make(options, net), ArxivDetails(net, server.url("/api/query"), allow_private=True, clock=lambda: arxiv.moment)
