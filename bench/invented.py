"""Invented papers and readers in any number: made of words and vectors that are spread as in real listings, the same every time.

Papers belong to themes. A theme has words and pairs of words of its own, drawn by Zipf's law as the common ones are, and a direction that
the vectors of its papers share. Readers like papers of one to three themes, some papers much more often than others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from digest.model import Author, Facts, Interest, Paper, Profile

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
THEMES, DIMENSIONS = 200, 384
WORDS, OWN_WORDS, PAIRS, COMMON_PAIRS = 8_000, 100, 40, 4_000
SENTENCE = "the of and a to in we is for that on with this are by as from our an be it which can at these have both their its or"
SMALL = tuple(SENTENCE.split())
CONSONANTS, VOWELS = "bcdfglmnprstvzkw", "aeiou"


@dataclass(frozen=True)
class World:
    """Where papers and texts come from; `dimensions` 0 gives none a vector."""

    dimensions: int = DIMENSIONS
    seed: int = 7
    rng: np.random.Generator = field(init=False)
    words: NDArray[np.object_] = field(init=False)
    own: NDArray[np.int64] = field(init=False)
    pairs: NDArray[np.int64] = field(init=False)
    common: NDArray[np.int64] = field(init=False)
    centres: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        syllables = np.array([c + v for c in CONSONANTS for v in VOWELS], dtype=object)
        invented = ["".join(syllables[rng.integers(0, len(syllables), 2 + n % 3)]) for n in range(WORDS)]
        pairs = rng.integers(300, WORDS, (THEMES, PAIRS, 2))
        own = rng.integers(300, WORDS, (THEMES, OWN_WORDS))
        pairs[:, :, 0] = own[:, :PAIRS]
        centres = rng.standard_normal((THEMES, self.dimensions)).astype(np.float32)
        for name, value in {
            "rng": rng,
            "words": np.array([*SMALL, *invented][:WORDS], dtype=object),
            "own": own,
            "pairs": pairs,
            "common": rng.integers(len(SMALL), 2_000, (COMMON_PAIRS, 2)),
            "centres": _unit(centres),
        }.items():
            object.__setattr__(self, name, value)

    def papers(self, count: int, name: str) -> tuple[Paper, ...]:
        """That many papers, about 180 words each; paper i is about theme i modulo 200."""
        return tuple(paper for part in self.in_parts(count, name) for paper in part)

    def in_parts(self, count: int, name: str) -> Iterator[tuple[Paper, ...]]:
        """The same papers, 2,000 at a time."""
        for at in range(0, count, 2_000):
            yield tuple(self._papers(np.arange(at, min(at + 2_000, count)), name))

    def _papers(self, numbers: NDArray[np.int64], name: str) -> Iterator[Paper]:
        theme, shape = numbers % THEMES, (len(numbers), 202)
        text = self._zipf(shape, WORDS)
        said = self.rng.random(shape) < 0.3
        text[said] = self.own[theme[:, None], self._zipf(shape, OWN_WORDS)][said]
        at = self.rng.integers(0, 200, (len(numbers), 42))
        pair = self.common[self._zipf((len(numbers), 42), COMMON_PAIRS)]
        pair[:, :14] = self.pairs[theme[:, None], self._zipf((len(numbers), 14), PAIRS)]
        rows = np.arange(len(numbers))[:, None]
        text[rows, at], text[rows, at + 1] = pair[..., 0], pair[..., 1]
        length = self.rng.integers(140, 200, len(numbers)).tolist()
        for number, words, size in zip(numbers.tolist(), text, length, strict=True):
            yield self._paper(f"{name}:{number:06}", words[:size], number)

    def _paper(self, key: str, text: NDArray[np.int64], number: int) -> Paper:
        words = self.words[text]
        return Paper(
            key=key,
            ids=(key,),
            title=" ".join(words[:10]),
            abstract=" ".join(words[10:]),
            authors=tuple(Author(f"{a.title()} {b.title()}") for a, b in self.words[self.rng.integers(300, WORDS, (4, 2))]),
            published=NOW - timedelta(hours=number % 500),
            categories=(f"cs.{number % 40}",),
            facts=Facts(votes=number * number % 101),
        )

    def vectors(self, themes: NDArray[np.int64], noise: float = 1.0) -> NDArray[np.float16]:
        """Unit vectors about these themes: with a noise of 1, two of one theme have a cosine near 0.5."""
        out = np.empty((len(themes), self.dimensions), dtype=np.float16)
        for at in range(0, len(themes), 10_000):
            chosen = self.centres[themes[at : at + 10_000]]
            drawn = self.rng.standard_normal(chosen.shape, dtype=np.float32) * np.float32(noise / max(self.dimensions, 1) ** 0.5)
            out[at : at + 10_000] = _unit(chosen + drawn)
        return out

    def texts(self, count: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """That many distinct texts of three words or more, and the theme of each."""
        theme = self.rng.integers(0, THEMES, count)
        chosen = self.own[theme[:, None], self._zipf((count, 6), OWN_WORDS)]
        chosen[:, 3:] = self._zipf((count, 3), WORDS)
        lengths = self.rng.integers(3, 7, count).tolist()
        seen: dict[str, None] = {}
        for number, (row, length) in enumerate(zip(chosen, lengths, strict=True)):
            text = " ".join(self.words[row[:length]])
            seen[text if text not in seen else f"{text} {self.words[number % WORDS]} {self.words[number // WORDS]} again"] = None
        assert len(seen) == count
        return tuple(seen), theme

    def _zipf(self, shape: tuple[int, int], size: int) -> NDArray[np.int64]:
        """Numbers under `size`, the chance of the n-th falling as 1 / n."""
        numbers = np.exp(self.rng.random(shape) * np.log(size)).astype(np.int64) - 1
        return np.asarray(np.minimum(numbers, size - 1), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Readers as numbers; `profiles` makes them when they are needed, so that a hundred thousand take no room."""

    likes: tuple[str, ...]
    texts: tuple[str, ...]
    liked: NDArray[np.int32]
    sizes: NDArray[np.int64]
    topics: NDArray[np.int32]

    def profiles(self) -> Iterator[Profile]:
        """Each reader in turn."""
        for liked, size, topics in zip(self.liked, self.sizes.tolist(), self.topics.tolist(), strict=True):
            keys = tuple(self.likes[n] for n in liked[:size].tolist())
            yield Profile(interests=(Interest(topics=tuple(self.texts[n] for n in topics), liked=keys),), limit=15)


def invented_readers(world: World, count: int, likes: tuple[str, ...], texts: tuple[str, ...], *, mixed: bool) -> Readers:
    """Readers with two texts and ten liked papers each, or one to twenty where `mixed`; distinct texts are given out once each."""
    rng, most = world.rng, 20 if mixed else 10
    themes = rng.integers(0, THEMES, (count, 3))[np.arange(count)[:, None], rng.integers(0, 3, (count, most))]
    rank = (rng.random((count, most)) ** 2 * (len(likes) // THEMES)).astype(np.int64)
    sizes = rng.integers(1, 21, count) if mixed else np.full(count, most)
    each = np.arange(2 * count) % len(texts)
    topics = each.reshape(count, 2) if len(texts) >= 2 * count else rng.permuted(each).reshape(count, 2)
    liked = _distinct((rank * THEMES + themes).astype(np.int32), len(likes), rng)
    return Readers(likes=likes, texts=texts, liked=liked, sizes=sizes, topics=topics.astype(np.int32))


def keyed(papers: tuple[Paper, ...], vectors: NDArray[np.float16]) -> Mapping[str, NDArray[np.float16]]:
    """The vector of each paper by its key; none without dimensions."""
    return {paper.key: vector for paper, vector in zip(papers, vectors, strict=True)} if vectors.shape[1] else {}


def _distinct(rows: NDArray[np.int32], size: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """The rows with what stands twice in one drawn again, from all numbers under `size`."""
    while True:
        rows = np.sort(rows, axis=1)
        again = np.flatnonzero((rows[:, 1:] == rows[:, :-1]).ravel())
        if not len(again):
            return rng.permuted(rows, axis=1)
        width = rows.shape[1] - 1
        rows[again // width, again % width + 1] = rng.integers(0, size, len(again))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    out: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return out
