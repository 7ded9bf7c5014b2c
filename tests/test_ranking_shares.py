"""How an issue is shared out: fairly by weight, nothing twice, and not all alike."""

from __future__ import annotations

import numpy as np
import pytest

from digest.ranking.shares import Seats, share

NOTHING = np.eye(6, dtype=np.float32)


def taken(points: list[list[float]], weights: list[float], limit: int, *, words=NOTHING, place=NOTHING, least: float = 0.0):
    table = np.array(points, dtype=np.float32)
    size = table.shape[1]
    return share(Seats(table, place[:size, :size], lambda paper, others: words[paper, others]), weights, limit, least)


def test_one_interest_takes_its_best():
    assert taken([[5, 30, 20, 40]], [1], 3) == ((0, 3), (0, 1), (0, 2))


def test_two_interests_get_half_each_though_one_scores_higher():
    assert taken([[90, 80, 70, 60, 0, 0], [0, 0, 0, 0, 30, 20]], [1, 1], 4) == ((0, 0), (0, 1), (1, 4), (1, 5))


def test_a_weight_of_three_gets_three_of_four():
    assert taken([[30, 29, 28, 27, 0, 0], [0, 0, 0, 0, 60, 50]], [3, 1], 4) == ((1, 4), (0, 0), (0, 1), (0, 2))


@pytest.mark.parametrize(("weight", "papers"), [(3, (0, 1, 2, 3, 4, 6)), (2, (0, 1, 2, 3, 6, 7))])
def test_a_weight_of_three_gets_five_of_six_and_one_of_two_gets_four(weight, papers):
    many = np.eye(8, dtype=np.float32)
    points = [[60, 50, 40, 30, 29, 28, 0, 0], [0, 0, 0, 0, 0, 0, 27, 26]]

    assert taken(points, [weight, 1], 6, words=many, place=many) == tuple((paper // 6, paper) for paper in papers)


def test_the_lightest_interest_gets_one_paper_if_it_has_one():
    assert (1, 5) in taken([[90, 80, 70, 60, 50, 0], [0, 0, 0, 0, 0, 12]], [9, 1], 3)


def test_an_interest_without_a_paper_leaves_its_room_to_the_others():
    assert taken([[90, 80, 70], [-5, -6, -7]], [1, 1], 3) == ((0, 0), (0, 1), (0, 2))


def test_an_interest_whose_only_paper_is_at_the_bound_gets_it():
    assert taken([[90, 80], [-np.inf, 0]], [1, 1], 2) == ((0, 0), (1, 1))


def test_what_is_barely_above_the_usual_claims_no_share():
    assert taken([[90, 80, 70, 60, 0, 0], [0, 0, 0, 0, 9, 8]], [1, 1], 4) == ((0, 0), (0, 1), (0, 2), (1, 4))


def test_what_is_one_spread_above_the_usual_claims_its_share():
    assert taken([[90, 80, 70, 60, 0, 0], [0, 0, 0, 0, 11, 10]], [1, 1], 4) == ((0, 0), (0, 1), (1, 4), (1, 5))


def test_a_limit_below_the_interests_goes_to_the_weightiest():
    assert taken([[90, 0, 0], [0, 50, 0], [0, 0, 40]], [1, 1, 2], 2) == ((0, 0), (2, 2))


def test_one_place_goes_to_the_weightier_interest_though_the_other_has_a_single_paper():
    assert taken([[30, 20], [-np.inf, 12]], [3, 1], 1) == ((0, 0),)


def test_the_only_paper_of_an_interest_is_not_taken_by_a_weightier_one_that_has_others():
    no = -np.inf

    assert taken([[5, 4, no], [9, no, no], [no, 9, 8]], [3, 1, 1], 3) == ((1, 0), (2, 2), (0, 1))


def test_a_paper_that_has_become_the_only_one_of_an_interest_is_not_taken_by_one_that_has_another():
    no = -np.inf

    assert taken([[no, 60, 70], [80, no, no], [30, no, 60]], [1, 1, 1], 3) == ((1, 0), (2, 2), (0, 1))


def test_a_paper_two_interests_want_is_shown_once_for_the_one_that_wants_it_more():
    assert taken([[90, 20, 0], [80, 0, 30]], [1, 1], 3) == ((0, 0), (1, 2), (0, 1))


def test_an_interest_takes_of_its_own_before_what_is_better_for_another():
    assert taken([[30, 20], [31, 15]], [2, 1], 2) == ((1, 0), (0, 1))


def test_nothing_under_the_floor_is_taken():
    assert taken([[90, -np.inf, -np.inf]], [1], 3) == ((0, 0),)


@pytest.mark.parametrize("limit", [0, 1])
def test_a_limit_is_a_limit(limit):
    assert len(taken([[9, 8], [7, 6]], [1, 1], limit)) == limit


@pytest.mark.parametrize(("limit", "shown"), [(1, {3}), (3, {3, 0, 4})])
def test_of_interests_with_equal_claims_the_better_paper_decides_and_not_which_is_named_first(limit, shown):
    first, second = [40, 35, 30, 0, 0, 0], [0, 0, 0, 60, 50, 20]

    assert {paper for _, paper in taken([first, second], [1, 1], limit)} == shown
    assert {paper for _, paper in taken([second, first], [1, 1], limit)} == shown


def test_a_paper_told_twice_is_shown_once():
    words = np.eye(6, dtype=np.float32)
    words[0, 1] = words[1, 0] = 0.7

    assert taken([[50, 49, 10]], [1], 3, words=words, place=words) == ((0, 0), (0, 2))


def test_a_paper_without_words_is_like_nothing_and_shown_once():
    nothing = np.zeros((6, 6), dtype=np.float32)

    assert taken([[50, 49]], [1], 3, words=nothing, place=nothing) == ((0, 0), (0, 1))


def test_what_lies_where_a_taken_paper_lies_comes_after_what_does_not():
    place = np.eye(6, dtype=np.float32)
    place[0, 1] = place[1, 0] = 1.0

    assert taken([[50, 40, 33, 31]], [1], 2, place=place) == ((0, 0), (0, 2))
    assert taken([[50, 40, 31, 30]], [1], 2, place=place) == ((0, 0), (0, 1))


def test_likeness_costs_who_has_one_interest_also_where_it_is_clearly_above_the_usual():
    place = np.eye(3, dtype=np.float32)
    place[0, 1] = place[1, 0] = 1.0

    assert taken([[30, 11, 9]], [1], 2, place=place) == ((0, 0), (0, 2))


def test_a_paper_like_two_that_are_taken_loses_no_more_than_like_one():
    place = np.eye(4, dtype=np.float32)
    place[2, :2] = place[:2, 2] = 1.0

    assert taken([[30, 29, 20, 11]], [1], 3, place=place) == ((0, 0), (0, 1), (0, 2))


def test_what_room_is_left_goes_to_the_interest_whose_paper_is_unlike_what_is_taken():
    place = np.eye(4, dtype=np.float32)
    place[0, 1] = place[1, 0] = 1.0

    assert taken([[30, 9, 0, 0], [0, 0, 40, 8]], [1, 1], 3, place=place) == ((1, 2), (0, 0), (1, 3))
