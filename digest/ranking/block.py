"""What all signals of one ranking call look at: the papers, what the catalog holds around them, and their vectors, each made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..model import Paper, Profile
from .corpus import Corpus, Ints, read
from .dense import lsa
from .lexical import Sparse, tf_idf
from .ridge import Space

ENOUGH = 30
"""With fewer papers than this in the background, the candidates help to say what is usual."""

NEGATIVES = 300

DENSE = 0.7
"""How much the dense half of a vector counts beside the lexical one."""


@dataclass(frozen=True)
class Block:
    """Readers, papers and texts as numbers.

    `documents` are distinct: the candidates and the background, `size` together, then the readers' own papers; the corpus holds the
    `topics` after them. What is scored are the first `size`.
    `candidates` (papers,) and `background` are places among the documents; the background's order is the same whatever order it came in.
    """

    profiles: tuple[Profile, ...]
    papers: tuple[Paper, ...]
    now: datetime
    documents: tuple[Paper, ...]
    size: int
    candidates: Ints
    background: Ints
    library: Mapping[str, int]
    topics: tuple[str, ...]

    @cached_property
    def corpus(self) -> Corpus:
        """The words of every document, then of every topic."""
        return read((*self.documents, *(Paper(key="", title=topic) for topic in self.topics)))

    @cached_property
    def filed(self) -> Mapping[str, Ints]:
        """The documents of each category, by its name in lower case."""
        places: dict[str, list[int]] = defaultdict(list)
        for document, paper in enumerate(self.documents[: self.size]):
            for category in paper.categories:
                places[category.casefold()].append(document)
        return {category: np.array(documents) for category, documents in places.items()}

    def filed_under(self, name: str) -> NDArray[np.bool_]:
        """(documents,) whether it is in that category or a part of it: "astro-ph.GA" is filed under "astro-ph"."""
        wanted = name.strip().casefold()
        inside = np.zeros(self.size, dtype=bool)
        for category, documents in self.filed.items():
            if wanted and (category == wanted or category.startswith(f"{wanted}.")):
                inside[documents] = True
        return inside

    @cached_property
    def lexical(self) -> Sparse:
        """Word vectors of every document, then of every topic."""
        return tf_idf(self.corpus, self.background)

    @cached_property
    def space(self) -> Space:
        """Where the documents and topics lie."""
        return Space(self.lexical, lsa(self.lexical, self.background) * np.float32(DENSE))

    @cached_property
    def negatives(self) -> Ints:
        """The shared sample of papers that nobody asked for; candidates only where nothing else is left.

        A candidate among them would be held down by its own presence.
        """
        candidate = np.isin(self.background, self.candidates)
        return np.concatenate((self.background[~candidate], self.background[candidate]))[:NEGATIVES]


def block(
    profiles: Sequence[Profile], papers: Sequence[Paper], library: Mapping[str, Paper], background: Sequence[Paper], now: datetime
) -> Block:
    """Gather the distinct texts of a call; readers' keys that the library does not hold are left out."""
    named = {key for profile in profiles for i in profile.interests for key in (*i.liked, *i.disliked) if key in library}
    place: dict[str, int] = {}
    documents: list[Paper] = []
    for paper in (*papers, *background, *(library[key] for key in sorted(named))):
        if place.setdefault(paper.key, len(documents)) == len(documents):
            documents.append(paper)
    # By a hash of the key: a sample from its front is random, yet the same tomorrow and in whatever order the catalog lists.
    usual = {paper.key for paper in background}
    if len(usual) < ENOUGH:
        usual |= {paper.key for paper in papers}
    ordered = sorted(usual, key=lambda key: (crc32(key.encode()), key))
    return Block(
        profiles=tuple(profiles),
        papers=tuple(papers),
        now=now,
        documents=tuple(documents),
        size=len({paper.key for paper in (*papers, *background)}),
        candidates=np.array([place[paper.key] for paper in papers], dtype=np.int64),
        background=np.array([place[key] for key in ordered], dtype=np.int64),
        library={key: place[library[key].key] for key in named},
        topics=tuple(dict.fromkeys(topic for profile in profiles for i in profile.interests for topic in i.topics)),
    )
