"""Why a paper is in a letter: reasons with their points, on one line or each on its own.

Many readers' letters have the same notes with different points, so the two are separate fragments: a note is escaped, wrapped and encoded
once.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from ..fragments import NOTHING, Fragment
from ..memo import Memo
from .markdown import literal
from .plain import WIDTH, wrap
from .prose import harmless, has_leftwards

_BETWEEN = " · "
_TIED = "\N{NO-BREAK SPACE}"
_POINTS = 7
"""Columns that points take on their line, with the blank before them."""


class Note:
    """A reason's text, rendered in each format when first needed, and the `topic` that it names ("" if none)."""

    __slots__ = ("_line", "_markdown", "html", "text", "topic")

    def __init__(self, text: str, topic: str = "") -> None:
        self.text, self.topic = text, topic
        html = harmless(escape(text))
        # Points after a right-to-left word would change places with it, and so would its closing quotation mark.
        self.html = Fragment(f'<span dir="auto">{html}</span>' if has_leftwards(text) else html)
        self._line: Fragment | None = None
        self._markdown: Fragment | None = None

    @property
    def line(self) -> Fragment:
        """The note, unescaped."""
        self._line = self._line or Fragment(self.text)
        return self._line

    @property
    def markdown(self) -> Fragment:
        """The note, escaped for CommonMark."""
        self._markdown = self._markdown or Fragment(literal(self.text))
        return self._markdown


class Points:
    """What follows a note: its points, if any, and the separator before the next note on the same line or on its own.

    In HTML no line begins with the points or the dot. In a right-to-left letter the points are marked as left-to-right, or their sign would
    appear behind them.
    """

    __slots__ = ("between", "html_between", "html_last", "last", "on_line")

    def __init__(self, points: str, *, is_leftwards: bool = False) -> None:
        text = f" {points}" if points else ""
        self.between, self.on_line = Fragment(text + _BETWEEN), Fragment(text + "\n")
        self.last = Fragment(text) if text else NOTHING
        html = f'{_TIED}<span dir="ltr">{points}</span>' if text and is_leftwards else text.replace(" ", _TIED)
        self.html_between, self.html_last = Fragment(f"{html}{_TIED}· "), Fragment(html) if html else NOTHING


class Why(tuple[tuple[Note, Points], ...]):
    """The reasons, each with its points; as a string, one line with dots between them."""

    __slots__ = ()

    def __str__(self) -> str:
        return "".join(fragment.text for fragment in in_line(self))

    def __html__(self) -> Markup:
        return Markup("".join(fragment.text for fragment in in_html(self)))


points = Memo(Points, 4096)
"""Points as they are written, the same each time."""


def in_line(why: Why) -> list[Fragment]:
    """All reasons on one line."""
    return _in_one_line([said.line for said, _ in why], why)


def in_markdown(why: Why) -> list[Fragment]:
    """All reasons on one line, escaped for CommonMark."""
    return _in_one_line([said.markdown for said, _ in why], why)


def _in_one_line(notes: list[Fragment], why: Why) -> list[Fragment]:
    fragments = [fragment for said, (_, number) in zip(notes, why, strict=True) for fragment in (said, number.between)]
    return [*fragments[:-1], why[-1][1].last] if fragments else fragments


def in_html(why: Why) -> list[Fragment]:
    """All reasons on one line, escaped for HTML."""
    # Most letters spend much of their time here and in `OnLines`, so the loop is written out.
    fragments: list[Fragment] = []
    add = fragments.append
    for said, number in why:
        add(said.html)
        add(number.html_between)
    if fragments:
        fragments[-1] = why[-1][1].html_last
    return fragments


class OnLines:
    """Renders each reason on a line of at most 72 columns, after `indent` spaces and a label on the first.

    Later lines are indented by the label's width too. Lines leave room for points.
    """

    def __init__(self, indent: int, label: str = "") -> None:
        self._before, self._label = indent + len(label), " " * indent + label
        self._first, self._next = Memo(self._set_first, 16_384), Memo(self._set, 16_384)

    def __call__(self, why: Why) -> list[Fragment]:
        fragments: list[Fragment] = []
        add, on_next = fragments.append, self._next
        for said, number in why:
            add(on_next[said] if fragments else self._first[said])
            add(number.on_line)
        if fragments:
            fragments[-1] = why[-1][1].last
        return fragments

    def _set(self, said: Note) -> Fragment:
        return Fragment(wrap(said.text, self._before, WIDTH - _POINTS))

    def _set_first(self, said: Note) -> Fragment:
        return Fragment(self._label + wrap(said.text, self._before, WIDTH - _POINTS)[self._before :])
