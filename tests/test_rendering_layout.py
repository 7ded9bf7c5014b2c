"""Where things stand in a letter: the order of its sections, and what no line may begin or end with."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.fragments import Fragment
from digest.model import Author, Facts, Looked, Reason
from digest.rendering import Branding, Press
from digest.rendering.others import Headline, Line, fitting
from tests.builders import a_paper
from tests.letter_page import Page
from tests.rendering_builders import LEAVE, WEB, a_full_paper, a_pick, an_issue, papers_named, the_press

TOPIC = "topic 'calibration of language models'"


def test_everything_else_comes_after_the_interests_that_have_a_name():
    papers = [a_paper(f"x:{name}", name) for name in ("The Best", "Of None", "Of Foxes", "Of None Either")]
    picks = [a_pick(paper, score=9.0 - place, reasons=(Reason("topics", 9.0 - place, TOPIC),)) for place, paper in enumerate(papers)]
    issue = an_issue(*(replace(pick, interest=name) for pick, name in zip(picks, ("", "", "foxes", ""), strict=True)))

    text = the_press().render(issue, LEAVE).text

    assert re.findall(r"^(?:FOXES|EVERYTHING ELSE)$|Of None Either|Of None|Of Foxes", text, re.M) == [
        "FOXES",
        "Of Foxes",
        "EVERYTHING ELSE",
        "Of None",
        "Of None Either",
    ]


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_a_name_that_breaks_beside_the_date_on_a_phone_stands_above_it(theme: str):
    html = Press(theme, branding=Branding(name="Lesekreis Füchse")).render(an_issue(), LEAVE).html

    assert html.partition("Lesekreis Füchse</h1>")[2].lstrip().startswith("<p")


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_neither_a_date_nor_what_parts_two_facts_stands_alone_on_a_line(theme: str):
    paper = a_paper("x:1", "On Foxes", published=datetime(2026, 11, 3, tzinfo=UTC), categories=("cs.LG",))

    html = Press(theme).render(an_issue(a_pick(paper)), LEAVE).html

    assert "cs.LG\N{NO-BREAK SPACE}· 3\N{NO-BREAK SPACE}Nov" in html


def test_the_dot_between_what_authors_say_and_where_it_appeared_begins_no_line():
    paper = a_paper("x:1", "On Foxes", facts=Facts(comment="12 pages & $x^2$", journal="Accepted at <FoxConf>"))

    rendering = Press("paper").render(an_issue(a_pick(paper)), LEAVE)

    assert "12 pages &amp; x²\N{NO-BREAK SPACE}· Accepted at &lt;FoxConf&gt;" in rendering.html
    assert "12 pages & x² · Accepted at <FoxConf>" in rendering.text


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_names_written_from_the_right_keep_their_order_and_turn_nothing_beside_them(theme: str):
    names = ("משה כהן", "דוד לוי")
    paper = a_paper("x:1", "On Foxes", authors=tuple(map(Author, names)), published=datetime(2026, 11, 3, tzinfo=UTC))
    reasons = (Reason("topics", 30.0, "topic 'שועלים'"), Reason("authors", 20.0, "you follow משה כהן"))

    html = Press(theme).render(an_issue(a_pick(paper, reasons=reasons)), LEAVE).html

    assert '<span dir="ltr">משה כהן, דוד לוי</span>' in html
    assert '<span dir="auto">topic “שועלים”</span>\N{NO-BREAK SPACE}+30' in html
    assert '<span dir="auto">you follow משה כהן</span>\N{NO-BREAK SPACE}+20' in html


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_topics_and_sources_written_from_the_right_keep_their_numbers_in_what_stands_around_the_cards(theme: str):
    reasons = [Reason("topics", 9.0, f"topic '{topic}'") for topic in ("שועל אדום", "זאב")]
    picks = [a_pick(a_paper(f"x:{place}"), score=9.0, reasons=(reason,)) for place, reason in enumerate(reasons)]
    told = "Topics: 'צה\"ל' and 'זאב'."

    rendering = Press(theme).render(an_issue(*picks, notes=(told,), looked=(Looked("עיתון", 3, 3, 1),)), LEAVE)

    assert Page(rendering.html).turned == []
    assert '1\N{NO-BREAK SPACE}on <span dir="auto">שועל אדום</span>, 1\N{NO-BREAK SPACE}on <span dir="auto">זאב</span>.' in rendering.html
    assert '<span dir="auto">צה&#34;ל</span>' in rendering.html
    assert '<span dir="auto">עיתון</span>: 3 announced' in rendering.html
    assert "1 on שועל אדום, 1 on זאב." in rendering.text
    assert "<span" not in rendering.text + rendering.markdown


def test_how_many_authors_there_are_is_not_broken_after_its_number():
    paper = a_paper("x:1", "On Foxes", authors=tuple(Author(name) for name in ("Ana Silva", "Bo Li", "Cy Young", "Di Marsh")))

    rendering = Press("paper").render(an_issue(a_pick(paper)), LEAVE)

    assert '<i dir="auto">4\N{NO-BREAK SPACE}authors</i>' in rendering.html
    assert "Cy Young et al. · 4 authors\n" in rendering.text


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_what_may_be_said_of_a_paper_stands_beside_its_links_and_goes_to_the_next_line_together(theme: str):
    html = Press(theme).render(an_issue(a_pick(a_full_paper(), score=9.0)), WEB).html

    (together,) = re.findall(r'BibTeX</a> &#160; <span style="display:inline-block">(.*?)</span></p>', html)
    assert re.findall(r">(\w+)</a>", together) == ["More", "Less", "Save", "Follow"]


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_a_score_keeps_its_distance_from_the_title_however_large_its_reader_sets_letters(theme: str):
    html = Press(theme).render(an_issue(a_pick(score=174.0)), LEAVE).html

    assert re.findall(r'>174</span>(?:</div>)?</td>\s*<td valign="top" class="ink" style="(.*?);', html) == ["padding-left:6px"]


def test_papers_without_a_card_stand_by_category_as_far_as_they_have_room():
    def line(title: str, category: str) -> Line:
        def ten_bytes(headline: Headline) -> Fragment:
            return Fragment("x" * 10)

        return Line(a_paper(title=title, categories=(category,)), ten_bytes, ten_bytes, ten_bytes)

    lines = [line("foxes", "cs.LG"), line("bears", "q-bio.PE"), line("hens", "cs.LG"), line("owls", "cs.CL"), line("cats", "cs.LG")]

    def named(room: int) -> dict[str, list[str]]:
        return {category: [one.paper.title for one in group] for category, group in fitting(lines, room, heading=5).items()}

    assert named(40) == {"cs.LG": ["foxes", "hens"], "q-bio.PE": ["bears"]}
    assert named(39) == {"cs.LG": ["foxes"], "q-bio.PE": ["bears"]}
    assert named(54) == {"cs.LG": ["foxes", "hens"], "q-bio.PE": ["bears"]}
    assert named(65) == {"cs.LG": ["foxes", "hens", "cats"], "q-bio.PE": ["bears"], "cs.CL": ["owls"]}
    lines.append(line("dogs", ""))  # under the last heading it would be said to be of that category
    assert list(named(80).items())[0] == ("", ["dogs"])


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_what_the_number_is_is_said_to_who_has_no_pointer(theme: str) -> None:
    page = Page(Press(theme).render(an_issue(*papers_named("On Foxes")), WEB).html)

    (number,) = [attributes for attributes in page.every("span") if "title" in attributes]
    # The label is read before the number, where a mail program keeps it; an image's label would take the number's place.
    assert (number["role"], number["aria-label"]) == ("group", "Score")
