"""A letter's bytes: header fields, then one part (text, Markdown) or two (text, HTML), 7-bit clean, the same whenever written again."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import format_datetime
from urllib.parse import urlsplit

from ..errors import DeliveryError
from .addresses import mailbox
from .dkim import Signer, signed
from .headers import field, mailbox_field, token_field

_LONGEST_LINE = 998  # RFC 5322 §2.1.1 MUST
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}@[A-Za-z0-9.-]{1,120}")
_C1 = re.compile(b"\xc2[\x80-\x9f]")
_BREAKS = (b"\r\n", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")  # CRLF, NEL, LS, PS in UTF-8
_ENDS_A_LINE = bytes.maketrans(b"\r\v\f\x1c\x1d\x1e", b"\n" * 6)
_NOT_TEXT = bytes(range(0x00, 0x09)) + bytes(range(0x0E, 0x1C)) + b"\x1f\x7f"
_QP_LINE = 76  # RFC 2045 §6.7 (5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a letter says and to whom; `write` turns it into bytes.

    `date` is the issue's, so that the letter is the same each time it is written. `list_id` is "label.domain", or "phrase <label.domain>".
    `unsubscribe_url` is given only where it can be reached from anywhere: mail programs will POST to it (RFC 8058).
    `text` is the plain text or the Markdown; without `html` it is the only part.
    """

    sender: str
    sender_name: str
    reply_to: str | None
    to: str
    subject: str
    message_id: str
    date: datetime
    list_id: str
    unsubscribe_mailto: str
    unsubscribe_url: str | None
    text: str
    html: str | None


def write(draft: Draft, signers: Sequence[Signer] = ()) -> bytes:
    """The letter as it goes over the wire: CRLF, ASCII (save a To with a non-ASCII local part), lines of at most 998 octets.

    The signatures of `signers` stand first and are made last. The same draft gives the same bytes. Raises DeliveryError where an address,
    id or link cannot stand in a message, and where the bytes, read again, do not hold exactly the fields that were meant.
    """
    named = _fields(draft)
    head = "".join(named).encode()
    intended = [line.partition(":")[0] for line in named]
    # "=_" occurs neither in quoted-printable nor in base64 (RFC 2045 §6.7), so no part can hold the boundary.
    boundary = "=_" + hashlib.sha256(draft.message_id.encode(errors="replace")).hexdigest()[:24]
    body = _part("plain", draft.text) if draft.html is None else _two_parts(draft.text, draft.html, boundary)
    letter = head + b"MIME-Version: 1.0\r\n" + body
    own = ["Content-Type"] if draft.html is not None else ["Content-Type", "Content-Transfer-Encoding"]
    letter = signed(letter, signers, draft.date)
    _require_fields(draft, letter, [*("DKIM-Signature" for _ in signers), *intended, "MIME-Version", *own])
    return letter


def _fields(draft: Draft) -> list[str]:
    sender, to = mailbox(draft.sender), mailbox(draft.to)
    list_name, list_id = _list(draft.list_id)
    fields = [
        mailbox_field("From", draft.sender_name, str(sender)),
        token_field("To", str(to)),
        field("Subject", draft.subject),
        token_field("Date", format_datetime(draft.date)),
        token_field("Message-ID", f"<{_message_id(draft)}>"),
        mailbox_field("List-Id", list_name, list_id) if list_name else token_field("List-Id", f"<{list_id}>"),
        *_unsubscribe(draft),
        # RFC 3834 §5 and Exchange's own: no out-of-office notes to a machine.
        token_field("Auto-Submitted", "auto-generated"),
        token_field("Precedence", "bulk"),
        token_field("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        # Gmail's feedback loop: three words of ours, then who sends; says nothing about the reader.
        token_field("Feedback-ID", f"letter:list:{list_id.partition('.')[0]}:{_sender_id(sender.domain)}"),
    ]
    return fields if draft.reply_to is None else [*fields[:1], token_field("Reply-To", str(mailbox(draft.reply_to))), *fields[1:]]


def _message_id(draft: Draft) -> str:
    identity = draft.message_id.strip("<>")
    if not _MESSAGE_ID.fullmatch(identity):
        raise DeliveryError(repr(draft.message_id), "not a Message-ID", hint="report a bug: digest makes these itself")
    return identity


def _list(text: str) -> tuple[str, str]:
    phrase, _, identity = text.rpartition("<") if text.endswith(">") else ("", "", text)
    identity = identity.removesuffix(">")
    if not _LIST_ID.fullmatch(identity) or len(identity) > 255:
        raise DeliveryError(repr(text), "not a List-Id such as label.example.org", hint="check [sender] from")
    return phrase.strip().strip('"'), identity


def _unsubscribe(draft: Draft) -> list[str]:
    """RFC 2369 and RFC 8058: the mailto alone, or https first, and then One-Click."""
    mailto = f"<{_uri(draft.unsubscribe_mailto, 'mailto')}>"
    if draft.unsubscribe_url is None:
        return [token_field("List-Unsubscribe", mailto)]
    page = f"<{_uri(draft.unsubscribe_url, 'https')}>,"
    return [token_field("List-Unsubscribe", page, mailto), token_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]


def _uri(text: str, scheme: str) -> str:
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" <>,\"\\") and len(text) <= 900
    if not is_plain or not text.startswith(f"{scheme}:") or (scheme == "https" and not urlsplit(text).hostname):
        message = f"not a {scheme}: address that can stand in List-Unsubscribe"
        raise DeliveryError(repr(text), message, hint="check base_url and [inbox] address")
    return text


def _sender_id(domain: str) -> str:
    return re.sub(r"[^a-z0-9]", "", domain)[:15]


def _two_parts(text: str, html: str, boundary: str) -> bytes:
    """Text first: readers show the last part they understand (RFC 2046 §5.1.4)."""
    mark = boundary.encode("ascii")
    opening = b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n' % mark
    between = b"--%s\r\n" % mark
    return b"".join((opening, between, _part("plain", text), between, _part("html", html), b"--%s--\r\n" % mark))


def _part(subtype: str, text: str) -> bytes:
    content = _as_lines(text)
    quoted = _quoted_printable(content)
    encoding, coded = "quoted-printable", quoted
    if len(quoted) > len(content) * 1.4:  # base64 costs 1.37; text that is mostly ASCII stays readable in the source
        encoding, coded = "base64", _base64(content)
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii") + coded


def _as_lines(text: str) -> bytes:
    """The text in UTF-8 with CRLF, one at the end, and nothing in it that is no text."""
    octets = text.encode(errors="replace")
    for mark in _BREAKS:
        octets = octets.replace(mark, b"\n")
    octets = _C1.sub(b"", octets.translate(_ENDS_A_LINE, _NOT_TEXT))
    return (octets.rstrip(b"\n") + b"\n").replace(b"\n", b"\r\n")


def _quoted_printable(content: bytes) -> bytes:
    lines = binascii.b2a_qp(content, istext=True).split(b"\r\n")
    if max(map(len, lines)) > _QP_LINE:
        # The C encoder is an octet or two over where a line ends in a blank that it has to spell out; such a line is broken once more.
        lines = [line if len(line) <= _QP_LINE else _broken(line) for line in lines]
    return b"\r\n".join(lines)


def _broken(line: bytes) -> bytes:
    escape = line.rfind(b"=", _QP_LINE - 3, _QP_LINE - 1)
    cut = escape if escape > 0 else _QP_LINE - 1
    return line[:cut] + b"=\r\n" + line[cut:]


def _base64(content: bytes) -> bytes:
    return b"".join(binascii.b2a_base64(content[i : i + 57]).replace(b"\n", b"\r\n") for i in range(0, len(content), 57))


def _require_fields(draft: Draft, letter: bytes, intended: list[str]) -> None:
    """Read the header as a mail program would: every field that was meant, in its place, and no other."""
    head = letter[: letter.index(b"\r\n\r\n") + 4]
    found = BytesHeaderParser(policy=compat32).parsebytes(head)
    longest = max(map(len, head.split(b"\r\n")))
    if found.keys() != intended or found.defects or longest > _LONGEST_LINE:
        odd = sorted(set(found.keys()) ^ set(intended)) or [f"a line of {longest} octets"]
        message = f"the letter's header would not be what was meant: {', '.join(odd)!r}"
        raise DeliveryError(draft.to, message, hint="report a bug, with this line")
