"""A connection opened and encrypted without ever waiting deaf: whoever wants to stop is heard twice a second."""

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

_GLANCE = 0.5  # seconds between two looks whether somebody asked to stop


def dial(host: str, port: int, timeout: float, is_stopped: Callable[[], bool]) -> socket.socket:
    """A connection to the first of the host's addresses that answers within `timeout` seconds each.

    Raises OSError, the last address's, where none does; Interrupted as soon as `is_stopped`.
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
    """What the name server says; it is asked in a thread of its own, which can be left waiting. Raises OSError, Interrupted."""
    answers: SimpleQueue[Sequence[tuple[int, int, int, str, object]] | Exception] = SimpleQueue()
    here, there = socket.socketpair()  # to wait for the answer as for any other

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001  it is raised again below, where it was asked
            answers.put(error)
        there.close()

    threading.Thread(target=ask, name="name server", daemon=True).start()
    with here:
        while not is_stopped():
            if readable(here, _GLANCE):
                answer = answers.get()
                if isinstance(answer, Exception):
                    raise answer
                return answer
    raise Interrupted


def _connect(connection: socket.socket, address: object, deadline: float, is_stopped: Callable[[], bool]) -> None:
    connection.setblocking(False)
    code = connection.connect_ex(address)  # type: ignore[arg-type]  # whatever this family's addresses are
    if code in (errno.EINPROGRESS, errno.EWOULDBLOCK):
        _wait(connection, deadline, is_stopped, for_writing=True)
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def encrypt(
    connection: socket.socket, context: ssl.SSLContext, host: str, timeout: float, is_stopped: Callable[[], bool]
) -> ssl.SSLSocket:
    """The connection, encrypted within `timeout` seconds.

    Raises OSError (ssl.SSLError among them), and Interrupted as soon as `is_stopped`; the connection is closed then.
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
        if wait(connection, min(left, _GLANCE)):
            return
