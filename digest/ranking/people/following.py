"""Whether a paper is by somebody a reader follows: by identity where the paper has one, else by what is known of that name.

Of an author with the followed name but without the followed identity:
    1. another identity of the same kind (ORCID iD, OpenAlex id)           somebody else
    2. a co-author whom the followed one writes with                       theirs
    3. only in fields where the followed one is not known to write         somebody else
    4. everything else                                                     theirs, by name
What the followed one is known by are the papers of that name that the reader liked and those with the identity that the reader gave.
Where there is none, the fields are those of the reader's categories and liked papers. The co-authors on papers of the background that are
theirs by this rule count as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...naming import Followed
from .bylines import Writer
from .names import Name, is_same

LARGE_TEAM = 30
"""Papers with more authors than this say nothing about who works with whom: two such papers share names by chance."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a paper is by the followed person, called `who`, and `why`; no `why` if an identity proves it.

    `author` is the one of its authors that is them, as written there, of several the one written as they are followed; "" if none is.
    """

    theirs: bool
    who: str
    why: str = ""
    author: str = ""

    @property
    def note(self) -> str:
        """The note shown to the reader."""
        if self.theirs:
            return f"you follow {self.who}" + (f" ({self.why})" if self.why else "")
        return f"by a namesake of {self.who}, whom you follow: {self.why}"


@dataclass(frozen=True)
class Byline:
    """A paper as this rule sees it: its authors and its fields."""

    authors: Sequence[Writer]
    fields: int


@dataclass(frozen=True)
class Person:
    """Somebody who is followed, and what is known of them: `names` are the spellings that may be theirs.

    `fields` come from papers they wrote where `is_known`, else from what the reader reads. `circle` holds their co-authors by family name.
    """

    followed: Followed
    names: frozenset[Name]
    ids: frozenset[str]
    fields: int = 0
    is_known: bool = False
    circle: Mapping[str, frozenset[Name]] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether only the name tells them from others."""
        return not self.fields and not self.circle

    def others(self, byline: Byline) -> list[Writer]:
        """Their co-authors on a paper; empty if it has too many authors."""
        if len(byline.authors) > LARGE_TEAM:
            return []
        return [author for author in byline.authors if author.name and author.name not in self.names and not author.ids & self.ids]


def judged(person: Person, byline: Byline) -> Verdict | None:
    """Whether a paper is by that person; None if no author has that name or identity. The order of its authors does not matter."""
    who = person.followed.name
    known = sorted(author.text for author in byline.authors if author.ids & person.ids)
    if known:
        return Verdict(True, who or known[0], author=known[0])
    named = [author for author in byline.authors if author.name in person.names]
    if not named:
        return None
    contradicted = [_contradiction(author.ids, person.ids) for author in named]
    theirs = [author.text for author, kind in zip(named, contradicted, strict=True) if not kind]
    if not theirs:
        return Verdict(False, who, f"another {min(contradicted)}")
    them = min(theirs, key=lambda text: (text != who, text))
    if partners := sorted(author.text for author in person.others(byline) if _is_in(person.circle, author.name)):
        return Verdict(True, who, f"by name; writes with {partners[0]}", them)
    if byline.fields & person.fields:
        return Verdict(True, who, "by name; same field" if person.is_known else "by name; in a field you read", them)
    if byline.fields and person.fields:
        return Verdict(False, who, "no co-author or field in common")
    return Verdict(True, who, "by name", them)


def known_by(person: Person, works: Iterable[Byline], fields: int) -> Person:
    """The person, as known from papers they wrote; `fields` are the reader's, used if those papers have none."""
    works = tuple(works)
    written, ids = 0, person.ids
    for work in works:
        written |= work.fields
        ids = ids.union(*(author.ids for author in work.authors if _is(author, person)))
    known = replace(person, ids=ids, fields=written or fields, is_known=bool(written))
    return with_circle(known, works)


def with_circle(person: Person, works: Iterable[Byline]) -> Person:
    """The person with the co-authors of these papers added."""
    circle: dict[str, frozenset[Name]] = dict(person.circle)
    for work in works:
        for author in person.others(work):
            circle[author.name[-1]] = circle.get(author.name[-1], frozenset()) | {author.name}
    return replace(person, circle=circle)


def has_namesake(person: Person, byline: Byline, usual: Iterable[Byline]) -> bool:
    """Whether one of the `usual` papers of that name seems to be by another person than this paper."""
    alone = with_circle(replace(person, circle={}, fields=byline.fields), [byline])
    ids = frozenset().union(*(author.ids for author in byline.authors if author.name in person.names))
    found = (judged(replace(alone, ids=ids), other) for other in usual)
    return any(verdict is not None and not verdict.theirs for verdict in found)


def _is(author: Writer, person: Person) -> bool:
    return bool(author.ids & person.ids) or (author.name in person.names and not _contradiction(author.ids, person.ids))


def _contradiction(written: frozenset[str], known: frozenset[str]) -> str:
    """The kind of identity that both have with different values; "" if there is none."""
    kinds = {text.partition(":")[0] for text in written} & {text.partition(":")[0] for text in known}
    return {"orcid": "ORCID iD", "openalex": "OpenAlex id"}[max(kinds)] if kinds else ""


def _is_in(circle: Mapping[str, frozenset[Name]], name: Name) -> bool:
    return any(is_same(name, other, ()) for other in circle.get(name[-1], ()))
