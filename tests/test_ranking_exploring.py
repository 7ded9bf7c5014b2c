"""Which paper lies outside a profile, and which of the archive is near it: rules on a ranking alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.model import Facts, Interest, Pick, Profile
from digest.ranking import Ranking, from_archive, order, outside, survey

from .builders import NOON, a_paper
from .ranking_papers import a_crowd

BACKGROUND = a_crowd(320, seed=31)
DAY = (a_paper("arxiv:9.1", "Calibration of language models", abstract="We calibrate language models."), *a_crowd(40))
GRAPHS, MODELS = Interest(name="graphs", topics=("graph network",)), Interest(name="models", topics=("calibration of language models",))


def ranked(profile: Profile, *papers: object) -> Ranking:
    return order(survey(papers or DAY, library={}, background=BACKGROUND, now=NOON), [profile])  # type: ignore[arg-type]  # papers


def other(ranking: Ranking, *excluded: str, **sightings: int) -> Pick | None:
    return outside(ranking, 0, excluded=excluded, sightings=sightings)


@pytest.mark.parametrize("praised", [paper.key for paper in DAY[1:]])
def test_what_is_outside_is_of_the_half_that_is_least_asked_for_however_praised_the_others_are(praised: str) -> None:
    papers = [replace(paper, facts=Facts(votes=999)) if paper.key == praised else paper for paper in DAY]
    ranking = ranked(Profile(interests=(MODELS,)), *papers)

    found = other(ranking)

    assert found is not None
    asked = ranking.asked[0].tolist()
    assert asked[ranking.column[found.paper.key]] < sorted(asked)[20]
    assert found.paper.key == praised or asked[ranking.column[praised]] >= sorted(asked)[20]


def test_what_is_near_one_interest_is_not_outside_as_it_is_far_from_another() -> None:
    papers = (replace(DAY[0], facts=Facts(votes=999)), *DAY[1:])

    found = other(ranked(Profile(interests=(GRAPHS, MODELS)), *papers))

    assert found is not None
    assert found.paper.key != DAY[0].key


def test_without_votes_and_lists_it_is_a_paper_like_many_of_the_day() -> None:
    found = other(ranked(Profile(interests=(MODELS,))))

    assert found is not None
    assert found.reasons[0].note == "outside what you follow: much of what is new is like it"


def test_votes_come_before_lists() -> None:
    voted, listed = ("arxiv:1.00026", "arxiv:1.00037")
    ranking = ranked(Profile(interests=(MODELS,)), *(replace(paper, facts=Facts(votes=int(paper.key == voted))) for paper in DAY))

    found = other(ranking, **{listed: 9})
    without = other(ranking, voted, **{listed: 9})

    assert found is not None
    assert without is not None
    assert (found.paper.key, without.paper.key) == (voted, listed)


def test_one_vote_is_one_vote() -> None:
    found = other(ranked(Profile(interests=(MODELS,)), *(replace(paper, facts=Facts(votes=1)) for paper in DAY)))

    assert found is not None
    assert found.reasons[0].note == "outside what you follow: 1 vote"


def test_no_interest_brought_what_is_outside_them_all() -> None:
    found = other(ranked(Profile(interests=(MODELS, GRAPHS))))

    assert found is not None
    assert found.interest == ""


def test_followed_authors_are_followed_and_nothing_else() -> None:
    names = tuple(author.name for paper in DAY[1:] for author in paper.authors)

    assert other(ranked(Profile(interests=(MODELS,), authors=names))) is None


def test_where_everything_is_alike_or_gone_nothing_is_outside() -> None:
    ranking = ranked(Profile(interests=(MODELS,)))

    assert other(ranking, *(paper.key for paper in DAY)) is None
    assert other(ranking, *(paper.key for paper in DAY[1:])) is None


def test_on_a_day_of_nothing_but_what_is_asked_for_nothing_is_outside() -> None:
    papers = [replace(paper, title=f"Calibration of language models, {paper.title}") for paper in a_crowd(7)]

    assert other(ranked(Profile(interests=(MODELS,)), *papers)) is None


def test_the_archive_gives_what_is_nearest_to_an_interest_and_names_it() -> None:
    found = from_archive(ranked(Profile(interests=(GRAPHS, MODELS))), 0, excluded=())

    assert found is not None
    assert (found.paper.key, found.interest, found.reasons[0].note) == ("arxiv:9.1", "models", "near models")


def test_the_archive_gives_nothing_that_is_not_clearly_near() -> None:
    assert from_archive(ranked(Profile(interests=(Interest(topics=("bread and butter",)),))), 0, excluded=()) is None


def test_the_archive_gives_nothing_below_the_floor() -> None:
    assert from_archive(ranked(Profile(interests=(MODELS,), floor=95.0)), 0, excluded=()) is None
