"""Split the single string in which feeds put their authors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from ..model import Author
from ..net.markup import text_of
from ..net.sanitise import AUTHORS, person, persons

MOST = AUTHORS * 2
_LONGEST = 400_000  # characters: some thousand authors with their affiliations
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_NUMBERS = re.compile(r"[\d\s,;*†‡]*")
_AND = re.compile(r" (?:and|&) ")
_OTHERS = re.compile(r"(?:^|\s)(?:et\.? al\b\.?|and others|others)$", re.IGNORECASE)
# Chinese, Japanese and Korean names, which are one word each.
_ONE_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,8}")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[\s-]*)+")
_NO_GIVEN_NAME = re.compile(r"(?:jr|sr|ii|iii|iv|inc|ltd|llc|gmbh|ph\.?d|m\.?d)\.?", re.IGNORECASE)


def split_creators(text: str) -> tuple[Author, ...]:
    """The authors in a `dc:creator` of arXiv: names joined by ", ", each optionally followed by affiliations in parentheses.

    An affiliation may itself hold commas and parentheses. Marks that only refer to a list of affiliations ("(1)") are left out.
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


def authors_of(people: Iterable[str]) -> tuple[Author, ...]:
    """The authors that a feed names, one per text or all in one; mark-up is allowed. Given names come first.

    "Silva, Ana" is reversed only if most authors are written with a comma, and most of those have a family name of one word before it: "Ana
    Silva, Lisbon" is no such name.
    """
    given = [text_of(text[:_LONGEST]) for text in people]
    authors = split_names(given[0]) if len(given) == 1 else persons(map(_named, given))
    halves = [author.name.split(", ") for author in authors]
    turned = [len(half) == 2 and not _NO_GIVEN_NAME.fullmatch(half[1]) for half in halves]
    families = sum(_is_family(half[0]) for half, turns in zip(halves, turned, strict=True) if turns)
    if sum(turned) * 2 <= len(authors) or families * 2 <= sum(turned):
        return authors
    named = (f"{half[1]} {half[0]}" if turns else author.name for author, half, turns in zip(authors, halves, turned, strict=True))
    return tuple(replace(author, name=name) for author, name in zip(authors, named, strict=True))


def split_names(text: str) -> tuple[Author, ...]:
    """The authors in a feed's free text: "A. Silva and B. Lindqvist", "Ana Silva; Bo Lindqvist", "Ana Silva, Bo Lindqvist et al.".

    Commas separate names only if each part has two words, so that "Silva, Ana" stays one person; in a long list a few parts may have one
    word. HighWire's feeds (bioRxiv's among them) write "Silva, A., Lindqvist, B.": initials belong to the family name before them.
    """
    text = " ".join(text[:_LONGEST].split())  # runs of spaces before an "and" would make the search quadratic
    return persons(map(_named, text.split(";") if ";" in text else _between_commas(text)))


def _between_commas(text: str) -> list[str]:
    one_word = [part.strip() for part in re.split("[,，、]", text)]
    if all(map(_ONE_WORD.fullmatch, one_word)):
        return one_word
    parts = [part.strip() for part in _AND.sub(", ", text).split(",") if part.strip()]
    families = [_is_family(family) for family, initials in pairwise(parts) if _INITIALS.fullmatch(initials)]
    if sum(families) * 2 > len(families):
        return _initials_first(parts)
    long = sum(len(part.split()) >= 2 for part in parts)
    return parts if long == len(parts) or long * 3 > len(parts) * 2 else _AND.split(text)


def _initials_first(parts: list[str]) -> list[str]:
    """The names "A. Silva" and "B. Lindqvist, Jr." from the parts "Silva", "A.", "Lindqvist", "B.", "Jr."."""
    names: list[str] = []
    for part in parts:
        if names and _INITIALS.fullmatch(part):
            names[-1] = f"{part} {names[-1]}"
        elif names and _SUFFIX.fullmatch(part):
            names[-1] = f"{names[-1]}, {part}"
        else:
            names.append(part)
    return names


def _named(text: str) -> str:
    """The name without "et al."; "" if nothing else is there."""
    return _OTHERS.sub("", text.strip())


def _is_family(name: str) -> bool:
    """Whether it is one word, optionally after particles: "Silva", "van den Berg"."""
    *particles, _ = name.split() or [""]
    return all(particle.islower() for particle in particles)


def _outside_parentheses(text: str) -> list[str]:
    """The parts between commas outside of parentheses; a parenthesis that is never closed does not count."""
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
