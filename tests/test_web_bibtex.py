"""The BibTeX link of a card: an entry for the paper, for whoever holds the letter and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .web_site import Site, a_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, previews=False) as site:
        yield site


def test_a_paper_of_the_letter_comes_as_a_file_to_keep(site: Site) -> None:
    answer = site.client.get(f"/b/{site.token}/arxiv:2611.00001.bib")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-bibtex; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="silvacalibration.bib"'
    assert answer.text.startswith("@misc{")
    assert "eprint = {2611.00001}" in answer.text


def test_nothing_of_it_is_kept_or_handed_on(site: Site) -> None:
    headers = site.client.get(f"/b/{site.token}/arxiv:2611.00001.bib").headers

    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"


@pytest.mark.parametrize("rest", ["arxiv:9999.00001.bib", "arxiv:2611.00001", "../x.bib"])
def test_what_the_letter_does_not_show_is_not_there(site: Site, rest: str) -> None:
    assert site.client.get(f"/b/{site.token}/{rest}").status_code == 404


def test_a_token_that_is_not_ours_is_answered_like_one_that_shows_nothing(site: Site) -> None:
    forged = site.client.get(f"/b/{'A' * len(site.token)}/arxiv:2611.00001.bib")
    unknown = site.client.get(f"/b/{site.token}/arxiv:9999.00001.bib")

    assert (forged.status_code, forged.text) == (unknown.status_code, unknown.text)
