"""Ranking: which of the new papers a reader should see first, and why.

`survey` prepares the `Ground`, which all readers of a ranking share; `order` scores a block of profiles against its papers; `pick` chooses
one profile's papers, and `passed_over` returns the rest, best first. `pick_edition` orders a list that is the same for everybody.
A signal is one file here: a function that returns levels (`signal.Terms`); its weight is in `ordering.SIGNALS`.

    row         one interest of one profile                          column      one paper: first the ranked ones, then the sample
    usual       what is typical of the sample, from the catalog's last month; 0 on every scale
    level       a paper's distance from the usual in spreads (standard deviations), at least −3; high ones are
                compressed, to stay below 9 (for topics below 12)
    term        one thing a signal looks at, such as one followed author; each row uses some terms
    own papers  what readers liked, disliked or have in their libraries; "place" is an index among them
    flat        the dense vector of a paper, beside its lexical (word) vector: learned (LSA) dimensions, then a model's
"""

from .choosing import Listed, is_answer, is_in_part, is_near, names_a_topic, passed_over, pick, pick_edition, tells_the_same
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
    "names_a_topic",
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
