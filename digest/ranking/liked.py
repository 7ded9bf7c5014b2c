"""Liked papers: a paper scores by its place between what the reader liked and what the catalog holds; one term for each interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

import numpy as np

from ..model import Interest
from .ground import Ground, Side
from .ridge import Example, Fit, fit
from .rows import Rows
from .signal import Parts, Terms, Uses, standardise
from .sparse import Crossed, Floats

SPREAD = 0.03
"""No reader of `cul` or `arx` has less, with one liked paper .04 is usual; sixty papers about everything have .01, and it means nothing."""

DISLIKES_ALONE, SPREAD_ALONE = 0.5, 0.4
"""How much dislikes without a like count, and their least spread: a paper like the disliked one falls about so far below the usual.

Of nearness to one paper alone the usual spread is .02: by it, all that is somewhat near would lie at the bottom (bench/README.md).
"""

MOST, MOST_DISLIKED = 2_000, 500
"""Papers of an interest that teach it, liked and disliked ones, the newest of each: what is solved takes the square of their number in
memory and its cube in time. Two thousand take a second, seventeen thousand took minutes and 8 GB, of everybody's run."""

TITLE = 70
"""Letters of a title in a reason: it is one the reader knows."""


def liked(ground: Ground, rows: Rows) -> Terms:
    """The decision function of every interest with a known liked or disliked paper."""
    examples = [example_of(ground, interest) for interest in rows.interests]
    told = [row for row, example in enumerate(examples) if example.said]
    chosen = [examples[row] for row in told]
    raw = np.zeros((len(told), len(ground.columns)), dtype=np.float32)
    fits: dict[int, tuple[Side, Fit, int]] = {}
    sides = [ground.side(len(example.liked)) for example in chosen]
    for side in dict.fromkeys(sides):
        places = [place for place, its in enumerate(sides) if its is side]
        fitted, raw[places] = decision(ground, side, [chosen[place] for place in places])
        fits |= {place: (side, fitted, number) for number, place in enumerate(places)}

    own = [_found(ground.sampled, example.said) for example in chosen]
    least = np.array([[SPREAD if example.liked else SPREAD_ALONE] for example in chosen], dtype=np.float32)
    standard = standardise(raw, ground, least, own)

    @cache
    def said(term: int) -> tuple[Crossed, Floats, Callable[[int, bool], str]]:
        own = ground.own.rows(np.array(chosen[term].said, dtype=np.int64))
        return own.lexical.crossed(), own.taken(slice(None)), _notes(ground, chosen[term])

    def parts(term: int, column: int) -> Parts:
        """What each paper of an example adds to the decision function at one paper: its coefficient times K, how near they are."""
        (side, fitted, number), (words, flat, note) = fits[term], said(term)
        own = fitted.own[fitted.start[number] : fitted.start[number + 1]] * standard.slope(term, column)
        near = words.along(ground.space.lexical.rows(slice(column, column + 1)))
        near = near + flat @ (ground.space.flat[column] * side.factor.scale)
        return Parts((own * near).tolist(), lambda place: note(place, bool(near[place] < 0)), len(chosen[term].liked))

    factors = [1.0 if example.liked else DISLIKES_ALONE for example in chosen]
    uses = Uses.of(told, range(len(told)), factors)
    return Terms(level=standard.level, uses=uses, note=lambda term, column: "your liked papers", parts=parts, rest="against other papers")


def example_of(ground: Ground, interest: Interest) -> Example:
    """What an interest's liked and disliked papers are here, the first of each up to `MOST` and `MOST_DISLIKED`.

    Unknown keys are left out, and a paper both liked and disliked is liked.
    """
    every = ground.places(interest.liked)
    among, likes = set(every), every[:MOST]
    dislikes = tuple(place for place in ground.places(interest.disliked) if place not in among)[:MOST_DISLIKED]
    return Example(likes, dislikes, _found(ground.named, likes + dislikes))


def _found(numbers: Mapping[int, int], places: Sequence[int]) -> tuple[int, ...]:
    """The numbers of the places that have one."""
    return () if numbers.keys().isdisjoint(places) else tuple(numbers[place] for place in places if place in numbers)


def decision(ground: Ground, side: Side, examples: Sequence[Example]) -> tuple[Fit, Floats]:
    """What is solved for each example, and (examples, columns) Σ a K: its decision function at these papers, without its constant."""
    said = np.array([place for example in examples for place in example.said], dtype=np.int64)
    fitted = fit(ground.own, side.factor, examples, side.across(said))
    out: Floats = fitted.shared @ side.reach.T
    side.near.add(out, fitted.start, said, fitted.own.astype(np.float32))
    return fitted, out


@lru_cache(maxsize=1 << 14)  # a reader has it at each paper of an issue
def note_on(title: str, verb: str = "liked", word: str = "near") -> str:
    """What is said of a paper that is near one the reader liked or disliked, or unlike it.

    A long title is cut between two words, and not within a formula, which nobody could read then.
    """
    short = title if len(title) <= TITLE else f"{_beginning(title).rstrip(' ,;:–-')}…"
    return f"{word} {short!r}, which you {verb}"


def _beginning(title: str) -> str:
    head = title[:TITLE].rsplit(" ", 1)[0]
    opened = head.rfind("$") if head.count("$") % 2 else 0
    return head[:opened] if opened > TITLE // 2 else head  # an early one without its other half is a price


def _notes(ground: Ground, example: Example) -> Callable[[int, bool], str]:
    """How to say what each paper of an example adds, and whether it is unlike the one that is scored."""
    titles = [ground.titles[place] for place in example.said]
    likes = len(example.liked)
    return lambda place, is_far: note_on(titles[place], "liked" if place < likes else "disliked", "unlike" if is_far else "near")
