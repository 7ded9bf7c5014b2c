"""Topics: how well a paper answers a text in the reader's own words; one term for each distinct text."""

from __future__ import annotations

import numpy as np

from .block import Block
from .lexical import Floats, bm25, likeness
from .signal import Terms, Use
from .text import query

MIX = (1.0, 0.25, 0.25)
"""BM25, tf-idf and dense likeness, each in its own spreads; measured on topic texts alone (`cultag`, `arx`)."""


def topics(block: Block) -> Terms:
    """Every topic text against every document. Beside liked papers a text counts less: they say more as they grow."""
    number = {topic: term for term, topic in enumerate(block.topics)}
    uses = [
        Use(row, number[topic], _trust(sum(key in block.library for key in interest.liked)))
        for row, profile in enumerate(block.profiles)
        for interest in profile.interests
        for topic in dict.fromkeys(interest.topics)
    ]
    return Terms(raw=_match(block), uses=tuple(uses), spread=0.25, note=lambda term, _: f"topic {block.topics[term]!r}")


def _match(block: Block) -> Floats:
    if not block.topics:
        return np.zeros((0, block.size), dtype=np.float32)
    answers = bm25(block.corpus, [query(topic) for topic in block.topics], block.background)[:, : block.size]
    places = np.arange(len(block.documents), len(block.documents) + len(block.topics))
    lexical = likeness(block.lexical.rows(places), block.lexical.rows(slice(0, block.size)))
    dense = block.space.dense[places] @ block.space.dense[: block.size].T
    parts = (_spread(answers, 0.5, block), _spread(lexical, 0.01, block), _spread(dense, 0.01, block))
    out: Floats = np.tensordot(np.array(MIX, dtype=np.float32), np.stack(parts), axes=1)
    return out


def _spread(raw: Floats, least: float, block: Block) -> Floats:
    usual = raw[:, block.background]
    out: Floats = (raw - usual.mean(axis=1, keepdims=True)) / np.maximum(usual.std(axis=1, keepdims=True), np.float32(least))
    return out


def _trust(liked: int) -> float:
    return 1.0 if liked <= 2 else 0.5 if liked <= 8 else 0.25
