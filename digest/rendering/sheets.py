"""One format of a theme: a compiled template, cut so that what depends on no reader is filled once per paper.

A template marks the card, alone in its loop. A card sees `paper`, and of its reader only these, each placed as it is or through one filter:

    {% for card in section.cards %}{% set paper = card.paper %}{# card #} … {{ paper.title }} …
    {{ card.badge }} … {% if card.why %}{{ card.why | wrap(5, "Why: ") }}{% endif %} … {# /card #}{% endfor %}

It may mark where the other papers stand, by title, which is filled last, with as many as there is room for. A line is alone in its loop:

    {# others #} … {% for group in others.groups %} … {{ group.title }} …
    {% for paper in group.papers %}{# line #} … {{ paper.title }} … {# /line #}{% endfor %} … {% endfor %}{# /others #}
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

from jinja2 import Environment, Template, TemplateError, TemplateSyntaxError

from ..errors import ThemeError
from .cards import Cut, Fill, PaperView, Shape
from .letters import LetterView
from .links import TOKEN
from .markdown import literal
from .others import Headline, OthersView
from .plain import wrap
from .why import Why, in_html, in_line, in_markdown, on_lines

_OWN_LINE = re.compile(r"^[ \t]*(\{# /?(?:card|line|others) #\})[ \t]*\n", re.MULTILINE)
_OTHERS = re.compile(r"\{# others #\}(.*?)\{# /others #\}", re.DOTALL)
_CARDS = re.compile(
    r"[ \t]*\{% for card in section\.cards %\}\s*\{% set paper = card\.paper %\}\s*"
    r"\{# card #\}(.*?)\{# /card #\}[ \t]*\{% endfor %\}(\n?)",
    re.DOTALL,
)
_LINES = re.compile(r"[ \t]*\{% for paper in group\.papers %\}\s*\{# line #\}(.*?)\{# /line #\}[ \t]*\{% endfor %\}(\n?)", re.DOTALL)
_CARD_LOOP = "{% for card in section.cards %}{% set paper = card.paper %}{# card #} … {# /card #}{% endfor %}"
_LINE_LOOP = "{% for paper in group.papers %}{# line #} … {# /line #}{% endfor %}"
_SLOT = re.compile(r'\{\{ card\.(badge|why)(?: \| (literal|pad|wrap)(?:\((\d+)(?:, "([^"\\]*)")?\))?)? \}\}')
_MARK = re.compile(r"\{# /?(?:card|line|others) #\}")
# texts.py cleans every text of control characters, so these are free; unlike \x1f, \x01 is no white space to Jinja.
_SEAM, _OTHERS_SEAM = "\x01", "\x01\x01"
_HOLE = re.compile("\x01([0-9]+)\x01")

# What filling a broken template raises: its own errors, and those of the expressions in it.
BROKEN = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


class Sheet:
    """A template ready to fill: `source` as it was written at `path`, `compiled` as it came out of the theme's compiler.

    What it gives are chunks: texts that together are the letter, TOKEN still in them. Those that no reader changes are the same each time.
    Raises ThemeError where the marks are missing or a template cannot be parsed.
    """

    def __init__(self, environment: Environment, path: Path, source: str, compiled: str) -> None:
        self.path = path
        self._environment = environment
        self._source = self._parsed(source)
        compiled = _OWN_LINE.sub(r"\1", compiled)
        # The plus signs keep Jinja from trimming what stands beside its tags.
        whole = _OTHERS.sub(r"{%+ if others.groups +%}\1{%+ endif +%}", compiled)
        self._whole = environment.from_string(_MARK.sub("", whole))
        before, card, after = self._looped(_CARDS, compiled, _CARD_LOOP)
        self._fills: list[Fill] = []
        self._card = environment.from_string(_SLOT.sub(self._hole, card))
        self._others: Template | None = None
        self._line: Template | None = None
        region = _OTHERS.search(after)
        if region:
            above, line, below = self._looped(_LINES, region[1], _LINE_LOOP)
            self._others = environment.from_string(above + "{{ seam }}" + below)
            self._line = environment.from_string(line)
        self._main = environment.from_string(before + "{{ seam }}" + _OTHERS.sub("{{ others_seam }}", after))

    def cut(self, paper: PaperView, shape: Shape) -> Cut:
        """The card of this paper, as far as it is the same for every reader whose card has that shape. Raises jinja2's TemplateError."""
        badge_name, has_reasons = shape
        pieces = _HOLE.split(self._card.render(paper=paper, card={"badge_name": badge_name, "why": has_reasons}))
        return Cut(tuple(pieces[::2]), tuple(self._fills[int(number)] for number in pieces[1::2]))

    def line(self, paper: Headline) -> str:
        """The line of a paper among the others; "" in a theme that does not show them. Raises jinja2's TemplateError."""
        return self._line.render(paper=paper) if self._line else ""

    def chunks(self, letter: LetterView, cuts: Iterable[Cut]) -> tuple[str, ...]:
        """The letter, its cards made of the cuts, with a seam where the others go (`spliced`). Raises jinja2's TemplateError."""
        chunks: list[str] = []
        add, cut = chunks.append, iter(cuts).__next__
        sections = iter(letter.sections)
        for chunk in _filled(self._main, letter=letter, seam=_SEAM, others_seam=_OTHERS_SEAM):
            if chunk != _SEAM:
                add(chunk)
                continue
            for card in next(sections).cards:
                mine = cut()
                for piece, fill in zip(mine.pieces, mine.fills, strict=False):  # one piece more than fills
                    add(piece)
                    chunks += fill(card)
                add(mine.pieces[-1])
        return tuple(chunks)

    def others(self, letter: LetterView, others: OthersView, lines: Iterable[Iterable[str]]) -> tuple[str, ...]:
        """The part about the others, whose `lines` were filled before, those of a group together. Raises jinja2's TemplateError."""
        if self._others is None or not others.groups:
            return ()
        chunks: list[str] = []
        following = iter(lines)
        for chunk in _filled(self._others, letter=letter, others=others, seam=_SEAM):
            if chunk == _SEAM:
                chunks.extend(next(following))
            else:
                chunks.append(chunk)
        return tuple(chunks)

    def whole(self, letter: LetterView, others: OthersView) -> str:
        """The letter, filled in one go. Raises jinja2's TemplateError."""
        return self._whole.render(letter=letter, others=others).replace(TOKEN, letter.token)

    def check(self, letter: LetterView, others: OthersView) -> None:
        """Fill the template as it was written. Raises ThemeError with the file and line of what is wrong in it."""
        try:
            self._source.render(letter=letter, others=others)
        except BROKEN as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(self.path)]
            raise ThemeError(f"{self.path}:{lines[-1] if lines else 1}", str(error)) from error

    def _parsed(self, source: str) -> Template:
        try:
            code = self._environment.compile(source, str(self.path), str(self.path))
        except TemplateSyntaxError as error:
            raise ThemeError(f"{self.path}:{error.lineno}", str(error.message)) from error
        return Template.from_code(self._environment, code, self._environment.make_globals(None))

    def _looped(self, loop: re.Pattern[str], text: str, form: str) -> tuple[str, str, str]:
        """What stands before a marked loop, its body, and what stands after it. Raises ThemeError where there is not just one."""
        parts = loop.split(text)
        if len(parts) != 4:
            raise ThemeError(str(self.path), f"there must be one loop of this form, with nothing else in it: {form}")
        before, body, end, after = parts
        return before, body, after if self._environment.trim_blocks else end + after

    def _hole(self, slot: re.Match[str]) -> str:
        """What stands in the card where something of its reader's is put in later; remembers how."""
        field, how, width, label = slot.groups()
        self._fills.append(_fill(field, how or "", int(width or 0), label or "", escaped=bool(self._environment.autoescape)))
        return f"{_SEAM}{len(self._fills) - 1}{_SEAM}"


def pad(text: str, width: int) -> str:
    """The text with blanks before it, so that it is that wide."""
    return text.rjust(width)


def wrapped(text: str | Why, indent: int = 0, label: str = "") -> str:
    """A text in lines of at most 72 columns, each after `indent` blanks; reasons each on a line of its own, after the label."""
    return "".join(on_lines(text, indent, label)) if isinstance(text, Why) else wrap(text, indent)


def escaped_literal(text: str | Why) -> str:
    """A text as CommonMark shows it."""
    return "".join(in_markdown(text)) if isinstance(text, Why) else literal(text)


FILTERS: dict[str, Callable[..., str]] = {"literal": escaped_literal, "pad": pad, "wrap": wrapped}
"""What a template may do to a card's own words."""


def spliced(chunks: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """A letter's chunks with those about the others in their place."""
    return tuple(chain.from_iterable(others if chunk == _OTHERS_SEAM else (chunk,) for chunk in chunks))


def _fill(field: str, how: str, width: int, label: str, *, escaped: bool) -> Fill:
    """How one word of a card is put in, as its template says."""
    if field == "badge":
        return lambda card: (_badge(card.badge, width if how == "pad" else 0),)
    if how == "wrap":
        return lambda card: on_lines(card.why, width, label)
    if how == "literal":
        return lambda card: in_markdown(card.why)
    return (lambda card: in_html(card.why)) if escaped else (lambda card: in_line(card.why))


@lru_cache(maxsize=4096)
def _badge(badge: str, width: int) -> str:
    return badge.rjust(width)


def _filled(template: Template, **values: object) -> Iterator[str]:
    """What the template yields, bit by bit, as its code is written: texts of its own are the same objects each time."""
    return template.root_render_func(template.new_context(values))
