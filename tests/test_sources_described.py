"""What journals write beside the abstract is read as what it is: the shapes of ScienceDirect, Pensoft, Wiley, PubMed and others."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pytest

from digest.model import Paper
from digest.sources.feed import parse_feed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def the_paper(description: str, *, content: str = "", more: str = "") -> Paper:
    whole = f"<content:encoded>{escape(content)}</content:encoded>" if content else ""
    item = f"<title>On Foxes</title><link>https://example.org/foxes</link><description>{escape(description)}</description>{whole}{more}"
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    data = f'<rss version="2.0" {spaces}><channel><title>A journal</title><item>{item}</item></channel></rss>'
    (sighting,) = parse_feed(data.encode(), "journal", NOON).sightings
    return sighting.paper


def names(paper: Paper) -> list[str]:
    return [author.name for author in paper.authors]


def test_authors_on_a_line_of_their_own_are_authors_and_the_issue_is_no_abstract() -> None:
    paper = the_paper(
        "<p>Publication date: November 2026</p><p><b>Source:</b> Foxes, Volume 295</p><p>Author(s): Ana Silva, Bo Lindqvist</p>"
    )

    assert names(paper) == ["Ana Silva", "Bo Lindqvist"]
    assert paper.abstract == ""


def test_a_description_in_labelled_lines_is_taken_apart() -> None:
    paper = the_paper(
        "<p>Foxes 12: 1-9</p>\n<p>DOI: 10.1000/Foxes.12</p>\n<p>Authors: Ana Silva, Bo Lindqvist</p>"
        "<p>Abstract: We count\nfoxes. Authors: we.</p><p><a href='https://example.org/x'>HTML</a></p><p>PDF</p>"
    )

    assert paper.key == "doi:10.1000/foxes.12"
    assert names(paper) == ["Ana Silva", "Bo Lindqvist"]
    assert paper.abstract == "We count foxes. Authors: we."


def test_a_paper_of_two_labelled_dois_goes_by_neither() -> None:
    assert the_paper("<p>DOI: 10.1000/one</p><p>DOI: 10.1000/two</p><p>We count.</p>").key == "url:https://example.org/foxes"


def test_a_doi_in_a_description_does_not_add_to_the_entrys_own() -> None:
    paper = the_paper("<p>DOI: 10.1000/comment</p><p>We count.</p>", more="<dc:identifier>doi:10.1000/own</dc:identifier>")

    assert [name for name in paper.ids if name.startswith("doi:")] == ["doi:10.1000/own"]


def test_named_authors_come_before_those_of_the_description() -> None:
    assert names(the_paper("<p>Authors: The Editors</p>", more="<dc:creator>Ana Silva</dc:creator>")) == ["Ana Silva"]


@pytest.mark.parametrize("told", ["appeared first on", "first appeared on"])
def test_where_a_blogs_post_appeared_is_no_abstract(told: str) -> None:
    paper = the_paper(f"<p>We count foxes.</p>\n<p>The post <a href='/foxes'>On Foxes</a> {told} <a href='/'>Dens</a>.</p>")

    assert paper.abstract == "We count foxes."


@pytest.mark.parametrize(
    "issue",
    [
        "Foxes, EarlyView.",
        "Journal of Foxes, Ahead of Print.",
        "Volume 56, Issue 3, December 2026, Page 163-175<br/>. <br/>",
        "Foxes, Dens, and Hens, Volume 70, Issue 6, Page 1390-1390, December 2026.",
        "<p>Foxes, Published online: 12 November 2026; <a href='https://doi.org/10.1000/x'>doi:10.1000/x</a></p>",
        "N/A",
    ],
)
def test_the_issue_alone_is_no_abstract(issue: str) -> None:
    assert the_paper(issue).abstract == ""
    assert the_paper(f"{issue}<br/>We count foxes.").abstract == "We count foxes."


def test_the_abstract_may_be_in_the_whole_text() -> None:
    assert the_paper("Foxes, EarlyView.", content="<h2>Abstract</h2>\n<p>We count <i>foxes</i>.</p>").abstract == "We count foxes."


def test_a_whole_abstract_comes_before_the_end_of_it() -> None:
    content = (
        "<div><p>Foxes. 2026 Nov 5. doi: 10.1000/x.</p><p><b>ABSTRACT</b></p><p>AIM: To count.</p><p>RESULT: Many &lt; 9.</p>"
        "<p>PMID:<a href='https://example.org/1'>34739692</a> | DOI:<a href=https://doi.org/10.1000/x>10.1000/x</a></p></div>"
    )

    assert the_paper("RESULT: Many &lt; 9.", content=content).abstract == "AIM: To count. RESULT: Many < 9."


@pytest.mark.parametrize(
    "text",
    ["We count foxes in Volume 3, Issue 4 of this journal. They are many.", "Abstractly, foxes are red.", "Early views of foxes."],
)
def test_a_text_that_only_looks_like_a_label_stays(text: str) -> None:
    assert the_paper(text).abstract == text


def test_a_whole_text_without_a_heading_does_not_replace_the_summary() -> None:
    assert the_paper("We count foxes.", content="<p>Once upon a time, a post of many words.</p>").abstract == "We count foxes."
