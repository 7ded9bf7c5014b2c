"""The signal of liked papers: a paper scores by being more like the reader's liked papers than the catalog's; one term per interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

import numpy as np

from ..model import Interest
from .ground import Ground, NegativeSide
from .ridge import Example, Fit, fit
from .rows import Rows
from .signal import Parts, Terms, Uses, standardise
from .sparse import Floats, Transposed

SPREAD = 0.03
"""The least spread that is believed. No reader of `cul` or `arx` has less; one liked paper usually gives .04. Sixty papers about everything
give .01, which means nothing."""

DISLIKES_ALONE, SPREAD_ALONE = 0.5, 0.4
"""The weight of dislikes without any like, and their least spread, about as far as a paper like the disliked one falls below the usual.

Similarity to a single paper usually has a spread of .02: with that, everything somewhat near would be at the bottom (bench/README.md).
"""

MOST, MOST_DISLIKED = 2_000, 500
"""The most liked and disliked papers of an interest to learn from, the newest of each: solving takes memory as the square of their number
and time as its cube. Two thousand take a second; seventeen thousand took minutes and 8 GB, and held up everybody's run."""

TITLE = 70
"""Characters of a title in a reason; enough, as the reader knows the paper."""


def liked(ground: Ground, rows: Rows) -> Terms:
    """One term for every interest with a known liked or disliked paper: its decision function, as levels."""
    examples = [example_of(ground, interest) for interest in rows.interests]
    told = [row for row, example in enumerate(examples) if example.said]
    chosen = [examples[row] for row in told]
    raw = np.zeros((len(told), len(ground.columns)), dtype=np.float32)
    fits: dict[int, tuple[NegativeSide, Fit, int]] = {}
    sides = [ground.side(len(example.liked)) for example in chosen]
    for side in dict.fromkeys(sides):
        places = [place for place, its in enumerate(sides) if its is side]
        fitted, raw[places] = decision(ground, side, [chosen[place] for place in places])
        fits |= {place: (side, fitted, number) for number, place in enumerate(places)}

    own = [_found(ground.sampled, example.said) for example in chosen]
    least = np.array([[SPREAD if example.liked else SPREAD_ALONE] for example in chosen], dtype=np.float32)
    standard = standardise(raw, ground, least, own)

    @cache
    def vectors_and_note(term: int) -> tuple[Transposed, Floats, Callable[[int, bool], str]]:
        own = ground.own.rows(np.array(chosen[term].said, dtype=np.int64))
        return own.lexical.transposed(), own.taken(slice(None)), _notes(ground, chosen[term])

    def parts(term: int, column: int) -> Parts:
        """What each paper of an example adds to the level of one column: its coefficient times K, the similarity of the two papers."""
        (side, fitted, number), (words, flat, note) = fits[term], vectors_and_note(term)
        own = fitted.own[fitted.start[number] : fitted.start[number + 1]] * standard.slope(term, column)
        near = words.dot(ground.space.lexical.rows(slice(column, column + 1)))
        near = near + flat @ (ground.space.flat[column] * side.factor.scale)
        return Parts((own * near).tolist(), lambda place: note(place, bool(near[place] < 0)), len(chosen[term].liked))

    factors = [1.0 if example.liked else DISLIKES_ALONE for example in chosen]
    uses = Uses.of(told, range(len(told)), factors)
    level = standard.level
    return Terms(level=level, uses=uses, note=lambda term, column: "your liked papers", parts=parts, rest="less what any paper gets")


def example_of(ground: Ground, interest: Interest) -> Example:
    """An interest's liked and disliked papers as places, at most the first `MOST` and `MOST_DISLIKED`.

    Unknown keys are left out; a paper that is both liked and disliked counts as liked.
    """
    every = ground.places(interest.liked)
    among, likes = set(every), every[:MOST]
    dislikes = tuple(place for place in ground.places(interest.disliked) if place not in among)[:MOST_DISLIKED]
    return Example(likes, dislikes, _found(ground.named, likes + dislikes))


def _found(numbers: Mapping[int, int], places: Sequence[int]) -> tuple[int, ...]:
    """The numbers of those places that have one."""
    return () if numbers.keys().isdisjoint(places) else tuple(numbers[place] for place in places if place in numbers)


def decision(ground: Ground, side: NegativeSide, examples: Sequence[Example]) -> tuple[Fit, Floats]:
    """The solution for each example, and (examples, columns) Σ a K: its decision function at the columns, without the constant."""
    said = np.array([place for example in examples for place in example.said], dtype=np.int64)
    fitted = fit(ground.own, side.factor, examples, side.across(said))
    out: Floats = fitted.shared @ side.reach.T
    side.near.add(out, fitted.start, said, fitted.own.astype(np.float32))
    return fitted, out


@lru_cache(maxsize=1 << 14)  # a reader has it at each paper of an issue
def note_on(title: str, verb: str = "liked", word: str = "near") -> str:
    """The note of a reason: the paper is near (or unlike) one that the reader liked or disliked.

    A long title is cut between two words, and never within a formula, which would be unreadable.
    """
    short = title if len(title) <= TITLE else f"{_beginning(title).rstrip(' ,;:–-')}…"
    return f"{word} {short!r}, which you {verb}"


def _beginning(title: str) -> str:
    head = title[:TITLE].rsplit(" ", 1)[0]
    opened = head.rfind("$") if head.count("$") % 2 else 0
    return head[:opened] if opened > TITLE // 2 else head  # an early unpaired "$" is a price, not a formula


def _notes(ground: Ground, example: Example) -> Callable[[int, bool], str]:
    """A function that makes the note for the n-th paper of an example, given whether it is unlike the scored paper."""
    titles = [ground.titles[place] for place in example.said]
    likes = len(example.liked)
    return lambda place, is_far: note_on(titles[place], "liked" if place < likes else "disliked", "unlike" if is_far else "near")
