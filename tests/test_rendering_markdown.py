"""Text from outside in Markdown: a CommonMark reader shows it as it was written."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from digest.rendering.markdown import destination, literal
from digest.rendering.prose import prose
from tests.builders import a_paper
from tests.rendering_builders import HOSTILE, LEAVE, WEB, a_full_paper, a_pick, an_issue, papers_named, the_press

COMMONMARK = MarkdownIt("commonmark")
PUNCTUATION = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!~|&;=:/\"'$ \t1a9xé狐"), max_size=60)


def blocks(markdown: str) -> list[Token]:
    return COMMONMARK.parse(markdown)


def shown(markdown: str) -> str:
    """The text of the first inline run of a document, as a reader sees it."""
    inline = next((block for block in blocks(markdown) if block.type == "inline"), None)
    return "".join(child.content for child in (inline.children or [])) if inline else ""


def kinds(markdown: str) -> list[str]:
    return [block.type for block in blocks(markdown)]


@given(PUNCTUATION)
def test_a_paragraph_shows_the_text_as_it_is(text):
    words = " ".join(text.split())

    assert shown(literal(text)) == words
    assert kinds(literal(text)) == (["paragraph_open", "inline", "paragraph_close"] if words else [])


@given(PUNCTUATION.filter(str.strip))
def test_a_heading_that_is_a_link_shows_the_text_as_it_is(text):
    inline = blocks(f"### [{literal(text)}](https://example.org/x)")[1]

    assert [child.type for child in inline.children][:1] == ["link_open"]
    assert "".join(child.content for child in inline.children) == " ".join(text.split())


@given(st.text(st.sampled_from("()<>\\&;*_[]copy~'"), max_size=30))
def test_a_destination_ends_where_it_should(path):
    inline = blocks(f"[x]({destination('https://example.org/' + path)}) after")[1]

    assert [child.type for child in inline.children] == ["link_open", "text", "link_close", "text"]
    assert inline.children[-1].content == " after"


def test_a_hostile_title_makes_no_markup_in_a_markdown_letter():
    markdown = the_press().render(an_issue(*papers_named(HOSTILE)), LEAVE).markdown

    html = COMMONMARK.render(markdown)

    assert "<em>x</em>" not in html
    assert "javascript:alert(1))</a>" not in html
    assert 'href="javascript' not in html
    assert escape(prose(HOSTILE), quote=False) in html


def test_a_text_that_looks_like_a_list_or_a_rule_stays_a_paragraph():
    assert kinds(literal("1. one")) == kinds(literal("- one")) == kinds(literal("===")) == ["paragraph_open", "inline", "paragraph_close"]


@given(st.text(st.sampled_from("{}%#-x"), max_size=12))
def test_no_text_holds_a_template_for_what_publishes_it(text):
    assert re.search(r"\{[{%#]|[}%#]\}", literal(text)) is None


def test_mathematics_stays_readable():
    assert literal("$O(n \\log n)$ with $a<b$") == r"$O(n \\log n)$ with $a\<b$"


def test_a_markdown_letter_has_one_title_and_its_papers_under_their_sections():
    issue = an_issue(a_pick(a_full_paper(), 9.0), a_pick(a_paper("x:2", "On Foxes"), 8.0), notes=("These papers are samples.",))

    headings = [block.tag for block in blocks(the_press().render(issue, WEB).markdown) if block.type == "heading_open"]

    assert headings == ["h1", "h2", "h3", "h2", "h3"]


def test_no_text_of_a_paper_changes_the_structure_of_its_letter():
    tame = a_full_paper()
    facts = replace(tame.facts, comment="1. " + HOSTILE, submitter="> *me*")
    # A single sentence each, so that both cards have the same paragraphs.
    tame = replace(tame, abstract="Judges are badly calibrated.")
    wild = replace(tame, title="# " + HOSTILE, abstract="- " + HOSTILE.replace("1. ", ""), facts=facts)

    assert kinds(the_press().render(an_issue(a_pick(wild, 9.0)), WEB).markdown) == kinds(
        the_press().render(an_issue(a_pick(tame, 9.0)), WEB).markdown
    )
