"""Plain text as a person would have typed it: wrapped, indented, addresses never broken."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WIDTH = 72
"""Columns: a Chinese or Japanese character, or an emoji, takes two in any fixed-width font, an accent none."""

# Characters of one column each; the only white space among them are the space and the no-break space.
_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u25b2]*")
_UNBROKEN = "\N{NO-BREAK SPACE}"
_LOOSE = re.compile(rf"^{_UNBROKEN}|{_UNBROKEN}$|[ {_UNBROKEN}]{_UNBROKEN}|{_UNBROKEN} ")
"""One that holds no words together."""
_WORD = re.compile(rf"\S+(?:{_UNBROKEN}\S+)*")  # "20. November" with a no-break space is one word


def wrap(text: str, indent: int = 0, width: int = WIDTH) -> str:
    """The text in lines of at most `width` columns, each indented by `indent` spaces."""
    pad = " " * indent
    return pad + ("\n" + pad).join(_lines(text, width - indent)) if text else ""


def hang(text: str, indent: int) -> str:
    """The same, for a first line that follows something `indent` characters wide."""
    return wrap(text, indent)[indent:]


def _lines(text: str, width: int) -> list[str]:
    if _NARROW.fullmatch(text) and "  " not in text and not (_UNBROKEN in text and _LOOSE.search(text)):
        plain = _plain_lines(text.strip(" "), width)
        if plain is not None:
            return plain if text.isascii() else [line.replace(_UNBROKEN, " ") for line in plain]
    lines: list[list[str]] = []
    used = 0
    for word in _words(text, width):
        wide = columns(word)
        if not lines or used + 1 + wide > width:
            lines.append([word])
            used = wide
        else:
            lines[-1].append(word)
            used += 1 + wide
    return [" ".join(line).replace(_UNBROKEN, " ") for line in lines]


def _plain_lines(text: str, width: int) -> list[str] | None:
    """The lines of a text of one-column characters and single spaces; None if a word is longer than a line."""
    lines, start = [], 0
    while len(text) - start > width:
        cut = text.rfind(" ", start, start + width + 1)
        if cut > start and text.startswith("· ", cut + 1):  # as in HTML, no line begins with the separator dot
            cut = text.rfind(" ", start, cut)
        if cut <= start:
            return None
        lines.append(text[start:cut])
        start = cut + 1
    last = text[start:]
    return [*lines, last] if last else lines


def _words(text: str, width: int) -> list[str]:
    """The words, each with the dot after it; one longer than a line is cut (Chinese has no spaces), unless it is an address."""
    words: list[str] = []
    for word in _WORD.findall(text):
        if word == "·" and words and columns(words[-1]) + 2 <= width:
            words[-1] += " ·"
            continue
        start = 0
        if "://" not in word and not word.startswith("mailto:"):
            while (end := _fitting(word, start, width)) < len(word):
                words.append(word[start:end])
                start = end
        words.append(word[start:])
    return words


def _fitting(word: str, start: int, width: int) -> int:
    """The end of the characters from `start` that fit into that many columns, at least one."""
    used = 0
    for index in range(start, len(word)):
        used += columns(word[index])
        if used > width and index > start:
            return index
    return len(word)


def columns(text: str) -> int:
    """The number of columns the text takes."""
    return len(text) if text.isascii() else sum(map(_character_columns, text))


@lru_cache(maxsize=4096)
def _character_columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
