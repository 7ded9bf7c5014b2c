"""Escape text from outside so that CommonMark shows it literally."""

from __future__ import annotations

import re

# Everything that can begin an inline construct (spec 0.31, section 6) or a template, so that none is left in a letter.
_ANYWHERE = re.compile(r"[\\`*_\[\]<#{}~|]|(?<=\{)%")
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
# … and what can begin a block at the start of one: list items, setext underlines, quotes, ordered lists.
_AT_START = re.compile(r"^(?:([-+=>])|([0-9]{1,9})([.)]))")


def literal(text: str) -> str:
    """The text, escaped so that it reads the same wherever in a line it is placed."""
    words = " ".join(text.split())
    escaped = _ENTITY.sub(r"\\&", _ANYWHERE.sub(r"\\\g<0>", words))
    return _AT_START.sub(_escaped_start, escaped)


def destination(url: str) -> str:
    """The address as the destination of a link."""
    return _ENTITY.sub(r"\\&", url.replace("(", "%28").replace(")", "%29").replace("\\", "%5C").replace("<", "%3C").replace(">", "%3E"))


def _escaped_start(found: re.Match[str]) -> str:
    mark, number, dot = found.groups()
    return f"\\{mark}" if mark else f"{number}\\{dot}"
