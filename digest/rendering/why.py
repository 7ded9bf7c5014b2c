"""Why a paper stands in a letter: reasons with their points, as one line, or each on a line of its own.

Letters of many readers have the same notes with other points, so each form comes in chunks that keep the two apart: a note is escaped,
wrapped and encoded once.
"""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

from .markdown import literal
from .plain import WIDTH, wrap
from .prose import harmless

_BETWEEN = " · "
_POINTS = 7
"""Columns that points take on their line, with the blank before them."""
_REMEMBERED = 16_384


class Why(tuple[tuple[str, str], ...]):
    """(note, points as written) pairs; no points where a reason has none. Shown as one line, the reasons between dots."""

    __slots__ = ()

    def __str__(self) -> str:
        return "".join(in_line(self))

    def __html__(self) -> Markup:
        return Markup("").join(map(Markup, in_html(self)))


def in_line(why: Why) -> list[str]:
    """All in one line."""
    chunks: list[str] = []
    for place, (note, points) in enumerate(why, start=1):
        chunks += (note, _after(points, place == len(why)))
    return chunks


def in_html(why: Why) -> list[str]:
    """All in one line, escaped."""
    chunks: list[str] = []
    for place, (note, points) in enumerate(why, start=1):
        chunks += (_escaped(note), _after(points, place == len(why)))
    return chunks


def in_markdown(why: Why) -> list[str]:
    """All in one line that CommonMark shows as it is."""
    chunks: list[str] = []
    for place, (note, points) in enumerate(why, start=1):
        chunks += (_literal(note), _after(points, place == len(why)))
    return chunks


def on_lines(why: Why, indent: int, label: str = "") -> list[str]:
    """Each on a line of at most 72 columns, after `indent` blanks and, on the first, the label; on the others as many blanks more."""
    chunks: list[str] = []
    for place, (note, points) in enumerate(why, start=1):
        chunks += (_wrapped(note, indent, label, place == 1), _ending(points, place == len(why)))
    return chunks


@lru_cache(maxsize=2048)
def _after(points: str, is_last: bool) -> str:
    return (f" {points}" if points else "") + ("" if is_last else _BETWEEN)


@lru_cache(maxsize=2048)
def _ending(points: str, is_last: bool) -> str:
    return (f" {points}" if points else "") + ("" if is_last else "\n")


@lru_cache(maxsize=_REMEMBERED)
def _escaped(note: str) -> str:
    return harmless(escape(note))


@lru_cache(maxsize=_REMEMBERED)
def _literal(note: str) -> str:
    return literal(note)


@lru_cache(maxsize=_REMEMBERED)
def _wrapped(note: str, indent: int, label: str, is_first: bool) -> str:
    before = indent + len(label)
    lines = wrap(note, before, WIDTH - _POINTS)
    return " " * indent + label + lines[before:] if is_first else lines
