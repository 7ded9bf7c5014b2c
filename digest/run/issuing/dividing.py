"""Divide papers among the letters of one person: a paper that several of them would show is shown by one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from typing import Protocol, TypeVar

from ...model import Issue, Section


class Made(Protocol):
    """Anything that holds an issue."""

    @property
    def issue(self) -> Issue: ...


Letter = TypeVar("Letter", bound=Made)


def divided(numbers: Sequence[int], make: Callable[[int, Set[str]], Letter], work: Callable[[str], Hashable]) -> Mapping[int, Letter]:
    """The letters of one person, by number, no two of which show the same work.

    `make` makes the letter of a number without the works that have these keys; `work` gives the same value for all keys of one work.

    If several letters would show a work, it stays with one that follows an author of it, else with the one where it scores most; of
    equals, with the first. The others are made again without it, and what they show instead is divided in the same way, so in each round
    letters lose more keys, until no work is shown twice. A letter that is held back shows nothing, and takes nothing from the others.
    """
    made = {number: make(number, frozenset()) for number in numbers}
    lost: dict[int, set[str]] = {number: set() for number in numbers}
    while given_up := _keys_to_give_up(made, work):
        for number, keys in given_up.items():
            lost[number] |= keys
            made[number] = make(number, lost[number])
    held = next((number for number in numbers if lost[number] and made[number].issue.held), None)
    if held is None:
        return made
    others = divided([number for number in numbers if number != held], make, work)
    return {**others, held: make(held, {key for one in others.values() for key in shown_by(one.issue)})}


def shown_by(issue: Issue) -> set[str]:
    """The keys of the papers that this issue shows to its reader."""
    return set() if issue.held else {pick.paper.key for pick in issue.picks}


def _keys_to_give_up(made: Mapping[int, Made], work: Callable[[str], Hashable]) -> Mapping[int, Set[str]]:
    """The keys that each letter must give up because another has a better claim; letters that keep everything are left out."""
    if len(made) < 2:
        return {}
    best: dict[Hashable, tuple[tuple[bool, float, int], int]] = {}
    for number, one in made.items():
        for pick in () if one.issue.held else one.issue.picks:
            claim, its = ((pick.section is Section.FOLLOWED, pick.score, -number), number), work(pick.paper.key)
            best[its] = max(claim, best.get(its, claim))
    found = {number: {key for key in shown_by(one.issue) if best[work(key)][1] != number} for number, one in made.items()}
    return {number: keys for number, keys in found.items() if keys}
