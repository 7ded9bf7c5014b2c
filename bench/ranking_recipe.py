"""The recipe that this ranking started from, done again as its lab notes describe it, so that both can be measured in one run.

Liked papers: class-balanced ridge in the dual against 300 papers of the background, on tf-idf (20,000 words and pairs) and a model's
vectors minus their mean. A topic: reciprocal ranks of BM25 and of the vectors' similarity, added as spreads with a weight that falls as
likes grow. About half of all papers have a BM25 of 0. Where those rank as they are `stored`, the order of the file is used, which
tells wanted papers from others: that is there to show how much it gives. Otherwise they all rank last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from digest.model import Paper

Numbers = NDArray[np.float64]

NEGATIVES, RANK = 300, 60
TERMS, LEAST, MOST = 20_000, 5, 0.1
"""Words and pairs that count: found in five papers or more, and in a tenth of them at most; the most frequent ones."""


class Recipe:
    """The recipe over all papers of a set; `vectors` (papers, dimensions) of one model, and those of the topics by their text."""

    def __init__(self, papers: Sequence[Paper], vectors: NDArray[np.float32], topics: dict[str, NDArray[np.float32]], stored: bool) -> None:
        self._place = {paper.key: place for place, paper in enumerate(papers)}
        self._hash = np.array([crc32(paper.key.encode()) for paper in papers])
        texts = [" ".join((p.title, p.abstract, *(author.name for author in p.authors))) for p in papers]
        self._vectors, self._topics, self._stored = vectors, topics, stored
        self._exact = _Bm25([f"{paper.title} {paper.abstract}" for paper in papers])
        self._counts = _counted(texts, (1, 2), LEAST)[1]
        self._fitted: tuple[NDArray[np.int64], Any] = (np.zeros(0, dtype=np.int64), None)

    def scores(self, liked: Sequence[str], topic: str, candidates: Sequence[str], background: Sequence[str]) -> Numbers:
        """(candidates,) by likes, by a topic, or by both."""
        of, known = self._places(candidates), self._places(background)
        by_likes = self._ridge(self._places(liked), of, known) if liked else None
        if not topic:
            assert by_likes is not None, "a task has likes or a topic"
            return by_likes
        alike = np.asarray(self._vectors[of] @ self._topics[topic], dtype=np.float64)
        by_topic = self._reciprocal(self._exact.of(topic)[of], of) + self._reciprocal(alike, of)
        if by_likes is None:
            return by_topic
        weight = 1.0 if len(liked) <= 2 else 0.5 if len(liked) <= 8 else 0.25
        return _spread(by_likes) + weight * _spread(by_topic)

    def _places(self, keys: Sequence[str]) -> NDArray[np.int64]:
        return np.array([self._place[key] for key in keys], dtype=np.int64)

    def _reciprocal(self, values: Numbers, of: NDArray[np.int64]) -> Numbers:
        order = np.argsort(-values, kind="stable") if self._stored else np.lexsort((self._hash[of], -values))
        rank = np.empty(len(values))
        rank[order] = np.arange(1, len(values) + 1)
        if not self._stored:
            rank[values == 0] = len(values)
        return 1 / (RANK + rank)

    def _ridge(self, liked: NDArray[np.int64], of: NDArray[np.int64], background: NDArray[np.int64]) -> Numbers:
        features = self._words_of(background)
        sample = np.random.default_rng(0).choice(background, min(NEGATIVES, len(background)), replace=False)
        negatives = np.array([place for place in sample.tolist() if place not in set(liked.tolist())])
        much = 1.0 if len(liked) < 8 else 0.7
        centred = self._vectors - self._vectors[background].mean(axis=0)

        def rows(places: NDArray[np.int64]) -> Numbers:
            return np.hstack((features[places].toarray(), much * centred[places]))

        examples = rows(np.concatenate((liked, negatives)))
        wanted = np.repeat([1.0, -1.0], [len(liked), len(negatives)])
        weight = np.repeat([0.5 / len(liked), 0.5 / len(negatives)], [len(liked), len(negatives)])
        kernel = examples @ examples.T + 1 + np.diag(np.clip(3 / len(liked), 0.3, 3) / (20 * weight))
        scores: Numbers = rows(of) @ (examples.T @ np.linalg.solve(kernel, wanted))
        return scores

    def _words_of(self, background: NDArray[np.int64]) -> Any:
        """The words of all papers; which of them count, and how much, is fitted on the background."""
        from sklearn.feature_extraction.text import TfidfTransformer

        if not np.array_equal(self._fitted[0], background):
            known = self._counts[background]
            found = np.bincount(known.indices, minlength=known.shape[1])
            kept = np.flatnonzero((found >= LEAST) & (found <= MOST * len(background)))
            often = np.asarray(known.sum(axis=0)).ravel()[kept]
            kept = np.sort(kept[np.argsort(-often, kind="stable")[:TERMS]])
            weighed = TfidfTransformer(sublinear_tf=True).fit(known[:, kept])
            self._fitted = (background, weighed.transform(self._counts[:, kept]))
        return self._fitted[1]


class _Bm25:
    """Okapi BM25 (k₁ = 1.5, b = .75) of single words over all papers of a set."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._counter, counts = _counted(texts, (1, 1), 1)
        found = np.bincount(counts.indices, minlength=counts.shape[1])
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        share = 1.5 * (0.25 + 0.75 * lengths / lengths.mean())
        counts.data *= 2.5 / (counts.data + np.repeat(share, np.diff(counts.indptr)))
        counts.data *= np.log(1 + (len(texts) - found + 0.5) / (found + 0.5))[counts.indices]
        self._worth = counts.tocsc()

    def of(self, text: str) -> Numbers:
        """(papers,) how well each answers a text."""
        number = self._counter.vocabulary_
        columns = [number[word] for word in dict.fromkeys(self._counter.build_analyzer()(text)) if word in number]
        return np.asarray(self._worth[:, columns].sum(axis=1)).ravel()


def _counted(texts: Sequence[str], lengths: tuple[int, int], least: int) -> tuple[Any, Any]:
    """How often each text says each run of words, and what counts them."""
    from sklearn.feature_extraction.text import CountVectorizer  # only peers need it

    counter = CountVectorizer(ngram_range=lengths, min_df=min(least, len(texts)), dtype=np.float64)
    return counter, counter.fit_transform(texts).tocsr()


def _spread(values: Numbers) -> Numbers:
    out: Numbers = (values - values.mean()) / max(float(values.std()), 1e-9)
    return out
