"""Text from a paper with readable mathematics, both as plain text and as HTML for templates that escape."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from .mathematics import html, plain
from .texts import clean, shortened

# Hebrew, Arabic and the other right-to-left scripts.
_LEFTWARDS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_WORDS = re.compile(f"([{_LEFTWARDS}](?:[{_LEFTWARDS} ./'\"-]*[{_LEFTWARDS}])?)")
_BRACES = {ord("{"): "&#123;", ord("}"): "&#125;"}


class Prose(str):
    """A plain text that carries its own HTML form, which an escaping template shows."""

    __slots__ = ("_markup",)
    _markup: Markup

    def __new__(cls, text: str, markup: Markup | None = None) -> Prose:
        """Make one from the text; `markup` is its HTML, by default the escaped text."""
        prose = super().__new__(cls, text)
        prose._markup = harmless(escape(text) if markup is None else markup)
        return prose

    def __html__(self) -> Markup:
        return self._markup


def prose(text: str | None, most: int = 0) -> Prose:
    """The text without invisible characters and extra spaces, its TeX as Unicode, cut at a word to `most` characters (0: uncut)."""
    source = clean(text)
    whole = " ".join(plain(source).split())
    cut = shortened(whole, most) if most else whole
    # A cut text gets no HTML form: the cut may be inside a formula.
    return Prose(cut, html(source) if cut == whole else None)


def has_leftwards(text: str) -> bool:
    """Whether it contains a word in a right-to-left script."""
    return not text.isascii() and _WORDS.search(text) is not None


def apart(text: str) -> str:
    """The sentence as HTML with its right-to-left words isolated: a number after one would otherwise change places with it."""
    if not has_leftwards(text):
        return text
    spans = (f'<span dir="auto">{escape(part)}</span>' if place % 2 else escape(part) for place, part in enumerate(_WORDS.split(text)))
    return Prose(text, Markup("".join(spans)))


def harmless(markup: Markup) -> Markup:
    """The markup with its braces as entities, so that nothing a letter shows can act as a template later."""
    return Markup(markup.translate(_BRACES)) if "{" in markup or "}" in markup else markup
