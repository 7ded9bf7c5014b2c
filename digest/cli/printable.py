"""Make text safe for a terminal: control characters, and those that reverse the order of a line, are spelt out."""

from __future__ import annotations

import json
import re
from datetime import datetime

# C0 save tab and line end, DEL, C1; bidirectional marks and controls; LS and PS; lone surrogates, which no stream can write.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with each such character spelt as `\\x1b` or `\\u202e`; it may come from a mail, a server's answer or a file's name."""
    return _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)


def in_json(value: object, encoding: str | None, indent: int | None) -> str:
    """The value as JSON, with these characters escaped; it parses back to the same value, also from a stream in that encoding."""
    # A stream without the letter would spell it as Python does, "\U0001f98a" or "\xe9", which JSON does not know.
    has_all = (encoding or "utf-8").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not has_all, indent=indent, default=_plain)
    return _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: object) -> str:
    """A value that JSON has no type for: a time in `--now`'s form, anything else as `str` gives it."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
