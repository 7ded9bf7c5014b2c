"""Ranking: which of the new papers a reader should see first, and why.

`order` scores a block of profiles against a block of papers; `pick` chooses one profile's papers from it; `pick_edition` orders a list
that is the same for everybody. A signal is one file here: a function of the block that gives rows of raw numbers (`signal.Terms`); its
weight stands in `ordering.SIGNALS`.
"""

from .choosing import Listed, pick, pick_edition
from .ordering import SIGNALS, Ranking, order
from .signal import Signal, Terms, Use

__all__ = ["SIGNALS", "Listed", "Ranking", "Signal", "Terms", "Use", "order", "pick", "pick_edition"]
