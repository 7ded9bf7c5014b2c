"""Fragments: pieces of a letter's text, each with its transfer encoding, cast once however many letters have it.

Quoted-printable (RFC 2045 §6.7) can be put together of pieces where each begins a line and ends one, softly if the text does not.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence

from .memo import Memo
from .tokens import BLANK

_LINE = 76
_BREAKS = (b"\r\n", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")  # CRLF, NEL, LS, PS in UTF-8
_ENDS_A_LINE = bytes.maketrans(b"\r\v\f\x1c\x1d\x1e", b"\n" * 6)
_NOT_TEXT = bytes(range(0x00, 0x09)) + bytes(range(0x0E, 0x1C)) + b"\x1f\x7f"
_C1 = tuple(b"\xc2" + bytes((octet,)) for octet in range(0x80, 0xA0) if octet != 0x85)
_SOFT = b"=\r\n"
# Lines that begin so are changed on their way: mailboxes in files put a ">" before the one (RFC 4155), SMTP a second dot before the other.
_RISKY = ("From ", ".")
_RISKY_BYTES = tuple(map(str.encode, _RISKY))
_BLANK = BLANK.encode()
_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # what has to be cleaned away, and the tab, which may stay
_BLANKS = re.compile(b"[ \t]+")
_TOKEN = 1 << 40
_USUAL = 27  # characters that a token has and its BLANK has not
_REMEMBERED = 4096
_PLAIN_LINE = _LINE - 1  # room for the soft break


class Fragment:
    """A piece of text, which may have BLANK where a token goes; `quoted` is its quoted-printable, in lines of at most 76 octets.

    No line begins with a dot, so that nothing in a letter has to be doubled on its way (RFC 5321 §4.5.2). `relaxed` is that in the form
    over which signatures are made (RFC 6376 §3.4.4, blanks single and none at the end of a line): as every fragment is whole lines, the
    relaxed form of a letter is that of its fragments. `weight` counts its bytes in UTF-8 with CRLF, and its tokens: `size_of` adds weights
    up. `dense` is five times its quoted-printable less six times those bytes, 0 where that is below.
    """

    __slots__ = ("dense", "quoted", "relaxed", "text", "weight")

    def __init__(self, text: str) -> None:
        self.text = text
        quoted = _plainly(text)
        size, tokens = len(text), 0
        if quoted is None:
            tokens = text.count(BLANK)
            content = text.encode(errors="replace")
            size = len(content) + content.count(b"\n")
            # A BLANK has a line of its own, so that a token of up to 75 characters can be put in.
            quoted = (_BLANK + _SOFT).join(map(_in_lines, text.split(BLANK))) if tokens else _in_lines(text)
        self.quoted, self.relaxed = quoted, relaxed(quoted)
        self.weight = size + tokens * (_TOKEN - 1)
        self.dense = max(0, 5 * len(quoted) - 6 * (size + tokens * _USUAL))

    def __repr__(self) -> str:
        return f"Fragment({self.text!r})"


def fragment_cache() -> Memo[str, Fragment]:
    """Fragments by their text, for texts that many letters have."""
    return Memo(Fragment, _REMEMBERED)


def text_of(fragments: Iterable[Fragment], token: str = "") -> str:
    """The text that the fragments are together, with the token in its places."""
    return "".join([fragment.text for fragment in fragments]).replace(BLANK, token)


def size_of(fragments: Iterable[Fragment], token: str) -> int:
    """The bytes of that text in UTF-8, with CRLF."""
    tokens, size = divmod(sum([fragment.weight for fragment in fragments]), _TOKEN)
    return int(size + tokens * len(token.encode()))


def coded(fragments: Sequence[Fragment], token: str, *, is_signed: bool) -> tuple[str, list[bytes], list[bytes]]:
    """The fragments as one part, with CRLF and one at the end: the name of its transfer encoding, its lines of at most 76 octets, in
    pieces, and the same in relaxed form, which is left empty for a letter that nobody signs.

    Quoted-printable, with BLANK where it stands in the text, unless base64 is shorter by a fifth: text that is mostly ASCII stays readable
    in the source. In base64 the `token` stands where the text has BLANK.
    """
    quoted = [one.quoted for one in fragments]  # in comprehensions CPython reads a slot three times as fast as through attrgetter
    length = sum([len(lines) for lines in quoted])
    # Where the bytes are B, each fragment's at least (5 quoted - dense) / 6 and so B at least (5 length - all dense) / 6, the first
    # condition follows from the second. It is asked first because most are 0, and numbers that differ lie each in a place of their own.
    if 7 * sum([one.dense for one in fragments]) > 5 * length and 5 * length > 7 * size_of(fragments, token):  # base64 costs 1.37
        lines = [_base64(as_lines(text_of(fragments, token)))]
        return "base64", lines, lines
    return "quoted-printable", _ended(quoted), _ended([fragment.relaxed for fragment in fragments]) if is_signed else []


def relaxed(lines: bytes) -> bytes:
    """Whole lines of a body in relaxed form (RFC 6376 §3.4.4): runs of blanks are one, and none stands at the end of a line."""
    if b"  " in lines or b"\t" in lines or b" \r" in lines:
        return _BLANKS.sub(b" ", lines).replace(b" \r\n", b"\r\n")
    return lines


def as_lines(text: str) -> bytes:
    """The text in UTF-8 with CRLF, one at the end, and nothing in it that is no text."""
    return (_cleaned(text).rstrip(b"\n") + b"\n").replace(b"\n", b"\r\n")


def _ended(pieces: list[bytes]) -> list[bytes]:
    """These pieces with one line end after them all: what they end in now are soft breaks and line ends, since a real "=" is spelt out."""
    last = b""
    while pieces and not last:
        last = pieces.pop().rstrip(b"=\r\n")
    # A blank before a real line end would be lost.
    pieces.append(last + (_SOFT if last.endswith(b" ") else b"") + b"\r\n")
    return pieces


def _plainly(text: str) -> bytes | None:
    """A short text in which nothing has to be spelt out; None for any other."""
    if len(text) > 2 * _PLAIN_LINE or not text.isascii() or not text.isprintable() or "=" in text:
        return None
    if len(text) <= _PLAIN_LINE:
        return None if text.startswith(_RISKY) else text.encode() + _SOFT if text else b""
    first, second = text[:_PLAIN_LINE], text[_PLAIN_LINE:]
    return None if first.startswith(_RISKY) or second.startswith(_RISKY) else f"{first}=\r\n{second}=\r\n".encode()


def _in_lines(text: str) -> bytes:
    if not text:
        return b""
    content = _cleaned(text) if _ODD.search(text) else text.encode()
    # The C encoder breaks lines with a bare LF where it meets no CRLF, so there is always one.
    lines = binascii.b2a_qp(content.replace(b"\n", b"\r\n") + b"\r\n", istext=True).split(b"\r\n")[:-1]
    lines = [b"=%02X%s" % (line[0], line[1:]) if line.startswith(_RISKY_BYTES) else line for line in lines]
    if max(map(len, lines)) > _LINE:
        # It is an octet or two over where a line ends in a blank or begins with what had to be spelt out; it is broken once more.
        lines = [line if len(line) <= _LINE else _broken(line) for line in lines]
    if not lines[-1]:  # the text ends its line
        return b"\r\n".join(lines)
    if len(lines[-1]) == _LINE:  # no room for the soft break
        lines[-1] = _broken(lines[-1])
    return b"\r\n".join(lines) + _SOFT


def _broken(line: bytes) -> bytes:
    escape = line.rfind(b"=", _LINE - 3, _LINE - 1)
    cut = escape if escape > 0 else _LINE - 1
    rest = line[cut:]
    return line[:cut] + b"=\r\n" + (b"=2E" + rest[1:] if rest.startswith(b".") else rest)


def _cleaned(text: str) -> bytes:
    octets = text.encode(errors="replace").replace(b"\r\n", b"\n")  # first: what goes away between a CR and a LF leaves two line ends
    if not text.isascii():
        for mark in (*_BREAKS[1:], *_C1):
            octets = octets.replace(mark, b"\n" if mark in _BREAKS else b"")
    return octets.translate(_ENDS_A_LINE, _NOT_TEXT)


def _base64(content: bytes) -> bytes:
    return b"".join(binascii.b2a_base64(content[i : i + 57]).replace(b"\n", b"\r\n") for i in range(0, len(content), 57))


NOTHING = Fragment("")
