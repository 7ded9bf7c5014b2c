"""Split an untrusted mail into its parts, in bounded time and depth.

The standard library's parser recurses, and checks each line against every open boundary; reading a report needs less.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header

from ...net.markup import unescaped

MOST = 512 * 1024
"""Bytes of a mail that are looked at: what a report says stands before the letter it returns."""
_DEEPEST = 8
_MOST_PARTS = 60
_MOST_FIELDS = 400
_LONGEST_FIELD = 4000
_LONGEST_LINE = 2000
_SLOW = ("punycode", "idna")
"""Encodings of host names, which no text is written in: half a megabyte takes ten seconds."""
_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)")
_RETURNED = re.compile(r"(?:Return-Path|Received|Message-ID|From|To)[ \t]*:", re.IGNORECASE)
_PARAMETER = re.compile(r'[;\s]\s*([\w*-]{1,40})\s*=\s*("(?:[^"\\]|\\.){0,300}"|[^\s;"]{1,300})')
_TAGS = re.compile(r"<(?:!--.{0,2000}?--|(script|style)\b.{0,2000}?</\1\s*|/?[a-z!][^<>]{0,1000})>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|p|div|tr|li|table)\b[^<>]{0,1000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its header, and its text or the parts within. `kind` is its media type in lower case ("message/delivery-status")."""

    fields: tuple[tuple[str, str], ...]
    kind: str
    text: str = ""
    parts: tuple[Part, ...] = field(default=())

    def first(self, name: str) -> str:
        """The first field of that name (lower case), decoded, on one line; "" if there is none."""
        return next((value for found, value in self.fields if found == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every field of that name."""
        return tuple(value for found, value in self.fields if found == name)

    def walk(self) -> Iterator[Part]:
        """This part and all parts within it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(data: bytes) -> Part:
    """The beginning of a mail, as parts. It never raises: anything else is a single part of plain text."""
    text = data[:MOST].decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("From "):  # as it stands in an mbox
        text = text.partition("\n")[2]
    budget = [_MOST_PARTS]
    return _part(_without_blank(text.split("\n")), 0, budget)


def fields_of(lines: list[str]) -> tuple[tuple[tuple[str, str], ...], int]:
    """The header fields at the beginning of the lines, and the number of lines they take, with the empty one after them."""
    found: list[list[str]] = []
    number = len(lines)
    for place, line in enumerate(lines, 1):
        if not line.strip():
            number = place
            break
        field_ = _FIELD.match(line[:_LONGEST_LINE])
        if line[0] in " \t" and found:
            if len(found[-1][1]) < _LONGEST_FIELD:
                found[-1][1] += "\n" + line[:_LONGEST_LINE]
        elif field_ is not None and len(found) < _MOST_FIELDS:
            found.append([field_[1].lower(), field_[2]])
        elif not found:
            return (), 0
    return tuple((name, decoded(value)) for name, value in found), number


def joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields by name; the values of fields with the same name are joined."""
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def decoded(value: str) -> str:
    """A field's value on one line, with its encoded words (RFC 2047) as text."""
    flat = " ".join(value.split())
    if "=?" not in flat:
        return flat
    try:
        pieces = decode_header(flat[:_LONGEST_FIELD])
        text = "".join(piece if isinstance(piece, str) else _as_text(piece, charset or "latin-1") for piece, charset in pieces)
        return " ".join(text.split())
    except (HeaderParseError, ValueError, LookupError, binascii.Error):
        return flat


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type, by lower-case name."""
    found = _PARAMETER.findall(value[:_LONGEST_FIELD])
    return {name.lower().rstrip("*"): text[1:-1].replace("\\", "") if text.startswith('"') else text for name, text in found}


def as_plain(html: str) -> str:
    """The text of an HTML page as a reader sees it, in lines."""
    shown = unescaped(_TAGS.sub(" ", _BREAKS.sub("\n", html)))
    return "\n".join(" ".join(line.split()) for line in shown.split("\n"))


def _part(lines: list[str], depth: int, budget: list[int]) -> Part:
    budget[0] -= 1
    fields, start = fields_of(lines)
    body = lines[start:]
    given = next((value for name, value in fields if name == "content-type"), "text/plain")
    kind = next(iter(given.partition(";")[0].lower().split()), "")  # some forget the semicolon
    kind = kind if "/" in kind else "text/plain"
    boundary = parameters(given).get("boundary", "")
    if depth == 0 and not any(name == "content-type" for name, _ in fields) and _undeclared(body):
        kind, boundary = "multipart/mixed", _undeclared(body)
    if depth < _DEEPEST and budget[0] > 0:
        if kind.startswith("multipart/") and boundary:
            found = _split(body, boundary)
            if found:
                return Part(fields, kind, parts=tuple(_part(some, depth + 1, budget) for some in found[: max(0, budget[0])]))
        if kind.startswith("multipart/"):  # its parts cannot be told apart
            kind = "text/plain"
        if kind in ("message/rfc822", "message/global") and not _is_encoded(fields):
            return Part(fields, kind, parts=(_part(_without_blank(body), depth + 1, budget),))
    return Part(fields, kind, text=_text(fields, given, body))


def _undeclared(lines: list[str]) -> str:
    """The boundary between parts if the header that declared it was lost on the way; "" if there are only those of a returned letter."""
    for line, following in zip(lines[:40], lines[1:41], strict=False):
        if _RETURNED.match(line):
            break
        if line.startswith("--") and len(line) > 8 and following.lower().startswith("content-"):
            return line[2:].rstrip()
    return ""


def _split(lines: list[str], boundary: str) -> list[list[str]]:
    """The parts between the boundary lines; anything after the last one is ignored."""
    opening, closing = f"--{boundary}", f"--{boundary}--"
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(opening):
            bare = line.rstrip()
            if bare == closing:
                break
            if bare == opening:
                if len(found) >= _MOST_PARTS:
                    break
                found.append([])
                continue
        if found:
            found[-1].append(line)
    return found


def _without_blank(lines: list[str]) -> list[str]:
    start = next((number for number, line in enumerate(lines[:5]) if line.strip()), 0)
    return lines[start:]


def _is_encoded(fields: tuple[tuple[str, str], ...]) -> bool:
    return _encoding(fields) in ("base64", "quoted-printable")


def _encoding(fields: tuple[tuple[str, str], ...]) -> str:
    return next((value.strip().lower() for name, value in fields if name == "content-transfer-encoding"), "")


def _text(fields: tuple[tuple[str, str], ...], given: str, lines: list[str]) -> str:
    raw = "\n".join(line[:_LONGEST_LINE] for line in lines).encode("utf-8", "surrogateescape")
    encoding = _encoding(fields)
    if encoding == "base64":
        raw = _from_base64(raw)
    elif encoding == "quoted-printable":
        raw = quopri.decodestring(raw)
    text = _as_text(raw, parameters(given).get("charset", "utf-8"))
    return text.replace("\r\n", "\n").replace("\x00", "")


def _from_base64(raw: bytes) -> bytes:
    bare = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    return binascii.a2b_base64(bare[: len(bare) // 4 * 4] + (bare[len(bare) // 4 * 4 :] + b"==" if len(bare) % 4 > 1 else b""))


def _as_text(raw: bytes, charset: str) -> str:
    for name in (charset, "utf-8", "latin-1"):
        try:
            if codecs.lookup(name).name not in _SLOW:
                return raw.decode(name, "strict")
        except (UnicodeError, LookupError, ValueError):
            continue
    return raw.decode("latin-1", "replace")
