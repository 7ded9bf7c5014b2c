"""The invented listing that `demo` shows offline: well-formed, plainly fictional, and varied enough to show every feature."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from typing import Any

import pytest

from digest.resources import sample_listing

FACTS = {"organisation", "repository", "stars", "votes", "comments", "submitter", "summary", "keywords", "comment", "journal"}
FIELDS = {
    "id", "title", "abstract", "authors", "categories", "days_ago", "published_days_ago", "listing", "source", "version", "facts",
}  # fmt: skip
CATEGORY = re.compile(r"(astro-ph|cond-mat|cs|econ|eess|math|physics|q-bio|q-fin|stat)\.[A-Za-z-]{2,8}|quant-ph")


@pytest.fixture(scope="module")
def listing() -> dict[str, Any]:
    """The document as it lies in the package."""
    document = json.loads(sample_listing().read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


@pytest.fixture(scope="module")
def papers(listing: dict[str, Any]) -> list[dict[str, Any]]:
    """Its entries."""
    return list(listing["papers"])


def texts(value: object) -> list[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []


def meant_for(papers: list[dict[str, Any]], categories: set[str], *words: str) -> list[str]:
    """The ids of the papers in these categories that speak of one of these words; neither surveys nor later versions."""
    return [
        p["id"]
        for p in papers
        if categories & set(p["categories"])
        and any(word in f"{p['title']} {p['abstract']}".lower() for word in words)
        and p["listing"] != "replace"
        and "survey" not in p["title"].lower()
    ]


def test_the_listing_says_that_it_is_invented(listing: dict[str, Any]) -> None:
    assert listing["note"] == "Invented papers, authors and results, written to show what digest does. None of them exists."


def test_there_are_some_sixty_papers_each_with_its_own_id_and_title(papers: list[dict[str, Any]]) -> None:
    assert 60 <= len(papers) <= 70
    assert [p["id"] for p in papers] == [f"{number:04d}" for number in range(1, len(papers) + 1)]
    assert len({p["title"].casefold() for p in papers}) == len(papers)


def test_every_paper_has_the_same_fields_and_only_known_facts(papers: list[dict[str, Any]]) -> None:
    for paper in papers:
        assert set(paper) == FIELDS, paper["id"]
        assert set(paper["facts"]) <= FACTS, paper["id"]
        assert all(fact not in ("", [], None) for fact in paper["facts"].values()), paper["id"]


def test_every_paper_reads_like_one(papers: list[dict[str, Any]]) -> None:
    for paper in papers:
        assert 20 <= len(paper["title"]) <= 260, paper["id"]
        assert 90 <= len(paper["abstract"].split()) <= 170, paper["id"]
        assert paper["authors"], paper["id"]
        assert len({author["name"] for author in paper["authors"]}) == len(paper["authors"]), paper["id"]


def test_no_two_abstracts_open_with_the_same_words(papers: list[dict[str, Any]]) -> None:
    openings = Counter(" ".join(p["abstract"].split()[:4]).lower() for p in papers)
    assert [opening for opening, count in openings.items() if count > 1] == []


def test_listings_sources_and_days_are_of_the_known_kinds(papers: list[dict[str, Any]]) -> None:
    for paper in papers:
        assert paper["source"] in ("arxiv", "huggingface"), paper["id"]
        assert paper["listing"] in ("new", "cross", "replace"), paper["id"]
        assert 0 <= paper["days_ago"] <= paper["published_days_ago"] <= 10, paper["id"]
        assert (paper["version"] > 1) == (paper["listing"] == "replace"), paper["id"]


def test_categories_look_like_those_of_arxiv(papers: list[dict[str, Any]]) -> None:
    wrong = [category for p in papers for category in p["categories"] if not CATEGORY.fullmatch(category)]
    assert wrong == []
    assert all(p["categories"] for p in papers)


def test_links_lead_to_example_org_only(listing: dict[str, Any]) -> None:
    hosts = {host for text in texts(listing) for host in re.findall(r"\w+://([^/\s]+)", text)}
    assert hosts == {"example.org"}


def test_no_text_holds_a_control_or_invisible_character(listing: dict[str, Any]) -> None:
    wrong = [text for text in texts(listing) if any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cn") for sign in text)]
    assert wrong == []


def test_what_hugging_face_lists_has_votes_a_submitter_and_a_summary(papers: list[dict[str, Any]]) -> None:
    trending = [p for p in papers if p["source"] == "huggingface"]
    assert 20 <= len(trending) <= 24
    for paper in trending:
        assert {"organisation", "votes", "comments", "submitter", "summary", "keywords"} <= set(paper["facts"]), paper["id"]
    votes = sorted(p["facts"]["votes"] for p in trending)
    assert (votes[0], votes[-1], len(set(votes))) == (3, 240, len(votes))


def test_stars_are_told_only_of_a_repository(papers: list[dict[str, Any]]) -> None:
    assert [p["id"] for p in papers if "stars" in p["facts"] and "repository" not in p["facts"]] == []


@pytest.mark.parametrize(
    ("categories", "words", "at_least"),
    [
        pytest.param({"cs.LG", "cs.CL", "stat.ML"}, ("calibrat", "conformal"), 11, id="calibration of language models"),
        pytest.param({"q-bio.BM", "q-bio.QM", "physics.chem-ph"}, ("protein", "molecular", "single-cell"), 9, id="proteins and cells"),
        pytest.param({"cs.RO", "cs.CV"}, ("robot", "manipulation", "slam"), 11, id="robotics"),
    ],
)
def test_each_sample_reader_finds_enough(papers: list[dict[str, Any]], categories: set[str], words: tuple[str, ...], at_least: int) -> None:
    assert len(meant_for(papers, categories, *words)) >= at_least


def test_the_hard_cases_of_a_listing_are_all_there(papers: list[dict[str, Any]]) -> None:
    titles, abstracts = [p["title"] for p in papers], [p["abstract"] for p in papers]
    names = [author["name"] for p in papers for author in p["authors"]]
    assert any("$" in title for title in titles)
    assert any("$a<b$" in abstract for abstract in abstracts)
    assert any("&" in title for title in titles)
    assert any(len(title) > 200 for title in titles)
    assert {1, 40} <= {len(p["authors"]) for p in papers}
    assert {"Łukasz Wierzbołowski", "Nguyễn Thị Lan Vy", "田中 みなと", "ليلى الحصري", "Юлия Верещакова"} <= set(names)
    assert sum("survey" in title.lower() for title in titles) == 3
    assert sum("withdrawn" in p["facts"].get("comment", "") for p in papers) == 1
    assert Counter(p["listing"] for p in papers) == {"new": 57, "cross": 4, "replace": 3}
    assert any(not p["facts"] for p in papers)
    assert any(not author["affiliations"] for p in papers for author in p["authors"])


def test_a_followed_author_wrote_more_than_one_of_them(papers: list[dict[str, Any]]) -> None:
    written = Counter(author["name"] for p in papers for author in p["authors"])
    assert {name: written[name] for name in ("Nkiruka Adebayo-Lind", "Tomás Etxeberria", "Sunniva Rautio")} == {
        "Nkiruka Adebayo-Lind": 2,
        "Tomás Etxeberria": 3,
        "Sunniva Rautio": 4,
    }
