"""The SMTP transport: one connection, reused for many letters and reopened when the server closes it; encrypted unless set to "none"."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..errors import ConfigurationError, DeliveryError, SenderRefused, TransportUnreachable
from ..model import Letter
from .addresses import mailbox
from .connecting import dial, encrypt
from .envelopes import Envelope, commands_for, envelope_of, foreseen_refusal, offer_envelope
from .hints import silence, why
from .session import Lost, Session, Timeouts
from .verdicts import Judgement, Reply, Stage, judge, refuses_sender

log = logging.getLogger(__name__)

_LETTERS_PER_CONNECTION = 100  # some servers close longer-lived connections in the middle of a letter


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """What a test connection showed: the features offered, the encryption agreed on, whether the login worked.

    `certificate_ends` is when the certificate expires (None without one); `of_sender` is the reply to MAIL with the sender's address, if
    that was asked.
    """

    features: tuple[str, ...]
    encryption: str
    logged_in: bool
    certificate_ends: datetime | None = None
    of_sender: Reply | None = None


class SmtpTransport:
    """Hands letters to one SMTP server. Connects at the first letter; use one transport for each connection.

    `security`: "starttls" (required; there is no fallback to plain text), "tls" from the first byte, or "none", which never carries a
    password. Certificates are checked against the system's authorities, or only against those in `ca_file`.
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
        self._asked: Envelope | None = None  # its commands were sent ahead; the replies are still to be read
        self._offered: Envelope | None = None  # accepted by the server, which waits for its text
        self._is_clear = True  # nothing was refused since the last RSET, so none is needed
        self._carried = 0
        self._takes_plain_only = False
        self._is_stopped: Callable[[], bool] = lambda: False

    @property
    def server(self) -> str:
        """The server's name and port, for messages."""
        return f"{self._host}:{self._port}"

    def check(self, sender: str = "") -> ServerCheck:
        """Connect, greet, encrypt and log in, as for a letter, and report what the server showed. Raises what `send` raises.

        With a `sender`, a letter from that address is announced (MAIL) and then withdrawn (RSET).
        """
        # Somebody is waiting at a terminal: RFC 5321's five minutes for a greeting suit only unattended runs.
        session = self._open(Timeouts(connect=15, greeting=30, command=30))
        seen = ServerCheck(
            features=tuple(f"{k} {v}".strip() for k, v in session.features.items()),
            encryption=session.encryption,
            logged_in=bool(self._user),
            certificate_ends=session.certificate_ends,
            of_sender=_of_sender(session, sender) if sender else None,
        )
        session.quit()
        return seen

    def stop_when(self, is_stopped: Callable[[], bool]) -> None:
        """Call this during every wait for the server, and stop once it is true."""
        self._is_stopped = is_stopped

    def offer(self, letter: Letter) -> Reply | None:
        """Offer the letter: None if the server now waits for its text, else the refusal.

        A stale connection is reopened. A server that refuses the letter's own (VERP) sender is offered the plain one at once. Raises
        DeliveryError for a letter that SMTP cannot carry; TransportUnreachable or SenderRefused if no letter can be sent at all.
        """
        ahead, self._asked = self._asked, None
        was_asked = ahead is not None and ahead.letter is letter
        if ahead is not None and not was_asked:
            self._drop()  # the server waits for the text of another letter
        envelope = ahead if ahead is not None and was_asked else self._envelope(letter)
        while True:
            is_fresh = self._session is None
            session = self._session or self._connected()
            refusal = offer_envelope(session, envelope, was_asked=was_asked, is_clear=self._is_clear)
            if refusal is None:
                self._offered = envelope
                return None
            if was_asked and refusal.code == 503 and refusal.stage is Stage.MAIL:
                refusal = Reply(0, str(refusal), Stage.MAIL)  # this server wants RSET after each letter it refused
            was_asked = False
            self._tidy(refusal)
            if envelope.plain is not None and refuses_sender(refusal):
                envelope = envelope.as_plain(refusal)
                continue
            has_gone = refusal.code in (0, 421)
            if is_fresh and has_gone and refusal.stage is Stage.MAIL:
                raise TransportUnreachable(self.server, str(refusal), hint="try again later; if it goes on, ask who runs the server")
            if is_fresh or not has_gone:
                return self._concluded(envelope, refusal)

    def hand_over(self, following: Letter | None = None) -> Reply:
        """Send the text of the letter offered last, and give the final reply.

        Code 0 at the dot: the letter was sent whole and no reply came. If the server takes pipelined commands (RFC 2920), those for
        `following` go out with the dot, and the next `offer` reads the replies. A server that only now refuses the letter's own sender is
        offered the letter once more from the plain one. Raises what `offer` raises.
        """
        envelope, session = self._offered, self._session
        assert envelope is not None, "a letter is offered before it is handed over"
        assert session is not None, "what was offered was offered to somebody"
        self._offered = None
        ahead = self._ahead(session, following)
        stage = Stage.DATA
        try:
            session.letter(envelope.letter.content)
            stage = Stage.DOT
            session.dot(*(commands_for(session, ahead) if ahead else ()))
            self._asked = ahead
            reply = session.hear(Stage.DOT)
        except Lost as lost:
            reply = Reply(0, str(lost), stage)
        if envelope.plain is not None and refuses_sender(reply):
            return self._once_more(envelope.as_plain(reply))
        self._tidy(reply)
        return self._concluded(envelope, reply)

    def send(self, letter: Letter) -> Reply:
        """Offer one letter and hand it over; gives the final reply. Raises what `offer` raises."""
        refusal = self.offer(letter)
        return self.hand_over() if refusal is None else refusal

    def abandon(self) -> None:
        """Withdraw the offered letter by hanging up, which is the only way."""
        self._offered = None
        self._drop()

    @property
    def has_heard(self) -> bool:
        """Whether the replies for the following letter have already arrived."""
        return self._asked is not None and self._session is not None and self._session.has_heard

    def close(self) -> None:
        """Quit the session, if there is one."""
        if self._session is not None:
            self._session.quit()
        self._session = self._asked = None

    def ready(self) -> None:
        """Connect, encrypt and log in, unless connected already. Raises TransportUnreachable or SenderRefused."""
        if self._session is None:
            self._connected()

    def _envelope(self, letter: Letter) -> Envelope:
        made = envelope_of(letter)
        return made.as_plain(None) if made.plain is not None and self._takes_plain_only else made

    def _connected(self) -> Session:
        self._session = self._open(self._timeouts)
        self._carried, self._is_clear, self._asked = 0, True, None
        return self._session

    def _ahead(self, session: Session, following: Letter | None) -> Envelope | None:
        """The envelope whose commands go out with the dot; None if the letter has to wait for its own `offer`."""
        if following is None or "PIPELINING" not in session.features or self._carried + 1 >= _LETTERS_PER_CONNECTION:
            return None
        try:
            ahead = self._envelope(following)
        except DeliveryError:  # must not fail the current letter; `offer` raises it again for the following one
            return None
        return ahead if foreseen_refusal(session, ahead) is None else None

    def _once_more(self, envelope: Envelope) -> Reply:
        """Send the letter again from the plain sender. The letter offered ahead had a refused sender too, and is offered anew."""
        if self._asked is not None:
            self._drop()
        elif self._session is not None:
            self._is_clear = False
        is_fresh = self._session is None
        session = self._session or self._connected()
        refusal = offer_envelope(session, envelope, was_asked=False, is_clear=self._is_clear)
        if refusal is not None and refusal.code in (0, 421) and not is_fresh:
            self._drop()
            refusal = offer_envelope(self._connected(), envelope, was_asked=False, is_clear=True)
        if refusal is not None:
            self._tidy(refusal)
            return self._concluded(envelope, refusal)
        self._offered = envelope
        return self.hand_over()

    def _concluded(self, envelope: Envelope, reply: Reply) -> Reply:
        """The reply. A server that took the plain sender after refusing the letter's own gets only plain senders from now on."""
        if not envelope.of_sender or reply.code == 0 or reply.stage is Stage.MAIL or refuses_sender(reply):
            return reply
        self._takes_plain_only = True
        return replace(reply, of_sender=envelope.of_sender)

    def _tidy(self, reply: Reply) -> None:
        """After this reply, leave the connection ready for the next letter, or close it."""
        self._carried += 1
        self._is_clear = reply.stage is Stage.DOT and reply.code < 300
        if reply.code in (0, 421) or (self._session is not None and not self._session.is_open):
            self._drop()
        elif self._carried >= _LETTERS_PER_CONNECTION:
            self.close()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = self._asked = None

    def _open(self, timeouts: Timeouts) -> Session:
        """Connect, greet, encrypt and log in: a session that can carry letters."""
        session: Session | None = None
        try:
            connection = self._connect(timeouts)
            name = self._local_hostname or _own_name(connection)
            session = Session(connection, timeouts, self._is_stopped)
            self._require(session.greeting())
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
            told = (self._port, self._security)
            message, hint = (str(error), silence(*told)) if isinstance(error, Lost) else why(error, *told)
            raise TransportUnreachable(self.server, message, hint=hint) from error
        log.info("connected to the mail server", extra={"server": self.server, "encryption": session.encryption or "none"})
        return session

    def _connect(self, timeouts: Timeouts) -> socket.socket:
        connection = dial(self._host, self._port, timeouts.connect, self._is_stopped)
        if self._security != "tls":
            return connection
        assert self._context is not None
        return encrypt(connection, self._context, self._host, timeouts.connect, self._is_stopped)

    def _encrypt(self, session: Session, name: str) -> None:
        if "STARTTLS" not in session.features:
            raise TransportUnreachable(
                self.server,
                "the server offers no encryption (STARTTLS), or somebody in between took the offer out; nothing is sent in clear",
                hint='is this the port for security = "tls" (465)? "none" is for a trusted network, without a password',
            )
        assert self._context is not None
        self._require(session.start_tls(self._context, self._host))
        self._require(session.hello(name))  # features offered before encryption are void (RFC 3207 §4.2)

    def _require(self, reply: Reply) -> None:
        """Raise an error about the server, not about any letter, unless the reply is a success."""
        verdict = judge(reply.stage, reply)
        if verdict.judgement is not Judgement.ACCEPTED:
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
    """This machine's full name if it has one, else its address on this connection (RFC 5321 §4.1.3); without asking the DNS."""
    name = socket.gethostname()
    if "." in name and name.isascii() and name.isprintable() and " " not in name:
        return name
    address = str(connection.getsockname()[0]).partition("%")[0]  # "fe80::1%eth0": only this machine knows its zone
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _of_sender(session: Session, sender: str) -> Reply:
    address = mailbox(sender)
    try:
        said = session.mail(str(address), " SMTPUTF8" if address.needs_utf8 and "SMTPUTF8" in session.features else "")
    except Lost as lost:
        return Reply(0, str(lost), Stage.MAIL)
    with suppress(Lost):
        session.rset()
    return said
