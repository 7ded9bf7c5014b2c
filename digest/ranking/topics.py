"""The signal of topics, which readers write in their own words; one term for each distinct text, alone or beside liked papers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

import numpy as np

from .answering import Question
from .ground import Ground
from .rows import Rows
from .signal import Terms, Uses
from .texts.inflecting import inflected
from .texts.plurals import singular
from .texts.text import phrase, query, says_something, small_words, surfaces
from .texts.words import Shelf, word_number

_WRITTEN = re.compile(r"[^\W_]+(?:\+\+|#)?")
"""Words as ranking parts them (`text.surfaces`)."""
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
_PUNCTUATION = ".,;:!?()[]\"'“”‘’"
_Form = tuple[tuple[int, ...], str, bool]

FEW = 2
"""Liked papers beside which topics count as much as alone."""


def topics(ground: Ground, rows: Rows) -> Terms:
    """One term for each topic text. Beside liked papers a text counts less: the more liked papers, the more they say."""
    number: dict[Question, int] = {}
    found: list[tuple[int, int, float]] = []
    for row, interest in enumerate(rows.interests):
        if interest.topics:
            liked = len(ground.places(interest.liked))
            asked = [(topic, is_alone(liked, ground.has_model)) for topic in _each_once(interest.topics)]
            found += [(row, number.setdefault(question, len(number)), trust_beside(liked)) for question in asked]
    questions = tuple(number)

    def note(term: int, column: int) -> str:
        return note_on(questions[term][0], float(levels[term, column]), ground.shelf, column)

    # `ground.answers` is computed on first use, which readers without topics do not need.
    levels = ground.answers.levels(questions) if questions else np.zeros((0, ground.scored.stop), dtype=np.float32)
    uses = Uses.of((row for row, _, _ in found), (term for _, term, _ in found), (trust for _, _, trust in found))
    return Terms(level=levels, uses=uses, note=note)


def _each_once(texts: Sequence[str]) -> tuple[str, ...]:
    """The topics without those that are an earlier one once their words are folded: in another case, number or with other accents."""
    starts = {text[:1].casefold() for text in texts}
    if len(starts) == len(texts) and all(start.isascii() and start.isalnum() for start in starts):
        return tuple(texts)  # a hundred thousand readers have two topics each, and reading those takes a tenth of a ranking's time
    return tuple({phrase(text) or text: text for text in reversed(texts)}.values())[::-1]


def note_on(text: str, level: float, shelf: Shelf, column: int) -> str:
    """The note on a paper's level for a topic; it says which words the paper has, unless they are over half of them, and all or three."""
    if level < 0:
        return f"far from topic {text!r}"
    asked, words = _asked(text), shelf.said(column)
    said = [found for forms in asked if (found := next((form for form in forms if words.issuperset(form[0])), None))]
    whole = sum(is_whole for _, _, is_whole in said)
    if not asked or (2 * whole > len(asked) and whole >= min(len(asked), 3)):
        return f"topic {text!r}"
    return f"topic {text!r} (says {', '.join(form for _, form, _ in said)})" if said else f"topic {text!r} (in other words)"


@lru_cache(maxsize=4096)
def _asked(text: str) -> tuple[tuple[_Form, ...], ...]:
    """For each word that a paper on a topic has, its forms, itself first: numbers, how notes show it, and whether it is the whole word.

    A letter is such a word: "cells" are no "T cells". A hyphenated word with a letter or only one telling part is one word, and its parts
    are less than it: "functions" are no "L-functions", "difference" is no "difference-in-differences". With a number it may stand
    apart: "type 2" is "type-2".
    """
    written = {form: word for word in _WRITTEN.findall(normalize("NFC", text)) for form in surfaces(word)[0]}
    asked: dict[str, tuple[_Form, ...]] = {}
    for token in _POSSESSIVE.sub("", text).split():
        parts, joined = surfaces(token)
        kept = {singular(part): written.get(part, part) for part in parts if singular(part) not in small_words()}
        telling = {word: shown for word, shown in kept.items() if says_something(word)}
        if len(joined) == 1 and (len(telling) == 1 or min(map(len, parts)) == 1):
            shown = repr(token.strip(_PUNCTUATION))
            whole: list[tuple[int, ...]] = [(word_number(singular(joined[0])),)]
            if len(kept) == len(parts) and any(map(str.isdecimal, parts)):
                whole.append(tuple(map(word_number, kept)))
            halves = (((word_number(word),), repr(half), False) for word, half in telling.items())
            asked[joined[0]] = (*((numbers, shown, True) for numbers in whole), *halves)
        else:
            for word, shown in kept.items():
                names = {word: shown} | dict.fromkeys(inflected(word))
                asked[word] = tuple(((word_number(form),), repr(name or form), True) for form, name in names.items())
    return tuple(asked.values()) if any(map(says_something, query(text))) else ()


def is_alone(liked: int, has_model: bool) -> bool:
    """Whether topics are matched as without these liked papers: a few say little, unless a model compares them (bench/README.md)."""
    return not liked or (liked <= FEW and not has_model)


def trust_beside(liked: int) -> float:
    """The weight of a topic beside so many liked papers; measured on lists with a title (`arx`) and on tags with some of their papers.

    For lists a little less would be best, for tags half as much again.
    """
    return 0.8 if liked <= FEW else 0.5 if liked <= 8 else 0.4
