"""What a press has set before and keeps ready: cards and lines of papers, the same for every reader."""

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
    """A paper's card in one shape, for each sheet that it was needed for."""

    view: PaperView
    shape: Shape
    cuts: list[Cut | None]


@dataclass(frozen=True, slots=True)
class Known:
    """A paper's words in one setting, and its card by the shapes it was needed in."""

    paper: Paper
    view: PaperView
    shaped: dict[Shape, Shaped] = field(default_factory=dict)


class Stock:
    """Cards and lines, set with the sheets for HTML, text and Markdown when they are first asked for. Raises ThemeError.

    A paper is known by its key, and set anew when anything about it has changed.
    """

    def __init__(self, sheets: tuple[Sheet, Sheet, Sheet]) -> None:
        self._sheets = sheets
        self._cards: dict[Setting, dict[tuple[str, bool], Known]] = {}
        self._lines: dict[str, Line] = {}

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

    def shaped(self, known: Known, shape: Shape) -> Shaped:
        """The paper's card in that shape."""
        found = known.shaped.get(shape)
        if found is None:
            found = known.shaped[shape] = Shaped(known.view, shape, [None] * len(self._sheets))
        return found

    def cuts(self, form: int, cards: Iterable[Shaped]) -> list[Cut]:
        """These cards for the sheet at that place."""
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
    """Forget everything rather than grow without bound: a day has fewer papers."""
    if len(stock) >= _MOST:
        stock.clear()
