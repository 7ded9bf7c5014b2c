"""The scale of levels: spreads above the usual, bent where they are many, so that no single number is beyond measure."""

from __future__ import annotations

import numpy as np

from .sparse import Floats

LOWEST = -3.0
"""Levels go no lower."""


BEND = 4.5
"""From here on levels grow ever less: they stay below twice as much."""


def bend(levels: Floats, start: float = BEND) -> None:
    """Bend, in place and smoothly, what is above `start`: 2 start − start² / number.

    The better paper stays the better one. A word that the background hardly knows gives dozens of spreads, and means no more than ten.
    """
    np.maximum(levels, np.float32(LOWEST), out=levels)
    flat = levels.reshape(-1)
    high = np.flatnonzero(flat > start)
    flat[high] = np.float32(2 * start) - np.float32(start**2) / flat[high]
