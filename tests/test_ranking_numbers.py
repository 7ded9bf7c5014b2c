"""What a survey works out faster is what the plain way gives; work in threads comes back in order."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digest.ranking.lexical import asked, bm25, learn
from digest.ranking.lexical import count as counted
from digest.ranking.lsa import learn_directions
from digest.ranking.radix import distinct, order_of
from digest.ranking.signal import standardise
from digest.ranking.sparse import Sparse
from digest.ranking.texts.words import shelve, word_number
from digest.ranking.threads import both, each

from .builders import a_paper

KINDS = st.sampled_from([np.uint32, np.int32, np.int64, np.uint64])
NUMBERS = KINDS.flatmap(lambda kind: arrays(kind, st.integers(0, 40), elements=st.integers(0, min(np.iinfo(kind).max, 2**50))))


@given(NUMBERS)
def test_numbers_are_counted_into_the_order_that_comparing_gives(numbers):
    assert order_of(numbers).tolist() == np.argsort(numbers, kind="stable").tolist()
    assert distinct(numbers).tolist() == sorted(set(numbers.tolist()))


def test_learned_directions_are_the_strongest_ones_of_the_whole_matrix():
    rng = np.random.default_rng(5)
    whole = np.where(rng.random((60, 90)) < rng.random(90) ** 3, rng.random((60, 90)), 0).astype(np.float32)
    fitted = sparse(whole)

    found = learn_directions(fitted, dimensions=5)

    used = whole[:, found.columns]
    _, _, right = np.linalg.svd(used.astype(np.float64), full_matrices=False)
    assert np.abs(found.basis.T @ found.basis - np.eye(5)).max() < 1e-5
    assert np.abs(np.abs((right[:5] @ found.basis).diagonal()) - 1).max() < 1e-4
    assert np.abs(found.vectors(fitted).mean(axis=0)).max() < 1e-6


SPARSE = arrays(np.float32, (6, 9), elements=st.sampled_from([0.0, 0.0, 0.25, 1.5]))


def sparse(whole):
    row, column = np.nonzero(whole)
    return Sparse(np.searchsorted(row, np.arange(len(whole) + 1)), column.astype(np.int32), whole[row, column], whole.shape[1])


@given(SPARSE, st.integers(0, 5))
def test_a_product_with_one_row_is_the_same_by_rows_and_by_columns(whole, number):
    rows, one = sparse(whole), sparse(whole[number : number + 1])

    assert rows.dot(one).tolist() == rows.transposed().dot(one).tolist() == (whole @ whole[number]).tolist()


def test_terms_are_learned_from_parts_as_from_the_whole():
    papers = [a_paper(key=f"x:{n}", title=title) for n, title in enumerate(["red foxes", "red owls", "foxes hunt owls", "snow"])]

    whole, parts = learn([counted(shelve(papers, {}))]), learn([counted(shelve([paper], {})) for paper in papers])

    assert whole.terms.tolist() == parts.terms.tolist() == sorted(set(whole.terms.tolist()))
    assert whole.idf.tolist() == parts.idf.tolist()


def test_a_word_is_worth_more_in_a_title_and_where_few_papers_say_it():
    told = [("Fox", "On snow and fox."), ("Snow", "On owl and fox."), ("Snow", "On hare and snow.")]
    papers = [a_paper(key=f"x:{n}", title=title, abstract=abstract) for n, (title, abstract) in enumerate(told)]

    words, worth = bm25(shelve(papers, {}), slice(0, 3))

    dense = worth.dense().astype(float).round(3)
    found = {word: dense[:, words.tolist().index(word_number(word))].tolist() for word in ("fox", "snow", "hare")}
    assert words.tolist() == sorted(set(words.tolist()))
    assert found == {"fox": [0.739, 0.47, 0.0], "snow": [0.134, 0.184, 0.21], "hare": [0.0, 0.0, 0.981]}


def test_what_is_usual_is_measured_on_what_is_known_and_not_on_what_a_term_was_made_of():
    ground = SimpleNamespace(scored=slice(0, 1), usual=slice(1, 5))
    raw = np.array([[4, 1, 3, np.nan, 100], [np.nan, 1, 3, 5, 7]], dtype=np.float32)

    found = standardise(raw, ground, 0.1, own=[[4], []])

    assert found.mean.tolist() == [[2], [4]]
    assert found.spread.round(4).tolist() == [[1], pytest.approx([5**0.5], abs=1e-4)]
    assert found.level.tolist() == [[2], [0]]


def test_a_text_of_small_words_finds_the_paper_that_says_them():
    words, worth = bm25(shelve([a_paper(key="x:1", title="To be or not"), a_paper(key="x:2", title="Foxes")], {}), slice(0, 2))

    found = worth.dense() @ asked(words, ["to be or not to be"]).dense()[0]

    assert found[0] > found[1]


def test_a_sentence_that_is_said_nine_times_is_worth_no_more_than_said_twice():
    papers = [a_paper(key=f"x:{times}", abstract="Foxes dig dens. " * times) for times in (2, 9)]

    twice, often = (counted(shelve([paper], {})) for paper in papers)
    _, worth = bm25(shelve(papers, {}), slice(0, 2))

    assert (twice.terms.tolist(), twice.counts.tolist()) == (often.terms.tolist(), often.counts.tolist())
    assert worth.dense()[0].tolist() == worth.dense()[1].tolist()


def test_parts_come_back_in_order_whichever_is_done_first():
    second_is_done = Event()

    def make(part: int) -> int:
        if part == 0:
            assert second_is_done.wait(10)
        if part == 1:
            second_is_done.set()
        return part * part

    assert list(each(make, range(5))) == [0, 1, 4, 9, 16]


def test_parts_are_taken_as_they_are_needed():
    taken = []

    def parts():
        for part in range(100):
            taken.append(part)
            yield part

    assert next(each(str, parts(), 2)) == "0"
    assert len(taken) == 3


def test_an_error_of_either_is_an_error_of_both():
    with pytest.raises(ZeroDivisionError):
        both(lambda: 1, lambda: 1 // 0)
