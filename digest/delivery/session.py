"""One SMTP session: commands out, replies in, each within limits, with encryption on request.

Why not smtplib: it reads past STARTTLS, waits for ever on an endless reply, tries a wrong password three times, has a single time-out
for everything and spends most of its time on dot-stuffing.
"""

from __future__ import annotations

import base64
import hmac
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from ..model import WireText
from .connecting import encrypt
from .transport import Interrupted
from .turns import readable, writable
from .verdicts import Reply, Stage, reply

_LONGEST_LINE = 8192  # RFC 5321 §4.5.3.1.5 allows 512; some servers send more
_LONGEST_REPLY = 65_536
_STOP_CHECK_SECONDS = 0.5
_LAST_WAIT_SECONDS = 7.0  # for the reply to a letter after a request to stop: service managers kill after ten
_SUCCESS_DIGIT = {Stage.MAIL: 2, Stage.RCPT: 2, Stage.DATA: 3, Stage.DOT: 2}  # the first digit of a success reply (RFC 5321 §4.3.2)
_Result = TypeVar("_Result")
_Wait = Callable[[socket.socket, float], bool]
_ONE_LINE = re.compile(rb"([2-5]\d\d) ([^\r\n]*)\r?\n")  # a whole reply, as nearly all are
_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait, up to the end of the reply; `block` is for each portion of the text (RFC 5321 §4.5.3.2).

    Too short a wait after the final dot makes duplicates.
    """

    connect: float = 30.0
    greeting: float = 300.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0


class Lost(Exception):
    """The session ended without a valid reply: the connection was closed, silent too long, or sent rubbish."""


class Session:
    """A connected socket that speaks SMTP. Every method but `close` raises Lost if no reply comes; the session is then closed.

    When `is_stopped` becomes true, waiting raises Interrupted and closes the session. The final dot and its reply are the exception: they
    get a few seconds more, since missing that reply means sending the letter again.
    """

    def __init__(self, connection: socket.socket, timeouts: Timeouts, is_stopped: Callable[[], bool] = lambda: False) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._timeouts = timeouts
        self._limits = {Stage.DATA: timeouts.data, Stage.DOT: timeouts.dot}
        self._is_stopped = is_stopped
        self._buffer = b""
        self._owed = 0  # replies still to be read
        self._lines: tuple[bytes, ...] = ()
        self._stop_deadline: float | None = None
        self.features: Mapping[str, str] = {}
        # The dot is sent on its own; without TCP_NODELAY it would wait for the ACK of the letter's last packet (Nagle, 40 ms).
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def encryption(self) -> str:
        """The protocol version, such as "TLSv1.3"; "" without encryption."""
        return self._socket.version() or "" if isinstance(self._socket, ssl.SSLSocket) else ""

    @property
    def certificate_ends(self) -> datetime | None:
        """When the server's certificate expires; None without one."""
        shown = self._socket.getpeercert() if isinstance(self._socket, ssl.SSLSocket) else None
        end = shown.get("notAfter") if shown else None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None

    def greeting(self) -> Reply:
        """What the server says first."""
        return self._reply(Stage.GREETING, self._timeouts.greeting)

    def hello(self, name: str) -> Reply:
        """Send EHLO and store what the server offers in `features`, by upper-case keyword."""
        said = self._ask(Stage.EHLO, f"EHLO {name}")
        self.features = _features(self._lines) if said.code == 250 else {}
        return said

    def start_tls(self, context: ssl.SSLContext, host: str) -> Reply:
        """Send STARTTLS and do the handshake. Raises OSError (including ssl.SSLError) if it fails, Interrupted on a request to stop.

        Raises Lost for plain text that arrives after the reply: somebody injected it (RFC 3207 §4.2, CVE-2011-0411).
        """
        said = self._ask(Stage.STARTTLS, "STARTTLS")
        if said.code != 220:
            return said
        if self._buffer:
            self.close()
            raise Lost("the server spoke in plain text after agreeing to encrypt: somebody may be in between")
        self.features = {}
        self._socket = encrypt(self._socket, context, host, self._timeouts.command, self._is_stopped)
        return said

    def log_in(self, user: str, password: str) -> Reply:
        """Log in once, by the best mechanism the server offers: a second try with a wrong password may lock the account.

        If it offers none that digest supports, the reply is a 504 made here.
        """
        offered = self.features.get("AUTH", "").upper().split()
        if "PLAIN" in offered:
            return self._ask_with("AUTH PLAIN ", _base64(f"\0{user}\0{password}"), password)
        if "LOGIN" in offered:
            said = self._ask(Stage.AUTH, "AUTH LOGIN")
            said = self._ask(Stage.AUTH, _base64(user)) if said.code == 334 else said
            return self._ask_with("", _base64(password), password) if said.code == 334 else said
        if "CRAM-MD5" in offered:
            said = self._ask(Stage.AUTH, "AUTH CRAM-MD5")
            return self._ask_with("", _base64(_cram(user, password, self._lines)), password) if said.code == 334 else said
        return Reply(504, f"5.5.4 no way to log in that digest knows; offered: {' '.join(offered) or 'none'}", Stage.AUTH)

    def ask(self, *lines: str) -> None:
        """Send commands; call `hear` once for each. Several at once only if the server offers PIPELINING (RFC 2920)."""
        self._require_silence()
        self._send(_command_lines(lines), self._timeouts.command, Stage.MAIL)
        self._owed += len(lines)

    def hear(self, stage: Stage) -> Reply:
        """Read the reply to the oldest unanswered command."""
        self._owed -= 1
        said = self._reply(stage, self._limits.get(stage, self._timeouts.command))
        if said.code < 400 and said.code // 100 != _SUCCESS_DIGIT.get(stage, said.code // 100):
            self.close()  # such as 354 to the dot: the real answer may still follow
            raise Lost(f"not an answer to that: {said}")
        return said

    @property
    def has_heard(self) -> bool:
        """Whether all outstanding replies seem to have arrived, so that reading them takes no time."""
        return self._buffer.count(b"\n") >= self._owed > 0

    @property
    def is_open(self) -> bool:
        """Whether our side has not closed the connection."""
        return self._socket.fileno() != -1

    def letter(self, content: bytes) -> None:
        """Send the letter's text, which ends with CRLF, without the dot: before the dot the server has no letter (RFC 5321 §4.1.1.4)."""
        self._require_silence()
        self._send(content if isinstance(content, WireText) else _dot_stuffed(content), self._timeouts.block, Stage.DATA)

    def dot(self, *lines: str) -> None:
        """End the letter, and send the first commands for the next one with it (RFC 2920 §3.1).

        From this call on the server may have accepted the letter; `hear` says whether it has.
        """
        self._send(b".\r\n" + _command_lines(lines), self._timeouts.block, Stage.DOT)
        self._owed += 1 + len(lines)

    def rset(self) -> Reply:
        """Make the server forget the letter begun, so that the connection can carry the next."""
        return self._ask(Stage.MAIL, "RSET")

    def mail(self, sender: str, options: str) -> Reply:
        """Send MAIL FROM, with options such as " SIZE=1000"."""
        return self._ask(Stage.MAIL, f"MAIL FROM:<{sender}>{options}")

    def quit(self) -> None:
        """Send QUIT and close without waiting for the reply: everything that matters is settled."""
        with suppress(OSError):
            self._socket.send(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        """Drop the connection; may be called twice."""
        self._socket.close()

    def _ask(self, stage: Stage, line: str) -> Reply:
        self.ask(line)
        return self.hear(stage)

    def _ask_with(self, command: str, secret: str, password: str) -> Reply:
        """Send the secret; the reply is cut where it echoes the secret or the password, as some servers do ("unknown command: …")."""
        try:
            said = self._ask(Stage.AUTH, command + secret)
        except Lost as lost:
            raise Lost(_cut_at_secret((secret, password), str(lost))) from None
        return replace(said, text=_cut_at_secret((secret, password), said.text))

    def _require_silence(self) -> None:
        # An unexpected reply would be taken for the answer to the next command, and every later reply would be off by one.
        if self._buffer or self._owed:
            self.close()
            raise Lost("the server spoke out of turn")

    def _reply(self, stage: Stage, timeout: float) -> Reply:
        whole = _ONE_LINE.match(self._buffer)
        if whole is not None:
            self._buffer, self._lines = self._buffer[whole.end() :], (whole[2],)
            return reply(int(whole[1]), whole[2], stage)
        deadline = time.monotonic() + timeout
        lines: list[bytes] = []
        size = 0
        while True:
            line = self._line(deadline, stage)
            size += len(line) + 2
            found = _REPLY_LINE.fullmatch(line)
            if found is None or size > _LONGEST_REPLY:
                self.close()
                raise Lost(f"not a reply of SMTP: {line[:60]!r}" if found is None else "a reply without end")
            lines.append(found[3] or b"")
            if found[2] != b"-":
                self._lines = tuple(lines)
                return reply(int(found[1]), b"\n".join(lines), stage)

    def _line(self, deadline: float, stage: Stage) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_LINE:
                self.close()
                raise Lost(f"a line of more than {_LONGEST_LINE} octets")
            self._buffer += self._receive(deadline, stage)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self, deadline: float, stage: Stage) -> bytes:
        try:
            chunk = self._retry(partial(self._socket.recv, 4096), readable, deadline, stage)
        except OSError as error:
            self.close()
            raise Lost(f"no reply: {_reason(error)}") from error
        if not chunk:
            self.close()
            raise Lost("no reply: the server closed the connection")
        return chunk

    def _send(self, octets: bytes, timeout: float, stage: Stage) -> None:
        rest = memoryview(octets)
        try:
            while rest:  # RFC 5321 §4.5.3.2.5: the time-out is per portion, and a slow connection needs many
                deadline = time.monotonic() + timeout
                rest = rest[self._retry(partial(self._socket.send, rest), writable, deadline, stage) :]
        except OSError as error:
            self.close()
            raise Lost(f"cannot send: {_reason(error)}") from error

    def _retry(self, attempt: Callable[[], _Result], wait: _Wait, deadline: float, stage: Stage) -> _Result:
        """Try the socket operation, waiting and repeating until it succeeds. Raises TimeoutError, and Interrupted."""
        while True:
            if self._is_stopped():
                if stage is not Stage.DOT:
                    self.close()
                    raise Interrupted
                self._stop_deadline = self._stop_deadline or time.monotonic() + _LAST_WAIT_SECONDS
            try:
                return attempt()
            except BlockingIOError:
                ready = wait
            except ssl.SSLWantReadError:
                ready = readable
            except ssl.SSLWantWriteError:
                ready = writable
            left = min(deadline, self._stop_deadline or deadline) - time.monotonic()
            if not ready(self._socket, max(min(left, _STOP_CHECK_SECONDS), 0)) and left <= _STOP_CHECK_SECONDS:
                raise TimeoutError


def _cut_at_secret(secrets: Sequence[str], said: str) -> str:
    for secret in secrets:
        before, repeated, _ = said.partition(secret[:8])
        said = f"{before}…" if repeated else said
    return said


def _dot_stuffed(content: bytes) -> bytes:
    """The text with each leading dot doubled, so that no line ends the letter early (RFC 5321 §4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if content.startswith(b".") else stuffed


def _command_lines(lines: Sequence[str]) -> bytes:
    assert not any("\r" in line or "\n" in line for line in lines), "one command, one line"
    return "".join(f"{line}\r\n" for line in lines).encode()


def _features(lines: Sequence[bytes]) -> dict[str, str]:
    """The EHLO lines after the first, as keyword → parameters; the old spelling `AUTH=LOGIN` is read too."""
    features: dict[str, str] = {}
    for line in lines[1:]:
        keyword, _, parameters = line.decode("latin-1").strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        features[keyword.upper()] = f"{features.get(keyword.upper(), '')} {parameters}".strip()
    return features


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _cram(user: str, password: str, challenge: Sequence[bytes]) -> str:
    try:
        wanted = base64.b64decode(challenge[0], validate=True)
    except ValueError as error:
        raise Lost("not a challenge: the server's AUTH reply is not base64") from error
    return f"{user} {hmac.new(password.encode(), wanted, 'md5').hexdigest()}"


def _reason(error: OSError) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or type(error).__name__).lower()
