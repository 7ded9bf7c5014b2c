"""Surveying: builds the `Ground` of a ranking from the papers, a background and the readers' own papers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..model import Paper
from .ages import age_in_days
from .ground import Ground, Vector
from .lexical import Vocabulary, count, learn
from .lsa import Lsa, learn_directions
from .people.bylines import Bylines
from .space import Space, Vectors
from .sparse import Floats, Sparse, stacked
from .texts.words import Ints, Words, shelve
from .threads import both, each
from .titles import Titles

SAMPLE = 1_000
"""Papers of the background that define what is usual for signals; word frequencies come from the whole background."""

POOL = 2_000
"""Papers of the background, the sample first, that are searched for the best matches of a topic."""

ENOUGH = 30
"""With fewer papers than this in the background, the candidates are added to it."""

NEW = 9.0
"""Days for which a paper may still come up for a weekly reader, and is therefore not used as a negative."""

NEGATIVES = 300
"""Papers of the sample that are used as negatives: examples of what nobody asked for."""

PART = 1_000
"""Papers that are processed at a time."""

LATENT, LATENT_BESIDE_DENSE = 0.5, 0.3
"""Weights of the directions learned from the catalog relative to words, without and with a model's vectors."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Features of texts that were computed before; all of them may be empty.

    `words` by paper key, as `read_words` returns them. `vectors` by paper key and `topics` by text are unit vectors of one model, which
    counts `trust` times as much as a sentence model; a paper without a vector is neither near nor far.
    """

    words: Mapping[str, Words] = field(default_factory=dict)
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    topics: Mapping[str, Vector] | Vectors = field(default_factory=dict)
    trust: float = 1.0


def survey(
    papers: Sequence[Paper], *, library: Mapping[str, Paper], background: Sequence[Paper], now: datetime, known: Known | None = None
) -> Ground:
    """Compute what a ranking of these papers needs, once for all its readers.

    `background` are papers that the catalog listed lately: they define what is usual, so that a score does not depend on the other papers
    of the day. If there are fewer than 30, the day's papers are added. `library` maps the keys that profiles use to liked and disliked
    papers.
    """
    known = known or Known()
    unique, owned = _each_once(papers), _each_once(library.values())
    usual = _usual(unique, background)
    sample, more = usual[:SAMPLE], usual[SAMPLE:POOL]
    columns = (*unique, *sample)
    vocabulary, pool = _vocabulary_and_pool(usual, known.words)
    fitted, beyond = pool.rows(slice(0, SAMPLE)), pool.rows(slice(SAMPLE, POOL))

    def others() -> tuple[Sparse, Sparse, Bylines, Bylines]:
        ranked, own = (_lexical(some, vocabulary, known.words) for some in (unique, owned))
        return stacked((ranked, fitted), pool.width), own, Bylines.of((*columns, *more)), Bylines.of(owned)

    lsa, (lexical, own, people, own_people) = both(lambda: learn_directions(fitted), others)
    dense = _Dense.of(known, sample)
    index = {paper.key: place for place, paper in enumerate(owned)}
    negatives = _negatives(sample, now)
    return Ground(
        papers=unique,
        columns=columns,
        now=now,
        shelf=shelve(columns, known.words),
        vocabulary=vocabulary,
        space=Space(lexical, _flat(lexical, lsa, dense, columns)),
        negatives=negatives + len(unique),
        library={name: index[paper.key] for name, paper in library.items()},
        titles=Titles.of(paper.title for paper in owned),
        sampled={index[p.key]: len(unique) + place for place, p in enumerate(sample) if p.key in index},
        named={index[sample[place].key]: number for number, place in enumerate(negatives.tolist()) if sample[place].key in index},
        own=Space(own, _flat(own, lsa, dense, owned, np.float16)),
        pooled=shelve((*columns, *more), known.words),
        more=Space(beyond, lsa.vectors(beyond) * dense.latent_weight),
        latent=lsa.basis.shape[1],
        topics=Vectors.gathered(known.topics if dense.width else {}, dense.width),
        trust=known.trust,
        people=people,
        own_people=own_people,
    )


def _vocabulary_and_pool(usual: Sequence[Paper], words: Mapping[str, Words]) -> tuple[Vocabulary, Sparse]:
    """The vocabulary of the usual papers, and the lexical vectors of the pool, which is the first of them."""
    counted = list(each(lambda part: count(shelve(part, words)), _parts(usual)))
    vocabulary = learn(counted)
    del counted[-(-POOL // PART) :]
    return vocabulary, stacked(each(vocabulary.weighed, counted), len(vocabulary.terms)).rows(slice(0, POOL))


def _lexical(papers: Sequence[Paper], vocabulary: Vocabulary, words: Mapping[str, Words]) -> Sparse:
    """The papers' lexical vectors, computed in parts: there may be a hundred thousand papers, and the intermediate data is larger."""
    return stacked(each(lambda part: vocabulary.vectors(shelve(part, words)), _parts(papers)), len(vocabulary.terms))


def _parts(papers: Sequence[Paper]) -> Iterator[Sequence[Paper]]:
    return (papers[at : at + PART] for at in range(0, len(papers), PART))


def sampled_from(papers: Sequence[Paper], background: Sequence[Paper]) -> tuple[Paper, ...]:
    """The sample that `survey` will use; it needs the model's vectors of these, besides those of the papers and the library."""
    return _usual(papers, background)[:SAMPLE]


def _negatives(sample: Sequence[Paper], now: datetime) -> Ints:
    """The indices of 300 papers of the sample: the first that were published nine days ago or earlier.

    So they are seldom among the ranked papers and do not depend on them: one more reader who is due changes nobody's scores. If there are
    too few, in a young catalog, newer papers are added, by whole days and oldest first, those without a date last.
    """
    days = [int(min(age_in_days(paper.published, now) or 0, NEW)) for paper in sample]
    oldest = sorted(range(len(sample)), key=lambda place: (-days[place], place))
    return np.array(oldest[:NEGATIVES], dtype=np.int64)


def _each_once(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """The first paper of each key."""
    found: dict[str, Paper] = {}
    for paper in papers:
        found.setdefault(paper.key, paper)
    return tuple(found.values())


def _usual(papers: Sequence[Paper], background: Sequence[Paper]) -> tuple[Paper, ...]:
    """The background sorted by a hash of the key, so that its first papers are a random sample, yet the same one tomorrow."""
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

    @property
    def latent_weight(self) -> np.float32:
        """The weight of the learned directions beside these vectors."""
        return np.float32(LATENT_BESIDE_DENSE if self.width else LATENT)

    def fill(self, papers: Sequence[Paper], out: Floats) -> None:
        """Fill `out` (papers, width), zero so far, with the vectors minus their mean; papers without a vector stay zero."""
        known = [row for row, paper in enumerate(papers) if paper.key in self.vectors]
        if known:
            found = np.array([self.vectors[papers[row].key] for row in known], dtype=np.float32)
            out[known] = np.where(found.any(axis=1, keepdims=True), found - self.centre, np.float32(0))


def _flat(lexical: Sparse, lsa: Lsa, dense: _Dense, papers: Sequence[Paper], kind: type[np.floating[Any]] = np.float32) -> NDArray[Any]:
    """(papers, dimensions) of dtype `kind`: the learned dimensions, then the model's."""
    latent = lsa.basis.shape[1]
    out = np.zeros((len(papers), latent + dense.width), dtype=kind)

    def fill(some: tuple[slice, Sparse]) -> None:
        chosen, rows = some
        out[chosen, :latent] = lsa.vectors(rows) * dense.latent_weight
        dense.fill(papers[chosen], out[chosen, latent:])

    deque(each(fill, lexical.blocks(PART)), maxlen=0)
    return out
