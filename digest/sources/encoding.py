"""Convert a feed's bytes from any encoding to UTF-8 with one XML declaration.

It tries what feedparser tries, in the same order (byte order mark, declaration, UTF-8, windows-1252), but safely: some of Python's codecs
take quadratic time (punycode, idna) or produce lone surrogates (unicode_escape, utf-7), and feedparser's search for the declaration takes
cubic time on one long line.
"""

from __future__ import annotations

import codecs
import re

from ..errors import SourceChanged

DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"
_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# "<?xm" in encodings that are not supersets of ASCII (XML 1.0, appendix F).
_STARTS = (
    (b"\x4c\x6f\xa7\x94", "cp037"),
    (b"\x00\x3c\x00\x3f", "utf-16-be"),
    (b"\x3c\x00\x3f\x00", "utf-16-le"),
    (b"\x00\x00\x00\x3c", "utf-32-be"),
    (b"\x3c\x00\x00\x00", "utf-32-le"),
)
_WIDE = re.compile(r"(utf|u|ucs|iso10646ucs|csucs|csunicode)(8|16|2|32|4|)([bl]e)?")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,400}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_XML_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]{0,1000}?\?>")
_TEXT_CODECS = re.compile(
    r"utf-8|utf-16.*|utf-32.*|ascii|latin.*|iso8859-\d+|cp\d+|koi8-\w|mac-\w+|big5\w*|euc_\w+|gb\w+|shift_jis\w*|iso2022_\w+|johab|hz"
    r"|tis-620|ptcp154|kz1048|hp-roman8"
)


def to_utf8(data: bytes, subject: str) -> bytes:
    """The document in UTF-8, beginning with DECLARATION. Raises SourceChanged if it declares an encoding that is not for text."""
    guess, body = _marked(data)
    declared = _declared(body, guess)
    candidates = [declared, guess, "utf-8", "windows-1252"]
    if declared and not _is_for_text(declared):
        try:
            name = codecs.lookup(declared).name
        except (LookupError, ValueError):
            candidates.remove(declared)  # an unknown name: what is left may still fit
        else:
            raise SourceChanged(subject, f"declares the encoding {name!r}, which no feed is written in", hint="tell whoever runs the feed")
    text = _decoded(body, [name for name in candidates if name])
    return DECLARATION + _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")


def _marked(data: bytes) -> tuple[str, bytes]:
    """The encoding shown by the first bytes, and the bytes without a byte order mark."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, data[len(mark) :]
    return next((name for start, name in _STARTS if data.startswith(start)), ""), data


def _declared(body: bytes, guess: str) -> str:
    head = body[:2000]
    if guess and guess != "utf-8":
        head = head.decode(guess, "ignore").encode("utf-8", "ignore")
    found = _ENCODING.match(head)
    name = found[1].decode("ascii").lower() if found else ""
    plain = re.sub(r"[^a-z0-9]", "", name)
    if _WIDE.fullmatch(plain):
        # For a wide encoding the bytes themselves are decisive. A "utf-16" declaration that can be read as ASCII is a program's mistake
        # (.NET's writers call UTF-8 "utf-16"), and decoding as UTF-16 would turn any even number of bytes into Chinese.
        return guess
    return "gb18030" if plain in ("gb2312", "gbk", "euccn") else name  # each contains the one before


def _is_for_text(name: str) -> bool:
    try:
        return bool(_TEXT_CODECS.fullmatch(codecs.lookup(name).name))
    except (LookupError, ValueError):
        return False


def _decoded(body: bytes, candidates: list[str]) -> str:
    for name in candidates:
        try:
            return body.decode(name)
        except (UnicodeError, LookupError):
            continue
    return body.decode("latin-1")  # never fails: every byte is a character
