"""Papers' words as numbers: a text is read once, and the result is small enough to be stored with the paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ...model import Paper
from .plurals import singular
from .text import says_something, surfaces

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint32]
"""A paper as `read_words` gives it: where its abstract and its authors begin, then its words, a title first."""

READING = "words-7"
"""Names the rules by which texts become words, for storing the result; change it when the rules change."""

AUTHORS = 30
"""Names of a paper that count as words of it: a collaboration's thousands would drown the text."""

BREAK = 0
MEANINGFUL, REPEATED = 1, 2
"""Bits of a word's number: it has meaning (is no small word); it follows the same word as once before, so it is not counted again."""
MOST_SAID, MOST_OF_ALL = 12, 0.1
"""How often an honest text says one phrase; a long one as often as a tenth of the phrases it has, each counted once."""
_BYLINE = "@"  # before an author's words, so that no phrase or query meets them
_HEAD = 2


def written(paper: Paper) -> str:
    """All the text that `read_words` reads; papers for which it is equal have the same words."""
    return "\n".join((paper.title, paper.abstract, *(author.name for author in paper.authors[:AUTHORS])))


def read_words(paper: Paper) -> Words:
    """The words of a title, an abstract and up to thirty authors, each part ending with a break."""
    stream: list[int] = []
    _add(stream, paper.title)
    body = len(stream)
    _add(stream, paper.abstract)
    byline = len(stream)
    _mark_stuffed(stream, _mark_repeated(stream))
    names: list[int] = []
    for author in paper.authors[:AUTHORS]:
        names += [word_number(_BYLINE + singular(word)) for word in surfaces(author.name)[0]]
        names.append(BREAK)
    _mark_repeated(names)
    return np.array([body, byline, *stream, *names], dtype=np.uint32)


def is_stuffed(words: Words) -> bool:
    """Whether a paper is stuffed with keywords: an eighth of its words are of phrases that it says more often than an honest text does."""
    told = words[_HEAD:][words[_HEAD:] & MEANINGFUL != 0]
    again = told & REPEATED != 0
    if again.sum() <= MOST_SAID:
        return False
    plain = told & ~np.uint32(REPEATED)
    return bool(np.isin(plain, plain[~again], invert=True).mean() > 0.125)


def packed_words(words: Words) -> bytes:
    """The words as bytes, for storing."""
    return words.astype("<u4").tobytes()


def unpacked_words(data: bytes) -> Words:
    """The words from the bytes of `packed_words`."""
    return np.frombuffer(data, dtype="<u4").astype(np.uint32, copy=False)


@lru_cache(maxsize=200_000)  # the words of a year
def word_number(word: str) -> int:
    """The number of a folded word: odd where it says something, even where it is a small one; two words share one once in 10⁹."""
    number = crc32(word.encode()) & ~(MEANINGFUL | REPEATED)
    return number | MEANINGFUL if says_something(word) else number or 4  # never 0, the break


@dataclass(frozen=True)
class Shelf:
    """The words of several papers, one after the other.

    `stream` (words,) uint32; `start` (papers + 1,), `body` and `byline` (papers,) are positions in it: of a paper, of its abstract, of its
    authors.
    """

    stream: NDArray[np.uint32]
    start: Ints
    body: Ints
    byline: Ints

    def __len__(self) -> int:
        return len(self.body)

    @cached_property
    def paper(self) -> NDArray[np.int32]:
        """(words,) the paper each word stands in."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))

    @cached_property
    def in_title(self) -> NDArray[np.bool_]:
        """(words,) whether it stands in a title."""
        return np.arange(len(self.stream)) < self.body[self.paper]

    @cached_property
    def in_text(self) -> NDArray[np.bool_]:
        """(words,) whether it stands in a title or an abstract."""
        return np.arange(len(self.stream)) < self.byline[self.paper]

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """(words,) whether it says something that was not said in the same way before: a phrase repeated gains a paper nothing."""
        counted: NDArray[np.bool_] = (self.stream & np.uint32(MEANINGFUL | REPEATED)) == MEANINGFUL
        return counted

    @cached_property
    def _plain(self) -> NDArray[np.uint32]:
        return self.stream & ~np.uint32(REPEATED)

    @cached_property
    def _sorted(self) -> tuple[Ints, NDArray[np.uint32]]:
        order = np.argsort(self._plain, kind="stable")
        return order, self._plain[order]

    def said(self, paper: int) -> frozenset[int]:
        """The numbers of the words in a paper's title and abstract; kept, as a paper that one reader gets is another's too."""
        found = self._said.get(paper)
        if found is None:
            found = self._said[paper] = frozenset(self._plain[self.start[paper] : self.byline[paper]].tolist())
        return found

    @cached_property
    def _said(self) -> dict[int, frozenset[int]]:
        return {}

    def find(self, phrase: Sequence[str]) -> Ints:
        """Where these folded words stand one after the other, as positions of the first; nowhere for an empty phrase."""
        if not phrase:
            return np.zeros(0, dtype=np.int64)
        numbers = [np.uint32(word_number(word)) for word in phrase]
        order, words = self._sorted
        first, last = np.searchsorted(words, numbers[0], side="left"), np.searchsorted(words, numbers[0], side="right")
        found = order[first:last]
        for offset, number in enumerate(numbers[1:], start=1):
            # A stream ends with a break, so one step beyond a word is always inside it.
            found = found[self._plain[found + offset] == number]
        return found


def shelve(papers: Iterable[Paper], known: Mapping[str, Words]) -> Shelf:
    """These papers' words in this order; those whose key is not among the `known` are read."""
    read = [known[paper.key] if paper.key in known else read_words(paper) for paper in papers]
    return shelve_words(read)


def shelve_words(read: Sequence[Words]) -> Shelf:
    """The words of several papers, as read by `read_words`, as one shelf."""
    sizes = np.array([len(words) - _HEAD for words in read], dtype=np.int64)
    start = np.concatenate(([0], np.cumsum(sizes)))
    heads = np.array([words[:_HEAD] for words in read], dtype=np.int64).reshape(-1, _HEAD)
    stream = np.concatenate([words[_HEAD:] for words in read]) if read else np.zeros(0, dtype=np.uint32)
    return Shelf(stream, start, start[:-1] + heads[:, 0], start[:-1] + heads[:, 1])


@lru_cache(maxsize=200_000)
def _written(surface: str) -> int:
    return word_number(singular(surface))


def _mark_repeated(stream: list[int]) -> Mapping[tuple[int, int], int]:
    """Mark each word that follows the same word as once before, ignoring small words and breaks between them.

    Returns how often each pair (word before, word) occurs.
    """
    said: dict[tuple[int, int], int] = {}
    before = BREAK
    for place, number in enumerate(stream):
        if number & MEANINGFUL:
            times = said[before, number] = said.get((before, number), 0) + 1
            if times > 1:
                stream[place] = number | REPEATED
            before = number
    return said


def _mark_stuffed(stream: list[int], said: Mapping[tuple[int, int], int]) -> None:
    """Mark all words of a phrase that is said too often, wherever they stand."""
    most = max(MOST_SAID, MOST_OF_ALL * len(said))
    stuffed = {number for (_, number), times in said.items() if times > most}
    if stuffed:
        stream[:] = [number | REPEATED if number in stuffed else number for number in stream]


def _add(stream: list[int], text: str) -> None:
    """Add a text's words and a break, then its joined words, a break after each: they are nobody's neighbours."""
    apart, joined = surfaces(text)
    stream += [_written(word) for word in apart]
    stream.append(BREAK)
    for word in joined:
        stream += (_written(word), BREAK)
