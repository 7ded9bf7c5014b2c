"""The SMTP transport: one connection, reused, reopened when a server tires of it; encrypted unless the operator said "none"."""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..errors import ConfigurationError, DeliveryError, SenderRefused, TransportUnreachable
from ..model import Letter
from .addresses import Address, mailbox
from .hints import silence, why
from .session import Lost, Session, Timeouts
from .verdicts import Judgement, Reply, Stage, judge, refuses_sender

log = logging.getLogger(__name__)

_LETTERS_PER_CONNECTION = 100  # servers close longer ones in mid-letter
_BAD_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server showed when it was tried: its greeting, its offers, the encryption agreed on, whether the login worked.

    `certificate_ends` is when its certificate does (None without one), `of_sender` its reply to the sender's address, where it was asked.
    """

    greeting: str
    features: tuple[str, ...]
    encryption: str
    logged_in: bool
    certificate_ends: datetime | None = None
    of_sender: Reply | None = None


class SmtpTransport:
    """Hands letters to one SMTP server. Opens its connection with the first letter; use one per thread.

    `security`: "starttls" (the server must offer it: there is no going on in clear), "tls" from the first byte, or "none", which never
    carries a password. Certificates are checked against the system's authorities, or those in `ca_file` alone.
    Raises ConfigurationError for options that cannot be used.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: str = "starttls",
        *,
        ca_file: str | Path | None = None,
        user: str | None = None,
        password: str | None = None,
        timeouts: Timeouts | None = None,
        local_hostname: str | None = None,
    ) -> None:
        _require_options(host, security, user, password)
        self._host, self._port, self._security = host, port, security
        self._user, self._password = user or "", password or ""
        self._timeouts = timeouts or Timeouts()
        self._local_hostname = local_hostname
        self._context = None if security == "none" else _context(ca_file)
        self._session: Session | None = None
        self._carried = 0
        self._takes_plain_only = False

    @property
    def server(self) -> str:
        """The server's name and port, for messages."""
        return f"{self._host}:{self._port}"

    def check(self, sender: str = "") -> Seen:
        """Connect, greet, encrypt and log in, as for a letter, and say what the server showed. Raises what `send` raises.

        With a `sender` the server is told that a letter of theirs would come (MAIL), and then that it does not (RSET).
        """
        # Somebody is waiting at a terminal; five minutes for a greeting (RFC 5321) are for the night.
        session, greeting = self._open(Timeouts(connect=15, greeting=30, command=30))
        seen = Seen(
            greeting=greeting.text,
            features=tuple(f"{k} {v}".strip() for k, v in session.features.items()),
            encryption=session.encryption,
            logged_in=bool(self._user),
            certificate_ends=session.certificate_ends,
            of_sender=_of_sender(session, sender) if sender else None,
        )
        session.quit()
        return seen

    def send(self, letter: Letter) -> Reply:
        """Hand one letter over and give the reply that decides about it; `judge(reply.stage, reply)` says what it means.

        Code 0 at the dot: the letter was sent whole and no answer came. A connection that had gone stale is opened again, and the letter
        tried once more, only where the server cannot have taken it. A server that refuses the letter's own sender is offered the plain
        one at once; if it takes that, `of_sender` of the reply says what it refused with, and later letters leave with theirs alone.
        Raises DeliveryError for a letter that cannot be put on the wire, TransportUnreachable and SenderRefused where no letter can be
        handed over at all.
        """
        sender, to = mailbox(letter.sender) if letter.sender else None, mailbox(letter.to)
        plain = mailbox(letter.plain_sender) if letter.plain_sender else None
        if plain is not None and self._takes_plain_only:
            sender, plain = plain, None
        if _BAD_LINE_END.search(letter.content) or not letter.content.endswith(b"\r\n"):
            raise DeliveryError(letter.message_id, "the letter's lines do not all end with CRLF", hint="report a bug")
        while True:
            is_fresh = self._session is None
            session = self._session or self._connected()
            reply = self._hand_over(session, sender, to, letter.content)
            if plain is not None and refuses_sender(reply):
                session = self._cleared(session)
                reply = self._hand_over_plainly(session, plain, to, letter.content, str(reply))
            self._tidy(session, reply)
            has_gone = reply.code in (0, 421) and reply.stage is not Stage.DOT
            if is_fresh and has_gone and reply.stage is Stage.MAIL:
                raise TransportUnreachable(self.server, str(reply), hint="try again later; if it goes on, ask who runs the server")
            if is_fresh or not has_gone:
                return reply

    def close(self) -> None:
        """Say goodbye; may be called twice."""
        if self._session is not None:
            self._session.quit()
        self._session = None

    def ready(self) -> None:
        """Connect, encrypt and log in, unless that is done already. Raises TransportUnreachable or SenderRefused."""
        if self._session is None:
            self._connected()

    def _connected(self) -> Session:
        self._session, _ = self._open(self._timeouts)
        self._carried = 0
        return self._session

    def _hand_over(self, session: Session, sender: Address | None, to: Address, content: bytes) -> Reply:
        is_ours = _needs_utf8(sender, to, content)
        impossible = _impossible(session, is_ours, to, len(content))
        if impossible is not None:
            return impossible
        options = f" SIZE={len(content)}" if "SIZE" in session.features else ""
        if is_ours or to.needs_utf8:
            options += (" BODY=8BITMIME" if "8BITMIME" in session.features else "") + " SMTPUTF8"
        envelope: tuple[tuple[Stage, Callable[[], Reply]], ...] = (
            (Stage.MAIL, lambda: session.mail(str(sender or ""), options)),
            (Stage.RCPT, lambda: session.rcpt(str(to))),
            (Stage.DATA, session.data),
        )
        stage = Stage.MAIL
        try:
            for stage, ask in envelope:
                reply = ask()
                if judge(stage, reply).judgement is not Judgement.ACCEPTED:
                    return reply
            session.letter(content)
            stage = Stage.DOT
            return session.dot()
        except Lost as lost:
            return Reply(0, str(lost), stage)

    def _hand_over_plainly(self, session: Session, plain: Address, to: Address, content: bytes, refusal: str) -> Reply:
        """Offer the letter once more, with the plain sender; a server that takes it is not asked for more than that again."""
        reply = self._hand_over(session, plain, to, content)
        if reply.code == 0 or reply.stage is Stage.MAIL or refuses_sender(reply):
            return reply
        self._takes_plain_only = True
        return replace(reply, of_sender=refusal)

    def _cleared(self, session: Session) -> Session:
        """The connection without the letter that was refused, or another where the server wants no more of this one."""
        if _is_reset(session):
            return session
        session.close()
        return self._connected()

    def _tidy(self, session: Session, reply: Reply) -> None:
        """Leave the connection ready for the next letter, or close it."""
        self._carried += 1
        was_refused = reply.stage is not Stage.DOT or reply.code >= 300
        if reply.code in (0, 421) or (was_refused and not _is_reset(session)):
            session.close()
            self._session = None
        elif self._carried >= _LETTERS_PER_CONNECTION:
            self.close()

    def _open(self, timeouts: Timeouts) -> tuple[Session, Reply]:
        """A connection over which letters can go, and the server's greeting."""
        session: Session | None = None
        try:
            connection = self._connect(timeouts)
            name = self._local_hostname or _own_name(connection)
            session = Session(connection, timeouts)
            greeting = self._require(session.greeting())
            self._require(session.hello(name))
            if self._security == "starttls":
                self._encrypt(session, name)
            if self._user:
                self._require(session.log_in(self._user, self._password))
        except (Lost, OSError, DeliveryError) as error:
            if session is not None:
                session.close()
            if isinstance(error, DeliveryError):
                raise
            message, hint = (str(error), silence(self._port, self._security)) if isinstance(error, Lost) else why(error, self._port)
            raise TransportUnreachable(self.server, message, hint=hint) from error
        log.info("connected to the mail server", extra={"server": self.server, "encryption": session.encryption or "none"})
        return session, greeting

    def _connect(self, timeouts: Timeouts) -> socket.socket:
        connection = socket.create_connection((self._host, self._port), timeout=timeouts.connect)
        if self._security != "tls":
            return connection
        assert self._context is not None
        return self._context.wrap_socket(connection, server_hostname=self._host)

    def _encrypt(self, session: Session, name: str) -> None:
        if "STARTTLS" not in session.features:
            raise TransportUnreachable(
                self.server,
                "the server offers no encryption (STARTTLS), or somebody in between took the offer out; nothing is sent in clear",
                hint='is this the port for security = "tls" (465)? "none" is for a trusted network, without a password',
            )
        assert self._context is not None
        self._require(session.start_tls(self._context, self._host))
        self._require(session.hello(name))  # what was offered in clear counts no more (RFC 3207 §4.2)

    def _require(self, reply: Reply) -> Reply:
        """The reply, if it lets us go on; else an error that blames nobody's letter."""
        verdict = judge(reply.stage, reply)
        if verdict.judgement is Judgement.ACCEPTED:
            return reply
        kind = SenderRefused if reply.code >= 500 else TransportUnreachable
        raise kind(self.server, f"the server answered {reply.stage} with: {reply}", hint=verdict.hint)


def _require_options(host: str, security: str, user: str | None, password: str | None) -> None:
    if security not in ("starttls", "tls", "none"):
        message = f'{security!r} is none of "starttls", "tls", "none"'
        raise ConfigurationError("[smtp] security", message, hint='use "starttls" with port 587')
    if security == "none" and (user or password):
        raise ConfigurationError(
            "[smtp] security",
            'a password is never sent over an unencrypted connection (security = "none")',
            hint='set security = "starttls" or "tls", or remove user and password_file',
        )
    if bool(user) != bool(password):
        message = "there is a user without a password" if user else "there is a password without a user"
        raise ConfigurationError("[smtp]", message, hint="set both user and password_file, or neither")
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise ConfigurationError("[smtp] host", f"{host!r} is no host name", hint="check its spelling") from error


def _context(ca_file: str | Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        message = f"{str(ca_file)!r} holds no certificates that can be read: {error.strerror or error}"
        hint = "name a PEM file, or remove ca_file to use the system's authorities"
        raise ConfigurationError("[smtp] ca_file", message, hint=hint) from error


def _own_name(connection: socket.socket) -> str:
    """The machine's full name where it has one, else its address on this connection (RFC 5321 §4.1.3); no name server is asked."""
    name = socket.gethostname()
    if "." in name and name.isascii() and name.isprintable() and " " not in name:
        return name
    address = str(connection.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _needs_utf8(sender: Address | None, to: Address, content: bytes) -> bool:
    """Whether our side of the letter, its envelope's sender or its header without the receiver, holds letters outside ASCII (RFC 6531)."""
    head = content[: content.find(b"\r\n\r\n")]
    return (sender is not None and sender.needs_utf8) or not (head.isascii() or head.replace(str(to).encode(), b"").isascii())


def _impossible(session: Session, is_ours: bool, to: Address, octets: int) -> Reply | None:
    """The reply the server would give for what it said at EHLO, so that it need not be asked; `is_ours`: our side needs SMTPUTF8."""
    limit = session.features.get("SIZE", "")
    if limit.isdecimal() and 0 < int(limit) < octets:  # RFC 1870: 0 is no limit
        return Reply(552, f"5.3.4 a letter of {octets} octets; the server takes {limit}", Stage.MAIL)
    if "SMTPUTF8" in session.features:
        return None
    if is_ours:
        return Reply(553, "5.6.7 the server takes no sender with letters outside ASCII before the @", Stage.AUTH)
    if to.needs_utf8:
        return Reply(553, "5.6.7 the server takes no address with letters outside ASCII before the @", Stage.RCPT)
    return None


def _of_sender(session: Session, sender: str) -> Reply:
    address = mailbox(sender)
    try:
        said = session.mail(str(address), " SMTPUTF8" if address.needs_utf8 and "SMTPUTF8" in session.features else "")
        _is_reset(session)
    except Lost as lost:
        return Reply(0, str(lost), Stage.MAIL)
    return said


def _is_reset(session: Session) -> bool:
    try:
        return session.rset().code == 250
    except Lost:
        return False
