"""A mail server that accepts everything and keeps nothing, in a process of its own, so that a bench measures the sender."""

from __future__ import annotations

import multiprocessing
import socket
import socketserver
from types import TracebackType
from typing import Self


class _Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
                with self.server.taken.get_lock():  # type: ignore[attr-defined]
                    self.server.taken.value += 1  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            elif verb == b"EHLO":
                self.wfile.write(b"250-sink\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n")
            else:
                self.wfile.write(b"250 ok\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _serve(listening: socket.socket, taken: object) -> None:
    server = _Server(("127.0.0.1", 0), _Session, bind_and_activate=False)
    server.socket = listening
    server.taken = taken  # type: ignore[attr-defined]
    server.serve_forever()


class Sink:
    """`with Sink() as sink:` listens on 127.0.0.1:`sink.port`; `sink.count` letters were taken so far."""

    def __enter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = listening.getsockname()[1]
        self._taken = multiprocessing.Value("i", 0)
        self._process = multiprocessing.get_context("fork").Process(target=_serve, args=(listening, self._taken), daemon=True)
        self._process.start()
        listening.close()
        return self

    @property
    def count(self) -> int:
        return int(self._taken.value)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.join()
