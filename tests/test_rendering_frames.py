"""What of a template can be cut, so that what stands around a letter's cards is filled once for many letters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jinja2 import Environment

from digest.fragments import Fragment
from digest.rendering.frames import Hole, frame_of
from digest.rendering.languages import language
from digest.rendering.letters import LetterView
from digest.rendering.press import Press
from digest.rendering.themes import load_theme
from tests.rendering_builders import LEAVE, an_issue, papers_named

LOOP = "{% for section in letter.sections %}{{ section.title }}{{ seam(section) }}{% endfor %}"


def a_view(**changes: object) -> LetterView:
    letter, _ = Press().words(an_issue(*papers_named("On Foxes")), LEAVE, 0)
    return replace(letter, **changes)  # type: ignore[arg-type]


def shown(source: str, *letters: LetterView) -> list[list[str]]:
    """The texts that the part before the cards is made of in these letters, one after the other."""
    frame = frame_of(Environment(autoescape=True), source + LOOP)
    assert frame is not None
    return [[_text(piece, letter) for piece in frame.opening.pieces(letter) if piece is not None] for letter in letters]


def _text(piece: Fragment | Hole, letter: LetterView) -> str:
    return piece.text if isinstance(piece, Fragment) else piece(letter).text


def test_what_two_readers_have_in_common_is_the_same_slug_for_both() -> None:
    frame = frame_of(Environment(), "<p>{{ letter.date }}</p>{{ letter.glance }}" + LOOP)
    assert frame is not None

    one, other = frame.opening.pieces(a_view(glance="One.")), frame.opening.pieces(a_view(glance="Another."))

    assert one[0] is other[0]


def test_a_readers_own_word_is_filled_for_each_as_the_template_shows_it() -> None:
    source = "<p>{{ letter.glance }}, {{ letter.subject | upper }}, {{ letter.why ~ letter.date }}</p>"

    (texts,) = shown(source, a_view(glance="A & B", subject="fox", why="For you, ", date="today"))

    assert texts == ["<p>", "A &amp; B", ", ", "FOX", ", ", "For you, today", "</p>"]


def test_a_condition_goes_by_whether_there_is_such_a_word() -> None:
    source = "{% if letter.page %}at {{ letter.page }}{% else %}none{% endif %}"
    letters = [a_view(page="https://x.example/i/1"), a_view(page=""), a_view(page="https://x.example/i/2")]

    texts = shown(source, *letters)

    assert texts == [["at ", "https://x.example/i/1"], ["none"], ["at ", "https://x.example/i/2"]]


@pytest.mark.parametrize(
    "source",
    [
        "{% set x = letter.date %}",
        "{% macro m() %}{% endmacro %}",
        "{% if letter.glance == 'x' %}{% endif %}",
        "{% for line in letter.looked_at %}{{ line ~ letter.glance }}{% endfor %}",
        "{{ letter }}",
        "{{ letter.sections | length }}",
        "{{ range(3) | list }}",
        "{{ [1, 2] | random }}",
    ],
)
def test_a_template_that_reckons_with_a_readers_words_or_keeps_values_is_not_cut(source: str) -> None:
    assert frame_of(Environment(), source + LOOP) is None


@pytest.mark.parametrize(
    "loop",
    [
        "{% for section in letter.sections | reverse %}{{ seam(section) }}{% endfor %}",
        "{% for section in letter.sections if section.title %}{{ seam(section) }}{% endfor %}",
        "{% for section in letter.sections %}{{ loop.index }}{{ seam(section) }}{% endfor %}",
        "{% for section in letter.sections %}{{ section.cards | length }}{{ seam(section) }}{% endfor %}",
        "{% for section in letter.sections %}{% if section.title %}{{ seam(section) }}{% endif %}{% endfor %}",
    ],
)
def test_a_loop_that_turns_sections_round_or_counts_them_is_not_cut(loop: str) -> None:
    assert frame_of(Environment(), loop) is None


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_the_built_in_themes_are_cut(theme: str) -> None:
    made = load_theme(theme, None, brand={"name": "digest", "logo": ""}, colours=(), language=language("en"))

    assert [sheet.is_cut for sheet in made.sheets] == [True, True, True]
