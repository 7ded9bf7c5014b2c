"""The scale of levels: spreads above the usual, with high ones compressed, so that no single level dominates a score."""

from __future__ import annotations

import numpy as np

from .sparse import Floats
from .texts.words import Flags

LOWEST = -3.0
"""The lowest level."""

BEND = 4.5
"""Levels above this are compressed, and stay below twice this."""

CERTAIN, CERTAIN_BESIDE = 9.0, 7.0
"""Levels from which a paper is on a topic without doubt; the second number is for a topic beside liked papers, as that below is."""

FAINT, FAINT_BESIDE = 0.0, 0.6
"""What remains of a level that hardly differs from the usual, relative to one without doubt."""

AT_A_TIME = 16
"""Topics that are shrunk together: their levels lie in the processor's cache."""


def bend(levels: Floats, start: float = BEND) -> None:
    """Compress levels above `start` in place, smoothly and keeping their order: 2 start − start² / level; raise those below LOWEST to it.

    A word that the background hardly knows gives dozens of spreads, which mean no more than ten.
    """
    np.maximum(levels, np.float32(LOWEST), out=levels)
    flat = levels.reshape(-1)
    high = np.flatnonzero(flat > start)
    flat[high] = np.float32(2 * start) - np.float32(start**2) / flat[high]


def sharpen(levels: Floats, alone: Flags) -> None:
    """Shrink (topics, papers) levels in place, so that their sum over several topics is led by the clearest.

    `alone` (topics,): with few liked papers or none. Else a paper that is somewhat near to each of three topics comes before one that is
    clearly about one of them. Alone, levels between 0 and CERTAIN shrink to level⁴ / CERTAIN³: how often readers want a paper grows with
    about the fourth power of its level, up to there. Beside liked papers FAINT_BESIDE of a level stays whatever it is (bench/README.md,
    "Several topics").
    """
    certain = np.where(alone, np.float32(CERTAIN), np.float32(CERTAIN_BESIDE))[:, None]
    lost = 1 - np.where(alone, np.float32(FAINT), np.float32(FAINT_BESIDE))[:, None]
    for at in range(0, len(levels), AT_A_TIME):
        some = slice(at, at + AT_A_TIME)
        above = np.maximum(levels[some], np.float32(0))
        share = np.minimum(above, certain[some])
        share *= share * share
        share *= lost[some] / certain[some] ** 3
        share -= lost[some]
        share *= above
        levels[some] += share
