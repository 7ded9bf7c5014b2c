"""The two ways to set a letter: spliced from what is ready, and filled by Jinja in one go; they give the same letter of any issue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Author, Facts, Format, Issue, Looked, Paper, Pick, Profile, Reason, Section
from digest.rendering import Branding, Links, Press, Rendering
from digest.rendering.languages import Language
from tests.builders import NOON, a_profile, a_subscription
from tests.hostile_letters import LOGO, THEMES, languages
from tests.hostile_papers import ABSTRACTS, EXTREMES, LINKS, TITLES, crowd
from tests.rendering_builders import LEAVE, MAIL, WEB, an_issue

FAR_APART = ("en", "ar-XX")
"""Two languages, so that enough letters in each come before the same press: what it remembers of one must not be in another."""
NASTY = st.text(alphabet="ab {}%#<>&\"'$^_\\|\n\r\x00\x01\x02\x1f\u2028\u202eé漢🦊\u0301-.", max_size=60)
WORDS = st.one_of(st.sampled_from(TITLES), NASTY, st.text(max_size=60))
ADDRESSES = st.one_of(st.none(), st.sampled_from(LINKS), st.integers(0, 99).map("https://example.org/{}".format))
AUTHORS = st.lists(st.builds(Author, WORDS, st.tuples(WORDS)), max_size=5).map(tuple)
COUNTS = st.one_of(st.none(), st.integers(0, 10**7))
FACTS = st.builds(
    Facts,
    organisation=st.one_of(st.none(), WORDS),
    repository=ADDRESSES,
    votes=COUNTS,
    comments=COUNTS,
    submitter=st.one_of(st.none(), WORDS),
    summary=st.one_of(st.none(), st.sampled_from(ABSTRACTS), WORDS),
    comment=st.one_of(st.none(), WORDS),
)
PAPERS = st.one_of(
    st.sampled_from(EXTREMES),
    st.builds(
        Paper,
        key=st.integers(0, 30).map("arxiv:2611.{:05}".format),  # few keys: a press must see that a paper it knows has changed
        title=WORDS,
        abstract=st.one_of(st.sampled_from(ABSTRACTS), WORDS),
        authors=AUTHORS,
        url=ADDRESSES,
        pdf_url=ADDRESSES,
        categories=st.lists(WORDS, max_size=2).map(tuple),
        facts=FACTS,
    ),
)
NOTES = st.one_of(WORDS, WORDS.map("topic {!r}".format))
REASONS = st.lists(st.builds(Reason, st.sampled_from(("topics", "liked", "updated")), st.floats(-99, 99), NOTES), max_size=6).map(tuple)
PICKS = st.builds(
    Pick,
    paper=PAPERS,
    section=st.sampled_from(Section),
    score=st.floats(-99, 99),
    reasons=REASONS,
    interest=st.sampled_from(("", "a", "{{x}}")),
)
SUBSCRIPTIONS = st.one_of(
    WORDS.map(lambda name: a_subscription(name=name or "x")),
    st.just(a_subscription(profile=a_profile("x", floor=30.0))),
    st.just(a_subscription(profile=Profile(categories=("cs.LG", "<b>{{x}}")))),
    st.sampled_from(("trending", "cs.LG", "{{x}}")).map(lambda name: replace(an_issue(edition=name).subscription, name="x")),
)
ISSUES = st.builds(
    Issue,
    subscription=SUBSCRIPTIONS,
    period=st.just(an_issue().period),
    picks=st.one_of(st.lists(PICKS, max_size=6), st.lists(PICKS, min_size=16, max_size=18)).map(tuple),
    made_at=st.just(NOON),
    considered=st.integers(0, 500),
    sources=st.lists(WORDS, max_size=2).map(tuple),
    notes=st.lists(WORDS, max_size=3).map(tuple),
    looked=st.lists(st.builds(Looked, WORDS, COUNTS, COUNTS, COUNTS), max_size=14).map(tuple),
    others=st.one_of(st.lists(PAPERS, max_size=9).map(tuple), st.just(crowd(250))),
)


@pytest.fixture(scope="module", autouse=True)
def no_press_outlives_these_tests() -> Iterator[None]:
    yield
    a_press.cache_clear()


@cache
def spoken() -> dict[str, Language]:
    with TemporaryDirectory() as folder:
        return languages(Path(folder))


@cache
def a_press(theme: str, code: str) -> Press:
    return Press(theme, language=spoken()[code], branding=Branding(name="{{x}} <b>", postal_address="1 Den {# Lane", logo=LOGO))


def parts(rendering: Rendering) -> tuple[str, ...]:
    return rendering.subject, rendering.preheader, rendering.html, rendering.text, rendering.markdown


@settings(max_examples=60)  # the first letter in each language waits for its press
@given(ISSUES, st.sampled_from((WEB, MAIL, LEAVE, Links(""))), st.sampled_from(THEMES), st.sampled_from(FAR_APART))
def test_a_letter_spliced_and_a_letter_filled_in_one_go_are_the_same(issue: Issue, links: Links, theme: str, code: str) -> None:
    press = a_press(theme, code)

    rendering = press.render(issue, links)

    assert parts(rendering) == parts(press.render_whole(issue, links))
    assert len(rendering.html.replace("\n", "\r\n").encode()) <= (60_000 if len(issue.picks) <= 15 else 100_000)
    assert not re.search(r"\{\{|\{%|\{#|[\x01\x02]", rendering.html)


@settings(max_examples=15)
@given(ISSUES, st.sampled_from((WEB, MAIL)), st.sampled_from(THEMES))
def test_a_letter_made_for_one_format_is_part_of_the_letter_made_for_all(issue: Issue, links: Links, theme: str) -> None:
    press = a_press(theme, "en")

    whole, text, markdown = (press.render(issue, links, only) for only in (None, Format.TEXT, Format.MARKDOWN))

    assert press.render(issue, links, Format.HTML).html == whole.html
    assert (text.text, markdown.markdown) == (whole.text, whole.markdown)
