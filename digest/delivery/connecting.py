"""Open and encrypt a connection so that every wait can be interrupted: a request to stop is noticed within half a second."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from .transport import Interrupted
from .turns import readable, writable

_STOP_CHECK_SECONDS = 0.5


def dial(host: str, port: int, timeout: float, is_stopped: Callable[[], bool]) -> socket.socket:
    """A connection to the first of the host's addresses that answers within `timeout` seconds each.

    Raises the last address's OSError if none does, and Interrupted as soon as `is_stopped`.
    """
    failure: OSError | None = None
    for family, kind, protocol, _, address in _addresses(host, port, is_stopped):
        try:
            connection = socket.socket(family, kind, protocol)  # fails where this machine has no IPv6
        except OSError as error:
            failure = error
            continue
        try:
            _connect(connection, address, time.monotonic() + timeout, is_stopped)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure or OSError(f"{host} has no address")


def _addresses(host: str, port: int, is_stopped: Callable[[], bool]) -> Sequence[tuple[int, int, int, str, object]]:
    """Look the host up in a thread of its own, which can be abandoned while it waits. Raises OSError, Interrupted."""
    answers: SimpleQueue[Sequence[tuple[int, int, int, str, object]] | Exception] = SimpleQueue()
    here, there = socket.socketpair()  # makes the thread's answer something `readable` can wait for

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001  raised again below, in the calling thread
            answers.put(error)
        there.close()

    threading.Thread(target=ask, name="name server", daemon=True).start()
    with here:
        while not is_stopped():
            if readable(here, _STOP_CHECK_SECONDS):
                answer = answers.get()
                if isinstance(answer, Exception):
                    raise answer
                return answer
    raise Interrupted


def _connect(connection: socket.socket, address: object, deadline: float, is_stopped: Callable[[], bool]) -> None:
    connection.setblocking(False)
    code = connection.connect_ex(address)  # type: ignore[arg-type]  # its type depends on the address family
    if code in (errno.EINPROGRESS, errno.EWOULDBLOCK):
        _wait(connection, deadline, is_stopped, for_writing=True)
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def encrypt(
    connection: socket.socket, context: ssl.SSLContext, host: str, timeout: float, is_stopped: Callable[[], bool]
) -> ssl.SSLSocket:
    """The connection, encrypted within `timeout` seconds.

    Raises OSError (including ssl.SSLError), and Interrupted as soon as `is_stopped`; either way the connection is closed.
    """
    deadline = time.monotonic() + timeout
    connection.setblocking(False)
    secure = context.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                _wait(secure, deadline, is_stopped)
            except ssl.SSLWantWriteError:
                _wait(secure, deadline, is_stopped, for_writing=True)
            else:
                return secure
    except BaseException:
        secure.close()
        raise


def _wait(connection: socket.socket, deadline: float, is_stopped: Callable[[], bool], *, for_writing: bool = False) -> None:
    """Wait until the connection can be read, or written to. Raises TimeoutError after the deadline."""
    wait = writable if for_writing else readable
    while True:
        if is_stopped():
            raise Interrupted
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        if wait(connection, min(left, _STOP_CHECK_SECONDS)):
            return
