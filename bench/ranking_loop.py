"""The per-reader loop that `ranking_speed.py` compares with: the documented ranking, written for one reader at a time, and frozen.

It is what one writes first and with some care: everything that is the same for all readers is made once, each reader's system is built
and solved as it stands in the documents, and each text is asked of all papers anew. It shares vectors of papers and texts with the
product (the same similarities), and no code: when a formula of the product changes, this file follows it, and nothing else changes here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.model import Profile
from digest.ranking import Ground
from digest.ranking.answering import CLEAR, FEEDBACK, GRADED, SHARP, TFIDF_WEIGHT, TOP
from digest.ranking.ground import DENSE_FEW, DENSE_MANY, FEW
from digest.ranking.lexical import asked, bm25
from digest.ranking.liked import SPREAD
from digest.ranking.quality import popularity, recency
from digest.ranking.rows import Rows
from digest.ranking.scale import BEND, LOWEST
from digest.ranking.sparse import Sparse
from digest.ranking.topics import trust_beside

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


class Loop:
    """Scores one reader at a time: liked papers and topics, and the two terms that are the same for everybody."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.own = ground.own.lexical
        self.lists = _Lists(ground.space.lexical)
        self.words, worth = bm25(ground.pooled, slice(ground.usual.start, len(ground.pooled)))
        self.more = _Lists(ground.more.lexical)
        self.latent = np.vstack((ground.space.flat[:, : ground.latent], ground.more.flat))
        self.worth = _Lists(worth)
        negatives = ground.space.lexical.rows(ground.negatives)
        self.lexical = self.lists.near(negatives).T
        self.flat, self.negative_flat = ground.space.flat, ground.space.flat[ground.negatives]
        keys = [paper.key for paper in ground.columns]
        self.negative = {keys[column]: n for n, column in enumerate(ground.negatives.tolist())}
        self.sampled = {key: ground.usual.start + n for n, key in enumerate(keys[ground.usual])}
        everybody = Rows((Profile(),))
        self.common = 0.5 * (popularity(ground, everybody).level[0] + recency(ground, everybody).level[0])
        self.between = {scale: self._between(scale) for scale in (DENSE_FEW, DENSE_MANY)}

    def scores(self, profile: Profile) -> Doubles:
        """(papers,) in points."""
        interest = profile.interests[0]
        out = 10 * self._standard(*self._liked(interest.liked)) + self.common
        for text in interest.topics:
            out += 10 * trust_beside(len(interest.liked)) * self._topic(text)
        return np.asarray(out, dtype=np.float64)

    def _between(self, dense: float) -> Doubles:
        """(columns, negatives) the kernel without its constant."""
        return np.asarray(self.lexical + (self.flat * self._scale(dense)) @ self.negative_flat.T, dtype=np.float64)

    def _scale(self, dense: float) -> Floats:
        scale = np.ones(self.flat.shape[1], dtype=np.float32)
        scale[self.ground.latent :] = (dense * self.ground.trust) ** 2
        return scale

    def _liked(self, keys: tuple[str, ...]) -> tuple[Doubles, list[int]]:
        """(columns,) the decision function Σ a K, and the columns of the liked papers themselves."""
        ground, count = self.ground, len(keys)
        places = np.array([ground.library[key] for key in keys])
        dense = DENSE_FEW if count < FEW and ground.has_model else DENSE_MANY
        flat, mine = ground.own.flat[places] * self._scale(dense), self.own.rows(places)
        kept = np.setdiff1d(np.arange(len(self.negative_flat)), [self.negative[key] for key in keys if key in self.negative])
        near, among = self.lists.near(mine) + flat @ self.flat.T, _gram(mine) + flat @ ground.own.flat[places].T
        across, between = near[:, ground.negatives[kept]], self.between[dense][np.ix_(ground.negatives[kept], kept)]
        kernel = np.block([[among, across], [across.T, between]]) + 1
        strength = float(np.clip(3 / count, 0.3, 3))
        kernel += np.diag(strength * np.array([count] * count + [len(self.negative_flat)] * len(kept)) / 10)
        found = np.linalg.solve(kernel, np.array([1.0] * count + [-1.0] * len(kept)))
        shares = np.zeros(len(self.negative_flat))
        shares[kept] = found[count:]
        out = found[:count] @ near + self.between[dense] @ shares
        return out, [self.sampled[key] for key in keys if key in self.sampled]

    def _standard(self, raw: Doubles, own: list[int]) -> Doubles:
        usual = raw[np.setdiff1d(np.arange(self.ground.usual.start, self.ground.usual.stop), own)]
        return _bent((raw[self.ground.scored] - usual.mean()) / max(float(usual.std()), SPREAD), BEND)

    def _topic(self, text: str) -> Doubles:
        """(papers,) how well they answer a text, as `answering.py` says."""
        ground, usual = self.ground, self.ground.usual
        exact = self._usual(self.worth.near(asked(self.words, [text]))[0], 0.5)
        query = ground.vocabulary.queries([text])
        words = exact + TFIDF_WEIGHT * self._usual(np.concatenate((self.lists.near(query)[0], self.more.near(query)[0])), 0.01)
        parts = [self._usual(words[: usual.stop], 0.25)]
        if ground.has_model:
            vector = np.asarray(ground.topics[text], dtype=np.float32)
            parts.append(self._usual(ground.space.flat[:, ground.latent :] @ vector, 0.01))
        graded = sum(np.maximum(part, LOWEST) for part in (*parts, self._feedback(words)))
        clear = sum(1 / (1 + np.exp(-SHARP * (part - CLEAR))) for part in parts)
        out = (clear + GRADED / TOP * graded) * TOP / len(parts) / (1 + GRADED)
        return _bent(out[ground.scored] - out[usual].mean(), TOP)

    def _feedback(self, words: Doubles) -> Doubles:
        usual = self.ground.usual
        best = usual.start + np.argpartition(-words[usual.start :], FEEDBACK)[:FEEDBACK]
        weight = np.maximum(words[best], 0)
        near = self.latent[: usual.stop] @ ((weight / max(float(weight.sum()), 1e-6)) @ self.latent[best])
        others = np.setdiff1d(np.arange(usual.start, usual.stop), best[weight > 0])
        out = (near - near[others].mean()) / max(float(near[others].std()), 1e-4)
        out[[column for column in best[weight > 0] if column < usual.stop]] = 0.0
        return np.asarray(out)

    def _usual(self, raw: NDArray[np.floating[Any]], least: float) -> Doubles:
        usual = raw[self.ground.usual]
        return np.asarray((raw - usual.mean()) / max(float(usual.std()), least))


def _bent(spreads: Doubles, start: float) -> Doubles:
    return np.where(spreads > start, 2 * start - start**2 / np.maximum(spreads, 1e-9), np.maximum(spreads, LOWEST))


class _Lists:
    """Sparse rows by their columns: who has each."""

    def __init__(self, rows: Sparse) -> None:
        order = np.argsort(rows.column, kind="stable")
        self.count, self.owner, self.value = len(rows), rows.row[order], rows.value[order]
        self.start = np.searchsorted(rows.column[order], np.arange(rows.width + 1))

    def near(self, some: Sparse) -> Doubles:
        """(some, rows) inner products."""
        sizes = self.start[some.column + 1] - self.start[some.column]
        take = np.arange(sizes.sum()) + np.repeat(self.start[some.column] - np.cumsum(sizes) + sizes, sizes)
        place = np.repeat(some.row * self.count, sizes) + self.owner[take]
        weights = np.repeat(some.value, sizes) * self.value[take]
        sums = np.bincount(place, weights=weights, minlength=len(some) * self.count)
        return np.asarray(sums.reshape(len(some), self.count), dtype=np.float64)


def _gram(rows: Sparse) -> Doubles:
    """(rows, rows) inner products."""
    columns, place = np.unique(rows.column, return_inverse=True)
    out = np.zeros((len(rows), len(columns)))
    out[rows.row, place] = rows.value
    return np.asarray(out @ out.T)
