"""Ranking: which of the new papers a reader should see first, and why.

`survey` makes what all readers of a ranking share, `order` scores a block of profiles against its papers, `pick` chooses
one profile's papers from that and `passed_over` gives the rest, best first; `pick_edition` orders a list that is the same for everybody.
A signal is one file here: a function that gives levels (`signal.Terms`); its weight stands in `ordering.SIGNALS`.
"""

from .choosing import Listed, is_answer, is_in_part, is_near, passed_over, pick, pick_edition, tells_the_same
from .diverse import spread
from .exploring import from_archive, outside
from .ground import Ground
from .grouping import Grouped, group_likes, with_groups
from .ordering import Ranking, order
from .surveying import Known, sampled_from, survey
from .texts.phrases import mutes
from .texts.words import Flags

__all__ = [
    "Flags",
    "Ground",
    "Grouped",
    "Known",
    "Listed",
    "Ranking",
    "from_archive",
    "group_likes",
    "is_answer",
    "is_in_part",
    "is_near",
    "mutes",
    "order",
    "outside",
    "passed_over",
    "pick",
    "pick_edition",
    "sampled_from",
    "spread",
    "survey",
    "tells_the_same",
    "with_groups",
]
