"""Liked papers: a paper scores by its place between what the reader liked and what the catalog holds; one term for each interest."""

from __future__ import annotations

import numpy as np

from ..model import Interest
from .block import Block
from .ridge import Example, decision, fit
from .signal import Terms, Use

SHOWN = 3
"""Liked papers named in one explanation; the others are one reason together."""

DISLIKES_ALONE = 0.5

SPREAD = 0.03
"""No reader of `cul` or `arx` has less, with one liked paper .04 is usual; sixty papers about everything have .01, and it means nothing."""


def liked(block: Block) -> Terms:
    """The decision function of every interest with a known liked or disliked paper."""
    uses: list[Use] = []
    examples: list[Example] = []
    for row, profile in enumerate(block.profiles):
        for interest in profile.interests:
            example = _example(block, interest)
            if len(example.documents):
                uses.append(Use(row, len(examples), 1.0 if len(example.liked) else DISLIKES_ALONE))
                examples.append(example)
    if not examples:
        return Terms(raw=np.zeros((0, block.size), dtype=np.float32), uses=(), spread=SPREAD, note=_nothing)
    fitted = fit(block.space, examples, block.negatives)

    def parts(term: int, document: int) -> tuple[tuple[str, float], ...]:
        example, own = examples[term], fitted.own[term]
        shares = own * block.space.near(example.documents, document)
        return _told(block, example, shares.tolist())

    return Terms(
        raw=decision(block.space, examples, block.negatives, fitted, slice(0, block.size)),
        uses=tuple(uses),
        spread=SPREAD,
        note=_nothing,
        own=tuple(example.documents for example in examples),
        parts=parts,
        rest="the shared background",
    )


def _example(block: Block, interest: Interest) -> Example:
    likes = dict.fromkeys(block.library[key] for key in interest.liked if key in block.library)
    dislikes = dict.fromkeys(block.library[key] for key in interest.disliked if key in block.library)
    return Example(np.array(list(likes), dtype=np.int64), np.array([d for d in dislikes if d not in likes], dtype=np.int64))


def _told(block: Block, example: Example, shares: list[float]) -> tuple[tuple[str, float], ...]:
    titles = [block.documents[document].title for document in example.documents]
    verbs = ["liked"] * len(example.liked) + ["disliked"] * len(example.disliked)
    ranked = sorted(zip(shares, titles, verbs, strict=True), key=lambda line: -abs(line[0]))
    named = [(f"near {title!r}, which you {verb}", share) for share, title, verb in ranked[:SHOWN]]
    others = ranked[SHOWN:]
    if others:
        what = "other paper you judged" if len(others) == 1 else "other papers you judged"
        named.append((f"{len(others)} {what}", sum(share for share, _, _ in others)))
    return tuple(named)


def _nothing(term: int, document: int) -> str:
    return "your liked papers"
