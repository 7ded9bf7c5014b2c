"""One conversation with an SMTP server: commands out, replies in, each within limits, encryption when asked.

Not smtplib: it reads ahead of STARTTLS, waits for ever on a reply without end, tries a wrong password three times, knows one time-out
for everything and spends most of its time on dots.
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

_LONGEST_LINE = 8192  # RFC 5321 §4.5.3.1.5 allows 512; some say more
_LONGEST_REPLY = 65_536
_GLANCE = 0.5  # seconds between two looks whether somebody asked to stop
_LAST_WAIT = 7.0  # seconds for the reply to a letter when somebody has: service managers kill after ten
_YES = {Stage.MAIL: 2, Stage.RCPT: 2, Stage.DATA: 3, Stage.DOT: 2}  # the first digit of a reply that lets us go on (RFC 5321 §4.3.2)
_Done = TypeVar("_Done")
_Wait = Callable[[socket.socket, float], bool]
_ONE_LINE = re.compile(rb"([2-5]\d\d) ([^\r\n]*)\r?\n")  # a whole reply, as nearly all are
_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait, the whole reply included; `block` for each portion of the text (RFC 5321 §4.5.3.2).

    A short wait at the dot makes duplicates.
    """

    connect: float = 30.0
    greeting: float = 300.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0


class Lost(Exception):
    """The conversation is over without a reply that could be understood: closed, silent too long, or rubbish."""


class Session:
    """A connected socket that speaks SMTP. Every method but `close` raises Lost where no reply comes; the session is then closed.

    So it is where `is_stopped` becomes true before a letter has ended: that raises Interrupted. Only the dot and the reply to it are then
    waited for, a few seconds more, since to miss that is to send the letter again.
    """

    def __init__(self, connection: socket.socket, timeouts: Timeouts, is_stopped: Callable[[], bool] = lambda: False) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._timeouts = timeouts
        self._limits = {Stage.DATA: timeouts.data, Stage.DOT: timeouts.dot}
        self._is_stopped = is_stopped
        self._buffer = b""
        self._owed = 0  # replies to what was asked and is not yet heard
        self._lines: tuple[bytes, ...] = ()
        self._leaves: float | None = None
        self.features: Mapping[str, str] = {}
        # The dot is sent by itself; without this it would wait for the letter's last packet to be acknowledged (Nagle, 40 ms).
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def encryption(self) -> str:
        """Such as "TLSv1.3", or nothing."""
        return self._socket.version() or "" if isinstance(self._socket, ssl.SSLSocket) else ""

    @property
    def certificate_ends(self) -> datetime | None:
        """When the certificate that the server showed ends; None without one."""
        shown = self._socket.getpeercert() if isinstance(self._socket, ssl.SSLSocket) else None
        end = shown.get("notAfter") if shown else None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None

    def greeting(self) -> Reply:
        """What the server says first."""
        return self._reply(Stage.GREETING, self._timeouts.greeting)

    def hello(self, name: str) -> Reply:
        """EHLO; what the server offers is in `features` afterwards, by upper-case keyword."""
        said = self._ask(Stage.EHLO, f"EHLO {name}")
        self.features = _features(self._lines) if said.code == 250 else {}
        return said

    def start_tls(self, context: ssl.SSLContext, host: str) -> Reply:
        """STARTTLS and the handshake. Raises OSError (ssl.SSLError among them) where that fails, Interrupted where it is not waited for.

        Whatever came in plain after the reply was put there by somebody else (RFC 3207 §4.2, CVE-2011-0411): Lost.
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
        """AUTH by the best way the server offers, once: another try with a wrong password may lock the account.

        Where it offers none that digest knows, the reply is digest's own 504.
        """
        offered = self.features.get("AUTH", "").upper().split()
        if "PLAIN" in offered:
            return self._ask_with("AUTH PLAIN ", _coded(f"\0{user}\0{password}"), password)
        if "LOGIN" in offered:
            said = self._ask(Stage.AUTH, "AUTH LOGIN")
            said = self._ask(Stage.AUTH, _coded(user)) if said.code == 334 else said
            return self._ask_with("", _coded(password), password) if said.code == 334 else said
        if "CRAM-MD5" in offered:
            said = self._ask(Stage.AUTH, "AUTH CRAM-MD5")
            return self._ask_with("", _coded(_cram(user, password, self._lines)), password) if said.code == 334 else said
        return Reply(504, f"5.5.4 no way to log in that digest knows; offered: {' '.join(offered) or 'none'}", Stage.AUTH)

    def ask(self, *lines: str) -> None:
        """Send commands; each is answered by a `hear`. More than one at a time only where the server offers PIPELINING (RFC 2920)."""
        self._require_silence()
        self._send(_commands(lines), self._timeouts.command, Stage.MAIL)
        self._owed += len(lines)

    def hear(self, stage: Stage) -> Reply:
        """The reply to the oldest command that was not answered yet."""
        self._owed -= 1
        said = self._reply(stage, self._limits.get(stage, self._timeouts.command))
        if said.code < 400 and said.code // 100 != _YES.get(stage, said.code // 100):
            self.close()  # such as 354 to the dot: the real answer may be still to come
            raise Lost(f"not an answer to that: {said}")
        return said

    @property
    def has_heard(self) -> bool:
        """Whether all replies that are owed seem to be here already, so that hearing them takes no time."""
        return self._buffer.count(b"\n") >= self._owed > 0

    @property
    def is_open(self) -> bool:
        """Whether nobody here has closed the connection."""
        return self._socket.fileno() != -1

    def letter(self, content: bytes) -> None:
        """The letter, which ends with CRLF, without the dot: a server that did not hear the dot has no letter (RFC 5321 §4.1.1.4)."""
        self._require_silence()
        self._send(content if isinstance(content, WireText) else _stuffed(content), self._timeouts.block, Stage.DATA)

    def dot(self, *lines: str) -> None:
        """The end of the letter, and with it the first commands for the next (RFC 2920 §3.1).

        From the moment this is called the server may have taken the letter; `hear` says whether it has.
        """
        self._send(b".\r\n" + _commands(lines), self._timeouts.block, Stage.DOT)
        self._owed += 1 + len(lines)

    def rset(self) -> Reply:
        """Forget the letter begun; the connection can carry the next."""
        return self._ask(Stage.MAIL, "RSET")

    def mail(self, sender: str, options: str) -> Reply:
        """MAIL FROM, with options such as " SIZE=1000"."""
        return self._ask(Stage.MAIL, f"MAIL FROM:<{sender}>{options}")

    def quit(self) -> None:
        """Say goodbye and close, without waiting: everything that matters is settled."""
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
        """AUTH's reply up to where it repeats the secret, as some do ("unknown command: …"), or the password in words of its own."""
        try:
            said = self._ask(Stage.AUTH, command + secret)
        except Lost as lost:
            raise Lost(_before((secret, password), str(lost))) from None
        return replace(said, text=_before((secret, password), said.text))

    def _require_silence(self) -> None:
        # A reply nobody asked for would be taken for the answer to what comes next, and all after it be off by one.
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
            chunk = self._heedful(partial(self._socket.recv, 4096), readable, deadline, stage)
        except OSError as error:
            self.close()
            raise Lost(f"no reply: {_told(error)}") from error
        if not chunk:
            self.close()
            raise Lost("no reply: the server closed the connection")
        return chunk

    def _send(self, octets: bytes, timeout: float, stage: Stage) -> None:
        rest = memoryview(octets)
        try:
            while rest:  # RFC 5321 §4.5.3.2.5: the wait is for each portion, and a slow line needs many
                deadline = time.monotonic() + timeout
                rest = rest[self._heedful(partial(self._socket.send, rest), writable, deadline, stage) :]
        except OSError as error:
            self.close()
            raise Lost(f"cannot send: {_told(error)}") from error

    def _heedful(self, attempt: Callable[[], _Done], wait: _Wait, deadline: float, stage: Stage) -> _Done:
        """What the attempt at the socket comes to, made again after each `wait`. Raises TimeoutError, and Interrupted."""
        while True:
            if self._is_stopped():
                if stage is not Stage.DOT:
                    self.close()
                    raise Interrupted
                self._leaves = self._leaves or time.monotonic() + _LAST_WAIT
            try:
                return attempt()
            except BlockingIOError:
                ready = wait
            except ssl.SSLWantReadError:
                ready = readable
            except ssl.SSLWantWriteError:
                ready = writable
            left = min(deadline, self._leaves or deadline) - time.monotonic()
            if not ready(self._socket, max(min(left, _GLANCE), 0)) and left <= _GLANCE:
                raise TimeoutError


def _before(secrets: Sequence[str], said: str) -> str:
    for secret in secrets:
        before, repeated, _ = said.partition(secret[:8])
        said = f"{before}…" if repeated else said
    return said


def _stuffed(content: bytes) -> bytes:
    """A dot before each that begins a line, so that none of them ends the letter (RFC 5321 §4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if content.startswith(b".") else stuffed


def _commands(lines: Sequence[str]) -> bytes:
    assert not any("\r" in line or "\n" in line for line in lines), "one command, one line"
    return "".join(f"{line}\r\n" for line in lines).encode()


def _features(lines: Sequence[bytes]) -> dict[str, str]:
    """EHLO's lines but the first, keyword → parameters; AUTH is also read in its old spelling `AUTH=LOGIN`."""
    features: dict[str, str] = {}
    for line in lines[1:]:
        keyword, _, parameters = line.decode("latin-1").strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        features[keyword.upper()] = f"{features.get(keyword.upper(), '')} {parameters}".strip()
    return features


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _cram(user: str, password: str, challenge: Sequence[bytes]) -> str:
    try:
        wanted = base64.b64decode(challenge[0], validate=True)
    except ValueError as error:
        raise Lost("not a challenge: the server's AUTH reply is not base64") from error
    return f"{user} {hmac.new(password.encode(), wanted, 'md5').hexdigest()}"


def _told(error: OSError) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or type(error).__name__).lower()
