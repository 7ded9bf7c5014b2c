"""The scale of levels: spreads above the usual, with high ones compressed, so that no single level dominates a score."""

from __future__ import annotations

import numpy as np

from .sparse import Floats

LOWEST = -3.0
"""The lowest level."""

BEND = 4.5
"""Levels above this are compressed, and stay below twice this."""

CERTAIN = 9.0
"""Levels from which a paper is on a topic without doubt."""


def bend(levels: Floats, start: float = BEND) -> None:
    """Compress levels above `start` in place, smoothly and keeping their order: 2 start − start² / level; raise those below LOWEST to it.

    A word that the background hardly knows gives dozens of spreads, which mean no more than ten.
    """
    np.maximum(levels, np.float32(LOWEST), out=levels)
    flat = levels.reshape(-1)
    high = np.flatnonzero(flat > start)
    flat[high] = np.float32(2 * start) - np.float32(start**2) / flat[high]


def sharpen(levels: Floats) -> Floats:
    """Levels whose sum over several topics is led by the clearest: those between 0 and CERTAIN shrink to level⁴ / CERTAIN³.

    Else a paper that is somewhat near to each of three topics comes before one that is clearly about one of them. How often readers want
    a paper grows with about the fourth power of its level, up to there (bench/README.md, "Several topics").
    """
    sharpened: Floats = levels * np.where(levels > 0, np.minimum(levels / np.float32(CERTAIN), np.float32(1)) ** 3, np.float32(1))
    return sharpened
