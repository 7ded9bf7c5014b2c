"""The authors and fields of many papers: arrays that worker processes share, and an index to find names and identities in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ...model import Author, Paper
from ...naming import person_id
from ..titles import Titles
from .fields import fields_of
from .names import Name, readings


@dataclass(frozen=True, slots=True)
class Writer:
    """One of a paper's authors: the name as written and in parts, and identities as `person_id` gives them; see `readings`."""

    text: str
    name: Name
    ids: frozenset[str]
    readings: tuple[Name, ...]


@dataclass(frozen=True, eq=False)
class Bylines:
    """Byline n is a text, a line for each author: the name, then identities, with tabs between. `fields` (papers,) as `fields_of`."""

    texts: Titles
    fields: NDArray[np.uint32]

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> Bylines:
        """The bylines of these papers, in their order."""
        texts: list[str] = []
        fields: list[int] = []
        for paper in papers:
            texts.append("\n".join(map(_written, paper.authors)))
            fields.append(fields_of(paper.categories))
        return cls(Titles.of(texts), np.array(fields, dtype=np.uint32))

    @cached_property
    def _index(self) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        """Hashes of first, initial and given names, each with the family name, and of identities, ascending; and the paper of each.

        Made when somebody follows an author: for the papers of many readers it takes longer than the rest of a survey.
        """
        marks: list[int] = []
        places: list[int] = []
        known: dict[str, list[int]] = {}
        for place in range(len(self.texts)):
            for line in filter(None, self.texts[place].split("\n")):
                if line not in known:
                    name, *ids = line.split("\t")
                    known[line] = [*_marks_of_all(readings(name)), *(crc32(identity.encode()) for identity in ids)]
                marks += known[line]
                places += [place] * len(known[line])
        mark = np.array(marks, dtype=np.uint32)
        order = np.argsort(mark, kind="stable")
        return mark[order], np.array(places, dtype=np.int32)[order]

    def __getitem__(self, place: int) -> tuple[Writer, ...]:
        """The authors of one paper."""
        return tuple(_read(self.texts[place]))

    def near(self, name: Name) -> list[int]:
        """The papers with an author who may have that name, and perhaps a few others.

        Where somebody is written with an initial, the papers of everybody whom it may stand for are among them.
        """
        marks = _marks_of(name)
        if len(marks) < 2:
            return self._at(marks[0]) if marks else []
        full, initial, anybody = marks[0], _mark_of(name[0][0], name), marks[1]
        joined = {place for mark in marks[3:] or [full] for place in self._at(mark)}
        if full == initial or self._at(initial):
            return sorted({*self._at(anybody), *joined})
        return sorted({*self._at(full), *self._at(marks[2]), *joined})

    def identified(self, identity: str) -> list[int]:
        """The papers with an author of that identity, and perhaps a few more."""
        return self._at(crc32(identity.encode()))

    def _at(self, mark: int) -> list[int]:
        wanted = np.uint32(mark)  # of another type, all marks would be converted first
        marks, places = self._index
        start, stop = marks.searchsorted(wanted), marks.searchsorted(wanted, "right")
        return sorted(set(places[start:stop].tolist()))


def _read(text: str) -> Iterator[Writer]:
    return map(_writer, filter(None, text.split("\n")))


@lru_cache(maxsize=1 << 15)  # the same people are read for every block of readers
def _writer(line: str) -> Writer:
    name, *ids = line.split("\t")
    read = readings(name)
    return Writer(name, read[0], frozenset(ids), read)


def _written(author: Author) -> str:
    """One author as a line of a byline."""
    name = " ".join(author.name.split())
    return "\t".join((name, *_ids(author))) if author.orcid or author.openalex_id else name


def _ids(author: Author) -> tuple[str, ...]:
    """The identities a source gave, without invalid ones."""
    return tuple(found for found in (person_id(text) for text in (author.orcid, author.openalex_id) if text) if found)


def _marks_of_all(names: Iterable[Name]) -> Iterator[int]:
    return (mark for name in names for mark in _marks_of(name))


def _marks_of(name: Name) -> list[int]:
    """Where a name stands: under its first name, and, if there is one, under anybody with that initial and all given names in one.

    One of three parts or more stands under the first and all others in one, too: "Yann Le Cun" is Yann LeCun.
    """
    if len(name) < 2:
        return [_mark_of("", name)] if name else []
    marks = [_mark_of(name[0], name), _mark_of(f"{name[0][0]}…", name), _mark_of("".join(name[:-1]), name)]
    return marks if len(name) == 2 else [*marks, _mark_of(name[0], ("".join(name[1:]),))]


def _mark_of(first: str, name: Name) -> int:
    return crc32(f"{first} {name[-1]}".encode())
