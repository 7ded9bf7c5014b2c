"""The frame around the cards of a letter, cut so that what many letters share is rendered and encoded once.

Some words are shared by many letters (the date, what was considered), others belong to one reader (the glance, the links). Where one of a
reader's own words is shown, alone or through filters, the frame has a hole, filled for each letter. The rest is cached by the shared words
in it, and by which of the reader's own words are present.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

from jinja2 import Environment, Template, nodes
from markupsafe import escape

from ..fragments import Fragment, fragment_cache
from .letters import LetterView, SectionView
from .links import TOKEN

SEAM, OTHERS_SEAM = "seam", "others_seam"
"""What stands in a main template for the cards of a section, as `{{ seam(section) }}`, and for the others."""
_COMMON = frozenset(
    ("language", "direction", "heading", "date", "best_below_url", "notes", "unshown", "looked_at", "postal_address", "thanks")
)
_OWN = frozenset(("token", "subject", "preheader", "glance", "best_below", "why", "unsubscribe", "page", "preferences"))
_OF_A_SECTION = frozenset(("title", "is_top"))
_STEADY = frozenset(("brand", "colours", "_", "language", "direction", "start", "end"))  # template globals that never change
_MARK = "\x01"  # occurs in no text: texts.py removes it
_MOST = 1024
_Kind = TypeVar("_Kind", bound=nodes.Node)

Hole = Callable[[LetterView], Fragment]
Pieces = tuple[Fragment | Hole | None, ...]
"""Fragments, holes, and None where the others go."""


class Uncuttable(Exception):
    """The template cannot be cut: it stores values, reorders sections, or computes with a reader's own words."""


class Part:
    """A part of a template, cached by the words in it. Raises Uncuttable."""

    def __init__(self, environment: Environment, body: Sequence[nodes.Node]) -> None:
        cutter = _Cutter()
        self._template = _template(environment, cutter.statements(body, frozenset()))
        self._holes = [_hole(environment, shown) for shown in cutter.taken]
        self._steady = _steady(environment)
        # At least two, so that the attrgetter gives a tuple.
        self._words = attrgetter("language", "direction", *sorted(cutter.words))
        self._truths = attrgetter("language", "direction", *sorted(cutter.truths))
        self._known: dict[object, Pieces] = {}

    def pieces(self, letter: LetterView, section: SectionView | None = None) -> Pieces:
        """The part's pieces in this letter; inside the loop over sections, for that section."""
        place = (self._words(letter), *map(bool, self._truths(letter)), section and (section.title, section.is_top))
        found = self._known.get(place)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[place] = self._filled({**self._steady, "letter": letter, "section": section})
        return found

    def _filled(self, values: dict[str, object]) -> Pieces:
        texts = "".join(_run(self._template, values)).split(_MARK)
        pieces: list[Fragment | Hole | None] = []
        for place, text in enumerate(texts):
            if place % 2:
                pieces.append(None if text == OTHERS_SEAM else self._holes[int(text)])
            elif text:
                pieces.append(Fragment(text))
        return tuple(pieces)


class Frame:
    """A main template in parts: before the sections, before and after a section's cards, and after all sections. Raises Uncuttable."""

    def __init__(self, environment: Environment, source: str) -> None:
        body = environment.parse(source).body
        loops = [place for place, node in enumerate(body) if any(map(_is_seam, node.find_all(nodes.Call)))]
        if len(loops) != 1:
            raise Uncuttable
        (place,) = loops
        before, after = _around_cards(body[place])
        self.opening, self.closing = Part(environment, body[:place]), Part(environment, body[place + 1 :])
        self.before, self.after = Part(environment, before), Part(environment, after)


def frame_of(environment: Environment, source: str) -> Frame | None:
    """The main template, cut; None if it cannot be."""
    try:
        return Frame(environment, source)
    except Uncuttable:
        return None


class _Cutter:
    """Removes a reader's own words from statements, and collects the cache key of the rest: words, and whether there are any."""

    def __init__(self) -> None:
        self.taken: list[nodes.Expr] = []
        self.words: set[str] = set()
        self.truths: set[str] = set()

    def statements(self, body: Iterable[nodes.Node], bound: frozenset[str]) -> list[nodes.Node]:
        """These statements without a reader's own words; `bound` are the variables of the loops around them."""
        return [self._statement(node, bound) for node in body]

    def _statement(self, node: nodes.Node, bound: frozenset[str]) -> nodes.Node:
        if isinstance(node, nodes.Output):
            return nodes.Output([self._shown(shown, bound) for shown in node.nodes], lineno=node.lineno)
        if isinstance(node, nodes.If):
            self._decides(node.test, bound)
            parts = (self.statements(some, bound) for some in (node.body, node.elif_, node.else_))
            return nodes.If(node.test, *parts, lineno=node.lineno)
        if not isinstance(node, nodes.For) or node.recursive:
            raise Uncuttable
        inner = bound | {"loop"} | {name.name for name in _all(node.target, nodes.Name)}
        self._reads(node.iter, bound)
        if node.test is not None:
            self._reads(node.test, inner)
        body, otherwise = self.statements(node.body, inner), self.statements(node.else_, bound)
        return nodes.For(node.target, node.iter, body, otherwise, node.test, False, lineno=node.lineno)

    def _shown(self, shown: nodes.Expr, bound: frozenset[str]) -> nodes.Expr:
        if isinstance(shown, nodes.Name) and shown.name == OTHERS_SEAM and not bound:
            return nodes.TemplateData(f"{_MARK}{OTHERS_SEAM}{_MARK}")
        names = {name.name for name in _all(shown, nodes.Name)}
        if names <= _STEADY | {"letter"} and not names & bound and _OWN.intersection(map(_word, _all(shown, nodes.Getattr))):
            self.taken.append(shown)
            return nodes.TemplateData(f"{_MARK}{len(self.taken) - 1}{_MARK}")
        self._reads(shown, bound)
        return shown

    def _decides(self, test: nodes.Node, bound: frozenset[str]) -> None:
        """Note what a condition depends on: for one made only of words it matters only whether they are present."""
        word = _word(test)
        if isinstance(test, nodes.And | nodes.Or):
            self._decides(test.left, bound)
            self._decides(test.right, bound)
        elif isinstance(test, nodes.Not):
            self._decides(test.node, bound)
        elif word in _OWN:
            self.truths.add(word)
        else:
            self._reads(test, bound)

    def _reads(self, expression: nodes.Node, bound: frozenset[str]) -> None:
        free = [name for name in _all(expression, nodes.Name) if name.name not in bound | _STEADY]
        looked_into = [one for one in _all(expression, nodes.Getattr) if one.node in free]
        words = [word for word in map(_word, looked_into) if word]
        titles = [title for title in (_word(one, "section") for one in looked_into) if title]
        is_random = any(one.name == "random" for one in _all(expression, nodes.Filter))
        if len(words) + len(titles) < len(free) or is_random or not _COMMON.issuperset(words) or not _OF_A_SECTION.issuperset(titles):
            raise Uncuttable
        self.words.update(words)


def _all(expression: nodes.Node, kind: type[_Kind]) -> list[_Kind]:
    """The nodes of that kind in an expression, including itself."""
    return [*([expression] if isinstance(expression, kind) else []), *expression.find_all(kind)]


def _word(node: nodes.Node, of: str = "letter") -> str:
    """The name of the letter's word that the expression is; "" if it is not one."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == of:
        return node.attr
    return ""


def _around_cards(loop: nodes.Node) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """What precedes and what follows the cards in the loop over sections. Raises Uncuttable for any other loop."""
    assert isinstance(loop, nodes.For), "asked of loops only"
    is_plain = _word(loop.iter) == "sections" and isinstance(loop.target, nodes.Name) and loop.target.name == "section"
    if not is_plain or loop.test is not None or loop.else_ or loop.recursive:
        raise Uncuttable
    for place, node in enumerate(loop.body):
        shown = node.nodes if isinstance(node, nodes.Output) else []
        at = next((at for at, one in enumerate(shown) if _is_seam(one)), None)
        if at is not None:
            above, below = (nodes.Output(some, lineno=node.lineno) for some in (shown[:at], shown[at + 1 :]))
            return [*loop.body[:place], above], [below, *loop.body[place + 1 :]]
    raise Uncuttable


def _is_seam(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == SEAM


# --- filling ----------------------------------------------------------------------------------------------------------


def _hole(environment: Environment, shown: nodes.Expr) -> Hole:
    """A function that fills in what was there, as the template would have."""
    word = _word(shown)
    if not word:
        through = _filtered(environment, shown)
        if through is not None:
            return through
        template, steady = _template(environment, [nodes.Output([shown], lineno=shown.lineno)]), _steady(environment)
        return lambda letter: Fragment("".join(_run(template, {**steady, "letter": letter})))
    as_shown = _shown_by(environment)
    if word == "subject":  # often the first paper's title, shared by many letters, and shown twice
        subjects = fragment_cache()
        return lambda letter: subjects[as_shown(letter.subject)]
    if word not in ("unsubscribe", "page"):
        return lambda letter: Fragment(as_shown(getattr(letter, word)))
    # The token is all that is reader-specific in these.
    links = fragment_cache()
    return lambda letter: links[as_shown(getattr(letter, word).replace(letter.token, TOKEN) if letter.token else getattr(letter, word))]


def _filtered(environment: Environment, shown: nodes.Expr) -> Hole | None:
    """For a word through one filter with constant arguments: the filter called directly, without Jinja; None otherwise."""
    if not isinstance(shown, nodes.Filter) or shown.node is None or shown.dyn_args or shown.dyn_kwargs or shown.kwargs:
        return None
    word, through = _word(shown.node), environment.filters.get(shown.name)
    if not word or through is None or hasattr(through, "jinja_pass_arg") or not all(isinstance(arg, nodes.Const) for arg in shown.args):
        return None
    as_shown, values = _shown_by(environment), [arg.as_const() for arg in shown.args]
    return lambda letter: Fragment(as_shown(through(getattr(letter, word), *values)))


def _shown_by(environment: Environment) -> Callable[[object], str]:
    """How the templates of that environment print a value."""
    finalize = environment.finalize or (lambda value: value)
    return (lambda value: str(escape(finalize(value)))) if environment.autoescape else (lambda value: str(finalize(value)))


def _template(environment: Environment, body: list[nodes.Node]) -> Template:
    made = nodes.Template(body, lineno=1)
    made.set_environment(environment)
    return Template.from_code(environment, environment.compile(made), environment.make_globals(None))


def _steady(environment: Environment) -> dict[str, object]:
    return {name: value for name, value in environment.globals.items() if name in _STEADY}


def _run(template: Template, values: dict[str, object]) -> Iterator[str]:
    """The template's output for these values, which are all it has: copying Jinja's own globals for each hole would cost more."""
    return template.root_render_func(template.new_context(values, shared=True))
