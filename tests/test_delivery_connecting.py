"""Connections that hang: who asks to stop is heard, and what never answers has its time."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest

from digest.delivery.connecting import dial, encrypt
from digest.delivery.transport import Interrupted


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that takes no connection any more: its queue is full."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port: int = listening.getsockname()[1]
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield port


def never() -> bool:
    return False


def always() -> bool:
    return True


def after(looks: int) -> Iterator[bool]:
    yield from (False for _ in range(looks))
    while True:
        yield True


def port_of(server: socket.socket) -> int:
    port: int = server.getsockname()[1]
    return port


def test_a_connection_can_be_made(silent: socket.socket) -> None:
    with dial("127.0.0.1", port_of(silent), 7, never) as connection:
        assert connection.getpeername() == silent.getsockname()


def test_a_connection_that_hangs_ends_when_somebody_asks_to_stop(deaf: int) -> None:
    looks = after(1)
    with pytest.raises(Interrupted):
        dial("127.0.0.1", deaf, 600, lambda: next(looks))


def test_a_connection_that_hangs_ends_after_its_time(deaf: int) -> None:
    with pytest.raises(TimeoutError):
        dial("127.0.0.1", deaf, 0.05, never)


def test_a_name_server_that_hangs_ends_when_somebody_asks_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, end = after(2), threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: end.wait(30) and [])
    began = time.monotonic()
    with pytest.raises(Interrupted):
        dial("mail.example.org", 25, 600, lambda: next(looks))
    end.set()

    assert time.monotonic() - began < 10


def test_a_host_without_an_address_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(socket.gaierror):
        dial("mail.example.org", 25, 600, never)


def test_a_refused_connection_says_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            dial("127.0.0.1", port_of(unused), 5, never)


def test_the_next_address_is_tried_where_the_first_refuses(silent: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (port_of(unused), port_of(silent))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with dial("mail.example.org", 25, 5, never) as connection:
            assert connection.getpeername() == silent.getsockname()


def test_the_next_address_is_tried_where_this_machine_cannot_speak_the_first(
    silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = (99, socket.SOCK_STREAM, 6, "", ("::1", port_of(silent)))  # as IPv6 is where it is switched off
    found = [other, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port_of(silent)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with dial("mail.example.org", 25, 5, never) as connection:
        assert connection.getpeername() == silent.getsockname()


def test_a_handshake_that_hangs_ends_when_somebody_asks_to_stop(silent: socket.socket) -> None:
    looks = after(1)
    connection = dial("127.0.0.1", port_of(silent), 5, never)
    with pytest.raises(Interrupted):
        encrypt(connection, ssl.create_default_context(), "127.0.0.1", 600, lambda: next(looks))
    assert connection.fileno() == -1


def test_a_handshake_that_hangs_ends_after_its_time(silent: socket.socket) -> None:
    connection = dial("127.0.0.1", port_of(silent), 5, never)
    with pytest.raises(TimeoutError):
        encrypt(connection, ssl.create_default_context(), "127.0.0.1", 0.05, never)


def test_nobody_is_called_once_somebody_asked_to_stop(deaf: int) -> None:
    with pytest.raises(Interrupted):
        dial("127.0.0.1", deaf, 600, always)
