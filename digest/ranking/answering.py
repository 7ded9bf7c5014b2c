"""How well papers answer a text in a reader's own words: by its words, a model's vectors, and what else its best answers are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .lexical import Vocabulary, asked
from .scale import LOWEST, bend
from .space import Vectors
from .sparse import Columns, Floats
from .texts.text import query

CLEAR, SHARP = 2.0, 1.5
"""How many spreads above the usual are clearly on the topic, and how quickly doubt ends around there."""

GRADED, GRADED_ALONE = 0.4, 1.0
"""What the plain spreads count beside "on the topic or not", so that the better of two clear papers stays the better one; and where no
liked papers tell them apart."""

ALIKE = 0.5
"""What tf-idf counts beside BM25."""

FEEDBACK = 20
"""Papers of the pool that answer a text best, and tell what else belongs to it (pseudo-relevance feedback: Rocchio, 1971)."""

TOP = 6.0
"""The level of what is clearly on the topic in every respect; from here on levels are bent, and stay below 12."""

REMEMBERED = 16 << 20
"""Bytes of levels that a process keeps for the readers after: of 2,000 texts for 2,000 papers."""


Question = tuple[str, bool]
"""A text, and whether it stands alone: without liked papers beside it."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The papers as texts are asked of them; what was asked before is remembered.

    Behind the columns stand more papers of the background: the pool is these and the usual ones. `words` and `worth` as `bm25` gives them,
    turned; `lexical` by the `vocabulary`, in two parts; `latent` (columns and more, dimensions); `dense` (columns, dimensions), and
    `vectors` of texts in it. `scored` and `usual` are columns.
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
    _known: dict[Question, Floats] = field(default_factory=dict)

    def levels(self, questions: Sequence[Question]) -> Floats:
        """(questions, scored papers) float32: 0 is usual, about 5 is clearly on the topic in every respect."""
        new = [question for question in questions if question not in self._known]
        made = dict(zip(new, self._levels(new), strict=True)) if new else {}
        out = np.empty((len(questions), self.scored.stop), dtype=np.float32)
        for row, question in enumerate(questions):
            out[row] = made[question] if question in made else self._known[question]
        room = REMEMBERED // max(4 * self.scored.stop, 1) - len(self._known)
        self._known.update(list(made.items())[: max(room, 0)])
        return out

    def _levels(self, questions: Sequence[Question]) -> Floats:
        texts = [text for text, _ in questions]
        weight = np.array([[GRADED_ALONE if alone else GRADED] for _, alone in questions], dtype=np.float32)
        exact = self._spread(self._exact(questions), 0.5)
        queries = self.vocabulary.queries(texts)
        alike = np.hstack([part.products(queries) for part in self.lexical])
        words = exact + np.float32(ALIKE) * self._spread(alike, 0.01)
        parts, count = [self._spread(words[:, : self.usual.stop], 0.25)], np.ones((len(texts), 1), dtype=np.float32)
        if self.dense.shape[1]:
            vectors = self.vectors.rows(texts)
            parts.append(self._spread(vectors @ self.dense.T, 0.01))
            count += vectors.any(axis=1, keepdims=True)  # a text without a vector is asked by its words alone
        out: Floats = sum(np.maximum(part, np.float32(LOWEST)) for part in (*parts, self._feedback(words)))
        out *= weight / np.float32(TOP)
        for part in parts:
            out += _clear(part)
        out *= np.float32(TOP) / count / (1 + weight)
        level: Floats = out[:, self.scored] - out[:, self.usual].mean(axis=1, keepdims=True)
        bend(level, TOP)
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
        """(texts, columns) how near each paper is to those of the pool that answer best, in spreads; those themselves are left at 0."""
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

    def _spread(self, raw: Floats, least: float) -> Floats:
        out: Floats = raw - raw[:, self.usual].mean(axis=1, keepdims=True)
        usual = out[:, self.usual]
        out /= np.maximum(np.sqrt(np.einsum("tc,tc->t", usual, usual)[:, None] / np.float32(max(usual.shape[1], 1))), np.float32(least))
        return out


def _clear(part: Floats) -> Floats:
    """How clearly spreads are on the topic, 0…1; in the array it is given."""
    part -= np.float32(CLEAR)
    part *= np.float32(-SHARP)
    np.exp(part, out=part)
    part += 1
    return np.reciprocal(part, out=part)
