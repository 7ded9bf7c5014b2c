"""What all readers of a ranking share, made once: the papers, a sample of what is usual, the readers' own papers, where they all lie."""

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
from .near import LEAST, ROOM, Kept, Near
from .people.bylines import Bylines
from .radix import distinct
from .ridge import Factor, factor
from .space import Space, Vectors
from .sparse import Columns, Floats, turned
from .texts.words import Ints, Shelf
from .threads import both
from .titles import Titles
from .works import work_of

Vector = NDArray[np.float16]

FEW, DENSE_FEW, DENSE_MANY = 8, 0.7, 0.4
"""How much a model's vectors count for readers with fewer than eight liked papers, and for the others: words need examples."""


@dataclass(frozen=True, eq=False)
class Side:
    """The shared negatives as a reader's likes meet them: `reach` (columns, negatives) = K Q.

    `near` is K of the readers' own papers and the columns, `apart` K of those without room there and the negatives alone; `met` keeps
    (K + 1) Q of the own papers and the negatives.
    """

    factor: Factor
    reach: Floats
    near: Near
    apart: Near
    met: Kept
    negatives: Ints

    def across(self, papers: Ints) -> Floats:
        """(papers, negatives) (K + 1) Q of these of the readers' own papers."""
        return self.met.rows(papers, self._make)

    def _make(self, papers: Ints) -> Floats:
        kept = self.near.is_kept(papers)
        among = np.empty((len(papers), len(self.negatives)), dtype=np.float32)
        among[kept] = self.near.rows(papers[kept], self.negatives)
        among[~kept] = self.apart.rows(papers[~kept], np.arange(len(self.negatives)))
        return (among + 1) @ self.factor.vectors.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The ranked papers and what they are measured against, as numbers.

    `columns` are the `papers`, then the sample: what is usual (a paper may be both). `negatives` are columns. `library` says where the
    readers' own papers lie in `own`, `titles` and `own_people`; `sampled` says which columns of the sample are among them, `named` which
    negatives.
    The pool for topics is the sample and `more`, whose words stand behind the columns' in `pooled`, and their authors in `people`.
    The first `latent` dimensions of the flat vectors were learned here, the others are a model's; `topics` are that model's of texts.
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
        """Make now what would be made when the first of these readers are ranked."""
        interests = [interest for profile in profiles for interest in profile.interests]
        told = [interest for interest in interests if self.places(interest.liked) or self.places(interest.disliked)]
        _ = self.words, self.own.lexical.squares
        both(
            lambda: [self.side(likes) for likes in {len(self.places(interest.liked)) for interest in told}],
            lambda: self.answers if any(interest.topics for interest in interests) else None,
        )

    def places(self, keys: Iterable[str]) -> tuple[int, ...]:
        """Where the readers' own papers of these keys lie, each once; unknown keys are left out, and papers that say nothing here."""
        found = dict.fromkeys([self.library[key] for key in keys if key in self.library])
        return tuple(found if self._silent.isdisjoint(found) else [place for place in found if place not in self._silent])

    @cached_property
    def _silent(self) -> frozenset[int]:
        """The readers' own papers without a vector, in words that no usual paper has: near nothing but others like them, in no respect."""
        bare = np.diff(self.own.lexical.start) == 0
        if self.has_model:
            bare &= ~self.own.flat[:, self.latent :].any(axis=1)
        return frozenset(np.flatnonzero(bare).tolist())

    @property
    def scored(self) -> slice:
        """The columns that are ranked."""
        return slice(0, len(self.papers))

    @property
    def usual(self) -> slice:
        """The columns that say what is usual."""
        return slice(len(self.papers), len(self.columns))

    @property
    def has_model(self) -> bool:
        """Whether a model's vectors are among the dimensions."""
        return bool(self.space.flat.shape[1] > self.latent)

    def side(self, liked: int) -> Side:
        """The negatives' side for a reader with so many liked papers."""
        return self.few if liked < FEW and self.has_model else self.many

    @cached_property
    def few(self) -> Side:
        """For readers with few liked papers, where a model counts more."""
        return self._side(DENSE_FEW)

    @cached_property
    def many(self) -> Side:
        """For all readers without a model, else for those with more liked papers."""
        return self._side(DENSE_MANY)

    def _side(self, dense: float) -> Side:
        scale, flat = self._scaled(dense)
        across = self._negative_words + np.matmul(flat, self.space.flat[self.negatives].T, dtype=np.float32)
        found = factor(across[self.negatives] + 1, scale)
        near = self._near
        if dense != DENSE_MANY:
            near = replace(near, model=np.ascontiguousarray((flat - near.flat)[:, self.latent :]))
        words = turned(self.space.lexical.rows(self.negatives))
        apart = Near(self.own, words, flat[self.negatives], Kept.of(0, len(self.negatives), 0))
        met = Kept.of(len(self.own), len(self.negatives), LEAST // 2)
        reach: Floats = across @ found.vectors.astype(np.float32)
        return Side(found, reach, near, apart, met, self.negatives)

    def _scaled(self, dense: float) -> tuple[Floats, Floats]:
        """What each flat dimension counts where a model counts `dense`, and the columns' flat vectors by that."""
        scale = np.ones(self.space.flat.shape[1], dtype=np.float32)
        scale[self.latent :] = (dense * self.trust) ** 2
        return scale, self.space.flat * scale

    @cached_property
    def _near(self) -> Near:
        """How near the readers' own papers are, as those see it who have many: others add what a model counts more for them."""
        kept = Kept.of(len(self.own), len(self.columns), max(ROOM - self.own.nbytes, LEAST))
        return Near(self.own, self.words, self._scaled(DENSE_MANY)[1], kept)

    @cached_property
    def _negative_words(self) -> Floats:
        """(columns, negatives) products of their words."""
        return np.ascontiguousarray(self.words.products(self.space.lexical.rows(self.negatives)).T)

    @cached_property
    def words(self) -> Columns:
        """The columns' words, for products with other papers and with queries."""
        return turned(self.space.lexical)

    @cached_property
    def answers(self) -> Answers:
        """The columns as texts are asked of them."""
        words, worth = bm25(self.pooled, slice(self.usual.start, len(self.pooled)))
        return Answers(
            words=words,
            worth=turned(worth),
            vocabulary=self.vocabulary,
            lexical=(self.words, turned(self.more.lexical)),
            latent=np.vstack((self.space.flat[:, : self.latent], self.more.flat)),
            dense=np.ascontiguousarray(self.space.flat[:, self.latent :]),
            vectors=self.topics,
            scored=self.scored,
            usual=self.usual,
        )

    @cached_property
    def works(self) -> Ints:
        """(papers,) a number that those have in common which are one work."""
        numbers: dict[object, int] = {}
        return np.array([numbers.setdefault(work_of(paper), place) for place, paper in enumerate(self.papers)], dtype=np.int64)

    @cached_property
    def doubles(self) -> int:
        """How many papers are a work that another one is already."""
        return len(self.works) - len(distinct(self.works))

    @cached_property
    def votes(self) -> Ints:
        """(columns,) the votes each got where it was listed."""
        return np.array([max(paper.facts.votes or 0, 0) for paper in self.columns], dtype=np.int64)

    @cached_property
    def ages(self) -> Floats:
        """(columns,) how long ago each was published, in days, at most 30; not a number where that is unknown."""
        ages = (age_in_days(paper.published, self.now) for paper in self.columns)
        return np.array([np.nan if age is None else age for age in ages], dtype=np.float32)

    @cached_property
    def filed(self) -> Mapping[str, Ints]:
        """The columns of each category, by its name in lower case."""
        places: dict[str, list[int]] = {}
        for column, paper in enumerate(self.columns):
            for category in paper.categories:
                places.setdefault(category.casefold(), []).append(column)
        return {category: np.array(found) for category, found in places.items()}

    def filed_under(self, name: str) -> NDArray[np.bool_]:
        """(columns,) whether it is in that category or a part of it: "astro-ph.GA" is filed under "astro-ph"."""
        inside = np.zeros(len(self.columns), dtype=bool)
        for category, found in self.filed.items():
            if is_within(category, name):
                inside[found] = True
        return inside

