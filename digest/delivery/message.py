"""Write a letter's bytes: header fields, then one part (text, Markdown) or two (text, HTML); 7-bit clean and reproducible.

If a file is attached, the text parts come first, in a multipart of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from ..errors import DeliveryError
from ..fragments import Fragment, coded
from ..model import WireText
from ..tokens import BLANK
from .addresses import mailbox
from .dkim import Signer, signatures, without_empty_end
from .headers import field, mailbox_field, token_field

_BLANK = BLANK.encode()
_LONGEST_LINE = 998  # RFC 5322 §2.1.1 MUST
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}@[A-Za-z0-9.-]{1,120}")
# A field with its folded lines, none of them blank (RFC 5322 §2.2.3), and its name; it must not contain BLANK.
_FIELD = re.compile(rb"(([!-9;-~]+):[^\r\n\x02]*\r\n(?:[ \t]+[^ \t\r\n\x02][^\r\n\x02]*\r\n)*)")
_PLAIN_URI = re.compile(r"[!#-+\--;=?-\[\]-~]{1,900}")  # printable, without space, quote, comma, angle bracket and backslash
_HOST = re.compile(r"https://[A-Za-z0-9.\[\]:-]+(?:[/?#]|$)")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
Text = str | Sequence[Fragment]
Entity = tuple[list[str], list[bytes], list[bytes]]
"""A MIME entity (RFC 2045 §2.4): its header fields, each with its CRLF; its body in pieces, ending in CRLF; the body in relaxed form."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A BibTeX file attached to a letter: its name and its text, which may be fragments shared between letters."""

    name: str
    content: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The content and addresses of a letter; `write` turns it into bytes.

    `date` is the issue's, so that the letter is the same each time it is written. `list_id` is "label.domain", or "phrase <label.domain>".
    Give `unsubscribe_url` only if it can be reached from anywhere: mail programs will POST to it (RFC 8058).
    `text` is the plain text or the Markdown; without `html` it is the only part. Both may be fragments, which are encoded once for all
    letters that share them; `token` (at most 75 characters) replaces BLANK in them.
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
    text: Text
    html: Text | None
    token: str = ""
    attachment: Attachment | None = None


def write(draft: Draft, signers: Sequence[Signer] = ()) -> WireText:
    """The letter as SMTP sends it: ASCII (except a To with a non-ASCII local part), in lines of at most 998 octets.

    Each line ends in CRLF and none begins with a dot, so that SMTP can send it unchanged (RFC 5321 §4.5.2). The signatures of `signers`
    come first and are made last. The same draft gives the same bytes. Raises DeliveryError if an address, id, link or file name is not
    fit for a message, or if the bytes, parsed again, do not hold exactly the intended fields.
    """
    named = [*_fields(draft), "MIME-Version: 1.0\r\n"]
    own, lines, canonical = _content(draft, is_signed=bool(signers))
    token = draft.token.encode()
    head = "".join((*named, *own)).encode()
    if signers:
        hashed = without_empty_end(b"".join(canonical).replace(_BLANK, token))
        head = signatures(signers, head, hashed, draft.date) + head
    _require_fields(draft, head, [*("DKIM-Signature" for _ in signers), *(line.partition(":")[0] for line in (*named, *own))])
    # One join and one replacement over everything: each copy of 90 KB costs more than the work on it.
    return WireText(b"".join((head, b"\r\n", *lines)).replace(_BLANK, token))


def _fields(draft: Draft) -> list[str]:
    to = mailbox(draft.to)
    first, named, last = _shared_fields(draft.sender, draft.sender_name, draft.reply_to, draft.list_id)
    return [
        *first,
        token_field("To", str(to)),
        _subject(draft.subject),
        token_field("Date", _date_text(draft.date, draft.date.utcoffset())),
        token_field("Message-ID", f"<{_message_id(draft)}>"),
        named,
        *_unsubscribe(draft),
        *last,
    ]


@lru_cache(maxsize=64)
def _shared_fields(sender: str, name: str, reply_to: str | None, list_of: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """The fields that all letters of a sender share: the first ones, List-Id, and the last ones."""
    address = mailbox(sender)
    list_name, list_id = _list(list_of)
    answers = () if reply_to is None else (token_field("Reply-To", str(mailbox(reply_to))),)
    first = (mailbox_field("From", name, str(address)), *answers)
    named = mailbox_field("List-Id", list_name, list_id) if list_name else token_field("List-Id", f"<{list_id}>")
    last = (
        # RFC 3834 §5 and Exchange's own: no out-of-office notes to a machine.
        token_field("Auto-Submitted", "auto-generated"),
        token_field("Precedence", "bulk"),
        token_field("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        # Gmail's feedback loop: three words of ours, then who sends; says nothing about the reader.
        token_field("Feedback-ID", f"letter:list:{list_id.partition('.')[0]}:{_sender_id(address.domain)}"),
    )
    return first, named, last


@lru_cache(maxsize=4096)  # letters with the same first paper have the same
def _subject(text: str) -> str:
    return field("Subject", text)


@lru_cache(maxsize=256)
def _date_text(moment: datetime, offset: timedelta | None) -> str:
    """The moment as a Date field. `offset` is part of the cache key: equal moments in different zones are written differently."""
    return format_datetime(moment)


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
    """The unsubscribe fields (RFC 2369, RFC 8058): the mailto alone, or https first and then the One-Click field."""
    mailto = f"<{_uri(draft.unsubscribe_mailto, 'mailto')}>"
    if draft.unsubscribe_url is None:
        return [token_field("List-Unsubscribe", mailto)]
    page = f"<{_uri(draft.unsubscribe_url, 'https')}>,"
    return [token_field("List-Unsubscribe", page, mailto), token_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]


def _uri(text: str, scheme: str) -> str:
    if not _PLAIN_URI.fullmatch(text) or not text.startswith(f"{scheme}:") or (scheme == "https" and not _HOST.match(text)):
        message = f"not a {scheme}: address that can stand in List-Unsubscribe"
        raise DeliveryError(repr(text), message, hint="check base_url and [inbox] address")
    return text


def _sender_id(domain: str) -> str:
    return re.sub(r"[^a-z0-9]", "", domain)[:15]


def _content(draft: Draft, *, is_signed: bool) -> Entity:
    # Neither boundary is a prefix of the other: some programs compare only as many characters as a boundary has.
    mark = hashlib.sha256(draft.message_id.encode(errors="replace")).hexdigest()
    content = _text_part("text/plain", draft.text, draft.token, is_signed=is_signed)
    if draft.html is not None:
        # Text first: readers show the last part they understand (RFC 2046 §5.1.4).
        content = _multipart("alternative", mark[:24], content, _text_part("text/html", draft.html, draft.token, is_signed=is_signed))
    if draft.attachment is not None:
        content = _multipart("mixed", mark[24:48], content, _attachment_part(draft.attachment, is_signed=is_signed))
    return content


def _multipart(subtype: str, mark: str, *parts: Entity) -> Entity:
    # "=_" occurs neither in quoted-printable nor in base64 (RFC 2045 §6.7), so no part can hold the boundary.
    boundary = f"=_{mark}"
    pieces: list[bytes] = []
    canonical: list[bytes] = []
    for fields, lines, relaxed in parts:
        opening = f"--{boundary}\r\n{''.join(fields)}\r\n".encode("ascii")
        pieces += (opening, *lines)
        canonical += (opening, *relaxed)
    closing = f"--{boundary}--\r\n".encode("ascii")
    return [f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'], [*pieces, closing], [*canonical, closing]


def _attachment_part(attachment: Attachment, *, is_signed: bool) -> Entity:
    if not _FILE.fullmatch(attachment.name):
        raise DeliveryError(repr(attachment.name), "not a plain name for a file", hint="report a bug: digest makes these itself")
    # No reader's token goes into a file.
    fragments = [Fragment(one.text.replace(BLANK, "")) if BLANK in one.text else one for one in _fragments(attachment.content)]
    fields, lines, relaxed = _text_part("application/x-bibtex", fragments, "", is_signed=is_signed)
    # The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1), so the file needs one of its own.
    named = [*fields, f'Content-Disposition: attachment; filename="{attachment.name}"\r\n']
    return named, [*lines, b"\r\n"], [*relaxed, b"\r\n"]


def _text_part(kind: str, text: Text, token: str, *, is_signed: bool) -> Entity:
    encoding, lines, canonical = coded(_fragments(text), token, is_signed=is_signed)
    return [f"Content-Type: {kind}; charset=utf-8\r\n", f"Content-Transfer-Encoding: {encoding}\r\n"], lines, canonical


def _fragments(text: Text) -> Sequence[Fragment]:
    return (Fragment(text),) if isinstance(text, str) else text


def _require_fields(draft: Draft, head: bytes, intended: list[str]) -> None:
    """Parse the header as a mail program would, and require exactly the intended fields in their order. Raises DeliveryError."""
    fields = _FIELD.findall(head)
    found = [name.decode("ascii") for _, name in fields]
    longest = max(map(len, head.split(b"\r\n")))
    if found != intended or sum(len(field) for field, _ in fields) != len(head) or longest > _LONGEST_LINE:
        odd = sorted(set(found) ^ set(intended)) or [f"a line of {longest} octets"]
        message = f"the letter's header would not be what was meant: {', '.join(odd)!r}"
        raise DeliveryError(draft.to, message, hint="report a bug, with this line")
