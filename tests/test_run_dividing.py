"""Which of the letters of one person shows a paper: the division, among letters that take the best of what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Issue, Pick
from digest.run.issuing.dividing import divided, shown_by
from tests.builders import a_paper
from tests.rendering_builders import an_issue

Wants = Mapping[str, float]
LIMIT = 2
SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9).map(float))


@dataclass(frozen=True)
class Letter:
    issue: Issue


def letters(*wants: Wants, above: Sequence[float] = (-1, -1, -1)) -> list[set[str]]:
    """What each letter shows: the best two by its scores that it may show, if one scores above its bound; "A" is the work "a"."""

    def make(number: int, lost: Set[str]) -> Letter:
        gone = {key.lower() for key in lost}
        best = sorted((-score, key) for key, score in wants[number].items() if key.lower() not in gone)[:LIMIT]
        picks = [Pick(paper=a_paper(key), score=-score) for score, key in best]
        return Letter(an_issue(*picks, held=not any(pick.score > above[number] for pick in picks)))

    found = divided(range(len(wants)), make, str.lower)
    return [shown_by(found[number].issue) for number in range(len(wants))]


def test_a_paper_stands_where_it_scores_most_and_of_equals_in_the_first() -> None:
    assert letters({"a": 5, "b": 3, "c": 1}, {"a": 6, "b": 3, "d": 1}) == [{"b", "c"}, {"a", "d"}]


def test_a_work_stands_once_though_each_letter_has_another_listing_of_it() -> None:
    assert letters({"A": 5, "b": 3, "a": 2, "c": 1}, {"a": 6, "d": 1}) == [{"b", "c"}, {"a", "d"}]


def test_what_fills_a_place_that_was_given_up_is_divided_too() -> None:
    assert letters({"a": 5, "b": 9, "c": 2, "d": 1}, {"a": 9, "b": 5, "c": 4}) == [{"b", "d"}, {"a", "c"}]


def test_a_letter_that_is_held_as_its_best_stands_elsewhere_takes_nothing_from_the_others() -> None:
    assert letters({"a": 35, "b": 12}, {"a": 40, "b": 10}, above=(30, -1)) == [set(), {"a", "b"}]


@given(st.lists(SCORES, max_size=3))
def test_no_paper_stands_twice_and_nobody_lacks_one_that_stands_nowhere_or_where_it_scores_less(wants: list[Wants]) -> None:
    found = letters(*wants)

    shown = [key for keys in found for key in keys]
    assert len(shown) == len(set(shown))
    assert [lack for number in range(len(wants)) if (lack := _lacking(wants, found, number))] == []


@given(st.lists(SCORES, max_size=3), st.tuples(*[st.integers(0, 9)] * 3))
def test_a_letter_is_held_only_while_all_above_its_bound_stands_elsewhere(wants: list[Wants], above: tuple[int, int, int]) -> None:
    found = letters(*wants, above=above)

    shown = {key for keys in found for key in keys}
    high = [{key for key, score in each.items() if score > bound} for each, bound in zip(wants, above, strict=False)]
    assert [keys - shown for keys, theirs in zip(high, found, strict=True) if not theirs and keys - shown] == []


def _lacking(wants: Sequence[Wants], found: Sequence[Set[str]], number: int) -> set[str]:
    """What a letter would rather show than what it shows, and no other shows with more right."""
    mine = wants[number]
    least = min((mine[key] for key in found[number]), default=-1) if len(found[number]) == LIMIT else -1
    taken = {key for n, keys in enumerate(found) for key in keys if n != number and wants[n][key] >= mine.get(key, -1)}
    return {key for key, score in mine.items() if score > least} - taken - found[number]
