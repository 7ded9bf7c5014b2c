"""Papers that lie far apart, to ask a new reader about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from digest.model import Interest, Paper, Pick, Profile, Section
from digest.ranking import Ranking, order, survey
from digest.ranking.diverse import spread

from .builders import NOON, a_paper
from .ranking_papers import a_crowd

KINDS = {
    "foxes": "vixens dens cubs hunting woods foxes tails",
    "galaxies": "galaxy lensing redshift clusters halo telescope survey",
    "enzymes": "enzymes folding catalysis substrates binding residues kinetics",
}


def kind(name: str, count: int = 4) -> list[Paper]:
    """Papers of one kind: the same words in another order, and one of their own."""
    words = KINDS[name].split()
    return [
        a_paper(f"{name}:{n}", f"{words[n]} {words[n + 1]} number{n}", abstract=" ".join([*words[n:], *words[:n], f"{name}{n} own{n}"]))
        for n in range(count)
    ]


DAY = (*kind("foxes"), *kind("galaxies"), *kind("enzymes"))


def ranked(profile: Profile, papers: tuple[Paper, ...] = DAY) -> Ranking:
    return order(survey(papers, library={}, background=(*a_crowd(320, seed=31), *DAY), now=NOON), [profile])


def found(ranking: Ranking, count: int, *excluded: str, chosen: tuple[str, ...] = (), is_ranked: bool = True) -> tuple[Pick, ...]:
    return spread(ranking, 0, count, chosen=chosen, is_ranked=is_ranked, among=~ranking.among(excluded))


def keys(*asked: Any, **rules: Any) -> list[str]:
    return [pick.paper.key for pick in found(*asked, **rules)]


def test_three_papers_are_of_three_kinds_and_the_best_is_the_first() -> None:
    ranking = ranked(Profile(interests=(Interest(topics=("vixens", "galaxy", "enzymes")),)), (*DAY, *a_crowd(12)))

    picks = found(ranking, 3)

    best = ranking.papers[ranking.best_first(0)[0]].key
    assert (picks[0].paper.key, picks[0].score > 0, len(picks[0].reasons) > 0) == (best, True, True)
    assert {pick.paper.key.partition(":")[0] for pick in picks} == {"foxes", "galaxies", "enzymes"}


def test_they_are_of_the_better_half() -> None:
    ranking = ranked(Profile(interests=(Interest(topics=("vixens foxes",)),)), (*kind("foxes"), *a_crowd(40)))

    found = keys(ranking, 5)

    assert len(found) == 5
    assert {ranking.column[key] for key in found} <= set(ranking.best_first(0)[:22])


def test_none_says_what_another_or_a_chosen_one_says() -> None:
    twin = replace(DAY[0], key="foxes:9", ids=("foxes:9",))
    ranking = ranked(Profile(interests=(Interest(topics=("vixens",)),)), (DAY[0], twin))

    assert keys(ranking, 5) == ["foxes:0"]
    assert keys(ranking, 5, chosen=("foxes:9",)) == []


def test_none_is_excluded_muted_or_below_the_floor() -> None:
    reader = Profile(interests=(Interest(topics=("vixens", "galaxy")),), muted=("telescope",))

    assert {key.partition(":")[0] for key in keys(ranked(reader), 9, *(paper.key for paper in kind("enzymes")))} == {"foxes"}
    assert keys(ranked(replace(reader, floor=500.0)), 9) == []


def test_where_nothing_is_ranked_they_carry_no_score() -> None:
    picks = found(ranked(Profile(floor=500.0)), 3, is_ranked=False)

    assert len({pick.paper.key for pick in picks}) == 3
    assert {(pick.section, pick.score, pick.reasons) for pick in picks} == {(Section.ASKED, 0.0, ())}


def test_where_nothing_is_ranked_the_paper_that_is_most_like_all_is_the_first() -> None:
    papers = (replace(kind("galaxies", 1)[0], key="a:0", ids=("a:0",)), *kind("foxes"))

    assert keys(ranked(Profile(), papers), 1, is_ranked=False)[0].startswith("foxes")


def test_a_paper_without_words_is_found_once_and_not_where_it_was_chosen() -> None:
    bare = a_paper("bare:1", "Of the", abstract="")

    assert keys(ranked(Profile(), (bare,)), 3, is_ranked=False) == ["bare:1"]
    assert "bare:1" not in keys(ranked(Profile(), (bare, *DAY)), 13, is_ranked=False, chosen=("bare:1",))
    assert len(keys(ranked(Profile(), (bare, *DAY)), 3, is_ranked=False, chosen=("bare:1",))) == 3


def test_the_same_papers_are_spread_alike_in_any_order() -> None:
    reader = Profile(interests=(Interest(topics=("vixens",)),))

    assert keys(ranked(reader), 5) == keys(ranked(reader, DAY[::-1]), 5)
