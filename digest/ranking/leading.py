"""The best papers of many readers at once, without sorting all of them."""

from __future__ import annotations

import numpy as np

from .sparse import Floats
from .words import Ints

GROUP = 32


def leading(scores: Floats, count: int) -> Ints:
    """(rows, count) the columns of each row's highest scores, best first; of equal ones the first column.

    The `count` best groups of papers hold a bound that the `count` best papers reach, and few others do.
    """
    rows, papers = scores.shape
    groups = papers // GROUP
    if groups < 2 * count:
        return np.argsort(-scores, axis=1, kind="stable")[:, :count]
    best = scores[:, : groups * GROUP].reshape(rows, groups, GROUP).max(axis=2)
    bound = np.partition(best, groups - count, axis=1)[:, groups - count, None]
    row, column = np.divmod(np.flatnonzero(scores >= bound), papers)
    order = np.lexsort((column, -scores[row, column], row))
    start = np.searchsorted(row, np.arange(rows))
    found: Ints = column[order[start[:, None] + np.arange(count)]]
    return found
