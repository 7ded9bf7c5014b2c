"""Round a score and its reasons to whole numbers that still add up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import floor, fsum
from operator import itemgetter, sub

from ..model import Pick, Reason

WORTH_A_WORD = 3
"""Points from which a reason is always told by itself: "published 5 days ago −1" helps nobody."""
MOST = 4
"""Reasons that are told at a glance; `digest explain` tells more of them."""
_LIKED = re.compile(r"near (['\"]).*\1, which you liked", re.DOTALL)  # Python's repr uses double quotes around an apostrophe
_ALL_LIKED_NOTE = "your liked papers"  # the ranking's reason for many liked papers with few points each
_OTHERS_NOTE = "other reasons"
_points = itemgetter(1)


def in_tenths(reasons: Sequence[Reason], score: float) -> tuple[tuple[str, float], ...]:
    """Each reason's note with its points to a tenth, in order; they sum to the score to a tenth.

    Reasons that round to nothing are left out, and liked papers that give less than a point each are joined into one reason.
    """
    tenths = _whole([10 * reason.points for reason in reasons], floor(10 * score + 0.5))
    told = [(reason.note, number) for reason, number in zip(reasons, tenths, strict=True) if number]
    small = [(note, number) for note, number in told if abs(number) < 10 and _LIKED.fullmatch(note)]
    if len(small) > 1:
        told = [pair for pair in told if pair not in small]
        told += _together(small, told)
        told.sort(key=lambda pair: -abs(pair[1]))
    return tuple((note, number / 10) for note, number in told)


def whole(pick: Pick) -> tuple[int, list[tuple[str, int]]]:
    """The score as shown, rounded half up, and each reason's note with whole points, largest first, which sum to it.

    The score is the sum of the reasons if there are any; rounding is by the method of largest remainders. Reasons that round to nothing are
    left out. Those beyond the four weightiest are joined into one, which stands last, with those that come to almost nothing; liked papers
    among them become one of their own.
    """
    exact = [reason.points for reason in pick.reasons]
    score = floor((fsum(exact) if exact else pick.score) + 0.5)
    return score, _told(pick.reasons, _whole(exact, score))


def _told(reasons: Sequence[Reason], numbers: list[int]) -> list[tuple[str, int]]:
    strong: list[tuple[str, int]] = []
    small: list[tuple[str, int]] = []
    for reason, points in zip(reasons, numbers, strict=True):
        if -WORTH_A_WORD < points < WORTH_A_WORD or reason.signal == "other":
            if points:
                small.append((reason.note, points))
        else:
            strong.append((reason.note, points))
    if len(strong) > MOST:
        strong.sort(key=lambda pair: -abs(pair[1]))
        small += strong[MOST:]
        del strong[MOST:]
    joined = _together(small, strong) if len(small) > 1 else small
    rest = [joined.pop()] if joined and joined[-1][0] == _OTHERS_NOTE else []
    told = strong + joined
    told.sort(key=_points, reverse=True)
    return told + rest


def _together(small: list[tuple[str, int]], strong: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """These reasons joined into one. Several liked papers among them become a reason of their own, or join the one in `strong`."""
    likes = [points for note, points in small if note == _ALL_LIKED_NOTE or (note.startswith("near ") and _LIKED.fullmatch(note))]
    near, rest = sum(likes), sum(map(_points, small))
    place = [note for note, _ in strong].index(_ALL_LIKED_NOTE) if likes and (_ALL_LIKED_NOTE in dict(strong)) else None
    if place is not None:
        _, points = strong.pop(place)
        told = [(_ALL_LIKED_NOTE, points + near)] if points + near else []
    elif near and len(likes) > 1:
        told = [(_ALL_LIKED_NOTE if _ALL_LIKED_NOTE in dict(small) else _near(len(likes), strong), near)]
    else:
        near, told = 0, []
    return [*told, (_OTHERS_NOTE, rest - near)] if rest - near else told


def _near(count: int, strong: list[tuple[str, int]]) -> str:
    """So many liked papers, which are more of them if one is among the `strong` reasons."""
    if any(_LIKED.fullmatch(note) for note, _ in strong):
        return f"near {count} more papers that you liked"
    return f"near {count} papers that you liked"


def _whole(points: Sequence[float], total: int) -> list[int]:
    """Whole numbers near the points that sum to `total`."""
    floors = [floor(number) for number in points]
    missing = total - sum(floors)
    if missing > 0:
        rests = list(map(sub, points, floors))
        for _ in range(min(missing, len(points))):
            largest = rests.index(max(rests))
            floors[largest] += 1
            rests[largest] = -1.0
    return floors
