"""How words that somebody searches for may stand in a paper: in another plural, with an accent, a Greek letter or an index in TeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from sqlalchemy import ColumnElement

from ...typesetting import GREEK
from ..schema import papers

_MOST = 500
"""Conditions: SQLite takes 1000 at a time, and who pastes a whole text is answered by its first fifty words."""
_ACCENTED = frozenset("aceinosuyz")
_SHORTEST = 4
"""Letters of a word that is told from others with any letter in the place of one."""

_INDEXED = re.compile(r"(?<=[^\W\d_])(?=\d)")
_INDEX_ENDS = re.compile(r"(?<=\d)(?=[^\W\d_])")
_AROUND = (("_", ""), ("__", "_"), ("___", "__"))
"""What stands before an index and after it, as any characters: "H_2O", "H$_2$O", "H$_{2}$O"."""

_GREEK_NAME = re.compile(rf"^(?:{'|'.join(GREEK)})|(?:{'|'.join(GREEK)})$")
"""A Greek letter at either end of a word, which ranking reads as its name: "Hα" is "halpha"."""


def has_any(words: Iterable[str]) -> list[ColumnElement[bool]]:
    """Conditions of which one holds where a paper has one of these words, lower-case and folded as ranking does it ("policy", "levy").

    Now and then one holds of another word. SQLite knows no accents, and no capitals but those of ASCII: a title has them, nearly as
    short as a name, and in an abstract they would take too long.
    """
    return list(islice(chain.from_iterable(map(_conditions, words)), _MOST))


def _conditions(word: str) -> Iterator[ColumnElement[bool]]:
    for form in (word, f"{word[:-1]}ies") if word.endswith("y") else (word,):
        # SQLite compares without regard to case by itself, in half the time that it takes with `icontains`.
        yield from (column.contains(form, autoescape=True) for column in (papers.c.title, papers.c.abstract))
    if len(word) >= _SHORTEST and word.isalnum():
        for place, letter in enumerate(word):
            if letter in _ACCENTED or (place == 0 and not letter.isascii()):
                yield papers.c.title.like(f"%{word[:place]}_{word[place + 1 :]}%")
    if word.isalnum() and (name := _GREEK_NAME.search(word)):
        letter, tex = GREEK[name[0]], f"__{name[0]}_" if name.end() < len(word) else f"__{name[0]}"  # "H$\\alpha$"
        for sign in (letter, letter.upper(), tex):
            form = word[: name.start()] + sign + word[name.end() :]
            yield from (column.like(f"%{form}%") for column in (papers.c.title, papers.c.abstract))
    if word.isalnum() and _INDEXED.search(word):
        for before, after in _AROUND:
            form = _INDEX_ENDS.sub(after, _INDEXED.sub(before, word))
            yield from (column.like(f"%{form}%") for column in (papers.c.title, papers.c.abstract))
