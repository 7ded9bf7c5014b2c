"""The speed bench's own rule: which papers of a row are its best."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ranking_speed import leading


@given(st.integers(1, 5), st.integers(1, 2000), st.integers(1, 15), st.integers(0, 3))
def test_the_leading_papers_are_those_of_a_full_sort(rows: int, papers: int, count: int, digits: int) -> None:
    scores = np.round(np.random.default_rng(papers).standard_normal((rows, papers)), digits).astype(np.float32)

    assert (leading(scores, count) == np.argsort(-scores, axis=1, kind="stable")[:, :count]).all()
