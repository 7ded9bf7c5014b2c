"""Text from a paper, its mathematics readable: as it stands in plain text, and as HTML where a template escapes what it shows."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from .mathematics import html, plain
from .texts import clean, shortened

# Hebrew, Arabic and what else is written from the right.
_LEFTWARDS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_WORDS = re.compile(f"([{_LEFTWARDS}](?:[{_LEFTWARDS} ./'\"-]*[{_LEFTWARDS}])?)")
_BRACES = {ord("{"): "&#123;", ord("}"): "&#125;"}


class Prose(str):
    """A plain text that knows how it is written in HTML, which is what an escaping template shows of it."""

    __slots__ = ("_markup",)
    _markup: Markup

    def __new__(cls, text: str, markup: Markup | None = None) -> Prose:
        """The text; `markup` says the same, and is the escaped text where it is not given."""
        prose = super().__new__(cls, text)
        prose._markup = harmless(escape(text) if markup is None else markup)
        return prose

    def __html__(self) -> Markup:
        return self._markup


def prose(text: str | None, most: int = 0) -> Prose:
    """The text without invisible characters and surplus blanks, its TeX as Unicode, cut at a word to `most` characters (0: whole)."""
    source = clean(text)
    whole = " ".join(plain(source).split())
    cut = shortened(whole, most) if most else whole
    # What was cut has no HTML of its own: a formula might have been cut with it.
    return Prose(cut, html(source) if cut == whole else None)


def has_leftwards(text: str) -> bool:
    """Whether a word in it is written from the right."""
    return not text.isascii() and _WORDS.search(text) is not None


def apart(text: str) -> str:
    """A sentence whose words from the right are set apart in HTML: a number behind them would change places with them."""
    if not has_leftwards(text):
        return text
    spans = (f'<span dir="auto">{escape(part)}</span>' if place % 2 else escape(part) for place, part in enumerate(_WORDS.split(text)))
    return Prose(text, Markup("".join(spans)))


def harmless(markup: Markup) -> Markup:
    """The markup with its braces as entities: nothing that a letter shows can be a template, wherever it is filled next."""
    return Markup(markup.translate(_BRACES)) if "{" in markup or "}" in markup else markup
