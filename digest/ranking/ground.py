"""What all readers of a ranking share, computed once: the papers, a sample of usual papers, the readers' own papers, and their vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..model import Paper, Profile
from ..taxonomy import is_within
from .ages import age_in_days
from .answering import Answers
from .lexical import Vocabulary, bm25
from .near import LEAST, ROOM, Near, RowCache
from .people.bylines import Bylines
from .radix import distinct
from .ridge import Factor, factor
from .space import Space, Vectors
from .sparse import Columns, Floats, by_column
from .texts.words import Ints, Shelf
from .threads import both
from .titles import Titles
from .works import work_of

Vector = NDArray[np.float16]

FEW, DENSE_FEW, DENSE_MANY = 8, 0.7, 0.4
"""How much a model's vectors count for readers with fewer than FEW liked papers, and for others: words need more examples."""


@dataclass(frozen=True, eq=False)
class NegativeSide:
    """The shared negatives' part of the ridge systems (see `ridge`): `reach` (columns, negatives) = K Q.

    `near` is K between the readers' own papers and the columns, cached as far as it fits; `apart` is K between the own papers that do not
    fit and the negatives only; `met` caches (K + 1) Q between the own papers and the negatives.
    """

    factor: Factor
    reach: Floats
    near: Near
    apart: Near
    met: RowCache
    negatives: Ints

    def across(self, papers: Ints) -> Floats:
        """(papers, negatives) float32: (K + 1) Q for these own papers."""
        return self.met.rows(papers, self._make)

    def _make(self, papers: Ints) -> Floats:
        kept = self.near.is_kept(papers)
        among = np.empty((len(papers), len(self.negatives)), dtype=np.float32)
        among[kept] = self.near.rows(papers[kept], self.negatives)
        among[~kept] = self.apart.rows(papers[~kept], np.arange(len(self.negatives)))
        return (among + 1) @ self.factor.vectors.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The ranked papers and what they are measured against, as arrays.

    `columns` are the `papers`, then the sample, which defines what is usual (a paper may be in both). `negatives` are indices of columns.
    `library` maps the keys of the readers' own papers to their places in `own`, `titles` and `own_people`. Own papers that are also in the
    sample are in `sampled` (place → column), those that are also negatives in `named` (place → index among the negatives).
    The pool for topics is the sample and `more`; the words of `more` come after the columns' in `pooled`, its authors in `people`.
    The first `latent` dimensions of the flat vectors were learned from the catalog, the others are a model's; `topics` are the model's
    vectors of topic texts.
    """

    papers: tuple[Paper, ...]
    columns: tuple[Paper, ...]
    now: datetime
    shelf: Shelf
    vocabulary: Vocabulary
    space: Space
    negatives: Ints
    library: Mapping[str, int]
    titles: Titles
    sampled: Mapping[int, int]
    named: Mapping[int, int]
    own: Space
    pooled: Shelf
    more: Space
    latent: int
    topics: Vectors
    trust: float
    people: Bylines
    own_people: Bylines

    def prepare(self, profiles: Iterable[Profile]) -> None:
        """Compute now what ranking these readers will need, instead of when the first of them is ranked."""
        interests = [interest for profile in profiles for interest in profile.interests]
        told = [interest for interest in interests if self.places(interest.liked) or self.places(interest.disliked)]
        _ = self.words, self.own.lexical.squares
        both(
            lambda: [self.side(likes) for likes in {len(self.places(interest.liked)) for interest in told}],
            lambda: self.answers if any(interest.topics for interest in interests) else None,
        )

    def places(self, keys: Iterable[str]) -> tuple[int, ...]:
        """The places of the own papers with these keys, each once, without unknown keys and papers that cannot be compared."""
        found = dict.fromkeys([self.library[key] for key in keys if key in self.library])
        return tuple(found if self._incomparable.isdisjoint(found) else [place for place in found if place not in self._incomparable])

    @cached_property
    def _incomparable(self) -> frozenset[int]:
        """Own papers that cannot be compared: they have no model's vector, and no word that the usual papers have."""
        bare = np.diff(self.own.lexical.start) == 0
        if self.has_model:
            bare &= ~self.own.flat[:, self.latent :].any(axis=1)
        return frozenset(np.flatnonzero(bare).tolist())

    @property
    def scored(self) -> slice:
        """The columns of the ranked papers."""
        return slice(0, len(self.papers))

    @property
    def usual(self) -> slice:
        """The columns of the sample."""
        return slice(len(self.papers), len(self.columns))

    @property
    def has_model(self) -> bool:
        """Whether the flat vectors have a model's dimensions."""
        return bool(self.space.flat.shape[1] > self.latent)

    def side(self, liked: int) -> NegativeSide:
        """The negatives' part of the system for a reader with `liked` liked papers."""
        return self.few if liked < FEW and self.has_model else self.many

    @cached_property
    def few(self) -> NegativeSide:
        """For readers with few liked papers, where a model counts more."""
        return self._side(DENSE_FEW)

    @cached_property
    def many(self) -> NegativeSide:
        """For all readers without a model, else for those with more liked papers."""
        return self._side(DENSE_MANY)

    def _side(self, dense: float) -> NegativeSide:
        scale, flat = self._scaled(dense)
        across = self._negative_words + np.matmul(flat, self.space.flat[self.negatives].T, dtype=np.float32)
        found = factor(across[self.negatives] + 1, scale)
        near = self._near
        if dense != DENSE_MANY:
            near = replace(near, model=np.ascontiguousarray((flat - near.flat)[:, self.latent :]))
        words = by_column(self.space.lexical.rows(self.negatives))
        apart = Near(self.own, words, flat[self.negatives], RowCache.of(0, len(self.negatives), 0))
        met = RowCache.of(len(self.own), len(self.negatives), LEAST // 2)
        reach: Floats = across @ found.vectors.astype(np.float32)
        return NegativeSide(found, reach, near, apart, met, self.negatives)

    def _scaled(self, dense: float) -> tuple[Floats, Floats]:
        """The weight of each flat dimension if the model's count `dense`, and the columns' flat vectors times these weights."""
        scale = np.ones(self.space.flat.shape[1], dtype=np.float32)
        scale[self.latent :] = (dense * self.trust) ** 2
        return scale, self.space.flat * scale

    @cached_property
    def _near(self) -> Near:
        """K between own papers and columns for readers with many likes; for the others, `_side` adds the model's larger weight."""
        kept = RowCache.of(len(self.own), len(self.columns), max(ROOM - self.own.nbytes, LEAST))
        return Near(self.own, self.words, self._scaled(DENSE_MANY)[1], kept)

    @cached_property
    def _negative_words(self) -> Floats:
        """(columns, negatives) inner products of their lexical vectors."""
        return np.ascontiguousarray(self.words.products(self.space.lexical.rows(self.negatives)).T)

    @cached_property
    def words(self) -> Columns:
        """The columns' lexical vectors, for products with other papers and with queries."""
        return by_column(self.space.lexical)

    @cached_property
    def answers(self) -> Answers:
        """The columns, prepared for matching with topic texts."""
        words, worth = bm25(self.pooled, slice(self.usual.start, len(self.pooled)))
        return Answers(
            words=words,
            worth=by_column(worth),
            vocabulary=self.vocabulary,
            lexical=(self.words, by_column(self.more.lexical)),
            latent=np.vstack((self.space.flat[:, : self.latent], self.more.flat)),
            dense=np.ascontiguousarray(self.space.flat[:, self.latent :]),
            vectors=self.topics,
            scored=self.scored,
            usual=self.usual,
        )

    @cached_property
    def works(self) -> Ints:
        """(papers,) a number for each paper's work: papers that are the same work share it."""
        numbers: dict[object, int] = {}
        return np.array([numbers.setdefault(work_of(paper), place) for place, paper in enumerate(self.papers)], dtype=np.int64)

    @cached_property
    def doubles(self) -> int:
        """How many papers are a further listing of another paper's work."""
        return len(self.works) - len(distinct(self.works))

    @cached_property
    def votes(self) -> Ints:
        """(columns,) the votes of each paper in the listings it was in."""
        return np.array([max(paper.facts.votes or 0, 0) for paper in self.columns], dtype=np.int64)

    @cached_property
    def ages(self) -> Floats:
        """(columns,) days since publication, at most 30; NaN if unknown."""
        ages = (age_in_days(paper.published, self.now) for paper in self.columns)
        return np.array([np.nan if age is None else age for age in ages], dtype=np.float32)

    @cached_property
    def filed(self) -> Mapping[str, Ints]:
        """The columns in each category, by its name in lower case."""
        places: dict[str, list[int]] = {}
        for column, paper in enumerate(self.columns):
            for category in paper.categories:
                places.setdefault(category.casefold(), []).append(column)
        return {category: np.array(found) for category, found in places.items()}

    def filed_under(self, name: str) -> NDArray[np.bool_]:
        """(columns,) whether each is in that category or a part of it: "astro-ph.GA" is filed under "astro-ph"."""
        inside = np.zeros(len(self.columns), dtype=bool)
        for category, found in self.filed.items():
            if is_within(category, name):
                inside[found] = True
        return inside

