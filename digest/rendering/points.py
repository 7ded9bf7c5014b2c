"""A score and its reasons as whole numbers that add up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import floor, fsum

from ..model import Pick, Reason

WORTH_A_WORD = 3
"""Points from which a reason is always told by itself: "published 5 days ago −1" helps nobody."""


_LIKED = re.compile(r"near '.*', which you liked", re.DOTALL)
MOST = 4
"""Reasons that are told at a glance; `digest explain` tells all of them."""


def whole_score(pick: Pick) -> int:
    """The score as it is shown: a whole number, halves up; the sum of the reasons where there are any."""
    return floor((fsum(reason.points for reason in pick.reasons) if pick.reasons else pick.score) + 0.5)


def in_tenths(reasons: Sequence[Reason], score: float) -> tuple[tuple[Reason, float], ...]:
    """Each reason with its points to a tenth, in their order; they sum to the score to a tenth. What comes to nothing is left out."""
    tenths = _whole([10 * reason.points for reason in reasons], floor(10 * score + 0.5))
    return tuple((reason, number / 10) for reason, number in zip(reasons, tenths, strict=True) if number)


def whole_points(reasons: Sequence[Reason], score: int) -> tuple[tuple[Reason, int], ...]:
    """Each reason with its points as a whole number, largest first; the numbers sum to `score` (method of largest remainders).

    Reasons that come to nothing are left out. Where there are more than four, or several come to next to nothing, the lesser ones are told
    as one; liked papers among them as one of their own.
    """
    floors = _whole([reason.points for reason in reasons], score)
    shown = [(reason, points) for reason, points in zip(reasons, floors, strict=True) if points]
    strong = sorted((pair for pair in shown if abs(pair[1]) >= WORTH_A_WORD and pair[0].signal != "other"), key=lambda pair: -abs(pair[1]))
    told = strong[: MOST if len(shown) <= MOST else MOST - 1]
    small = [pair for pair in shown if pair not in told]
    if len(small) > 1:
        near = [pair for pair in small if _LIKED.fullmatch(pair[0].note)]
        if len(near) < 2:
            near = []
        likes, rest = sum(points for _, points in near), sum(points for pair in small if pair not in near for points in pair[1:])
        shown = [pair for pair in shown if pair not in small]
        shown += [(Reason("liked", likes, f"near {len(near)} more that you liked"), likes)] * bool(likes)
        shown += [(Reason("other", rest, "other reasons"), rest)] * bool(rest)
    return tuple(sorted(shown, key=lambda pair: -pair[1]))


def _whole(points: Sequence[float], total: int) -> list[int]:
    """Whole numbers near the points that sum to `total`."""
    floors = [floor(number) for number in points]
    for i in sorted(range(len(points)), key=lambda i: (floors[i] - points[i], i))[: total - sum(floors)]:
        floors[i] += 1
    return floors
