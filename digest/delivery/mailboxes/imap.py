"""A mailbox on an IMAP server, perhaps somebody's own: other people's mail is never marked, moved or fetched beyond a few header lines.

The standard library's imaplib speaks the protocol. The folder is opened with EXAMINE, so that reading cannot mark a mail.
"""

from __future__ import annotations

import imaplib
import logging
import re
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...errors import ConfigurationError, MailboxError
from ...model import Mail, Place
from ..bounces.mime import MOST
from ..bounces.reading import FIELDS as BOUNCE_FIELDS
from ..bounces.reading import may_be_returned
from .imap_hints import connection, is_passing, login, opening
from .imap_talk import Encrypted, Watched
from .inbox import BEGINNING, FIELDS, read_command

log = logging.getLogger(__name__)

FIRST_LOOK = timedelta(days=30)
"""How far back the first look goes, and the one after the server numbered its messages anew or was set back."""
_AT_ONCE = 200
_SEARCHED = 50_000
"""Mails searched at once: imaplib takes no line of more than a million octets, and a number may have ten digits."""
_HEADER = f"BODY.PEEK[HEADER.FIELDS ({' '.join(dict.fromkeys((*FIELDS, *BOUNCE_FIELDS))).upper()})]<0.8192>"
_WHOLE = f"BODY.PEEK[]<0.{BEGINNING}>"
_RETURNED = f"BODY.PEEK[]<0.{MOST}>"
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Time-outs in seconds: for each answer, and for everything together, since a server may send byte by byte."""

    answer: float = 60.0
    whole: float = 600.0


class ImapMailbox:
    """One folder of a mailbox, open during a `with` block. Entering it connects, encrypts, logs in and opens the folder.

    `security`: "tls" from the first byte, "starttls" (required; there is no fallback to plain text), or "none". Certificates are checked
    against the system's authorities, or only against those in `ca_file`. Everything raises MailboxError, and ConfigurationError for a
    `ca_file` that cannot be used. Never shows or logs its password.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: str = "tls",
        *,
        user: str,
        password: str,
        folder: str = "INBOX",
        ca_file: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._host, self._port, self._security = host, port, security
        self._user, self._password, self._folder = user, password, folder
        self._ca_file, self._patience = ca_file, patience or Patience()
        self._client: imaplib.IMAP4 | None = None
        self._watch: threading.Timer | None = None
        self._is_late = False
        self._count = 0
        self._done: list[int] = []
        self.place = Place()

    @property
    def name(self) -> str:
        """The mailbox's name, under which the catalog knows it too."""
        return f"{self._user}@{self._host}:{self._port}/{self._folder}"

    @property
    def _server(self) -> str:
        return f"{self._host}:{self._port}"

    @property
    def _talk(self) -> imaplib.IMAP4:
        assert self._client is not None, "a mailbox is read within its `with`"
        return self._client

    def mails(self, since: Place, now: datetime) -> Iterator[Mail]:
        """The mails since `since` that hold a command, oldest first: only the header, unless the command needs the text.

        After each portion, `place` says up to where the mailbox was read, and the mails marked in it are seen: an interrupted look
        continues from there.
        """
        # Some servers keep their numbering when a mailbox is restored or moved: a place that is still to come was another mailbox's.
        is_to_come = 0 < self._opened.next < since.next
        is_known = bool(since.numbering and since.next) and since.numbering == self._opened.numbering and not is_to_come
        asked = f"UID {since.next}:*" if is_known else f"SINCE {_day((now - FIRST_LOOK).date())}"
        # "5:*" means the last message, too, where there is none from 5 on (RFC 3501 section 6.4.8).
        numbers = sorted(number for number in self._search(f"{asked} UNDELETED") if not is_known or number >= since.next)
        for start in range(0, len(numbers), _AT_ONCE):
            self._done = []
            portion = numbers[start : start + _AT_ONCE]
            for number, header in self._fetch(portion, _HEADER):
                if content := self._wanted(number, header):
                    yield Mail(str(number), content)
            self._mark(self._done)
            self.place = Place(self._opened.numbering, portion[-1] + 1)
        last = max([self._opened.next - 1, *numbers])
        self.place = Place(self._opened.numbering, max(last + 1, since.next if is_known else 0))

    def mark_read(self, mail: Mail) -> None:
        """Mark a mail as seen, in one request with others."""
        self._done.append(int(mail.name))

    def __enter__(self) -> Self:
        try:
            with self._told():
                self._client = self._connected()
            self._encrypt()
            self._log_in()
            self._open(readonly=True)
            self._opened = Place(self._number("UIDVALIDITY"), self._number("UIDNEXT"))
            self._count = self._number("EXISTS")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        log.info("opened the inbox", extra={"server": self._server})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._client is not None:
            with suppress(imaplib.IMAP4.error, OSError, ValueError):
                self._client.logout()
            with suppress(OSError):  # a goodbye that failed leaves the socket open
                self._client.shutdown()
        if self._watch is not None:
            self._watch.cancel()

    def _connected(self) -> imaplib.IMAP4:
        options = {"host": self._host, "port": self._port, "timeout": self._patience.answer}
        if self._security == "tls":
            return Encrypted(self._watch_over, ssl_context=self._context(), **options)
        return Watched(self._watch_over, **options)

    def _watch_over(self, client: imaplib.IMAP4) -> None:
        self._watch = threading.Timer(self._patience.whole, self._give_up, (client,))
        self._watch.daemon = True
        self._watch.start()

    def _give_up(self, client: imaplib.IMAP4) -> None:
        self._is_late = True
        with suppress(OSError):
            # On the raw socket: another thread may be reading through the TLS layer.
            socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)

    def _encrypt(self) -> None:
        if self._security != "starttls":
            return
        if "STARTTLS" not in self._talk.capabilities:
            raise MailboxError(
                self._server,
                "the server offers no encryption (STARTTLS), or somebody in between took the offer out; no password is sent",
                hint='set [inbox] imap_security = "tls", which is port 993',
            )
        with self._told():
            self._talk.starttls(self._context())

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:
            message = f"{str(self._ca_file)!r} holds no certificates that can be read: {error.strerror or error}"
            raise ConfigurationError("[inbox] imap_ca_file", message, hint="name a PEM file, or remove the setting") from error

    def _log_in(self) -> None:
        with self._told(login):
            is_plain = self._user.isascii() and self._password.isascii() and "LOGINDISABLED" not in self._talk.capabilities
            if is_plain:
                self._answered(self._talk.login(_quoted(self._user), self._password))
            else:  # LOGIN speaks ASCII alone
                self._answered(self._talk.authenticate("PLAIN", lambda _: f"\0{self._user}\0{self._password}".encode()))

    def _open(self, *, readonly: bool) -> None:
        with self._told(opening):
            self._answered(self._talk.select(_quoted(_utf7(self._folder)), readonly=readonly))

    def _number(self, name: str) -> int:
        """A number that the server gave when the folder was opened; 0 if it gave none."""
        told = self._talk.response(name)[1]
        return _read_number(told[-1]) if told and isinstance(told[-1], bytes) else 0

    def _search(self, asked: str) -> set[int]:
        """The numbers of the matching mails; of a full mailbox the last first, since an expunged mail moves all those after it."""
        parts = [f"{first}:{min(first + _SEARCHED - 1, self._count)} {asked}" for first in range(1, self._count + 1, _SEARCHED)]
        found: set[int] = set()
        for part in reversed(parts) if len(parts) > 1 else [asked]:
            with self._told():
                lines = self._answered(self._talk.uid("SEARCH", part))
            found |= {_read_number(word) for line in lines if isinstance(line, bytes) for word in line.split()}
        return found - {0}

    def _wanted(self, number: int, header: bytes) -> bytes:
        """The part of a mail to read: its header, with the text if that is needed; nothing if the mail is not for us."""
        command = read_command(header)
        if command is not None:
            return self._text(number, _WHOLE, header) if command.action == "follow" and not command.undo else header
        return self._text(number, _RETURNED, header) if may_be_returned(header) else b""

    def _text(self, number: int, what: str, header: bytes) -> bytes:
        """A mail with its text; nothing if the server cannot give it, since it would block all mails after it for ever."""
        with self._told():
            try:
                return next((whole for _, whole in self._given([number], what)), header)
            except imaplib.IMAP4.error as error:
                if is_passing(error):
                    raise
                log.warning("a mail whose text the server cannot give was passed over", extra={"server": self._server, "mail": number})
                return b""

    def _fetch(self, numbers: Sequence[int], what: str) -> list[tuple[int, bytes]]:
        with self._told():
            try:
                return self._given(numbers, what)
            except imaplib.IMAP4.error as error:
                if len(numbers) == 1 or is_passing(error):
                    raise
                return self._one_by_one(numbers, what)

    def _given(self, numbers: Sequence[int], what: str) -> list[tuple[int, bytes]]:
        return _messages(self._answered(self._talk.uid("FETCH", ",".join(map(str, numbers)), f"(UID {what})")))

    def _one_by_one(self, numbers: Sequence[int], what: str) -> list[tuple[int, bytes]]:
        """Fetch one by one what the server refused as a whole, since one mail it cannot read would block all after it for ever.

        A mail is skipped only if the last one is given: if all that are left are refused, the trouble is with the server, not with a mail.
        """
        found: list[tuple[int, bytes]] = []
        refused = 0
        for number in numbers:
            try:
                found += self._given([number], what)
            except imaplib.IMAP4.error as error:
                if number == numbers[-1] or is_passing(error):
                    raise
                refused += 1
        log.warning("mails that the server cannot give were passed over", extra={"server": self._server, "mails": refused})
        return found

    def _mark(self, numbers: Sequence[int]) -> None:
        """Flag these as seen. In a read-only mailbox they stay unseen, and count as done all the same."""
        if not numbers:
            return
        try:
            self._open(readonly=False)
            if self._number("UIDVALIDITY") not in (0, self._opened.numbering):  # the numbers are other mails' by now
                raise MailboxError(self._server, "the server has numbered the mails anew", hint="nothing to do: they are looked at again")
            with self._told():
                self._answered(self._talk.uid("STORE", ",".join(map(str, numbers)), "+FLAGS.SILENT", r"(\Seen)"))
        except MailboxError as error:
            log.warning("mails that were carried out could not be marked as read", extra={"server": self._server, "why": error.message})
        self._open(readonly=True)

    def _answered(self, answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:  # imaplib: texts, and pairs of a text and a literal
        kind, said = answer
        if kind != "OK":
            raise imaplib.IMAP4.error(said[-1] if said else b"")
        return said

    @contextmanager
    def _told(self, refused: Callable[[Exception], tuple[str, str]] | None = None) -> Iterator[None]:
        """Turn what imaplib and the network raise into a MailboxError; `refused` explains what a refusal means at this step."""
        try:
            yield
        except (imaplib.IMAP4.error, OSError, ValueError) as error:  # imaplib lets a length or a challenge that is none through
            is_answer = isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort)
            message, hint = refused(error) if refused and is_answer else connection(error, self._port, self._security)
            if self._is_late:
                message = f"the server took more than {self._patience.whole:.0f} seconds"
            raise MailboxError(self._server, self._without_password(message), hint=hint) from error

    def _without_password(self, said: str) -> str:
        """The server's words, cut where they repeat the login, as some servers do for an unknown command."""
        plain = b64encode(f"\0{self._user}\0{self._password}".encode()).decode()
        quoted = _quoted(self._password)
        escaped = repr(quoted.encode())[2:-1]  # as imaplib tells of a BAD
        for secret in (quoted, escaped, plain, quoted[1:-1], self._password):
            before, repeated, _ = said.partition(" ".join(secret[:8].split()))
            said = f"{before}…" if repeated else said
        return said


def _messages(parts: Sequence[Any]) -> list[tuple[int, bytes]]:
    """The number and text of each message in FETCH replies, without unsolicited ones that only have flags."""
    found: list[tuple[int, bytes]] = []
    said: list[bytes] = []
    literal = None
    for part in parts:
        if isinstance(part, tuple):
            said.append(part[0])
            literal = part[1]
        elif isinstance(part, bytes):
            number = _UID.search(b" ".join([b"".join(said), part]))  # some servers tell it behind the literal
            if number is not None and literal is not None:
                found.append((int(number[1]), literal))
            said, literal = [], None
    return found


def _read_number(text: bytes) -> int:
    """An IMAP number of 32 bits (RFC 3501 section 9); 0 for anything else."""
    number = int(text) if text.isdigit() and len(text) <= 10 else 0
    return number if number < 1 << 32 else 0


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _day(day: date) -> str:
    """The day in IMAP's form, whatever the locale."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def _utf7(name: str) -> str:
    """A folder's name in IMAP's own UTF-7 (RFC 3501 section 5.1.3)."""
    coded = [
        f"&{run.encode('utf-7').decode('ascii')[1:].rstrip('-').replace('/', ',')}-" if not run.isascii() else run.replace("&", "&-")
        for run in re.findall(r"[ -~]+|[^ -~]+", name)
    ]
    return "".join(coded)
