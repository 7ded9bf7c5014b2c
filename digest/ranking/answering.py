"""How well papers match a topic in a reader's own words: by its words, by a model's vectors, and by what the best matches are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .lexical import Vocabulary, asked
from .scale import LOWEST, bend, sharpen
from .space import Vectors
from .sparse import Columns, Floats
from .texts.text import query

CLEAR, SHARP = 2.0, 1.5
"""Centre and slope of a logistic curve over spreads above the usual: at the centre, a paper is half on the topic."""

GRADED, GRADED_ALONE = 0.4, 1.0
"""Weight of the plain spreads beside "on the topic or not", so that the better of two clear matches ranks higher; the second number is for
a text that stands alone, without the liked papers that would tell them apart."""

TFIDF_WEIGHT = 0.5
"""Weight of tf-idf relative to BM25."""

FEEDBACK = 20
"""Best-matching papers of the pool that show what else belongs to a topic (pseudo-relevance feedback: Rocchio, 1971)."""

TOP = 6.0
"""The level of a paper that is clearly on the topic in every respect, before `sharpen`; those above are compressed, and stay below 12."""

CACHE_BYTES = 16 << 20
"""Bytes of levels that a process caches for later readers: enough for 2,000 texts and 2,000 papers."""


Question = tuple[str, bool]
"""A topic text, and whether it stands alone, in an interest without liked papers or with few (`topics.is_alone`)."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The papers, prepared for matching with topic texts; levels of earlier questions are cached.

    Some arrays have more papers of the background after the columns; the pool is the usual papers and these. `words` and `worth` come
    from `bm25`, `worth` by column (`by_column`); `lexical` are tf-idf vectors in two parts, the columns and the papers after them;
    `latent` (columns and papers after them, dimensions); `dense` (columns, dimensions) are a model's vectors, `vectors` that model's of
    the texts. `scored` and `usual` are slices of the columns.
    """

    words: NDArray[np.uint32]
    worth: Columns
    vocabulary: Vocabulary
    lexical: tuple[Columns, Columns]
    latent: Floats
    dense: Floats
    vectors: Vectors
    scored: slice
    usual: slice
    _cache: dict[Question, Floats] = field(default_factory=dict)

    def levels(self, questions: Sequence[Question]) -> Floats:
        """(questions, scored papers) float32: 0 is usual."""
        new = [question for question in questions if question not in self._cache]
        made = dict(zip(new, self._levels(new), strict=True)) if new else {}
        out = np.empty((len(questions), self.scored.stop), dtype=np.float32)
        for row, question in enumerate(questions):
            out[row] = made[question] if question in made else self._cache[question]
        room = CACHE_BYTES // max(4 * self.scored.stop, 1) - len(self._cache)
        self._cache.update(list(made.items())[: max(room, 0)])
        return out

    def _levels(self, questions: Sequence[Question]) -> Floats:
        texts = [text for text, _ in questions]
        weight = np.array([[GRADED_ALONE if alone else GRADED] for _, alone in questions], dtype=np.float32)
        exact = self._in_spreads(self._exact(questions), 0.5)
        queries = self.vocabulary.queries(texts)
        alike = np.hstack([part.products(queries) for part in self.lexical])
        words = exact + np.float32(TFIDF_WEIGHT) * self._in_spreads(alike, 0.01)
        parts, count = [self._in_spreads(words[:, : self.usual.stop], 0.25)], np.ones((len(texts), 1), dtype=np.float32)
        if self.dense.shape[1]:
            vectors = self.vectors.rows(texts)
            parts.append(self._in_spreads(vectors @ self.dense.T, 0.01))
            count += vectors.any(axis=1, keepdims=True)  # a text without a vector is matched by its words alone
        out: Floats = sum(np.maximum(part, np.float32(LOWEST)) for part in (*parts, self._feedback(words)))
        out *= weight / np.float32(TOP)
        for part in parts:
            out += _clarity(part)
        out *= np.float32(TOP) / count / (1 + weight)
        level: Floats = out[:, self.scored] - out[:, self.usual].mean(axis=1, keepdims=True)
        bend(level, TOP)
        sharpen(level, np.array([alone for _, alone in questions], dtype=bool))
        return level

    def _exact(self, questions: Sequence[Question]) -> Floats:
        """(texts, columns) BM25; for a text that stands alone, times the root of the share of its words that a paper has.

        One rare word of five would else be worth nearly as much as all of them.
        """
        texts = [text for text, _ in questions]
        words = asked(self.words, texts)
        out = self.worth.products(words)
        alone = np.flatnonzero([alone for _, alone in questions])
        if len(alone):
            counts = np.array([[max(len(query(texts[at])), 1)] for at in alone], dtype=np.float32)
            out[alone] *= np.sqrt(np.minimum(self._presence.products(words.rows(alone)) / counts, np.float32(1)))
        return out

    @cached_property
    def _presence(self) -> Columns:
        """1 where a paper has a word."""
        return replace(self.worth, common=np.sign(self.worth.common), value=np.sign(self.worth.value))

    def _feedback(self, words: Floats) -> Floats:
        """(texts, columns) how near each paper is, in spreads, to the best matches of the pool; these matches themselves stay at 0."""
        pool = words[:, self.usual.start :]
        count = min(FEEDBACK, pool.shape[1])
        best = self.usual.start + np.argpartition(-pool, count - 1, axis=1)[:, :count]
        weight = np.maximum(np.take_along_axis(words, best, axis=1), 0)
        weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-6)
        near: Floats = np.matmul(weight[:, None], self.latent[best])[:, 0] @ self.latent[: self.usual.stop].T
        there = np.zeros(pool.shape, dtype=bool)
        np.put_along_axis(there, best - self.usual.start, weight > 0, axis=1)
        there = there[:, : self.usual.stop - self.usual.start]
        others = np.maximum((~there).sum(axis=1, keepdims=True), 1).astype(np.float32)
        usual = near[:, self.usual]
        near -= np.where(there, np.float32(0), usual).sum(axis=1, keepdims=True) / others
        usual[there] = 0.0
        square = np.einsum("tc,tc->t", usual, usual)[:, None] / others
        near /= np.maximum(np.sqrt(square), np.float32(1e-4))
        return near

    def _in_spreads(self, raw: Floats, least: float) -> Floats:
        out: Floats = raw - raw[:, self.usual].mean(axis=1, keepdims=True)
        usual = out[:, self.usual]
        out /= np.maximum(np.sqrt(np.einsum("tc,tc->t", usual, usual)[:, None] / np.float32(max(usual.shape[1], 1))), np.float32(least))
        return out


def _clarity(part: Floats) -> Floats:
    """How clearly each number of spreads means "on the topic", 0…1 (logistic); overwrites its argument."""
    part -= np.float32(CLEAR)
    part *= np.float32(-SHARP)
    np.exp(part, out=part)
    part += 1
    return np.reciprocal(part, out=part)
