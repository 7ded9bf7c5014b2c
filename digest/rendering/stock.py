"""A press' cache of rendered cards and lines, which are the same for every reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..model import Paper
from .cards import Cut, PaperView, Setting, Shape, paper_view
from .others import Line
from .sheets import Sheet

_MOST = 2048
"""Papers kept in one setting: some 30 KB each."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A paper's card in one shape, for each format in which it was needed."""

    view: PaperView
    shape: Shape
    cuts: list[Cut | None]


@dataclass(frozen=True, slots=True)
class Known:
    """A paper's words under one setting, and its cards by shape."""

    paper: Paper
    view: PaperView
    shaped: dict[Shape, Shaped] = field(default_factory=dict)


class Stock:
    """Caches cards and lines, rendered with the HTML, text and Markdown sheets when first needed. Raises ThemeError.

    A paper is looked up by its key, and rendered anew if anything about it has changed.
    """

    def __init__(self, sheets: tuple[Sheet, Sheet, Sheet]) -> None:
        self._sheets = sheets
        self._cards: dict[Setting, dict[tuple[str, bool], Known]] = {}
        self._lines: dict[str, Line] = {}

    def setting(self, setting: Setting) -> dict[tuple[str, bool], Known]:
        """The cache for that setting, to be passed to `known`."""
        return self._cards.setdefault(setting, {})

    def known(self, stock: dict[tuple[str, bool], Known], paper: Paper, setting: Setting, *, is_top: bool) -> Known:
        """The paper's words under that setting, whose cache is `stock`."""
        place = (paper.key, is_top)
        found = stock.get(place)
        if found is None or not _is_same(found.paper, paper):
            _make_room(stock)
            found = stock[place] = Known(paper, paper_view(paper, setting, is_top=is_top))
        return found

    def shaped(self, known: Known, shape: Shape) -> Shaped:
        """The paper's card in that shape."""
        found = known.shaped.get(shape)
        if found is None:
            found = known.shaped[shape] = Shaped(known.view, shape, [None] * len(self._sheets))
        return found

    def cuts(self, form: int, cards: Iterable[Shaped]) -> list[Cut]:
        """These cards for one format."""
        return [card.cuts[form] or self._cut(form, card) for card in cards]

    def _cut(self, form: int, card: Shaped) -> Cut:
        cut = card.cuts[form] = self._sheets[form].cut(card.view, card.shape)
        return cut

    def lines(self, papers: Iterable[Paper]) -> Iterator[Line]:
        """Each paper as one line."""
        known = self._lines
        for paper in papers:
            line = known.get(paper.key)
            if line is None or not _is_same(line.paper, paper):
                _make_room(known)
                line = known[paper.key] = Line(paper, *(sheet.line for sheet in self._sheets))
            yield line


def _is_same(one: Paper, other: Paper) -> bool:
    return one is other or one == other


def _make_room(stock: dict[tuple[str, bool], Known] | dict[str, Line]) -> None:
    """Clear the cache when it is full, instead of letting it grow without bound: a day has fewer papers."""
    if len(stock) >= _MOST:
        stock.clear()
