"""Followed authors: whether a paper is by somebody the reader follows, whatever way the name is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from .block import Block
from .signal import Terms, Use
from .text import unaccented

Name = tuple[str, ...]
"""Given names or initials, then the family name; lower case, no accents: ("yarin", "gal")."""

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])", re.IGNORECASE)


def authors(block: Block) -> Terms:
    """Each distinct followed name: 1 for the documents by that person, 0 for all others."""
    names = tuple(dict.fromkeys(name for profile in block.profiles for name in profile.authors))
    raw = np.zeros((len(names), block.size), dtype=np.float32)
    if names:
        people, identified = _index(block)
        for term, name in enumerate(names):
            raw[term, list(_works(name, people, identified))] = 1.0
    uses = [Use(row, names.index(n)) for row, profile in enumerate(block.profiles) for n in dict.fromkeys(profile.authors)]

    def note(term: int, document: int) -> str:
        return f"you follow {names[term]}" if raw[term, document] else f"not by {names[term]}"

    return Terms(raw=raw, uses=tuple(uses), spread=0.05, note=note)


def name_parts(text: str) -> Name:
    """The parts of a person's name, family name last; "Gal, Yarin" and "Yarin Gal" give the same."""
    family, comma, given = unaccented(text).lower().partition(",")
    whole = f"{given} {family}" if comma else family
    return tuple(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", whole))


def is_same(followed: Name, written: Name, others: Iterable[Name]) -> bool:
    """Whether a written name is the followed one.

    Initials stand for given names ("Y. Gal" is Yarin Gal) unless the `others`, full names with that family name, allow two people.
    """
    if followed == written:
        return bool(followed)
    if len(followed) < 2 or len(written) < 2 or followed[-1] != written[-1]:
        return False
    if not all(_agree(a, b) for a, b in zip(followed[:-1], written[:-1], strict=False)):
        return False
    if len(followed[0]) > 1 and len(written[0]) > 1:
        return True
    people = {other[0] for other in (*others, followed, written) if len(other[0]) > 1 and other[0][0] == followed[0][0]}
    return len(people) <= 1


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _index(block: Block) -> tuple[Mapping[str, Mapping[Name, set[int]]], Mapping[str, set[int]]]:
    """Documents by family name and whole name, and by ORCID iD."""
    people: dict[str, dict[Name, set[int]]] = defaultdict(lambda: defaultdict(set))
    identified: dict[str, set[int]] = defaultdict(set)
    known: dict[str, Name] = {}
    for document, paper in enumerate(block.documents[: block.size]):
        for author in paper.authors:
            if author.name not in known:
                known[author.name] = name_parts(author.name)
            if parts := known[author.name]:
                people[parts[-1]][parts].add(document)
            if author.orcid and (found := _ORCID.fullmatch(author.orcid)):
                identified[found[1].upper()].add(document)
    return people, identified


def _works(name: str, people: Mapping[str, Mapping[Name, set[int]]], identified: Mapping[str, set[int]]) -> set[int]:
    if found := _ORCID.fullmatch(name.strip()):
        return identified.get(found[1].upper(), set())
    followed = name_parts(name)
    namesakes = people.get(followed[-1], {}) if followed else {}
    others = [other for other in namesakes if len(other) > 1]
    return {document for written, works in namesakes.items() if is_same(followed, written, others) for document in works}
