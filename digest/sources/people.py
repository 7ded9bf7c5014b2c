"""Authors out of the one string that feeds put them in."""

from __future__ import annotations

import re

from ..model import Author
from ..net.sanitise import AUTHORS, person, persons

MOST = AUTHORS * 2
_LONGEST = 400_000  # characters: some thousand authors with their affiliations
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_NUMBERS = re.compile(r"[\d\s,;*†‡]*")
_AND = re.compile(r"\s+(?:and|&)\s+")


def split_creators(text: str) -> tuple[Author, ...]:
    """The authors in a `dc:creator` of arXiv: names joined by ", ", each maybe followed by affiliations in parentheses.

    An affiliation may hold commas and parentheses of its own. Marks that only refer to a list of affiliations ("(1)") are left out.
    """
    authors: list[Author] = []
    for part in _outside_parentheses(text[:_LONGEST]):
        if len(authors) == MOST:
            break
        name, affiliations = _name_and_affiliations(part)
        if authors and _SUFFIX.fullmatch(name):
            authors[-1] = Author(f"{authors[-1].name}, {name}", affiliations or authors[-1].affiliations)
            continue
        author = person(name, affiliations)
        if author is not None:
            authors.append(author)
    return tuple(authors)


def split_names(text: str) -> tuple[Author, ...]:
    """The authors in the free text of a feed: "A. Silva and B. Lindqvist", "Ana Silva; Bo Lindqvist", "Ana Silva, Bo Lindqvist".

    Commas separate names only where each part has two words, so that "Silva, Ana" stays one person.
    """
    text = text[:_LONGEST]
    if ";" in text:
        parts = text.split(";")
    else:
        parts = _AND.sub(", ", text).split(",") if _AND.search(text) else text.split(",")
        if not all(len(part.split()) >= 2 for part in parts if part.strip()):
            parts = _AND.split(text)
    return persons(parts)


def _outside_parentheses(text: str) -> list[str]:
    """The parts between commas that stand in no parentheses; a parenthesis that is never closed opens none."""
    depth, closing = 0, text.count(")")
    parts: list[str] = []
    start = 0
    for place, letter in enumerate(text):
        if letter == "(" and closing > depth:
            depth += 1
        elif letter == ")":
            closing -= 1
            depth = max(0, depth - 1)
        elif letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _name_and_affiliations(part: str) -> tuple[str, tuple[str, ...]]:
    name, opening, rest = part.partition("(")
    inside = rest.strip()
    inside = inside[:-1] if inside.endswith(")") else inside
    if not opening or not inside.strip() or _NUMBERS.fullmatch(inside):
        return name.strip(), ()
    return name.strip(), (inside.strip(),)
