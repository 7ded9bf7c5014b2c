"""Themes: found, proved at the start, told with file and line when broken."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from digest.errors import ConfigurationError, ThemeError
from digest.rendering import Branding, Press
from digest.rendering.presses import themes_there
from digest.rendering.themes import palette_of
from digest.resources import templates_dir
from tests.letter_page import luminance
from tests.rendering_builders import LEAVE, an_issue, papers_named, the_press

PAPER = templates_dir() / "themes" / "paper"
COMPACT = templates_dir() / "themes" / "compact"


def a_theme(themes: Path, *, file: str = "letter.mjml", old: str = "", new: str = "", name: str = "mine") -> Path:
    """A copy of the theme "paper" with one text in it replaced by another; returns the folder of themes."""
    if not (themes / name).exists():
        shutil.copytree(PAPER, themes / name)
    path = themes / name / file
    source = path.read_text() if path.exists() else (templates_dir() / "text" / file).read_text()
    assert old in source
    path.write_text(source.replace(old, new, 1))
    return themes


def line_of(path: Path, text: str) -> int:
    return path.read_text().split(text)[0].count("\n") + 1


def refused(themes: Path, name: str = "mine") -> ThemeError:
    with pytest.raises(ThemeError) as refusal:
        Press(name, themes=themes)
    return refusal.value


def test_an_operators_theme_is_found_before_the_built_in_one(tmp_path):
    themes = a_theme(tmp_path, name="paper", old="{{ letter.thanks }}", new="With foxes.")

    assert "With foxes." in Press("paper", themes=themes).render(an_issue(*papers_named("On Foxes")), LEAVE).html


def test_the_built_in_theme_is_found_beside_an_operators_folder(tmp_path):
    assert Press("paper", themes=tmp_path).render(an_issue(), LEAVE).html


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("theme", [PAPER, COMPACT], ids=lambda theme: theme.name)
def test_a_built_in_theme_passes_what_an_operators_own_has_to(theme, language, tmp_path):
    shutil.copytree(theme, tmp_path / "mine")

    Press("mine", themes=tmp_path, language=language)


def test_a_theme_may_have_its_own_plain_text(tmp_path):
    themes = a_theme(tmp_path, file="letter.txt", old="{{ letter.thanks | wrap }}", new="With foxes.")

    assert Press("mine", themes=themes).render(an_issue(), LEAVE).text.endswith("With foxes.\n")


@pytest.mark.parametrize("name", ["none", "../paper", "", ".", "a/b"])
def test_an_absent_theme_is_an_error(name, tmp_path):
    assert name in str(refused(tmp_path, name))


@pytest.mark.parametrize(
    ("file", "begins", "ends"),
    [
        ("letter.mjml", "{% if brand.logo %}", "{% endif %}"),
        ("letter.mjml", "{% for note in letter.notes %}", "{% endfor %}"),
        ("letter.mjml", "{% if card.badge_name %}", "{% endif %}"),
        ("letter.txt", "{% if card.why %}", "{% endif %}"),
    ],
)
def test_a_block_left_open_is_told_where_it_begins(tmp_path, file, begins, ends):
    themes = a_theme(tmp_path, file=file)
    path = themes / "mine" / file
    above, below = path.read_text().split(begins, 1)
    path.write_text(above + begins + below.replace(ends, "", 1))

    error = refused(themes)

    assert (error.subject, error.message) == (f"{path}:{line_of(path, begins)}", f"{begins} is left open: there is no {ends}")


def test_a_tag_within_a_text_of_jinja_is_told_with_its_line(tmp_path):
    themes = a_theme(tmp_path, old="{{ letter.glance }}", new='{{ _("Foxes <b>") }}')
    path = themes / "mine" / "letter.mjml"

    error = refused(themes)

    assert (error.subject, "a < within Jinja" in error.message) == (f"{path}:{line_of(path, 'Foxes <b>')}", True)


@pytest.mark.parametrize("tag", ['{% include "foot" %}', '{% import "foot" as foot %}', '{% extends "foot" %}'])
def test_a_template_is_one_file(tmp_path, tag):
    themes = a_theme(tmp_path, file="letter.txt", old="{{ letter.why | wrap }}", new=tag)
    path = themes / "mine" / "letter.txt"

    error = refused(themes)

    assert error.subject == f"{path}:{line_of(path, tag)}"
    assert error.message == "'foot' is not looked for: a template is one file, without include, import and extends"


def test_a_theme_in_another_encoding_is_told_with_its_line(tmp_path):
    themes = a_theme(tmp_path, old="</mj-title>", new=" für dich</mj-title>")
    path = themes / "mine" / "letter.mjml"
    line = line_of(path, "für")
    path.write_bytes(path.read_text().encode("cp1252"))

    error = refused(themes)

    assert (error.subject, error.message, error.hint) == (f"{path}:{line}", "is not UTF-8", "save it as UTF-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("letter.mjml", "{{ letter.glance }}", "{{ letter.glance", "{{ letter.glance"),
        ("letter.mjml", "{{ paper.comment }}", "{{ paper.coment }}", "paper.coment"),
        ("letter.mjml", "{% endfor %}", "{% endfro %}", "endfro"),
        ("letter.mjml", "</mj-section>", "", "</mj-body>"),
        ("letter.txt", "{{ letter.why | wrap }}", "{{ 1 / 0 }}", "1 / 0"),
    ],
    ids=["a syntax error", "a name that does not exist", "a misspelt end", "a tag left open", "a broken expression in plain text"],
)
def test_what_is_broken_is_told_with_file_and_line(tmp_path, file, old, new, found):
    themes = a_theme(tmp_path, file=file, old=old, new=new)
    path = themes / "mine" / file

    assert refused(themes).subject == f"{path}:{line_of(path, found)}"


def test_an_mjml_tag_that_does_not_exist_is_an_error_and_not_part_of_the_letter(tmp_path):
    themes = a_theme(tmp_path, old='<mj-divider css-class="rule" padding="44px', new='<mj-dvider css-class="rule" padding="44px')
    path = themes / "mine" / "letter.mjml"
    error = refused(themes)

    assert error.subject == f"{path}:{line_of(path, '<mj-dvider')}"
    assert "mj-dvider" in error.message


def test_a_theme_without_the_marks_of_its_card_is_an_error(tmp_path):
    assert "{# card #}" in refused(a_theme(tmp_path, old="{# /card #}", new="")).message


def test_a_card_that_shows_more_of_its_reader_than_it_can_is_an_error(tmp_path):
    assert "reasons" in refused(a_theme(tmp_path, old="{{ paper.comment }}", new="{{ card.reasons }}")).message


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("letter.mjml", "{{ card.why }}", "{{ card.why | upper }}", "card.why is shown alone"),
        ("letter.mjml", "{{ card.badge }}", "{{ card.badge ~ '!' }}", "card.badge is shown alone"),
        ("letter.mjml", "{{ card.badge }}", "{{ card.why if card.badge_name else 1 }}", "card.why is shown alone"),
        ("letter.txt", "{{ card.badge | pad(3) }}", "{{ card.badge.rjust(3) }}", "card.badge is shown alone"),
        ("letter.txt", "{{ card.badge | pad(3) }}", "{{ ('#' + card.badge) | pad(3) }}", "card.badge is shown alone"),
        ("letter.txt", '{{ card.why | wrap(5, _("Why: ")) }}', "{{ card.why | wrap(5, card.badge_name) }}", "card.why is shown alone"),
        ("letter.mjml", "{{ card.badge }}", "{% if card.badge %}1{% endif %}", "there is no card.badge"),
        ("letter.mjml", "{{ card.badge }}", "{{ letter.postal_address }}", "'letter' is undefined"),
        ("letter.md", "{{ card.badge }}", "{{ section.title }}", "'section' is undefined"),
        ("letter.mjml", "{# line #}", "{# line #}{{ group.title }}", "'group' is undefined"),
        ("letter.txt", "{# others #}", "{# others #}{{ letter.subject }}", "'letter' is undefined"),
        ("letter.md", "{% if group.title %}", "{{ others.more }}{% if group.title %}", "'others' is undefined"),
        ("letter.mjml", "{# line #}", "{# line #}{{ paper.authors }}", "there is no paper.authors"),
    ],
)
def test_what_a_card_or_a_line_does_not_know_is_told_with_file_and_line(tmp_path, file, old, new, message):
    error = refused(a_theme(tmp_path, file=file, old=old, new=new))
    path = tmp_path / "mine" / file

    assert (error.subject, message in str(error)) == (f"{path}:{line_of(path, new)}", True)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("letter.mjml", "{{ card.badge }}", "{{card.badge}}"),
        ("letter.mjml", "{# card #}", "{#card#}"),
        ("letter.mjml", "{% for card in section.cards %}", "{%for card in section.cards%}"),
        ("letter.txt", '{{ card.why | wrap(5, _("Why: ")) }}', "{{ card.why|wrap( 5 , 'Why: ' ) }}"),
        ("letter.txt", "{# card #}", "{# card #}{# of this paper #}"),
    ],
)
def test_blanks_and_quotes_are_as_the_author_likes_them(tmp_path, file, old, new):
    themes = a_theme(tmp_path, file=file, old=old, new=new)
    issue = an_issue(*papers_named("On Foxes"))

    one, other = Press("mine", themes=themes).render(issue, LEAVE), the_press().render(issue, LEAVE)
    assert (one.html, one.text, one.markdown) == (other.html, other.text, other.markdown)


def test_a_card_may_decide_by_its_reasons(tmp_path):
    themes = a_theme(tmp_path, old="{{ card.badge }}", new="{{ 'with' if card.why else 'without' }}")

    assert ">with</span>" in Press("mine", themes=themes).render(an_issue(*papers_named("On Foxes")), LEAVE).html


@pytest.mark.parametrize("mark", ["{# others #}", "{# /others #}"])
def test_the_part_about_the_others_has_a_beginning_and_an_end(tmp_path, mark):
    assert "{# others #} … {# /others #}" in refused(a_theme(tmp_path, old=mark)).message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{ paper.comment }}", "{{ paper.coment }}", "there is no paper.coment; did you mean paper.comment?"),
        ("{{ letter.glance }}", "{{ letter.zebra }}", "there is no letter.zebra; there are token, language,"),
        ("{{ colours.accent }}", "{{ colours.akcent }}", "there is no colours.akcent; did you mean colours.accent?"),
        ("{{ letter.glance }}", "{% if 1 < 2 %}{{ letter.glance }}{% endif %}", "compare the other way round, {% if b > a %}"),
        ("<mj-body", "{% set word = 1 %}<mj-body", "unexpected token: '{% set word = 1 %}'"),
        ("<mj-body", '<mj-include path="/etc/hostname" /><mj-body', "unable to load included template: '<mj-include'"),
    ],
)
def test_what_may_have_been_meant_is_said(tmp_path, old, new, message):
    error = refused(a_theme(tmp_path, old=old, new=new))
    path = tmp_path / "mine" / "letter.mjml"

    assert (error.subject, message in error.message) == (f"{path}:{line_of(path, new)}", True)


def test_what_breaks_at_a_paper_that_the_specimen_did_not_foresee_is_an_error_of_the_theme(tmp_path):
    themes = a_theme(tmp_path, file="letter.txt", old="{# card #}", new="{# card #}{{ 1 // (paper.title | length - 8) }}")
    press = Press("mine", themes=themes)

    with pytest.raises(ThemeError) as refusal:
        press.render(an_issue(*papers_named("On Both", "On Foxes")), LEAVE)

    path = tmp_path / "mine" / "letter.txt"
    assert refusal.value.subject == f"{path}:{line_of(path, '{{ 1 //')}"
    assert refusal.value.message.endswith("by zero, at the paper 'On Foxes'")


def test_what_breaks_at_an_update_which_has_no_badge_is_told_at_the_start(tmp_path):
    breaking = "{{ card.badge_name | first }}"
    themes = a_theme(tmp_path, file="letter.txt", old="{# card #}", new="{# card #}" + breaking)

    assert refused(themes).subject == f"{tmp_path / 'mine' / 'letter.txt'}:{line_of(tmp_path / 'mine' / 'letter.txt', breaking)}"


def test_a_macro_that_calls_itself_is_an_error_of_the_theme(tmp_path):
    endless = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"
    themes = a_theme(tmp_path, file="letter.txt", old="{{ letter.thanks | wrap }}", new=endless)

    assert refused(themes).subject == f"{tmp_path / 'mine' / 'letter.txt'}:{line_of(tmp_path / 'mine' / 'letter.txt', endless)}"


@pytest.mark.parametrize(
    "order",
    ["letter.sections | reverse", "letter.sections if not section.is_top", "letter.sections + letter.sections", "letter.sections[:0]"],
)
def test_a_theme_may_show_sections_in_another_order_or_leave_some_out(order, tmp_path):
    themes = a_theme(tmp_path, file="letter.txt", old="for section in letter.sections", new=f"for section in {order}")
    press, issue = Press("mine", themes=themes), an_issue(*papers_named("On Foxes", "On Hounds", "On Hens"))

    assert press.render(issue, LEAVE) == press.render_whole(issue, LEAVE)


def test_a_line_that_is_not_alone_in_its_loop_is_an_error(tmp_path):
    error = refused(a_theme(tmp_path, old="{# /line #}{% endfor %}", new="{# /line #}<hr />{% endfor %}"))

    assert "{# line #}" in error.message


def test_a_theme_need_not_name_the_others(tmp_path):
    themes = a_theme(tmp_path)
    path = themes / "mine" / "letter.mjml"
    path.write_text(re.sub(r"\{# others #\}.*?\{# /others #\}", "", path.read_text(), flags=re.DOTALL))
    others = tuple(papers_named("On Bears")[0].paper for _ in range(2))

    assert "On Bears" not in Press("mine", themes=themes).render(an_issue(*papers_named("On Foxes"), others=others), LEAVE).html


def test_a_theme_cannot_reach_what_is_not_a_word_of_the_letter(tmp_path):
    themes = a_theme(tmp_path, old="{{ letter.thanks }}", new="{{ letter.__class__.__mro__ }}")

    assert "unsafe" in refused(themes).message


def test_a_colour_the_theme_does_not_have_is_an_error_of_the_configuration():
    with pytest.raises(ConfigurationError, match="use one of|no such colour"):
        Press(branding=Branding(colours=(("shade", "#000000"),)))


def test_what_is_no_colour_is_an_error_of_the_configuration():
    with pytest.raises(ConfigurationError, match="not a colour"):
        Press(branding=Branding(colours=(("ink", "red;} body{"),)))


@pytest.mark.parametrize("written", ['colours = "red"\n', "colours = []\n", '[[colours]]\nink = "#000000"\n', "a = " + "[" * 5000])
def test_colours_that_are_no_table_are_an_error_of_the_theme(written, tmp_path):
    a_theme(tmp_path)
    (tmp_path / "mine" / "theme.toml").write_text(written)

    assert refused(tmp_path).subject.startswith(str(tmp_path / "mine" / "theme.toml"))
    assert [theme.description for theme in themes_there(tmp_path) if theme.is_own] == [""]


def test_a_colour_that_is_none_in_a_theme_is_an_error(tmp_path):
    assert "colours.ink" in refused(a_theme(tmp_path, file="theme.toml", old='ink = "#1f1c18"', new='ink = "black"')).message


@pytest.mark.parametrize("theme", [PAPER, COMPACT], ids=["paper", "compact"])
@pytest.mark.parametrize("night", ["", "night_"])
@pytest.mark.parametrize("name", ["ink", "muted", "accent"])
def test_every_text_colour_can_be_read_by_day_and_by_night(name, night, theme):
    palette = palette_of(theme)
    lighter, darker = sorted((luminance(palette[night + name]), luminance(palette[f"{night}page"])), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
