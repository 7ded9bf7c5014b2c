"""The signal of followed authors: which papers are by people that the readers of a block follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np

from ..model import Profile
from ..naming import parse_followed
from .ground import Ground
from .people.bylines import Bylines, Writer
from .people.fields import fields_of
from .people.following import Byline, Person, Verdict, has_namesake, judged, known_by, with_circle
from .people.names import Name, is_same, readings
from .rows import Rows
from .signal import Terms, Uses, standardise


@dataclass(frozen=True)
class Following:
    """A followed person as written in a profile, and a verdict on each column with that name or identity, in order of columns."""

    text: str
    verdicts: tuple[tuple[int, Verdict], ...] = ()

    @cached_property
    def theirs(self) -> tuple[int, ...]:
        """The columns of papers they wrote."""
        return tuple(column for column, verdict in self.verdicts if verdict.theirs)

    @cached_property
    def authorships(self) -> frozenset[tuple[int, str]]:
        """Those columns, each with the author there that is them."""
        return frozenset((column, verdict.author) for column, verdict in self.verdicts if verdict.theirs)

    @property
    def who(self) -> str:
        """The person's name for a letter, even if they are followed by an id; only for somebody who wrote one of the papers."""
        return next(verdict.who for _, verdict in self.verdicts if verdict.theirs)


def authors(ground: Ground, rows: Rows) -> Terms:
    """One term for each distinct followed person who wrote any of the papers: whether a paper is by them."""
    found = followings(ground, rows.profiles)
    names = tuple(dict.fromkeys(following for each in found for following in each if following.theirs))
    number = {following: term for term, following in enumerate(names)}
    raw = np.zeros((len(names), len(ground.columns)), dtype=np.float32)
    for term, following in enumerate(names):
        raw[term, following.theirs] = 1.0
    used = [(row, number[f]) for row, owner in enumerate(rows.owner) for f in found[owner] if f in number]

    def note(term: int, column: int) -> str:
        verdict = dict(names[term].verdicts).get(column)
        return verdict.note if verdict else f"not by {names[term].who}"

    uses = Uses.of((row for row, _ in used), (term for _, term in used))
    return Terms(level=standardise(raw, ground, 0.05).level, uses=uses, note=note)


def followings(ground: Ground, profiles: Sequence[Profile]) -> tuple[tuple[Following, ...], ...]:
    """For each profile the people it follows, each once, though it has them by name and by identity.

    The verdicts are shared by readers whose profiles give the same clues.
    """
    asked: dict[str, _FollowedPerson] = {}
    found: dict[tuple[str, tuple[int, ...], int], Following] = {}
    out: list[tuple[Following, ...]] = []
    for profile in profiles:
        reader = _Reader(ground, profile)
        its: list[Following] = []
        for text in dict.fromkeys(profile.authors):
            who = asked.get(text) or asked.setdefault(text, _FollowedPerson(ground, text))
            if not who.columns:
                its.append(Following(text))
                continue
            key = (text, tuple(sorted(reader.liked.intersection(who.own))), reader.fields)
            its.append(found.get(key) or found.setdefault(key, who.as_known(*key[1:])))
        out.append(_each_once(its))
    return tuple(out)


def _each_once(its: Iterable[Following]) -> tuple[Following, ...]:
    """These followed people, joined where they are one author of a paper: "Ana Silva" and her ORCID iD, or "A. Silva"."""
    out: list[Following] = []
    for one in its:
        same = [other for other in out if not one.authorships.isdisjoint(other.authorships)]  # two of them if only `one` shows they are one
        out = [*(other for other in out if other not in same), reduce(_joined, [*same, one])]
    return tuple(out)


def _joined(one: Following, other: Following) -> Following:
    """One followed person of two; for each paper the better founded verdict: an identity, a name, a namesake."""
    verdicts = dict(one.verdicts)
    for column, verdict in other.verdicts:
        before = verdicts.setdefault(column, verdict)
        if (verdict.theirs, not verdict.why) > (before.theirs, not before.why):
            verdicts[column] = verdict
    return Following(one.text, tuple(sorted(verdicts.items(), key=lambda found: found[0])))


class _Reader:
    """The clues in a profile to who the people it follows are."""

    def __init__(self, ground: Ground, profile: Profile) -> None:
        self.ground, self.profile = ground, profile

    @cached_property
    def liked(self) -> frozenset[int]:
        """The places of the profile's liked papers."""
        library = self.ground.library
        return frozenset(library[key] for key in self.profile.liked if key in library)

    @cached_property
    def fields(self) -> int:
        """The fields of research of the profile's categories and liked papers, as bits."""
        liked = self.ground.own_people.fields[sorted(self.liked)]
        return fields_of(self.profile.categories) | int(np.bitwise_or.reduce(liked, initial=0))


class _FollowedPerson:
    """A followed person, and the papers that may be by them: in the `columns`, and those of the sample (`usual`)."""

    def __init__(self, ground: Ground, text: str) -> None:
        self.ground, self.text = ground, text
        self.followed = parse_followed(text)
        self.readings = readings(self.followed.name)
        places = self._places(ground.people)
        works = {place: _byline(ground.people, place) for place in places}
        families = {name[-1:] for name in self.readings}
        written = {self.readings, *(author.readings for work in works.values() for author in work.authors)}
        self.spelled = {name for read in written for name in read if len(name) > 1 and name[-1:] in families}
        self.alike = {spelt[0]: plain[0] for plain, *others in written for spelt in others}
        names = frozenset(filter(None, self.readings)) | self._names(works.values())
        self.person = Person(self.followed, names, frozenset([self.followed.id] if self.followed.id else []))
        works = {place: work for place, work in works.items() if judged(self.person, work) is not None}
        self.columns = {place: work for place, work in works.items() if place < len(ground.columns)}
        self.usual = [work for place, work in works.items() if place >= ground.usual.start]

    @cached_property
    def own(self) -> frozenset[int]:
        """The readers' own papers that may be by this person."""
        return frozenset(self._places(self.ground.own_people))

    def _places(self, people: Bylines) -> list[int]:
        identified = people.identified(self.followed.id) if self.followed.id else []
        return sorted({*identified, *(place for name in self.readings for place in people.near(name))})

    def _names(self, works: Iterable[Byline]) -> frozenset[Name]:
        """The names in these bylines that may be this person's."""
        return frozenset(author.name for work in works for author in work.authors if self._is_named(author))

    def _is_named(self, author: Writer) -> bool:
        return any(is_same(name, other, self.spelled, self.alike) for name in self.readings for other in author.readings)

    def as_known(self, liked: Sequence[int], fields: int) -> Following:
        """The verdicts for a reader who liked these of the person's papers and reads in these fields."""
        person = self._known(liked, fields)
        verdicts = {column: verdict for column, work in self.columns.items() if (verdict := judged(person, work))}
        if not all(verdict.theirs for verdict in verdicts.values()):
            wider = with_circle(person, (work for work in self.usual if (verdict := judged(person, work)) and verdict.theirs))
            verdicts |= {c: again for c, verdict in verdicts.items() if not verdict.theirs and (again := judged(wider, self.columns[c]))}
        if person.is_blank:
            unsure = [c for c, verdict in verdicts.items() if verdict.why and has_namesake(person, self.columns[c], self.usual)]
            verdicts |= {c: replace(verdicts[c], why=f"{verdicts[c].why}, which others have too") for c in unsure if verdicts[c].theirs}
        return Following(self.text, tuple(verdicts.items()))

    def _known(self, liked: Sequence[int], fields: int) -> Person:
        works = [_byline(self.ground.own_people, place) for place in liked]
        person = replace(self.person, names=self.person.names | self._names(works))
        identified = [work for work in self.usual if person.ids and any(author.ids & person.ids for author in work.authors)]
        theirs = [work for work in works if (verdict := judged(person, work)) and verdict.theirs]
        return known_by(person, [*theirs, *identified], fields)


def _byline(people: Bylines, place: int) -> Byline:
    return Byline(people[place], int(people.fields[place]))
