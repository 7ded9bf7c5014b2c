"""What a press has set before and keeps ready: cards and lines of papers, the same for every reader."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model import Paper
from ..slugs import size_of
from .cards import Cut, PaperView, Setting, Shape, paper_view
from .others import Line, headline
from .sheets import Sheet

_MOST = 2048
"""Papers kept in one setting: some 30 KB each."""

Cuts = tuple[Cut, Cut, Cut]
"""A card for HTML, text and Markdown."""


@dataclass(frozen=True, slots=True)
class Known:
    """A paper's words in one setting, and its card by the shapes it was needed in."""

    paper: Paper
    view: PaperView
    cuts: dict[Shape, Cuts] = field(default_factory=dict)


class Stock:
    """Cards and lines, set with the sheets for HTML, text and Markdown when they are first asked for. Raises ThemeError.

    A paper is known by its key, and set anew when anything about it has changed.
    """

    def __init__(self, sheets: tuple[Sheet, Sheet, Sheet]) -> None:
        self._sheets = sheets
        self._cards: dict[Setting, dict[tuple[str, bool], Known]] = {}
        self._lines: dict[str, tuple[Paper, Line]] = {}

    def setting(self, setting: Setting) -> dict[tuple[str, bool], Known]:
        """What is known in that setting, to be asked for with `known`."""
        return self._cards.setdefault(setting, {})

    def known(self, stock: dict[tuple[str, bool], Known], paper: Paper, setting: Setting, *, is_top: bool) -> Known:
        """The paper's words in that setting, whose `stock` it is."""
        place = (paper.key, is_top)
        found = stock.get(place)
        if found is None or not _is_same(found.paper, paper):
            _make_room(stock)
            found = stock[place] = Known(paper, paper_view(paper, setting, is_top=is_top))
        return found

    def cuts(self, known: Known, shape: Shape) -> Cuts:
        """The paper's card in that shape."""
        found = known.cuts.get(shape)
        if found is None:
            html, text, markdown = (sheet.cut(known.view, shape) for sheet in self._sheets)
            found = known.cuts[shape] = (html, text, markdown)
        return found

    def line(self, paper: Paper) -> Line:
        """The paper as one line."""
        found = self._lines.get(paper.key)
        if found is None or not _is_same(found[0], paper):
            view = headline(paper)
            html, text, markdown = (sheet.line(view) for sheet in self._sheets)
            _make_room(self._lines)
            found = self._lines[paper.key] = (paper, Line(view, html, text, markdown, size_of((html,), "")))
        return found[1]


def _is_same(one: Paper, other: Paper) -> bool:
    return one is other or one == other


def _make_room(stock: dict[tuple[str, bool], Known] | dict[str, tuple[Paper, Line]]) -> None:
    """Forget everything rather than grow without bound: a day has fewer papers."""
    if len(stock) >= _MOST:
        stock.clear()
