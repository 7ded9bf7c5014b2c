"""Parts of a letter in their transfer encoding: each chunk of text is encoded once, and letters that share it share the bytes."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from functools import cache

from ..tokens import BLANK

_LINE = 76  # RFC 2045 §6.7 (5)
_REMEMBERED = 32_768
_BREAKS = (b"\r\n", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")  # CRLF, NEL, LS, PS in UTF-8
_ENDS_A_LINE = bytes.maketrans(b"\r\v\f\x1c\x1d\x1e", b"\n" * 6)
_NOT_TEXT = bytes(range(0x00, 0x09)) + bytes(range(0x0E, 0x1C)) + b"\x1f\x7f"
_C1 = tuple(b"\xc2" + bytes((octet,)) for octet in range(0x80, 0xA0) if octet != 0x85)
_SOFT = b"=\r\n"
_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # what has to be cleaned away, and the tab, which may stay
_BLANK = BLANK.encode()


def coded(chunks: Sequence[str], token: str) -> tuple[str, list[bytes]]:
    """The chunks as one part: the name of its transfer encoding, and its lines of at most 76 octets, with CRLF and one at the end.

    Quoted-printable, in pieces and with BLANK where it stands in the text, unless base64 is shorter by a fifth: text that is mostly ASCII
    stays readable in the source. In base64 the `token` stands where the text has BLANK.
    """
    quoted = _ended(_quoted_chunks(chunks))
    size = sum(map(len, quoted))
    if size > sum(map(len, chunks)) * 1.4:  # base64 costs 1.37 of the octets, which are no fewer than the characters
        content = as_lines("".join(chunks).replace(BLANK, token))
        if size > len(content) * 1.4:
            return "base64", [_base64(content)]
    return "quoted-printable", quoted


def _ended(quoted: list[bytes]) -> list[bytes]:
    """The pieces with one line end after them all: what they end in now are soft breaks and line ends, since a real "=" is spelt out."""
    last = b""
    while quoted and not last:
        last = quoted.pop().rstrip(b"=\r\n")
    # A blank before a real line end would be lost.
    return [*quoted, last + (_SOFT if last.endswith(b" ") else b"") + b"\r\n"]


def _quoted_chunks(chunks: Sequence[str]) -> list[bytes]:
    """Each chunk in quoted-printable, to stand before and after any other: it begins a line and ends one, softly if its text does not.

    A BLANK in it has a line of its own, so that a token of up to 75 characters can be put in.
    """
    memory = _memory()
    found = list(map(memory.often.get, chunks))  # a lookup that Python does not take part in: a letter has hundreds
    return [memory.quoted(chunk) if quoted is None else quoted for chunk, quoted in zip(chunks, found, strict=True)]


class _Memory:
    """What chunks became: those seen once, which is most of what is one reader's, and those seen more often."""

    def __init__(self) -> None:
        self.often: dict[str, bytes] = {}
        self._once: dict[str, bytes] = {}

    def quoted(self, chunk: str) -> bytes:
        quoted = self._once.get(chunk)
        if quoted is not None:
            if len(self.often) >= _REMEMBERED:
                self.often.clear()
            self.often[chunk] = quoted
            return quoted
        if len(self._once) >= _REMEMBERED:
            self._once.clear()
        quoted = self._once[chunk] = (_BLANK + _SOFT).join(map(_quoted, chunk.split(BLANK)))
        return quoted


@cache
def _memory() -> _Memory:
    """The same for all letters of this process."""
    return _Memory()


def _quoted(text: str) -> bytes:
    if not text:
        return b""
    if len(text) < _LINE and text.isascii() and text.isprintable() and "=" not in text:
        return text.encode() + _SOFT
    content = _cleaned(text) if _ODD.search(text) else text.encode()
    # The C encoder breaks lines with a bare LF where it meets no CRLF, so there is always one.
    lines = binascii.b2a_qp(content.replace(b"\n", b"\r\n") + b"\r\n", istext=True).split(b"\r\n")[:-1]
    if max(map(len, lines)) > _LINE:
        # It is an octet or two over where a line ends in a blank that it has to spell out; such a line is broken once more.
        lines = [line if len(line) <= _LINE else _broken(line) for line in lines]
    if not lines[-1]:  # the text ends its line
        return b"\r\n".join(lines)
    if len(lines[-1]) == _LINE:  # no room for the soft break
        lines[-1] = _broken(lines[-1])
    return b"\r\n".join(lines) + _SOFT


def _broken(line: bytes) -> bytes:
    escape = line.rfind(b"=", _LINE - 3, _LINE - 1)
    cut = escape if escape > 0 else _LINE - 1
    return line[:cut] + b"=\r\n" + line[cut:]


def as_lines(text: str) -> bytes:
    """The text in UTF-8 with CRLF, one at the end, and nothing in it that is no text."""
    return (_cleaned(text).rstrip(b"\n") + b"\n").replace(b"\n", b"\r\n")


def _cleaned(text: str) -> bytes:
    octets = text.encode(errors="replace").replace(b"\r\n", b"\n")  # first: what goes away between a CR and a LF leaves two line ends
    if not text.isascii():
        for mark in (*_BREAKS[1:], *_C1):
            octets = octets.replace(mark, b"\n" if mark in _BREAKS else b"")
    return octets.translate(_ENDS_A_LINE, _NOT_TEXT)


def _base64(content: bytes) -> bytes:
    return b"".join(binascii.b2a_base64(content[i : i + 57]).replace(b"\n", b"\r\n") for i in range(0, len(content), 57))
