"""Texts as sparse vectors of words and pairs of words (tf-idf), and the words of a query against them (BM25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .corpus import Corpus, Ints

Floats = NDArray[np.float32]

MAX_TERMS = 20_000
MAX_SHARE = 0.1
"""A term that stands in more of the background than this says nothing about a paper."""

K1, B = 1.2, 0.75
"""BM25 as usual (Robertson and Zaragoza, 2009): how fast repeating a word saturates, how much length counts."""


@dataclass(frozen=True)
class Sparse:
    """Rows of numbers, mostly zero: row i holds `value[start[i]:start[i + 1]]` in the columns `column[...]`."""

    start: Ints
    column: NDArray[np.int32]
    value: Floats
    width: int

    def __len__(self) -> int:
        return len(self.start) - 1

    def rows(self, chosen: Ints | slice) -> Sparse:
        """These rows, in this order."""
        chosen = np.arange(len(self))[chosen]
        counts = np.diff(self.start)[chosen]
        start = np.concatenate(([0], np.cumsum(counts)))
        take = np.arange(start[-1]) + np.repeat(self.start[chosen] - start[:-1], counts)
        return Sparse(start, self.column[take], self.value[take], self.width)

    def narrowed(self, columns: NDArray[np.int32]) -> Sparse:
        """Only these columns, which are sorted, numbered anew."""
        number = np.full(self.width, -1, dtype=np.int32)
        number[columns] = np.arange(len(columns))
        column = number[self.column]
        kept = column >= 0
        start = np.concatenate(([0], np.cumsum(kept)))[self.start]
        return Sparse(start, column[kept], self.value[kept], len(columns))

    def dense(self) -> Floats:
        """All of it as one (rows, width) array."""
        out = np.zeros((len(self), self.width), dtype=np.float32)
        out[np.repeat(np.arange(len(self)), np.diff(self.start)), self.column] = self.value
        return out


def times(left: Floats, right: Sparse, block: int = 256) -> Floats:
    """left @ right.T, (left rows, right rows) float32, a block of `right` at a time so that little memory is used."""
    out = np.empty((len(left), len(right)), dtype=np.float32)
    for at in range(0, len(right), block):
        out[:, at : at + block] = left @ right.rows(slice(at, at + block)).dense().T
    return out


def likeness(left: Sparse, right: Sparse) -> Floats:
    """left @ right.T for few or short rows on the left: only the columns they use are looked at."""
    used = np.unique(left.column)
    return times(left.narrowed(used).dense(), right.narrowed(used))


def tf_idf(corpus: Corpus, fitted: Ints, *, max_terms: int = MAX_TERMS) -> Sparse:
    """Each document as a unit vector of words and word pairs: sublinear counts times idf (a document without known terms is zero).

    Terms and their idf come from the `fitted` documents alone, so a document's vector does not depend on the others.
    """
    term, document = _terms(corpus)
    inside = np.zeros(corpus.size, dtype=bool)
    inside[fitted] = True
    least = least_documents(len(fitted))
    names, counts = np.unique(term[inside[document]], return_counts=True)
    names = names[counts >= least]
    column = np.searchsorted(names, term)
    known = column < len(names)
    known[known] = names[column[known]] == term[known]
    cells, repeats = np.unique(document[known].astype(np.int64) * len(names) + column[known], return_counts=True)
    rows, columns = np.divmod(cells, max(len(names), 1))
    df = np.bincount(columns[inside[rows]], minlength=len(names))
    total = np.bincount(columns, weights=repeats * inside[rows], minlength=len(names)).astype(np.float64)
    kept = _kept(df, total, least, len(fitted), max_terms)
    renumbered = np.full(len(names), -1)
    renumbered[kept] = np.arange(len(kept))
    use = renumbered[columns] >= 0
    rows, columns, repeats = rows[use], columns[use], repeats[use]
    idf = np.log((1 + len(fitted)) / (1 + df)) + 1
    value = (1 + np.log(repeats)) * idf[columns]
    norm = np.sqrt(np.bincount(rows, weights=value**2, minlength=corpus.size))
    start = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=corpus.size))))
    return Sparse(start, renumbered[columns].astype(np.int32), (value / norm[rows]).astype(np.float32), len(kept))


def least_documents(fitted: int) -> int:
    """In how many documents a term must stand to be one: 5 in a month of papers, fewer in a small catalog."""
    return int(np.clip(fitted // 200, 1, 5))


def bm25(corpus: Corpus, queries: Sequence[Sequence[str]], fitted: Ints) -> Floats:
    """(queries, documents) how well each document answers the words of a query; 0 where none of them stands in it.

    Document frequencies and the mean length come from the `fitted` documents. Repeating a word saturates and a longer text counts
    for less, so stuffing an abstract with a word gains nothing that one honest mention does not.
    """
    out = np.zeros((len(queries), corpus.size), dtype=np.float32)
    mean = max(float(corpus.length[fitted].mean()), 1.0) if len(fitted) else 1.0
    inside = np.zeros(corpus.size, dtype=bool)
    inside[fitted] = True
    known: dict[str, tuple[NDArray[np.int32], Floats]] = {}
    for row, query in enumerate(queries):
        for word in dict.fromkeys(query):
            if word not in known:
                documents, counts = np.unique(corpus.document[corpus.places(word)], return_counts=True)
                df = int(inside[documents].sum())
                idf = np.log1p((len(fitted) - df + 0.5) / (df + 0.5))
                length = K1 * (1 - B + B * corpus.length[documents] / mean)
                worth = (idf * counts * (K1 + 1) / (counts + length)).astype(np.float32)
                known[word] = documents, worth
            holders, gain = known[word]
            out[row, holders] += gain
    return out


def _terms(corpus: Corpus) -> tuple[Ints, NDArray[np.int32]]:
    """Every word and every pair of neighbours as a number, and the document it stands in; those of a title twice."""
    stream = corpus.stream.astype(np.int64)
    word = stream > 0
    pair = np.append(word[:-1] & word[1:], False)
    title = corpus.in_title
    pairs = stream * len(corpus.vocabulary) + np.append(stream[1:], 0)
    terms = (stream[word], stream[word & title], pairs[pair], pairs[pair & title])
    return np.concatenate(terms), np.concatenate([corpus.document[chosen] for chosen in (word, word & title, pair, pair & title)])


def _kept(df: Ints, total: NDArray[np.float64], least: int, fitted: int, max_terms: int) -> Ints:
    kept = np.flatnonzero((df >= least) & (df <= max(MAX_SHARE * fitted, least)))
    if len(kept) <= max_terms:
        return kept
    # Terms as frequent as the first one that does not fit stay out with it: which of them come first would depend on the papers' order.
    cut = np.partition(total[kept], len(kept) - max_terms - 1)[len(kept) - max_terms - 1]
    fitting: Ints = kept[total[kept] > cut]
    return fitting
