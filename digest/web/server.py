"""Serve the site with uvicorn, with limits on how much and how long a client may take."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import UsageError, why

HEAD_BYTES = 16 * 1024
"""The most a request's line and headers may be."""
HEAD_SECONDS = 10.0
"""How long they may take to arrive."""
ANSWER_SECONDS = 60.0
"""How long a client may take nothing of what lies here for it, because the system has some hundred kilobytes in hand already."""
CONNECTIONS = 300
"""Open at a time; further ones are answered 503."""
WAITING = 100
"""Connections that wait to be let in. asyncio lets in so many at once, before any is hung up on; uvicorn's 2,048 are more than the files
that may be open, and each that finds none is a trace in the log, again every second."""
SPARE = WAITING + 20
"""If fewer than these are left, the client that keeps us waiting longest is hung up on for each that comes. That takes a moment, in which
all that waited may have been let in: a visitor among them is not answered 503."""
FILES = 1024
"""How many files are enough; where fewer may be open (macOS begins with 256), the system is asked for these."""
KEEP_ALIVE_SECONDS = 5
STOP_SECONDS = 5


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to that address; port 0 takes a free one. Raises UsageError if the address is not available."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        reason = why(error) if isinstance(error, OSError) else "it cannot be a name"
        raise UsageError(host, f"not an address of this machine: {reason}", hint="leave --host away to serve on 127.0.0.1") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        hint = "stop what listens there, or choose another --port" if port else "choose another --host"
        raise UsageError(f"{host}:{port}", f"cannot listen: {error.strerror}", hint=hint) from error
    return listener


def serve(app: Starlette, listener: socket.socket) -> None:
    """Answer requests until SIGTERM, Ctrl-C or SIGHUP (the terminal was closed); requests in progress are finished first."""
    # uvicorn ends by raising again the signal that ended it; this way both reach us as KeyboardInterrupt, and the catalog is closed.
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, signal.default_int_handler)}
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup has it ignored
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    _ask_for_files()
    try:
        uvicorn.Server(limited(app)).run(sockets=[listener])
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask_for_files() -> None:
    """Raise this process's limit of open files to FILES, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


class ImpatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with time-outs for clients that never finish a request or never read the answer; uvicorn has none."""

    head_seconds = HEAD_SECONDS
    answer_seconds = ANSWER_SECONDS

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._patience: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the class above declares it
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # writing pauses as soon as anything lies here, and goes on when nothing does
        self._wait_for_head()
        self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_head()
        else:
            self._stop_waiting()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_taker()

    def resume_writing(self) -> None:
        self._take()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._take()
        super().connection_lost(exc)

    def _make_room(self) -> None:
        """Close the connection that has kept us waiting longest: one client's silent connections would otherwise lock everybody out."""
        if self.limit_concurrency is None or len(self.connections) <= self.limit_concurrency - SPARE:
            return
        others = [one for one in self.connections if isinstance(one, ImpatientProtocol) and one is not self and one._is_awaited()]
        if others:
            min(others, key=lambda one: one._since).transport.abort()

    def _is_awaited(self) -> bool:
        """Whether we are waiting for the client: no request has begun, or it has not arrived completely."""
        is_asked = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        return not is_asked and not self.transport.is_closing()

    def _wait_for_taker(self) -> None:
        self._untaken = self.loop.call_later(self.answer_seconds, self._look_at_taker, self.transport.get_write_buffer_size())

    def _look_at_taker(self, lay: int) -> None:
        if self.transport.get_write_buffer_size() < lay:
            self._wait_for_taker()
        else:
            self.transport.abort()  # closing would still wait until all is taken

    def _take(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._since = self.loop.time()
            self._patience = self.loop.call_later(self.head_seconds, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def limited(app: Starlette, protocol: type[asyncio.Protocol] = ImpatientProtocol) -> uvicorn.Config:
    """uvicorn's settings: the limits above, no log line that holds an address, no trust in a proxy's headers."""
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,  # its lines hold whole addresses, and ours hold tokens
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        backlog=WAITING,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
