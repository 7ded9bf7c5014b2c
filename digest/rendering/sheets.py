"""One format of a theme: a compiled template, cut so that what depends on no reader is filled once per paper.

A template marks the card and, inside it, what depends on the reader; everything else on the card sees `paper` alone:

    {% for card in section.cards %}{% set paper = card.paper %}{# card #} … {{ paper.title }} …
    {# reader #}{{ card.badge }}{# /reader #} … {# /card #}{% endfor %}
"""

from __future__ import annotations

import re
import traceback
from itertools import chain, zip_longest
from pathlib import Path

from jinja2 import Environment, Template, TemplateError, TemplateRuntimeError, TemplateSyntaxError
from markupsafe import Markup

from ..errors import ThemeError
from .cards import PaperView
from .letters import LetterView
from .links import TOKEN

_OWN_LINE = re.compile(r"^[ \t]*(\{# /?(?:card|reader) #\})[ \t]*\n", re.MULTILINE)
_CARD = re.compile(r"\{# card #\}(.*?)\{# /card #\}", re.DOTALL)
_READER = re.compile(r"\{# reader #\}(.*?)\{# /reader #\}", re.DOTALL)
_SEAM = "\x01"  # cards.py cleans every text of control characters, so this one is free; unlike \x1f it is no white space to Jinja

# What filling a broken template raises: its own errors, and those of the expressions in it.
BROKEN = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


class Sheet:
    """A template ready to fill: `source` as it was written at `path`, `compiled` as it came out of the theme's compiler.

    Raises ThemeError where the marks of the card are missing or a template cannot be parsed.
    """

    def __init__(self, environment: Environment, path: Path, name: str, source: str, compiled: str) -> None:
        self.path = path
        self._environment = environment
        self._source = self._parsed(source)
        parts = _CARD.split(_OWN_LINE.sub(r"\1", compiled))
        if len(parts) != 3:
            raise ThemeError(str(path), "there must be one card between {# card #} and {# /card #}")
        before, card, after = parts
        pieces = _READER.split(card)
        papers, readers = pieces[::2], pieces[1::2]
        slots = [f"{{{{ card.pieces.{name}[{i}] }}}}" for i in range(len(papers))]
        self._count = len(papers)
        self._whole = environment.from_string("".join([before, *pieces, after]))
        self._spliced = environment.from_string("".join([before, *_woven(slots, readers), after]))
        self._card = environment.from_string(_SEAM.join(papers))

    def pieces(self, paper: PaperView) -> tuple[str, ...]:
        """The parts of this paper's card that are the same for every reader. Raises jinja2's TemplateError."""
        filled = self._card.render(paper=paper).split(_SEAM)
        if len(filled) != self._count:
            raise TemplateRuntimeError("a {# reader #} part stands inside a condition or a loop")
        return tuple(map(Markup, filled)) if self._environment.autoescape else tuple(filled)

    def spliced(self, letter: LetterView) -> str:
        """The letter, made of pieces. Raises jinja2's TemplateError."""
        return self._spliced.render(letter=letter).replace(TOKEN, letter.token)

    def whole(self, letter: LetterView) -> str:
        """The letter, filled in one go. Raises jinja2's TemplateError."""
        return self._whole.render(letter=letter).replace(TOKEN, letter.token)

    def check(self, letter: LetterView) -> None:
        """Fill the template as it was written. Raises ThemeError with the file and line of what is wrong in it."""
        try:
            self._source.render(letter=letter)
        except BROKEN as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(self.path)]
            raise ThemeError(f"{self.path}:{lines[-1] if lines else 1}", str(error)) from error

    def _parsed(self, source: str) -> Template:
        try:
            code = self._environment.compile(source, str(self.path), str(self.path))
        except TemplateSyntaxError as error:
            raise ThemeError(f"{self.path}:{error.lineno}", str(error.message)) from error
        return Template.from_code(self._environment, code, self._environment.make_globals(None))


def _woven(slots: list[str], readers: list[str]) -> list[str]:
    return list(chain.from_iterable(zip_longest(slots, readers, fillvalue="")))
