"""An SMTP server that does to a client whatever a test wants done, and keeps a journal of what it stored and whether it could say so.

    def fault(at: At) -> Act | None:                   # None: as a server should
        return drops(keeps=True) if (at.stage, at.letter) == (".", 3) else None

    with Wire(fault) as wire:                          # wire.port, wire.kept
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from functools import partial
from types import TracebackType
from typing import Self

from ..listening import Door


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter that was stored; `is_told`: the server said so, and the client was still there."""

    to: str
    message_id: str
    content: bytes
    is_told: bool


@dataclass(frozen=True, slots=True)
class At:
    """Where a conversation is: before the answer to `stage` (a verb, "" for the greeting, "text" within the letter, "." at its end).

    `letter` counts the letters begun over all connections, `connection` the connections, `tries` how often `to` was asked for at RCPT.
    """

    stage: str
    connection: int
    letter: int = 0
    to: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """What happens instead of the usual: a reply, the end of the connection ("close", "reset"), or silence until the client hangs up.

    `waits` seconds pass first; `drips` is how many pass between two octets of the reply. At the dot `keeps` says whether the letter is
    stored.
    """

    says: str | None = None
    end: str = ""
    keeps: bool = False
    waits: float = 0.0
    drips: float = 0.0


Fault = Callable[[At], Act | None]


def says(reply: str, *, end: str = "", keeps: bool = False) -> Act:
    """Another reply than the usual."""
    return Act(reply, end, keeps)


def drops(*, keeps: bool = False) -> Act:
    """The connection is closed without a word."""
    return Act(end="close", keeps=keeps)


def resets(*, keeps: bool = False) -> Act:
    """The connection ends with a TCP reset."""
    return Act(end="reset", keeps=keeps)


def stalls(*, keeps: bool = False) -> Act:
    """Nothing is said any more."""
    return Act(end="stall", keeps=keeps)


class _Gone(Exception):
    """The client left, or was hung up on."""


class Wire:
    """The server, on 127.0.0.1; takes commands ahead (RFC 2920) unless `pipelining` is off.

    `sees` hears the Message-ID of each letter whose text arrives, before anything is stored.
    """

    def __init__(self, fault: Fault = lambda at: None, *, pipelining: bool = True, sees: Callable[[str], None] = lambda _: None) -> None:
        self.fault, self._sees = fault, sees
        self._features = ("PIPELINING", "8BITMIME", "SIZE 33554432", "AUTH PLAIN") if pipelining else ("8BITMIME",)
        self._lock = threading.Lock()
        self._kept: list[Kept] = []
        self._tries: Counter[str] = Counter()
        self._letters = 0
        self._open: set[socket.socket] = set()
        self._door = Door(lambda connection, number: partial(self._serve, connection, number), _Gone)
        self.port = self._door.port
        self._stored = threading.Condition(self._lock)
        self._silent = 0

    @property
    def kept(self) -> tuple[Kept, ...]:
        """What was stored so far, in order."""
        with self._lock:
            return tuple(self._kept)

    @property
    def connections(self) -> int:
        return self._door.connections

    def wait_for(self, letters: int, seconds: float = 30.0) -> None:
        """Until so many letters are stored."""
        with self._stored:
            assert self._stored.wait_for(lambda: len(self._kept) >= letters, seconds), f"{len(self._kept)} of {letters} letters came"

    def wait_for_silence(self, connections: int, seconds: float = 30.0) -> None:
        """Until so many connections have been met with silence."""
        with self._stored:
            assert self._stored.wait_for(lambda: self._silent >= connections, seconds), f"{self._silent} connections fell silent"

    def __enter__(self) -> Self:
        self._door.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._door.close(self._open)

    def _serve(self, connection: socket.socket, number: int) -> None:
        self._open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Talk(self, connection, number, self._features).run()
        finally:
            self._open.discard(connection)

    def tried(self, to: str) -> int:
        with self._lock:
            self._tries[to] += 1
            return self._tries[to]

    def begun(self) -> int:
        with self._lock:
            self._letters += 1
            return self._letters

    def saw(self, message_id: str) -> None:
        self._sees(message_id)

    def fell_silent(self) -> None:
        with self._stored:
            self._silent += 1
            self._stored.notify_all()

    def keep(self, to: str, content: bytes) -> int:
        """Store a letter; gives its place in the journal."""
        with self._stored:
            self._kept.append(Kept(to, message_id_of(content), content, is_told=False))
            self._stored.notify_all()
            return len(self._kept) - 1

    def told(self, place: int) -> None:
        with self._lock:
            kept = self._kept[place]
            self._kept[place] = Kept(kept.to, kept.message_id, kept.content, is_told=True)


class _Talk:
    """One connection."""

    def __init__(self, wire: Wire, connection: socket.socket, number: int, features: tuple[str, ...]) -> None:
        self._wire, self._socket, self._number = wire, connection, number
        self._buffer = b""
        self._letter, self._to, self._tries = 0, "", 0
        self._usual = {"": "220 wire.example.org", "DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 2.7.0 in"}
        lines = ("wire.example.org", *features, "HELP")
        self._usual["EHLO"] = "\r\n".join(f"250{'-' if n + 1 < len(lines) else ' '}{line}" for n, line in enumerate(lines))

    def run(self) -> None:
        self._answer("")
        while True:
            line = self._until(b"\r\n").decode()
            verb = line.partition(" ")[0].upper()
            if verb == "RCPT":
                self._to = line[9:].partition(">")[0]
                self._tries = self._wire.tried(self._to)
            if verb == "DATA":
                self._letter = self._wire.begun()
            is_usual = self._answer(verb)
            if verb == "DATA" and is_usual:
                self._take()
            if verb == "QUIT":
                return

    def _take(self) -> None:
        act = self._act("text")
        if act is not None:
            self._receive()
            self._finish(act)
        content = self._until(b"\r\n.\r\n").replace(b"\r\n..", b"\r\n.") + b"\r\n"
        self._wire.saw(message_id_of(content))
        act = self._act(".")
        keeps = act is None or act.keeps or (act.says is None and not act.end)
        place = self._wire.keep(self._to, content) if keeps else -1
        if act is None or (not act.end and act.says is None):
            self._say("250 2.0.0 kept", act or Act())
            if self._is_there():
                self._wire.told(place)
            return
        self._finish(act)

    def _answer(self, stage: str) -> bool:
        """Whether the usual was said."""
        act = self._act(stage)
        if act is not None and (act.says is not None or act.end):
            self._finish(act)
            return False
        self._say(self._usual.get(stage, "250 2.0.0 ok"), act or Act())
        return True

    def _finish(self, act: Act) -> None:
        if act.says is not None:
            self._say(act.says, act)
        if act.end == "reset":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if act.end == "stall":
            self._wire.fell_silent()
            while self._socket.recv(LUMP):
                pass
        if act.end:
            raise _Gone

    def _act(self, stage: str) -> Act | None:
        act = self._wire.fault(At(stage, self._number, self._letter, self._to, self._tries))
        if act is not None and act.waits:
            time.sleep(act.waits)
        return act

    def _say(self, reply: str, act: Act) -> None:
        octets = reply.encode() + b"\r\n"
        for start in range(len(octets)) if act.drips else ():
            self._socket.sendall(octets[start : start + 1])
            time.sleep(act.drips)
        if not act.drips:
            self._socket.sendall(octets)

    def _is_there(self) -> bool:
        """Whether the client has not hung up: what it was told then cannot have been heard."""
        self._socket.setblocking(False)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self._socket.setblocking(True)

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._receive()
        found, _, self._buffer = self._buffer.partition(end)
        return found

    def _receive(self) -> None:
        chunk = self._socket.recv(LUMP)
        if not chunk:
            raise _Gone
        self._buffer += chunk


LUMP = 65536


def message_id_of(content: bytes) -> str:
    return str(message_from_bytes(content)["Message-ID"])
