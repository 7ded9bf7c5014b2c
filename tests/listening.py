"""A door on 127.0.0.1, on a port the system chose: whoever connects is served in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable


class Door:
    """Asks `greet` of each connection, in their order and with its number from 1 on, what to do with it, and does so in a thread.

    A client that leaves ends that, as does what `ends` names. What else is raised is told when the door is closed: a broken test must not
    look like a broken client.
    """

    def __init__(self, greet: Callable[[socket.socket, int], Callable[[], None]], ends: type[Exception] = OSError) -> None:
        self._greet, self._ends = greet, ends
        self.connections = 0
        self._crashes: list[BaseException] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="door", daemon=True)
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """Let clients in."""
        self._accepting.start()

    def close(self, connections: Iterable[socket.socket]) -> None:
        """Let nobody in any more, hang up on these, and wait for their threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(10)
        for connection in tuple(connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        assert not self._crashes, self._crashes

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            serve = self._greet(connection, self.connections)
            thread = threading.Thread(target=self._served, args=(connection, serve), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _served(self, connection: socket.socket, serve: Callable[[], None]) -> None:
        try:
            serve()
        except (self._ends, OSError):
            pass
        except BaseException as crash:  # noqa: BLE001  shown when the door is closed
            self._crashes.append(crash)
        finally:
            connection.close()
