"""Find the line of each key in a TOML text, for error messages: tomllib gives only values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

Place = tuple[str, tuple[int, ...], str]
"""Table ("" at the top), its number among tables of that name ((0,) for the first, () at the top), key ("" for the table itself).

The third [[subscribers.interests]] within the second [[subscribers]] is "subscribers.interests" with the numbers (1, 2).
"""

_NAME = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_ENDS = {'"""': re.compile(r'(?:\\.|[^\\])*?"{3,5}'), "'''": re.compile(r".*?'{3,5}")}  # up to two quotes more belong to the string
_TOKEN = re.compile(r'''"""|\'\'\'|"(?:\\.|[^"\\])*"|'[^']*'|#.*|[\[\]{}]''')


def lines_of(text: str) -> Mapping[Place, int]:
    """The line (from 1) of every table and key in a text that tomllib accepts."""
    found: dict[Place, int] = {}
    counts: Counter[tuple[str, tuple[int, ...]]] = Counter()
    newest: dict[str, tuple[int, ...]] = {}
    table, numbers = "", tuple[int, ...]()
    for line_number, line in _statements(text):
        if header := _HEADER.match(line):
            path = _split(header[2])
            table = path[0]
            if len(path) > 1:
                found.setdefault((table, newest.get(table, (0,)), path[1]), line_number)
            if header[1] == "[[" and len(path) <= 2:
                outer = newest.get(table, (0,)) if len(path) == 2 else ()
                table = ".".join(path)
                newest[table] = (*outer, counts[table, outer])
                counts[table, outer] += 1
            numbers = newest.get(table, (0,))
            found.setdefault((table, numbers, ""), line_number)
        elif key := _KEY.match(line):
            path = _split(key[1])
            found.setdefault((table, numbers, path[0]), line_number)
            if not table and len(path) > 1:
                found.setdefault((path[0], (0,), ""), line_number)
                found.setdefault((path[0], (0,), path[1]), line_number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which a statement begins, excluding those inside a multi-line string or list."""
    closing, depth = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line) if not closing and depth == 0 else None
        if not closing and depth == 0:
            yield number, line
        if header is None:
            closing, depth = _after(line, closing, depth)


def _after(line: str, closing: str, depth: int) -> tuple[str, int]:
    """What is still open after a line: a string (its closing mark) and a number of brackets."""
    position = 0
    while position < len(line):
        if closing:
            end = _ENDS[closing].match(line, position)
            if end is None:
                return closing, depth
            position, closing = end.end(), ""
            continue
        token = _TOKEN.search(line, position)
        if token is None:
            return "", depth
        position = token.end()
        closing = token[0] if token[0] in ('"""', "'''") else ""
        depth += (token[0] in "[{") - (token[0] in "]}")
    return closing, depth


def _split(dotted: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_NAME, dotted)]
