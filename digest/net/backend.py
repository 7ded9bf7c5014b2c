"""An httpcore network backend: connects only to allowed addresses, and enforces a deadline on every read and write.

httpx learns the peer's address only after the request was sent, restarts its time-outs with every byte, and has no limit on bytes; so these
three checks are made here, below it.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import httpcore
import httpx

from .addresses import is_public

CONNECT_PATIENCE = 10.0
"""Seconds for one of a host's addresses to accept, before the next one is tried."""

PIECE = 4096
"""Bytes handed to a connection at a time."""


class AddressRefused(Exception):
    """The host's address is not on the public internet; nothing was sent to it."""


class NotConnected(httpcore.ConnectError):
    """No connection could be made. httpcore's ConnectError also covers failures on one, such as TLS through a proxy."""


class OutOfTime(Exception):
    """The deadline passed."""


class TooManyBytes(Exception):
    """The server sent more bytes than allowed."""


class Deadline:
    """A moment after which everything stops; `seconds` counts from its creation."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.end = monotonic() + seconds

    def left(self) -> float:
        """Seconds that remain; 0 or less once it has passed."""
        return self.end - self._monotonic()

    def check(self) -> float:
        """Seconds that remain, always more than 0. Raises OutOfTime."""
        left = self.left()
        if left <= 0:
            raise OutOfTime
        return left


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to public addresses only (unless `allow_private`), within the deadline, and receives at most `max_bytes`.

    A name is resolved once and the connection goes to the address that was checked, so that a name which changes between check and connect
    (DNS rebinding) gains nothing; the peer's address is checked again before the first byte is sent.
    """

    def __init__(self, deadline: Deadline, max_bytes: int, *, allow_private: bool) -> None:
        self._deadline, self._max_bytes, self._allow_private = deadline, max_bytes, allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        found = resolve(host, port, self._deadline)
        allowed = [address for address in found if self._allow_private or is_public(address)]
        if not allowed:
            raise AddressRefused(found[0])
        failure: Exception | None = None
        for index, address in enumerate(allowed):
            patience = min(CONNECT_PATIENCE, self._deadline.check() / (len(allowed) - index))
            try:
                stream = self._inner.connect_tcp(address, port, patience, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return self._checked(stream)
        assert failure is not None
        raise NotConnected(str(failure)) from failure

    def _checked(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        try:
            peer = str(stream.get_extra_info("server_addr")[0])
        except OSError as error:  # the peer has already gone
            stream.close()
            raise NotConnected(str(error)) from error
        if not self._allow_private and not is_public(peer):
            stream.close()
            raise AddressRefused(peer)
        return TimedStream(stream, self._deadline, self._max_bytes)


class TimedStream(httpcore.NetworkStream):
    """A connection whose reads and writes end at the deadline, and that counts the bytes it receives."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, max_bytes: int) -> None:
        self._stream, self._deadline, self._left = stream, deadline, max_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._deadline.check())
        self._left -= len(data)
        if self._left < 0:
            raise TooManyBytes
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces: the underlying stream restarts its time-out whenever a slow reader takes a little.
        for start in range(0, len(buffer), PIECE):
            self._stream.write(buffer[start : start + PIECE], self._deadline.check())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.check())
        return TimedStream(secured, self._deadline, self._left)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """An httpx transport over an httpcore pool; httpcore's exceptions pass through, for the client to translate."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.read(),
            )
        )
        assert isinstance(answer.stream, Iterable)  # a synchronous pool answers with a synchronous stream
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream), request=request)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """Wraps an httpcore stream for httpx."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


def resolve(host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """A host's addresses, in the system's order. Raises OutOfTime, or NotConnected if it has none.

    The system's resolver cannot be interrupted and may take half a minute, so it runs in a thread that is abandoned at the deadline.
    """
    answers: queue.SimpleQueue[tuple[str, ...] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(tuple(dict.fromkeys(str(where[0]) for *_, where in found)))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
            answers.put(error)

    threading.Thread(target=ask, name="digest-resolve", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.check())
    except queue.Empty:
        raise OutOfTime from None
    if isinstance(found, Exception) or not found:
        raise NotConnected(f"its name cannot be resolved: {found}")
    return found
