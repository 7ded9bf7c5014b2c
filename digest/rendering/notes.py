"""Translate reasons and sentences that the catalog keeps in English: each is matched by the pattern of its message.

A message is also a pattern: a slot in it matches what `_SLOTS` says for its name. To support a new one, add it to `notes_table.py`;
`tests/test_rendering_notes.py` says which are missing.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from ..model import EVERYTHING_ELSE
from .languages import MONTHS, SOURCE, Language
from .mathematics import may_hold_tex, plain
from .notes_table import KINDS, NUMBERS, RULES
from .texts import shortened

_QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_PIECE = re.compile(rf"(?<!\w){_QUOTED}|, | and | or |.", re.DOTALL)  # a quote inside a word is an apostrophe
_LAST_SAID = re.compile(rf"(?<='), {_QUOTED}\)$")
_PART = re.compile(rf"(?<!\w){_QUOTED}|; |.", re.DOTALL)
_PLAINLY_QUOTED = re.compile(r"""'[^'\\\x00-\x1f]*'|"[^"\\\x00-\x1f]*\"""")
_SHORTEST = 45  # characters that a quoted part keeps at least
_SLOT = re.compile(r"\\\{(\w+)\\\}")


def translated(note: str, language: Language) -> str:
    """The note in that language; an unknown one is returned unchanged.

    An English one is too, except for its quotes, for what Python escaped in them, and for formulas in titles.
    """
    is_said = language.code == SOURCE and "'" not in note and '"' not in note and not may_hold_tex(note)
    return note if is_said else _translated(note, language)


def fitted(note: str, most: int) -> str:
    """The note, with the longest quoted part cut at a word if it is longer than `most` characters.

    Of a paper's many matching words only the first are then shown.
    """
    quoted = max(re.findall(rf"(?<!\w){_QUOTED}", note), key=len, default="") if len(note) > most else ""
    text = unquoted(quoted) if quoted else None
    if text is None:
        return note
    note = note.replace(quoted, repr(shortened(text, max(_SHORTEST, len(text) - (len(note) - most)))), 1)
    while len(note) > most + _SHORTEST and (last := _LAST_SAID.search(note)):
        note = note[: last.start()] + ")"
    return note


def unquoted(text: str) -> str | None:
    """The text inside Python's quotes; None if Python would not have written it so."""
    if _PLAINLY_QUOTED.fullmatch(text):
        return text[1:-1]
    try:
        return str(literal_eval(text))
    except (SyntaxError, ValueError):
        return None


@lru_cache(maxsize=8192)
def _translated(note: str, language: Language) -> str:
    for pattern, one, many in _patterns():
        if found := pattern.fullmatch(note):
            values = {name: _SLOTS[name][1](text, language) for name, text in found.groupdict().items()}
            if not many:
                return language.say(one, **values)
            return language.say_many(one, many, int(found["count"]), **values)
    return note


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """The pattern of each form of each rule, in order."""
    made = []
    for rule in RULES:
        one, many = (rule, "") if isinstance(rule, str) else rule
        made += [(re.compile(_SLOT.sub(_slot, re.escape(form)), re.DOTALL), one, many) for form in filter(None, (one, many))]
    return tuple(made)


def _slot(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{_SLOTS[found[1]][0]})"


def _as_it_is(text: str, language: Language) -> str:
    return text


def in_own_quotes(text: str, language: Language) -> str:
    """The text inside Python's quotes, in the language's quotes; what only looks quoted (a name between apostrophes) is unchanged."""
    said = unquoted(text) if text[:1] in ("'", '"') else None
    return text if said is None else _in_quotes(said, language)


def _title(text: str, language: Language) -> str:
    said = unquoted(text)
    return text if said is None else _in_quotes(plain(said), language)


def _in_quotes(text: str, language: Language) -> str:
    return language.say_in("quotation", "“{text}”", text=text)


def _quoted_list(text: str, language: Language) -> str:
    return language.list_of(in_own_quotes(quoted, language) for quoted in re.findall(_QUOTED, text))


def _list(text: str, language: Language) -> str:
    return language.list_of(text.split(", "))


def _named(text: str, language: Language) -> str:
    """An interest's name, or the language's words for one without a name."""
    return language.say(text) if text in (EVERYTHING_ELSE, "what you follow") else text


def _enumerated(text: str, language: Language) -> str:
    """"a, b and c" or "'a', 'b' or 5 more": each item unchanged, but with the language's quotes and conjunctions."""
    pieces = _PIECE.findall(text)
    words = [place for place, piece in enumerate(pieces) if piece in (" and ", " or ")]
    if not words:
        return _item(text, language)
    before, word, last = pieces[: words[-1]], pieces[words[-1]], "".join(pieces[words[-1] + 1 :])
    items = [""]
    for piece in before:
        items = [*items, ""] if piece == ", " else [*items[:-1], items[-1] + piece]
    between = "{items} and {last}" if word == " and " else "{items} or {last}"
    return language.say(between, items=language.list_of(_item(item, language) for item in items), last=_item(last, language))


def _item(text: str, language: Language) -> str:
    if re.fullmatch(_QUOTED, text):
        return in_own_quotes(text, language)
    return _translated(text, language) if text.endswith(" more") else text


def _sentences(text: str, language: Language) -> str:
    parts = [""]
    for piece in _PART.findall(text):
        parts = [*parts, ""] if piece == "; " else [*parts[:-1], parts[-1] + piece]
    return "; ".join(_translated(part, language) for part in parts)


def _number(text: str, language: Language) -> str:
    return language.say(text) if text in NUMBERS else text


def _kind(text: str, language: Language) -> str:
    return language.say(text)


def _month(text: str, language: Language) -> str:
    return language.say_in("month", text)


def _whole(text: str, language: Language) -> int:
    return int(text)


_SLOTS: Mapping[str, tuple[str, Callable[[str, Language], object]]] = {
    "topic": (_QUOTED, in_own_quotes),
    "keyword": (_QUOTED, in_own_quotes),
    "title": (_QUOTED, _title),
    "words": (rf"{_QUOTED}(?:, {_QUOTED})*", _quoted_list),
    "categories": (r"[A-Za-z][\w.-]*(?:, [A-Za-z][\w.-]*)*", _list),
    "month": ("|".join(MONTHS), _month),
    "year": (r"\d{1,4}", _as_it_is),
    "count": (r"\d+", _whole),
    "liked": (r"\d+", _as_it_is),
    "number": (rf"\d+|{'|'.join(NUMBERS)}", _number),
    "kind": ("|".join(KINDS), _kind),
    "interest": (".+", _named),
    "address": (r"\S+", _as_it_is),
    "who": (".+", _as_it_is),
    "listed": (".+", _enumerated),
    "why": (".+", lambda text, language: _translated(text, language)),
    "known": (".+", _sentences),
}
"""What a slot of that name matches, and how it is said; what came from a reader or a paper stays as it is."""
