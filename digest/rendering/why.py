"""Why a paper stands in a letter: reasons with their points, as one line, or each on a line of its own.

Letters of many readers have the same notes with other points, so the two are slugs apart: a note is escaped, wrapped and encoded once.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from ..remembering import Remembered
from ..slugs import NOTHING, Slug
from .markdown import literal
from .plain import WIDTH, wrap
from .prose import harmless

_BETWEEN = " · "
_POINTS = 7
"""Columns that points take on their line, with the blank before them."""


class Note:
    """What a reason says, set in each form when that is first asked for."""

    __slots__ = ("_line", "_markdown", "_wrapped", "html", "text")

    def __init__(self, text: str) -> None:
        self.text, self.html = text, Slug(harmless(escape(text)))
        self._line: Slug | None = None
        self._markdown: Slug | None = None
        self._wrapped: dict[tuple[int, str, bool], Slug] = {}

    @property
    def line(self) -> Slug:
        """The note as it is."""
        self._line = self._line or Slug(self.text)
        return self._line

    @property
    def markdown(self) -> Slug:
        """The note as CommonMark shows it as it is."""
        self._markdown = self._markdown or Slug(literal(self.text))
        return self._markdown

    def wrapped(self, indent: int, label: str, is_first: bool) -> Slug:
        """The note in lines that leave room for points, after the label or as many blanks."""
        place = (indent, label, is_first)
        slug = self._wrapped.get(place)
        if slug is None:
            before = indent + len(label)
            lines = wrap(self.text, before, WIDTH - _POINTS)
            slug = self._wrapped[place] = Slug(" " * indent + label + lines[before:] if is_first else lines)
        return slug


class Points:
    """What follows a note: its points as they are written, if any, and what leads to the next note in a line or on the next."""

    __slots__ = ("between", "last", "on_line")

    def __init__(self, points: str) -> None:
        text = f" {points}" if points else ""
        self.between, self.on_line = Slug(text + _BETWEEN), Slug(text + "\n")
        self.last = Slug(text) if text else NOTHING


class Why(tuple[tuple[Note, Points], ...]):
    """The reasons, each with its points. Shown as one line, with dots between them."""

    __slots__ = ()

    def __str__(self) -> str:
        return "".join(slug.text for slug in in_line(self))

    def __html__(self) -> Markup:
        return Markup("".join(slug.text for slug in in_html(self)))


note = Remembered(Note, 16_384)
"""The note of a text, the same each time."""

points = Remembered(Points, 4096)
"""Points as they are written, the same each time."""


def in_line(why: Why) -> list[Slug]:
    """All in one line."""
    return _ended([slug for said, number in why for slug in (said.line, number.between)], why)


def in_html(why: Why) -> list[Slug]:
    """All in one line, escaped."""
    return _ended([slug for said, number in why for slug in (said.html, number.between)], why)


def in_markdown(why: Why) -> list[Slug]:
    """All in one line that CommonMark shows as it is."""
    return _ended([slug for said, number in why for slug in (said.markdown, number.between)], why)


def on_lines(why: Why, indent: int, label: str = "") -> list[Slug]:
    """Each on a line of at most 72 columns, after `indent` blanks and, on the first, the label; on the others as many blanks more."""
    slugs: list[Slug] = []
    is_first = True
    for said, number in why:
        slugs += (said.wrapped(indent, label, is_first), number.on_line)
        is_first = False
    return _ended(slugs, why)


def _ended(slugs: list[Slug], why: Why) -> list[Slug]:
    if slugs:
        slugs[-1] = why[-1][1].last
    return slugs
