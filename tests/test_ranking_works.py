"""Which papers are one work under several names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.model import Author, Paper
from digest.ranking.works import work_of

from .builders import a_paper


def written_by(name: str, title: str) -> Paper:
    return a_paper("arxiv:2611.00001", title, authors=(Author(name),))


def is_one_work(paper: Paper) -> bool:
    """With the same under another name."""
    return work_of(paper) == work_of(replace(paper, key="doi:10.1/1"))


@pytest.mark.parametrize(
    ("title", "is_one"), [("Foxes of the north", True), ("Foxes of the", False), ("Introduction", False), ("", False)]
)
def test_a_title_of_four_words_tells_a_work_and_a_shorter_one_does_not(title: str, is_one: bool) -> None:
    assert is_one_work(written_by("Ana Silva", title)) is is_one


@pytest.mark.parametrize("name", ["", "-"])
def test_a_paper_whose_first_author_has_no_name_is_a_work_of_its_own(name: str) -> None:
    assert not is_one_work(written_by(name, "Foxes of the north and south"))


def test_a_paper_without_authors_is_a_work_of_its_own() -> None:
    assert not is_one_work(replace(written_by("Ana Silva", "Foxes of the north and south"), authors=()))
