"""What all readers of a ranking share, made once: the papers, a sample of what is usual, the readers' own papers, where they all lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..model import Paper
from .ages import age_in_days
from .answering import Answers
from .lexical import Vocabulary, bm25, learn
from .lsa import Lsa, learn_directions
from .names import People, people
from .near import ROOM, Kept, Near
from .ridge import Factor, factor
from .space import Space, Vectors
from .sparse import Columns, Floats, Sparse, turned
from .words import Ints, Shelf, Words, shelve

Vector = NDArray[np.float16]

SAMPLE = 1_000
"""Papers of the background against which signals are measured; their words are counted on all of it."""

POOL = 2_000
"""Papers of the background, the sample first, among which those are looked for that answer a topic best."""

ENOUGH = 30
"""With fewer papers than this in the background, the candidates help to say what is usual."""

NEGATIVES = 300
"""Papers of the sample that stand for all that nobody asked for."""

LATENT, LATENT_BESIDE_DENSE = 0.5, 0.3
"""How much the directions learned from the catalog count beside the words, without and with a model's vectors."""

FEW, DENSE_FEW, DENSE_MANY = 8, 0.7, 0.4
"""How much a model's vectors count for readers with fewer than eight liked papers, and for the others: words need examples."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What was made of texts before, so that it need not be made again; all of it may be empty.

    `words` by paper key, as `read_words` gives them. `vectors` by paper key and `topics` by their text: unit vectors of one model, which
    counts `trust` times as much as a sentence model; a paper without one is neither near nor far.
    """

    words: Mapping[str, Words] = field(default_factory=dict)
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    topics: Mapping[str, Vector] = field(default_factory=dict)
    trust: float = 1.0


@dataclass(frozen=True, eq=False)
class Side:
    """The shared negatives as a reader's likes meet them: `reach` (columns, negatives) = K Q.

    `near` is K of the readers' own papers and the columns; `met` keeps (K + 1) Q of those papers and the negatives.
    """

    factor: Factor
    reach: Floats
    near: Near
    met: Kept
    negatives: Ints

    def across(self, papers: Ints) -> Floats:
        """(papers, negatives) (K + 1) Q of these of the readers' own papers."""
        return self.met.rows(papers, self._make)

    def _make(self, papers: Ints) -> Floats:
        return (self.near.rows(papers, self.negatives) + 1) @ self.factor.vectors.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The ranked papers and what they are measured against, as numbers.

    `columns` are the `papers`, then the sample: what is usual (a paper may be both). `negatives` are columns. `library` says where the
    readers' own papers lie in `own` and `titles`; `sampled` says which columns of the sample are among them, `named` which negatives.
    The pool for topics is the sample and `more`, whose words stand behind the columns' in `pooled`.
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
    titles: tuple[str, ...]
    sampled: Mapping[int, int]
    named: Mapping[int, int]
    own: Space
    pooled: Shelf
    more: Space
    latent: int
    topics: Vectors
    trust: float

    def prepare(self) -> None:
        """Make now what would be made when the first readers are ranked."""
        _ = self.few if self.has_model else self.many, self.many, self.answers, self.own.lexical.squares

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
        scale = np.ones(self.space.flat.shape[1], dtype=np.float32)
        scale[self.latent :] = (dense * self.trust) ** 2
        flat = self.space.flat * scale
        across = self._negative_words + np.matmul(flat, self.space.flat[self.negatives].T, dtype=np.float32)
        found = factor(across[self.negatives] + 1, scale)
        near = Near(self.own, self.words, flat, Kept.of(len(self.own), len(self.columns)))
        met = Kept.of(len(self.own), len(self.negatives), ROOM // 4)
        reach: Floats = across @ found.vectors.astype(np.float32)
        return Side(found, reach, near, met, self.negatives)

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
    def people(self) -> People:
        """Who wrote the columns."""
        return people(self.columns)

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
        wanted = name.strip().casefold()
        inside = np.zeros(len(self.columns), dtype=bool)
        for category, found in self.filed.items():
            if wanted and (category == wanted or category.startswith(f"{wanted}.")):
                inside[found] = True
        return inside


def survey(
    papers: Sequence[Paper], *, library: Mapping[str, Paper], background: Sequence[Paper], now: datetime, known: Known | None = None
) -> Ground:
    """Gather what a ranking of these papers needs, once for all its readers.

    `background` is what the catalog lately listed: what is usual is measured on it, so that a score does not depend on the other papers of
    the day. With fewer than 30 papers in it, the day's papers are counted in. `library` holds liked and disliked papers by the key that
    profiles use.
    """
    known = known or Known()
    unique = _each_once(papers)
    usual = _usual(unique, background)
    sample = usual[:SAMPLE]
    columns = (*unique, *sample)
    vocabulary = learn(shelve(usual, known.words))
    more = usual[SAMPLE:POOL]
    shelf = shelve(columns, known.words)
    lexical = vocabulary.vectors(shelf)
    inside = slice(len(unique), len(columns))
    lsa = learn_directions(lexical.rows(inside))
    beyond = vocabulary.vectors(shelve(more, known.words))
    dense = _Dense.of(known, sample)
    owned = _each_once(library.values())
    index = {paper.key: place for place, paper in enumerate(owned)}
    apart = {paper.key for paper in unique}
    negatives = sorted(range(len(sample)), key=lambda place: (sample[place].key in apart, place))[:NEGATIVES]
    sampled = {paper.key: len(unique) + place for place, paper in enumerate(sample)}
    named = {sample[place].key: number for number, place in enumerate(negatives)}
    return Ground(
        papers=unique,
        columns=columns,
        now=now,
        shelf=shelf,
        vocabulary=vocabulary,
        space=_space(lexical, lsa, dense, columns),
        negatives=np.array(negatives, dtype=np.int64) + len(unique),
        library={name: index[paper.key] for name, paper in library.items()},
        titles=tuple(paper.title for paper in owned),
        sampled={index[key]: column for key, column in sampled.items() if key in index},
        named={index[key]: number for key, number in named.items() if key in index},
        own=_space(vocabulary.vectors(shelve(owned, known.words)), lsa, dense, owned),
        pooled=shelve((*columns, *more), known.words),
        more=Space(beyond, lsa.vectors(beyond) * np.float32(LATENT_BESIDE_DENSE if dense.width else LATENT)),
        latent=lsa.basis.shape[1],
        topics=Vectors.of(known.topics if dense.width else {}),
        trust=known.trust,
    )


def sampled_from(papers: Sequence[Paper], background: Sequence[Paper]) -> tuple[Paper, ...]:
    """The papers of the background that `survey` measures against: whose vectors it needs, beside those of the papers and the library."""
    return _usual(papers, background)[:SAMPLE]


def _each_once(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """The first paper of each key."""
    found: dict[str, Paper] = {}
    for paper in papers:
        found.setdefault(paper.key, paper)
    return tuple(found.values())


def _usual(papers: Sequence[Paper], background: Sequence[Paper]) -> tuple[Paper, ...]:
    """The background in an order of its own: by a hash of the key, so that a sample from its front is random, yet the same tomorrow."""
    usual = {paper.key: paper for paper in background}
    if len(usual) < ENOUGH:
        usual |= {paper.key: paper for paper in papers}
    return tuple(usual[key] for key in sorted(usual, key=lambda key: (crc32(key.encode()), key)))


@dataclass(frozen=True)
class _Dense:
    """A model's vectors of papers, and their mean over the sample."""

    vectors: Mapping[str, Vector]
    width: int
    centre: Floats

    @classmethod
    def of(cls, known: Known, sample: Sequence[Paper]) -> _Dense:
        width = len(next(iter(known.vectors.values()), ()))
        found = [known.vectors[paper.key] for paper in sample if paper.key in known.vectors]
        centre = np.array(found, dtype=np.float32).reshape(len(found), width).sum(axis=0) / np.float32(max(len(found), 1))
        return cls(known.vectors, width, centre)

    def place(self, papers: Sequence[Paper], out: Floats) -> None:
        """Fill (papers, width), zero so far, with vectors minus the mean; what is unknown stays zero."""
        for row, paper in enumerate(papers):
            if paper.key in self.vectors and (vector := self.vectors[paper.key]).any():
                out[row] = vector - self.centre


def _space(lexical: Sparse, lsa: Lsa, dense: _Dense, papers: Sequence[Paper]) -> Space:
    """A part of the papers at a time: there may be a hundred thousand, and their flat vectors are the largest thing here."""
    latent = lsa.basis.shape[1]
    flat = np.zeros((len(papers), latent + dense.width), dtype=np.float32)
    for chosen, rows in lexical.blocks(2_000):
        flat[chosen, :latent] = lsa.vectors(rows) * np.float32(LATENT_BESIDE_DENSE if dense.width else LATENT)
        dense.place(papers[chosen], flat[chosen, latent:])
    return Space(lexical, flat)
