"""One format of a theme: a compiled template, cut so that what depends on no reader is filled once per paper.

A template marks the card, alone in its loop. A card sees `paper`, and of its reader only these, each placed as it is or through one filter:

    {% for card in section.cards %}{% set paper = card.paper %}{# card #} … {{ paper.title }} …
    {{ card.badge }} … {% if card.why %}{{ card.why | wrap(5, "Why: ") }}{% endif %} … {# /card #}{% endfor %}

It may mark where the other papers stand, by title, as many as there is room for. That part sees nothing of the letter but `others`, and
a line is alone in its loop:

    {# others #} … {% for group in others.groups %} … {{ group.title }} …
    {% for paper in group.papers %}{# line #} … {{ paper.title }} … {# /line #}{% endfor %} … {% endfor %}{# /others #}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, Template

from ..errors import ThemeError
from ..fragments import NOTHING, Fragment, fragment_cache, text_of
from ..memo import Memo
from .cards import Card, Cut, Fill, PaperView, Shape
from .frames import OTHERS_SEAM, SEAM, Pieces, frame_of
from .letters import LetterView, SectionView
from .links import TOKEN
from .markdown import literal
from .marks import CARDS, FORMS, GROUPS, LINES, MARK, OTHERS, OWN_LINE, SLOT, line_of
from .others import Headline, OthersGroup, OthersView
from .plain import wrap
from .why import OnLines, Why, in_html, in_line, in_markdown
from .written import BROKEN, Written

# texts.py removes control characters from every text, so these are free; unlike \x1f, \x01 is not white space to Jinja.
_SEAM, _OTHERS_SEAM = "\x01", "\x01\x01"
_HOLE = re.compile("\x01([0-9]+)\x01")


@dataclass(frozen=True, slots=True)
class _Region:
    """The part about the other papers: what surrounds it, what surrounds a group's lines, and a line."""

    ends: Template
    group: Template
    line: Template


class Sheet:
    """A template ready to fill: `source` as written at `path`, `compiled` as the theme's compiler made it.

    It gives fragments that together are the letter, with TOKEN still in them. Fragments that do not depend on the reader are the same
    objects each time. Raises ThemeError if marks are missing or a template cannot be parsed, with the line for an operator's own
    (`is_own`); so does every method for what it cannot fill.
    """

    def __init__(self, environment: Environment, path: Path, source: str, compiled: str, *, is_own: bool) -> None:
        self.path = path
        self._environment = environment
        self._case = fragment_cache()
        self._source = source
        # Compiling the original source takes two fifths of the time to prepare a sheet. Tests have rendered the built-in ones.
        self._written = Written(environment, path, source) if is_own else None
        compiled = OWN_LINE.sub(r"\1", compiled)
        # The plus signs keep Jinja from trimming white space next to its tags.
        whole = OTHERS.sub(r"{%+ if others.groups +%}\1{%+ endif +%}", compiled)
        self._whole = environment.from_string(MARK.sub("", whole))
        before, card, after = self._looped(CARDS, compiled)
        self._fills: list[Fill] = []
        self._card = environment.from_string(SLOT.sub(self._hole, card))
        region = OTHERS.search(after)
        self._region = self._region_in(region[1]) if region else None
        self._around = Memo(self._set_around, 1024)
        self._ends = Memo(self._set_ends, 1024)
        main = before + f"{{{{ {SEAM}(section) }}}}" + OTHERS.sub(f"{{{{ {OTHERS_SEAM} }}}}", after)
        self._frame = frame_of(environment, main)
        self._main = environment.from_string(main) if self._frame is None else None
        if MARK.search(before + OTHERS.sub("", after, count=1)):
            raise ThemeError(str(path), "the part about the others stands once, below the cards: {# others #} … {# /others #}")

    @property
    def is_cut(self) -> bool:
        """Whether the frame around the cards is rendered once for many letters."""
        return self._frame is not None

    @property
    def shows_others(self) -> bool:
        """Whether it has a part about the papers without a card."""
        return self._region is not None

    def cut(self, paper: PaperView, shape: Shape) -> Cut:
        """The paper's card as far as it is the same for every reader whose card has that shape."""
        badge_name, has_reasons = shape
        with self._blamed():
            pieces = _HOLE.split(self._card.render(paper=paper, card={"badge_name": badge_name, "why": has_reasons}))
        *fragments, last = map(Fragment, pieces[::2])
        return Cut(tuple(zip(fragments, (self._fills[int(number)] for number in pieces[1::2]), strict=True)), last)

    def line(self, paper: Headline) -> Fragment:
        """The paper's line among the other papers; empty in a theme that does not show them."""
        with self._blamed():
            return Fragment(self._region.line.render(paper=paper)) if self._region else NOTHING

    def letter(self, letter: LetterView, cuts: Iterable[Cut]) -> tuple[list[Fragment], int]:
        """The letter made from these cards, and the place in it where the other papers go."""
        if self._frame is None:
            return self._uncut(letter, cuts)
        frame, rest = self._frame, iter(cuts)
        fragments: list[Fragment] = []
        try:
            _add_around(fragments, frame.opening.pieces(letter), letter)
            for section in letter.sections:
                _add_around(fragments, frame.before.pieces(letter, section), letter)
                for card in section.cards:
                    _add_card(fragments, next(rest), card)
                _add_around(fragments, frame.after.pieces(letter, section), letter)
            return fragments, _add_around(fragments, frame.closing.pieces(letter), letter)
        except BROKEN as error:
            raise ThemeError(str(self.path), str(error)) from error

    def _uncut(self, letter: LetterView, cuts: Iterable[Cut]) -> tuple[list[Fragment], int]:
        """The same for a template that cannot be cut: it is rendered anew for each letter."""
        fragments: list[Fragment] = []
        add, cast, rest = fragments.append, self._case, iter(cuts)
        by_section = {id(section): [(card, next(rest)) for card in section.cards] for section in letter.sections}
        cards: list[tuple[Card, Cut]] = []
        place = 0

        def seam(section: SectionView) -> str:
            # A theme may leave sections out, or show them in another order.
            cards[:] = by_section[id(section)]
            return _SEAM

        assert self._main is not None, "asked where there is no frame"
        for chunk in self._filled(self._main, letter=letter, seam=seam, others_seam=_OTHERS_SEAM):
            if chunk == _SEAM:
                for card, mine in cards:
                    _add_card(fragments, mine, card)
            elif chunk == _OTHERS_SEAM:
                place = len(fragments)
            else:
                add(cast[chunk])
        return fragments, place

    def others(self, groups: Iterable[tuple[str, list[Fragment]]], more: str) -> list[Fragment]:
        """The part about the other papers: titles, their lines rendered before, and how many more there are."""
        fragments: list[Fragment] = []
        for title, lines in groups if self._region else ():
            before, after = self._around[title]
            fragments += (before, *lines, after)
        return [self._ends[""][0], *fragments, self._ends[more][1]] if fragments else fragments

    def whole(self, letter: LetterView, others: OthersView) -> str:
        """The letter, rendered in one go."""
        with self._blamed():
            return self._whole.render(letter=letter, others=others).replace(TOKEN, letter.token)

    def check(self, letter: LetterView, others: OthersView) -> None:
        """Render the template from its original source. Raises ThemeError with the file and line of an error."""
        (self._written or Written(self._environment, self.path, self._source)).check(letter, others)

    def _filled(self, template: Template, **values: object) -> Iterator[str]:
        """The template's output in the pieces that its code yields; its constant texts are the same objects each time."""
        try:
            yield from template.root_render_func(template.new_context(values))
        except BROKEN as error:
            raise ThemeError(str(self.path), str(error)) from error

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except BROKEN as error:
            raise ThemeError(str(self.path), str(error)) from error

    def _region_in(self, region: str) -> _Region:
        """The part about the other papers, split into its ends, what surrounds a group's lines, and the line."""
        above, groups, below = self._looped(GROUPS, region)
        if self._environment.trim_blocks:
            groups = groups.removeprefix("\n")
        before, line, after = self._looped(LINES, groups)
        made = self._environment.from_string
        return _Region(made(above + "{{ seam }}" + below), made(before + "{{ seam }}" + after), made(line))

    def _set_around(self, title: str) -> tuple[Fragment, Fragment]:
        """What precedes and follows the lines of a group with that title."""
        assert self._region is not None, "asked of a theme that shows them"
        with self._blamed():
            before, after = self._region.group.render(group=OthersGroup(title, ()), seam=_SEAM).split(_SEAM)
        return Fragment(before), Fragment(after)

    def _set_ends(self, more: str) -> tuple[Fragment, Fragment]:
        """What precedes and follows the groups."""
        assert self._region is not None, "asked of a theme that shows them"
        with self._blamed():
            above, below = self._region.ends.render(others=OthersView((), more), seam=_SEAM).split(_SEAM)
        return Fragment(above), Fragment(below)

    def _looped(self, loop: re.Pattern[str], text: str) -> tuple[str, str, str]:
        """What precedes a marked loop, its body, and what follows it. Raises ThemeError unless there is exactly one."""
        found = list(loop.finditer(text))
        if len(found) != 1:
            line = line_of(self._source, loop)
            where = f"{self.path}:{line}" if line else str(self.path)
            hint = "nothing else stands in it, and no white space control ({%- and -%}) beside its marks"
            raise ThemeError(where, f"there must be one loop of this form: {FORMS[loop]}", hint=hint)
        (one,) = found
        body, end = one.groups()
        return text[: one.start()], body, ("" if self._environment.trim_blocks else end) + text[one.end() :]

    def _hole(self, slot: re.Match[str]) -> str:
        """A placeholder in the card for one of the reader's own words, inserted later; remembers how to insert it."""
        badge, width, _, how, indent, *labels = slot.groups()
        self._fills.append(
            _badge_fill(int(width or 0))
            if badge
            else _why_fill(how or "", int(indent or 0), next(filter(None, labels), ""), escaped=bool(self._environment.autoescape))
        )
        return f"{_SEAM}{len(self._fills) - 1}{_SEAM}"


def pad(text: str, width: int) -> str:
    """The text, right-aligned with spaces to that width."""
    return text.rjust(width)


def wrapped(text: str | Why, indent: int = 0, label: str = "") -> str:
    """A text in lines of at most 72 columns, each indented by `indent` spaces; reasons each on their own line, after the label."""
    return text_of(OnLines(indent, label)(text)) if isinstance(text, Why) else wrap(text, indent)


def escaped_literal(text: str | Why) -> str:
    """A text escaped so that CommonMark shows it literally."""
    return text_of(in_markdown(text)) if isinstance(text, Why) else literal(text)


def _add_around(fragments: list[Fragment], pieces: Pieces, letter: LetterView) -> int:
    """Add the pieces with their holes filled; gives the place of the other papers, if it is among them."""
    place = 0
    for piece in pieces:
        if isinstance(piece, Fragment):
            fragments.append(piece)
        elif piece is None:
            place = len(fragments)
        else:
            fragments.append(piece(letter))
    return place


def _add_card(fragments: list[Fragment], mine: Cut, card: Card) -> None:
    for piece, fill in mine.pieces:
        fragments.append(piece)
        fragments += fill(card)
    fragments.append(mine.last)


FILTERS: dict[str, Callable[..., str]] = {"literal": escaped_literal, "pad": pad, "wrap": wrapped}
"""What a template may do to a card's own words."""


def _badge_fill(width: int) -> Fill:
    badges: Memo[str, Fragment] = Memo(lambda badge: Fragment(badge.rjust(width)), 4096)
    return lambda card: (badges[card.badge],)


def _why_fill(how: str, indent: int, label: str, *, escaped: bool) -> Fill:
    """A function that inserts the reasons in the form the template asks for."""
    if how == "wrap":
        on_lines = OnLines(indent, label)
        return lambda card: on_lines(card.why)
    if how == "literal":
        return lambda card: in_markdown(card.why)
    return (lambda card: in_html(card.why)) if escaped else (lambda card: in_line(card.why))
