"""Check a template in its author's original source, part by part, so that an error is reported with its line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, Template, TemplateError, TemplateSyntaxError, nodes

from ..errors import ThemeError
from .cards import Card
from .letters import LetterView
from .marks import CARD, GROUPS, LINE, OTHERS, SLOT
from .others import OthersGroup, OthersView
from .syntax import syntax_error

BROKEN = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError)
"""What filling a broken template raises: its own errors, and those of the expressions in it."""
_WAYS = {"badge": "as it is, or through pad(3)", "why": 'as it is, or through literal, wrap(5) or wrap(5, "Why: ")'}
_IN_A_CARD = f"a card knows `paper` and `card.badge_name`; it may show `card.badge` {_WAYS['badge']}, and `card.why` {_WAYS['why']}"
_IN_THE_OTHERS = "the part about the others knows `others.groups` and `others.more`, and in the loop over groups only `group.title`"
_IN_A_LINE = "a line of the others knows only `paper`: its title, url and category"


@dataclass(frozen=True, slots=True)
class UnaddressedCard:
    """What a card's template may know before its reader is known."""

    badge_name: str
    why: bool


class Written:
    """The source of a template at `path`, its interface words already in the letter's language.

    Raises ThemeError, with `path:line`, for what cannot be parsed and for a card's own word that is not shown alone.
    """

    def __init__(self, environment: Environment, path: Path, source: str) -> None:
        self._environment, self._path = environment, path
        self._whole = self._template(source)
        self._card = self._part(CARD, source)
        self._line = self._part(LINE, source)
        self._others = self._part(OTHERS, source)
        self._group = self._part(GROUPS, _alone(OTHERS, source))
        self._require_alone(_alone(CARD, source))

    def check(self, letter: LetterView, others: OthersView) -> None:
        """Render the whole, then the parts that see less. Raises ThemeError with the file and line of an error."""
        cards = [card for section in letter.sections for card in section.cards]
        try:
            self._try(self._whole, letter=letter, others=others)
        except ThemeError as error:
            met = [str(card.paper.title) for card in cards if self._breaks_at(card)]
            if not met or len(met) == len(cards):
                raise
            raise ThemeError(error.subject, f"{error.message}, at the paper {met[0]!r}") from error
        for card in cards:
            self._try_card(card)
        self._try(self._others, _IN_THE_OTHERS, others=others)
        for group in others.groups:
            self._try(self._group, _IN_THE_OTHERS, group=OthersGroup(group.title, ()))
            for paper in group.papers:
                self._try(self._line, _IN_A_LINE, paper=paper)

    def _breaks_at(self, card: Card) -> bool:
        try:
            self._try_card(card)
        except ThemeError:
            return True
        return False

    def _try_card(self, card: Card) -> None:
        self._try(self._card, _IN_A_CARD, paper=card.paper, card=UnaddressedCard(card.badge_name, bool(card.why)))

    def _try(self, template: Template, hint: str = "", **values: object) -> None:
        try:
            template.render(values)
        except BROKEN as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(self._path)]
            raise ThemeError(f"{self._path}:{lines[-1] if lines else 1}", str(error), hint=hint) from error

    def _part(self, mark: re.Pattern[str], source: str) -> Template:
        return self._template(_alone(mark, source))

    def _template(self, source: str) -> Template:
        try:
            code = self._environment.compile(source, str(self._path), str(self._path))
        except TemplateSyntaxError as error:
            raise syntax_error(self._environment, self._path, source, error) from error
        return Template.from_code(self._environment, code, self._environment.make_globals(None))

    def _require_alone(self, card: str) -> None:
        """Require that a card shows its badge and reasons on their own, because it is rendered before its reader is known."""
        for output in self._environment.parse(card).find_all(nodes.Output):
            for shown in output.nodes:
                for name, line in _own_words(shown):
                    raise ThemeError(f"{self._path}:{line}", f"card.{name} is shown alone: {_WAYS[name]}")


def _alone(mark: re.Pattern[str], source: str) -> str:
    """What stands between such marks, on the lines where it stands, without the words that are put in later; "" where there is none."""
    found = mark.search(source)
    if found is None:
        return ""
    before = source.count("\n", 0, found.start(1))
    return "\n" * before + SLOT.sub(lambda slot: "\n" * slot[0].count("\n"), found[1])


def _own_words(node: nodes.Node) -> Iterator[tuple[str, int]]:
    """The words of a card's reader that an expression is made of, with their lines; what it merely decides by does not count."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "card" and node.attr in ("badge", "why"):
        yield node.attr, node.lineno
    decides = node.test if isinstance(node, nodes.CondExpr) else None
    for child in node.iter_child_nodes():
        if child is not decides:
            yield from _own_words(child)
