"""Decode the bytes of a library, whatever their encoding."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_of(data: bytes) -> str:
    """The text, with lines ended by "\\n": decoded by its byte order mark, as UTF-16 without one, as UTF-8, else line by line as UTF-8 or
    Windows-1252.

    Line by line, because libraries are pasted together: one entry in another encoding must not spoil the others. No byte order mark is
    left: that of a second library stands before its first entry, which would then begin no line.
    """
    text = _decoded(data).replace("\ufeff", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data[len(mark) :]
            return _by_line(data) if encoding == "utf-8" else data.decode(encoding, "replace")
    # Latin text in UTF-16 has a zero in every second byte; no other encoding we read has any.
    if len(data) > 1 and data[:200].count(0) * 3 > len(data[:200]):
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace")
    return _by_line(data)


def _by_line(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(_line(line) for line in data.splitlines(keepends=True))


def _line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
