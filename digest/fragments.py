"""Fragments: pieces of a letter's text that are transfer-encoded once, however many letters share them.

Encoded pieces can be joined because each one starts a new line and ends its last one: with a soft line break (quoted-printable,
RFC 2045 §6.7) where the text itself does not end a line.
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
# Lines that begin like this are altered in transit: mbox files put a ">" before "From " (RFC 4155), SMTP doubles a leading dot.
_RISKY = ("From ", ".")
_RISKY_BYTES = tuple(map(str.encode, _RISKY))
_BLANK = BLANK.encode()
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # characters to clean up; also the tab, which may stay
_BLANKS = re.compile(b"[ \t]+")
_TOKEN = 1 << 40
_TOKEN_GROWTH = 27  # characters by which a typical token is longer than its BLANK
_CACHE_SIZE = 4096
_PLAIN_LINE = _LINE - 1  # room for the soft break


class Fragment:
    """A piece of text, with BLANK where a token goes; `quoted` is it in quoted-printable, in lines of at most 76 octets.

    No encoded line begins with a dot, so SMTP never has to double one (RFC 5321 §4.5.2). `relaxed` is `quoted` in the canonical form that
    DKIM signs (RFC 6376 §3.4.4: runs of blanks become one, none at the end of a line); as every fragment is whole lines, the relaxed
    form of a letter is that of its fragments, joined. `weight` packs two numbers for `size_of`: the bytes in UTF-8 with CRLF, and the
    count of tokens. `dense` is max(0, 5 × quoted length − 6 × bytes of the text with typical tokens): above 0 if quoting adds over a fifth.
    """

    __slots__ = ("dense", "quoted", "relaxed", "text", "weight")

    def __init__(self, text: str) -> None:
        self.text = text
        quoted = _plain(text)
        size, tokens = len(text), 0
        if quoted is None:
            tokens = text.count(BLANK)
            content = text.encode(errors="replace")
            size = len(content) + content.count(b"\n")
            # Each BLANK gets a line of its own, so there is room for a token of up to 75 characters.
            quoted = (_BLANK + _SOFT).join(map(_quoted_printable, text.split(BLANK))) if tokens else _quoted_printable(text)
        self.quoted, self.relaxed = quoted, relaxed(quoted)
        self.weight = size + tokens * (_TOKEN - 1)
        self.dense = max(0, 5 * len(quoted) - 6 * (size + tokens * _TOKEN_GROWTH))

    def __repr__(self) -> str:
        return f"Fragment({self.text!r})"


def fragment_cache() -> Memo[str, Fragment]:
    """A cache of fragments by text, for texts that many letters share."""
    return Memo(Fragment, _CACHE_SIZE)


def text_of(fragments: Iterable[Fragment], token: str = "") -> str:
    """The joined text of the fragments, with the token in place of each BLANK."""
    return "".join([fragment.text for fragment in fragments]).replace(BLANK, token)


def size_of(fragments: Iterable[Fragment], token: str) -> int:
    """The length of `text_of(fragments, token)` in bytes: UTF-8 with CRLF."""
    tokens, size = divmod(sum([fragment.weight for fragment in fragments]), _TOKEN)
    return int(size + tokens * len(token.encode()))


def coded(fragments: Sequence[Fragment], token: str, *, is_signed: bool) -> tuple[str, list[bytes], list[bytes]]:
    """The fragments as one MIME part: its transfer encoding, its encoded pieces, and the same pieces in relaxed form (empty if unsigned).

    Lines have at most 76 octets and end with CRLF, the last one too. Text that is mostly ASCII stays readable in the source: it is
    quoted-printable, with BLANK still in it, unless base64 is shorter by a fifth. In base64 the `token` is already put in.
    """
    quoted = [one.quoted for one in fragments]  # in comprehensions CPython reads a slot three times as fast as through attrgetter
    length = sum([len(lines) for lines in quoted])
    # The first condition follows from the second: each fragment has at least (5 quoted - dense) / 6 bytes, so the whole text has at least
    # (5 length - sum of dense) / 6. It is checked first because it is cheap: `dense` is mostly the one shared 0, while each `weight` is
    # an object of its own, somewhere in memory.
    if 7 * sum([one.dense for one in fragments]) > 5 * length and 5 * length > 7 * size_of(fragments, token):  # base64 costs 1.37
        lines = [_base64(as_lines(text_of(fragments, token)))]
        return "base64", lines, lines
    return "quoted-printable", _terminated(quoted), _terminated([fragment.relaxed for fragment in fragments]) if is_signed else []


def relaxed(lines: bytes) -> bytes:
    """Whole lines of a body in relaxed form (RFC 6376 §3.4.4): each run of blanks becomes one, blanks at the end of a line go."""
    if b"  " in lines or b"\t" in lines or b" \r" in lines:
        return _BLANKS.sub(b" ", lines).replace(b" \r\n", b"\r\n")
    return lines


def as_lines(text: str) -> bytes:
    """The text in UTF-8, with CRLF line ends, one of them at the end, and without control characters."""
    return (_cleaned(text).rstrip(b"\n") + b"\n").replace(b"\n", b"\r\n")


def _terminated(pieces: list[bytes]) -> list[bytes]:
    """These pieces with exactly one line end after them all, in place of any soft breaks and line ends (a literal "=" is encoded)."""
    last = b""
    while pieces and not last:
        last = pieces.pop().rstrip(b"=\r\n")
    # A blank right before a hard line break would be stripped in transit.
    pieces.append(last + (_SOFT if last.endswith(b" ") else b"") + b"\r\n")
    return pieces


def _plain(text: str) -> bytes | None:
    """The encoding of a short text of which no character needs encoding; None for any other text."""
    if len(text) > 2 * _PLAIN_LINE or not text.isascii() or not text.isprintable() or "=" in text:
        return None
    if len(text) <= _PLAIN_LINE:
        return None if text.startswith(_RISKY) else text.encode() + _SOFT if text else b""
    first, second = text[:_PLAIN_LINE], text[_PLAIN_LINE:]
    return None if first.startswith(_RISKY) or second.startswith(_RISKY) else f"{first}=\r\n{second}=\r\n".encode()


def _quoted_printable(text: str) -> bytes:
    if not text:
        return b""
    content = _cleaned(text) if _UNCLEAN.search(text) else text.encode()
    # The C encoder breaks lines with a bare LF where it meets no CRLF, so there is always one.
    lines = binascii.b2a_qp(content.replace(b"\n", b"\r\n") + b"\r\n", istext=True).split(b"\r\n")[:-1]
    lines = [b"=%02X%s" % (line[0], line[1:]) if line.startswith(_RISKY_BYTES) else line for line in lines]
    if max(map(len, lines)) > _LINE:
        # A line is an octet or two too long if it ends in a blank or begins with an encoded character: break it once more.
        lines = [line if len(line) <= _LINE else _broken_line(line) for line in lines]
    if not lines[-1]:  # the text ends its line
        return b"\r\n".join(lines)
    if len(lines[-1]) == _LINE:  # no room for the soft break
        lines[-1] = _broken_line(lines[-1])
    return b"\r\n".join(lines) + _SOFT


def _broken_line(line: bytes) -> bytes:
    escape = line.rfind(b"=", _LINE - 3, _LINE - 1)
    cut = escape if escape > 0 else _LINE - 1
    rest = line[cut:]
    return line[:cut] + b"=\r\n" + (b"=2E" + rest[1:] if rest.startswith(b".") else rest)


def _cleaned(text: str) -> bytes:
    # CRLF first: a CR and a LF that meet only because a character between them is removed are two line ends.
    octets = text.encode(errors="replace").replace(b"\r\n", b"\n")
    if not text.isascii():
        for mark in (*_BREAKS[1:], *_C1):
            octets = octets.replace(mark, b"\n" if mark in _BREAKS else b"")
    return octets.translate(_ENDS_A_LINE, _NOT_TEXT)


def _base64(content: bytes) -> bytes:
    return b"".join(binascii.b2a_base64(content[i : i + 57]).replace(b"\n", b"\r\n") for i in range(0, len(content), 57))


NOTHING = Fragment("")
