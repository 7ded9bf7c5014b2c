"""The texts of one ranking call as arrays of word numbers: who contains which word where, and which phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..model import Paper
from .text import singular, surfaces

Ints = NDArray[np.int64]

AUTHORS = 30
"""Names of a paper that count as words of it: a collaboration's thousands would drown the text."""


@dataclass(frozen=True)
class Corpus:
    """Papers as one stream of word numbers.

    `stream` (words,) int32 holds every document's title, a break, its abstract, a break, its authors, a break; 0 is the break, words
    count from 1. Authors' words are written "@gal", so that no phrase or query meets them.
    `start` (documents + 1,), `body` and `byline` (documents,) are positions in it: of a document, of its abstract, of its authors.
    """

    vocabulary: dict[str, int]
    stream: NDArray[np.int32]
    start: Ints
    body: Ints
    byline: Ints

    @property
    def size(self) -> int:
        """How many documents there are."""
        return len(self.body)

    @cached_property
    def document(self) -> NDArray[np.int32]:
        """(words,) the document each word of the stream stands in."""
        return np.repeat(np.arange(self.size, dtype=np.int32), np.diff(self.start))

    @cached_property
    def length(self) -> NDArray[np.float32]:
        """(documents,) the size of title and abstract in words."""
        return (self.byline - self.start[:-1]).astype(np.float32)

    @property
    def in_title(self) -> NDArray[np.bool_]:
        """(words,) whether it stands in a title."""
        return np.arange(len(self.stream)) < self.body[self.document]

    @cached_property
    def _places(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.stream, kind="stable")
        counts = np.bincount(self.stream, minlength=len(self.vocabulary))
        return order, np.concatenate(([0], np.cumsum(counts)))

    def places(self, word: str) -> Ints:
        """Where in the stream a word stands, in order."""
        number = self.vocabulary.get(word, 0)
        if not number:
            return np.zeros(0, dtype=np.int64)
        order, bounds = self._places
        return order[bounds[number] : bounds[number + 1]]

    def find(self, phrase: Sequence[str]) -> Ints:
        """Where in the stream these words stand one after the other; nowhere for an empty phrase."""
        if not phrase:
            return np.zeros(0, dtype=np.int64)
        found = self.places(phrase[0])
        for offset, word in enumerate(phrase[1:], start=1):
            # A stream ends with a break, so one step beyond a word is always inside it.
            found = found[self.stream[np.minimum(found + offset, len(self.stream) - 1)] == self.vocabulary.get(word, -1)]
        return found


def read(papers: Sequence[Paper]) -> Corpus:
    """The papers' titles, abstracts and authors, in the given order."""
    numbers = _Numbers()
    bylines: dict[str, list[int]] = {}
    stream: list[int] = []
    start, body, byline = [0], [], []
    for paper in papers:
        numbers.extend(stream, paper.title)
        body.append(len(stream))
        numbers.extend(stream, paper.abstract)
        byline.append(len(stream))
        for author in paper.authors[:AUTHORS]:
            if author.name not in bylines:
                bylines[author.name] = [*(numbers[f"@{word}"] for word in surfaces(author.name)[0]), 0]
            stream += bylines[author.name]
        start.append(len(stream))
    offsets = (np.array(at, dtype=np.int64) for at in (start, body, byline))
    return Corpus(numbers.vocabulary, np.array(stream, dtype=np.int32), *offsets)


class _Numbers(dict[str, int]):
    """The number of each word as it is written; made when it is first asked for, the same for singular and plural."""

    def __init__(self) -> None:
        super().__init__()
        self.vocabulary = {"": 0}

    def __missing__(self, surface: str) -> int:
        self[surface] = number = self.vocabulary.setdefault(singular(surface), len(self.vocabulary))
        return number

    def extend(self, stream: list[int], text: str) -> None:
        """Add a text's words and a break, then its joined words, a break after each: they are nobody's neighbours."""
        apart, joined = surfaces(text)
        stream += [self[word] for word in apart]
        stream.append(0)
        for word in joined:
            stream += (self[word], 0)
