"""Papers as vectors of words and word pairs (tf-idf), and how well they match the words of a query (BM25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from .radix import distinct, is_first, order_of
from .sparse import Floats, Sparse
from .texts.inflecting import inflected
from .texts.text import query
from .texts.words import BREAK, MEANINGFUL, Ints, Shelf, word_number
from .threads import each

Terms = NDArray[np.uint64]
"""Words and word pairs as 44-bit hashes; a month of papers has some hundred thousand."""

MAX_SHARE = 0.3
"""A term in more than this share of the background says nothing about a paper."""

K1, B = 1.2, 0.75
"""The usual parameters of BM25 (Robertson and Zaragoza, 2009): how fast repetition saturates, how much length counts."""

INFLECTED = 0.25
"""Weight of another form of a query word, relative to the word itself (bench/README.md, "What helped topics")."""

_BITS = np.uint64(44)


@dataclass(frozen=True)
class Vocabulary:
    """The terms of the background, sorted, and their inverse document frequencies: `idf` (terms,) float32."""

    terms: Terms
    idf: Floats

    def vectors(self, shelf: Shelf) -> Sparse:
        """Each paper as a unit vector over its known terms: sublinear counts times idf; zero if it has none.

        A paper's vector depends only on the background, not on other papers. Title words count twice.
        """
        return self.weighed(count(shelf))

    def queries(self, texts: Sequence[str]) -> Sparse:
        """Each text as a unit vector of its distinct words and pairs."""
        owner, word = _query_words(texts)
        beside = np.flatnonzero(owner[:-1] == owner[1:])
        pairs = (word[beside] << np.uint64(32)) | word[beside + 1]
        keys = distinct(np.concatenate((owner << _BITS | _hashed(word), owner[beside] << _BITS | _hashed(pairs))))
        start = np.searchsorted(keys >> _BITS, np.arange(len(texts) + 1, dtype=np.uint64))
        return self.weighed(Counted(start, keys & ((np.uint64(1) << _BITS) - np.uint64(1)), np.ones(len(keys), np.int64)))

    def weighed(self, counted: Counted) -> Sparse:
        """The unit vectors of papers (or texts), from their term counts."""
        column, known = self._find(counted.terms)
        column = column[known]
        said = 1 + np.log(np.arange(1, counted.counts.max(initial=0) + 1))
        value = said[counted.counts[known] - 1] * self.idf[column]
        start = np.concatenate(([0], np.cumsum(known)))[counted.start]
        row = np.repeat(np.arange(len(start) - 1), np.diff(start))
        norm = np.sqrt(np.bincount(row, weights=value**2, minlength=len(start) - 1))
        return Sparse(start, column, (value / np.maximum(norm, 1e-12)[row]).astype(np.float32), len(self.terms))

    def _find(self, terms: Terms) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """(terms,) the column of each term, and whether the vocabulary has it."""
        starts, shift = self._prefix_index
        column = starts[terms >> shift]
        found = self._with_sentinel[column]
        behind = np.flatnonzero(found < terms)
        while len(behind):
            column[behind] += 1
            found[behind] = self._with_sentinel[column[behind]]
            behind = behind[found[behind] < terms[behind]]
        return column, found == terms

    @cached_property
    def _prefix_index(self) -> tuple[NDArray[np.int32], np.uint64]:
        """An index by leading bits: where the terms with each prefix start (about one or two per prefix), and the shift to get a prefix."""
        bits = len(self.terms).bit_length()
        shift = _BITS - np.uint64(bits)
        ends = np.cumsum(np.bincount((self.terms >> shift).astype(np.int64), minlength=1 << bits))
        return np.concatenate(([0], ends)).astype(np.int32), shift

    @cached_property
    def _with_sentinel(self) -> Terms:
        """The terms, and a sentinel larger than any."""
        return np.append(self.terms, np.uint64(2**64 - 1))


@dataclass(frozen=True)
class Counted:
    """Term counts: paper i has the terms `terms[start[i]:start[i + 1]]`, sorted, each as often as `counts` says."""

    start: Ints
    terms: Terms
    counts: Ints


def learn(background: Sequence[Counted]) -> Vocabulary:
    """The vocabulary of these papers, without terms that are too common; idf = log((1 + papers) / (1 + papers with the term))."""
    papers = sum(len(part.start) - 1 for part in background)
    terms = np.concatenate([np.zeros(0, np.uint64), *(part.terms for part in background)])
    upper = terms >> (_BITS - np.uint64(1)) != 0
    found = list(each(lambda some: _worth(some, papers), (terms[~upper], terms[upper])))
    return Vocabulary(np.concatenate([kept for kept, _ in found]), np.concatenate([idf for _, idf in found]))


def _worth(terms: Terms, papers: int) -> tuple[Terms, Floats]:
    """The distinct terms, sorted, and their idf; `terms` has each term once per paper, and is sorted in place."""
    terms.sort()
    first = np.flatnonzero(is_first(terms))
    holders = np.diff(first, append=len(terms))
    kept = holders <= max(MAX_SHARE * papers, 2)
    return terms[first[kept]], np.log((1 + papers) / (1 + holders[kept])).astype(np.float32)


def count(shelf: Shelf) -> Counted:
    """Counts of meaningful words and of pairs of neighbouring ones, skipping small words between them; title words count twice."""
    kept = shelf.counted | (shelf.stream == BREAK)
    word, paper, title = shelf.stream[kept].astype(np.uint64), shelf.paper[kept].astype(np.uint64), shelf.in_title[kept]
    alone = word != BREAK
    pair = np.append(alone[:-1] & alone[1:], False)
    pairs = (word << np.uint64(32)) | np.append(word[1:], np.uint64(0))
    found = [(paper[by] << _BITS) | _hashed(some[by]) for by, some in ((alone, word), (pair, pairs))]
    keys = np.concatenate([*found, found[0][title[alone]], found[1][title[pair]]])
    keys.sort()
    new = np.flatnonzero(is_first(keys))
    unique = keys[new]
    start = np.searchsorted(unique >> _BITS, np.arange(len(shelf) + 1, dtype=np.uint64))
    return Counted(start, unique & ((np.uint64(1) << _BITS) - np.uint64(1)), np.diff(new, append=len(keys)))


def bm25(shelf: Shelf, usual: slice) -> tuple[NDArray[np.uint32], Sparse]:
    """The BM25 weights of the papers' words: the words, sorted, and (papers, words).

    Frequencies and the mean length come from the `usual` papers. A repeated phrase counts once, other repetition saturates, and longer
    texts count for less: stuffing an abstract gains no more than one honest mention. Title words count twice.
    """
    inside = shelf.in_text & (shelf.counted | (shelf.stream & np.uint32(MEANINGFUL) == 0)) & (shelf.stream != BREAK)
    order = np.flatnonzero(inside)
    order = order[order_of(shelf.stream[order])]  # by word, and by paper where the word is the same
    word, owner = shelf.stream[order], shelf.paper[order]
    new = is_first(word)
    words, column = word[new], np.cumsum(new, dtype=np.int32) - 1
    first = np.flatnonzero(new | is_first(owner))
    counts = np.add.reduceat(1 + shelf.in_title[order], first) if len(first) else first
    owner, column = owner[first], column[first]
    order = order_of(owner)
    owner, column, counts = owner[order], column[order], counts[order]
    ordinary = np.zeros(len(shelf), dtype=bool)
    ordinary[usual] = True
    papers, holders = int(ordinary.sum()), np.bincount(column[ordinary[owner]], minlength=len(words))
    idf = np.log1p((papers - holders + 0.5) / (holders + 0.5))
    length = np.bincount(shelf.paper[shelf.in_text & shelf.counted], minlength=len(shelf))
    mean = max(float(length[usual].mean()), 1.0) if papers else 1.0
    worth = idf[column] * counts * (K1 + 1) / (counts + K1 * (1 - B + B * length[owner] / mean))
    start = np.searchsorted(owner, np.arange(len(shelf) + 1))
    return words, Sparse(start, column, worth.astype(np.float32), len(words))


def asked(words: NDArray[np.uint32], texts: Sequence[str]) -> Sparse:
    """(texts, words) 1 for each distinct word of a text, INFLECTED for other forms of its words."""
    owner, flat = _query_words(texts)
    whose, forms = _flattened([[form for word in query(text) for form in _forms(word)] for text in texts])
    keys = np.concatenate((owner << np.uint64(32) | flat, whose << np.uint64(32) | forms))
    order = np.argsort(keys, kind="stable")  # stable: a word itself comes before an equal form of another word
    order = order[is_first(keys[order])]
    worth = np.where(order < len(flat), np.float32(1), np.float32(INFLECTED))
    keys = keys[order]
    owner, flat = keys >> np.uint64(32), keys & np.uint64(0xFFFFFFFF)
    column = np.minimum(np.searchsorted(words, flat.astype(np.uint32)), max(len(words) - 1, 0))
    known = words[column] == flat if len(words) else np.zeros(len(flat), dtype=bool)
    start = np.searchsorted(owner[known], np.arange(len(texts) + 1, dtype=np.uint64))
    return Sparse(start, column[known].astype(np.int32), worth[known], len(words))


def _query_words(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The words of all texts in order: for each the index of its text, and its number."""
    return _flattened([[word_number(word) for word in query(text)] for text in texts])


@lru_cache(maxsize=100_000)
def _forms(word: str) -> tuple[int, ...]:
    """The numbers of a word's other forms."""
    return tuple(map(word_number, inflected(word)))


def _flattened(read: Sequence[Sequence[int]]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    owner = np.repeat(np.arange(len(read), dtype=np.uint64), [len(words) for words in read])
    return owner, np.fromiter(chain.from_iterable(read), dtype=np.uint64)


def _hashed(keys: NDArray[np.uint64]) -> Terms:
    """44-bit hashes of the keys; collisions are too rare to matter."""
    mixed = keys * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed >> np.uint64(20)
