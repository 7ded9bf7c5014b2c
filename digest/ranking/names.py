"""Names of people: whether two are one person, whatever way they are written, and who wrote what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..model import Paper
from .text import unaccented

Name = tuple[str, ...]
"""Given names or initials, then the family name; lower case, no accents: ("yarin", "gal")."""

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])", re.IGNORECASE)


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


@dataclass(frozen=True)
class People:
    """Papers, by their place in a sequence: by family name and whole name, and by ORCID iD."""

    named: Mapping[str, Mapping[Name, set[int]]]
    identified: Mapping[str, set[int]]

    def works(self, name: str) -> set[int]:
        """The places of the papers by that person, a name or an ORCID iD."""
        if found := _ORCID.fullmatch(name.strip()):
            return self.identified.get(found[1].upper(), set())
        followed = name_parts(name)
        namesakes = self.named.get(followed[-1], {}) if followed else {}
        others = [other for other in namesakes if len(other) > 1]
        return {place for written, works in namesakes.items() if is_same(followed, written, others) for place in works}


def people(papers: Sequence[Paper]) -> People:
    """Who wrote these papers."""
    named: dict[str, dict[Name, set[int]]] = defaultdict(lambda: defaultdict(set))
    identified: dict[str, set[int]] = defaultdict(set)
    known: dict[str, Name] = {}
    for place, paper in enumerate(papers):
        for author in paper.authors:
            if author.name not in known:
                known[author.name] = name_parts(author.name)
            if parts := known[author.name]:
                named[parts[-1]][parts].add(place)
            if author.orcid and (found := _ORCID.fullmatch(author.orcid)):
                identified[found[1].upper()].add(place)
    return People({family: dict(works) for family, works in named.items()}, dict(identified))
