"""Which of the letters of one person shows a paper that several of them would."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from typing import Protocol, TypeVar

from ...model import Issue, Section


class Made(Protocol):
    """A letter so far."""

    @property
    def issue(self) -> Issue: ...


Letter = TypeVar("Letter", bound=Made)


def divided(numbers: Sequence[int], make: Callable[[int, Set[str]], Letter], work: Callable[[str], Hashable]) -> Mapping[int, Letter]:
    """The letters of one person, by their numbers, no two of which show the same work; `make` makes one without the works of some keys.

    `work` says of a key what it has in common with those of the same work.

    Of several that would show one, it stays with one which follows an author of it, else with that where it scores most; of equals with
    the first. The others take something else for it, and that is divided in the same way, so each round more keys are lost to a letter,
    until nobody has to give anything. What is held shows nothing, and takes nothing from the others.
    """
    made = {number: make(number, frozenset()) for number in numbers}
    lost: dict[int, set[str]] = {number: set() for number in numbers}
    while beaten := _beaten(made, work):
        for number, keys in beaten.items():
            lost[number] |= keys
            made[number] = make(number, lost[number])
    held = next((number for number in numbers if lost[number] and made[number].issue.held), None)
    if held is None:
        return made
    others = divided([number for number in numbers if number != held], make, work)
    return {**others, held: make(held, {key for one in others.values() for key in shown_by(one.issue)})}


def shown_by(issue: Issue) -> set[str]:
    """The keys of the papers that its reader sees by this issue."""
    return set() if issue.held else {pick.paper.key for pick in issue.picks}


def _beaten(made: Mapping[int, Made], work: Callable[[str], Hashable]) -> Mapping[int, Set[str]]:
    """What each of these letters shows and another has more right to, where there is anything."""
    if len(made) < 2:
        return {}
    best: dict[Hashable, tuple[tuple[bool, float, int], int]] = {}
    for number, one in made.items():
        for pick in () if one.issue.held else one.issue.picks:
            claim, its = ((pick.section is Section.FOLLOWED, pick.score, -number), number), work(pick.paper.key)
            best[its] = max(claim, best.get(its, claim))
    found = {number: {key for key in shown_by(one.issue) if best[work(key)][1] != number} for number, one in made.items()}
    return {number: keys for number, keys in found.items() if keys}
