"""Real local servers for tests, each a context manager on a port the system chose: SMTP servers that behave, and one that does not.

    with SmtpSink() as sink:                       # takes every letter: sink.host, sink.port, sink.messages
    with SmtpSink(replies={"bo@example.org": "550 5.1.1 no such user"}) as sink:
    with SmtpSink(tls=certificate(tmp_path), password=("ana", "secret")) as sink:     # STARTTLS, ca_file = its .cert
    with FaultServer(lambda talk: talk.say("554 go away")) as server:                 # plays what it is told
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .listening import Door


@dataclass(frozen=True, slots=True)
class Received:
    """A letter as a server got it."""

    sender: str
    to: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and localhost, as PEM files."""

    cert: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


def certificate(folder: Path, *, days: int = 2) -> Certificate:
    """A new certificate in that folder, good for some days from now; skips the test where there is no `openssl` command."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days)]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, *names, "-keyout", str(made.key), "-out", str(made.cert)], check=True, capture_output=True)
    return made


class SmtpSink:
    """A well-behaved SMTP server (aiosmtpd) that keeps what it takes.

    `replies` answers RCPT for an address: one line for ever, or a sequence used up before the address is accepted (greylisting).
    `mail_reply` and `dot_reply` answer every MAIL and every end of data; `delay` seconds pass between keeping a letter and
    saying so.
    With `tls` it offers STARTTLS (`implicit=True`: speaks TLS from the first byte); with `password` it wants that login.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        replies: Mapping[str, str | Sequence[str]] | None = None,
        mail_reply: str | None = None,
        dot_reply: str | None = None,
        delay: float = 0.0,
        tls: Certificate | None = None,
        implicit: bool = False,
        password: tuple[str, str] | None = None,
        size_limit: int = 33_554_432,
        smtputf8: bool = True,
        port: int = 0,
    ) -> None:
        self.port = port
        self.connections = 0
        self._received: list[Received] = []
        self._replies = {address: [reply] if isinstance(reply, str) else list(reply) for address, reply in (replies or {}).items()}
        self._forever = {address for address, reply in (replies or {}).items() if isinstance(reply, str)}
        self._mail_reply, self._dot_reply, self.delay = mail_reply, dot_reply, delay
        self._login = password
        self._tls = tls.context() if tls else None
        self._implicit = implicit
        self._options: dict[str, Any] = {"data_size_limit": size_limit, "enable_SMTPUTF8": smtputf8, "hostname": "sink.example.org"}
        if password:
            self._options |= {"auth_require_tls": tls is not None and not implicit, "authenticator": self._authenticate}
        if tls and not implicit:
            self._options |= {"tls_context": self._tls, "require_starttls": password is not None}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtp-sink", daemon=True)

    @property
    def messages(self) -> tuple[Received, ...]:
        """What was accepted so far, in order."""
        return tuple(self._received)

    def to(self, address: str) -> tuple[EmailMessage, ...]:
        """The letters one address got, parsed."""
        return tuple(received.message for received in self._received if address in received.to)

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Until that many letters were kept."""
        until = time.monotonic() + seconds
        while len(self._received) < count:
            assert time.monotonic() < until, f"{len(self._received)} of {count} letters came in {seconds} s"
            time.sleep(0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the SMTP server did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        transports: list[asyncio.BaseTransport] = []

        def protocol() -> SMTP:
            self.connections += 1
            served = SMTP(self, loop=self._loop, **self._options)
            made = served.connection_made

            def connection_made(transport: asyncio.BaseTransport) -> None:
                transports.append(transport)
                made(transport)

            served.connection_made = connection_made
            return served

        server = await self._loop.create_server(protocol, self.host, self.port, ssl=self._tls if self._implicit else None)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for transport in transports:
            transport.abort()  # type: ignore[attr-defined]
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        login = (data.login.decode(), data.password.decode())
        return AuthResult(success=login == self._login, handled=login == self._login)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self._mail_reply:
            return self._mail_reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        waiting = self._replies.get(address)
        if waiting:
            return waiting[0] if address in self._forever else waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not self._dot_reply:
            assert isinstance(envelope.content, bytes)
            self._received.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content))
        await asyncio.sleep(self.delay)
        if self._dot_reply:
            return self._dot_reply
        return "250 2.0.0 kept"


class Hangup(Exception):
    """The client closed the connection, or stop() did."""


class Talk:
    """One connection of a FaultServer: raw lines in and out. `number` counts connections from 1."""

    def __init__(self, connection: socket.socket, number: int, received: list[Received]) -> None:
        self.connection, self.number, self._received = connection, number, received
        self._buffer = b""
        self.commands: list[str] = []

    def say(self, *lines: str | bytes) -> None:
        """Send lines; bytes go out as they are, text gets its CRLF."""
        self.connection.sendall(b"".join(line if isinstance(line, bytes) else line.encode() + b"\r\n" for line in lines))

    def hear(self) -> str:
        """The next command line."""
        while b"\r\n" not in self._buffer:
            chunk = self.connection.recv(65536)
            if not chunk:
                raise Hangup
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        self.commands.append(line.decode())
        return self.commands[-1]

    def hear_letter(self) -> bytes:
        """What follows DATA, up to the dot, dots unstuffed."""
        while b"\r\n.\r\n" not in b"\r\n" + self._buffer:
            chunk = self.connection.recv(65536)
            if not chunk:
                raise Hangup
            self._buffer += chunk
        letter, self._buffer = (b"\r\n" + self._buffer).split(b"\r\n.\r\n", 1)
        return letter.replace(b"\r\n..", b"\r\n.")[2:] + b"\r\n"

    def keep(self, sender: str, to: str, content: bytes) -> None:
        """Store a letter, as a server that says 250 would."""
        self._received.append(Received(sender, (to,), content))

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        self.connection = context.wrap_socket(self.connection, server_side=True)

    def drop(self) -> None:
        """Close the connection without a word."""
        self.connection.close()
        raise Hangup

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.drop()

    def obey(self, answer: Callable[[Talk, str], str | bytes | None] = lambda talk, line: None, *, features: Sequence[str] = ()) -> None:
        """Serve like an SMTP server, save where `answer(talk, line)` gives a reply of its own; the dot is asked as "."."""
        usual: dict[str, str | bytes] = dict.fromkeys(("MAIL", "RCPT", "RSET", "NOOP", "."), "250 OK")
        usual |= {"DATA": "354 go on", "QUIT": "221 bye"}
        usual["EHLO"] = "\r\n".join([*("250-" + line for line in ("fault.example.org", *features)), "250 HELP"])
        sender = to = ""
        greeting = answer(self, "")
        self.say("220 fault.example.org ESMTP" if greeting is None else greeting)
        while True:
            line = self.hear()
            verb = line.upper().split(" ")[0]
            reply = answer(self, line)
            reply = usual.get(verb, "500 what?") if reply is None else reply
            self.say(reply)
            sender = line[10:].split(">")[0].strip("<") if verb == "MAIL" else sender
            to = line[8:].split(">")[0].strip("<") if verb == "RCPT" else to
            if verb == "DATA" and reply == usual["DATA"]:
                content = self.hear_letter()
                end = answer(self, ".")
                end = usual["."] if end is None else end
                if str(end).startswith("2"):
                    self.keep(sender, to, content)
                self.say(end)
            if verb == "QUIT":
                return


class FaultServer:
    """A raw-socket server that plays `behaviour(talk)` on each connection, in a thread of its own."""

    host = "127.0.0.1"

    def __init__(self, behaviour: Callable[[Talk], None]) -> None:
        self._behaviour = behaviour
        self._received: list[Received] = []
        self.talks: list[Talk] = []
        self._door = Door(self._greet, Hangup)
        self.port = self._door.port

    @property
    def messages(self) -> tuple[Received, ...]:
        """What it stored, whatever it said about it."""
        return tuple(self._received)

    @property
    def connections(self) -> int:
        return len(self.talks)

    @property
    def commands(self) -> tuple[str, ...]:
        """Every command line heard, over all connections."""
        return tuple(line for talk in self.talks for line in talk.commands)

    def __enter__(self) -> Self:
        self._door.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._door.close(talk.connection for talk in self.talks)

    def _greet(self, connection: socket.socket, number: int) -> Callable[[], None]:
        talk = Talk(connection, number, self._received)
        self.talks.append(talk)
        return partial(self._converse, talk)

    def _converse(self, talk: Talk) -> None:
        try:
            self._behaviour(talk)
        finally:
            talk.connection.close()  # TLS may have taken it over
