"""Keywords and muted phrases: whether some words stand side by side in a paper, in any case, number or hyphenation."""

from __future__ import annotations

import numpy as np

from .block import Block
from .corpus import Ints
from .signal import Terms, Use
from .text import phrase

IN_TITLE = 1.5
"""A keyword in the title against one in the abstract; saying it more often gains nothing."""


def keywords(block: Block) -> Terms:
    """Each distinct keyword: 0 where a document does not have it, 1 in the abstract, 1.5 in the title."""
    names = tuple(dict.fromkeys(keyword for profile in block.profiles for keyword in profile.keywords))
    raw = np.zeros((len(names), block.size), dtype=np.float32)
    for term, name in enumerate(names):
        anywhere, titled = _holders(block, name)
        raw[term, anywhere], raw[term, titled] = 1.0, IN_TITLE
    uses = [Use(row, names.index(k)) for row, profile in enumerate(block.profiles) for k in dict.fromkeys(profile.keywords)]

    def note(term: int, document: int) -> str:
        where = {0.0: "no keyword ", IN_TITLE: "keyword in the title "}.get(float(raw[term, document]), "keyword ")
        return f"{where}{names[term]!r}"

    return Terms(raw=raw, uses=tuple(uses), spread=0.05, note=note)


def muted(block: Block) -> tuple[dict[int, str], ...]:
    """For each profile, the columns of the papers it mutes and the first phrase that does it.

    A phrase mutes by standing in title or abstract, or by being one of the paper's categories.
    """
    columns: dict[str, Ints] = {}
    for name in dict.fromkeys(name for profile in block.profiles for name in profile.muted):
        holds = np.zeros(block.size, dtype=bool)
        holds[_holders(block, name)[0]] = True
        columns[name] = np.flatnonzero((holds | block.filed_under(name))[block.candidates])
    return tuple(
        {int(column): name for name in reversed(profile.muted) for column in columns[name].tolist()} for profile in block.profiles
    )


def _holders(block: Block, name: str) -> tuple[Ints, Ints]:
    """The documents with that phrase, and those of them with it in the title."""
    corpus = block.corpus
    found = corpus.find(phrase(name))
    documents = corpus.document[found].astype(np.int64)
    inside = documents < block.size
    return documents[inside], documents[inside & (found < corpus.body[documents])]
