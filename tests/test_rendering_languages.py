"""Languages: what is said in them, their days, which one a code means, and that their catalogues are complete."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polib import POEntry

from digest.model import Reason
from digest.rendering import Press
from digest.rendering.languages import Language, language, wanted
from digest.resources import language_codes, languages_dir
from tests.builders import a_paper
from tests.languages import pseudo_language, rtl_language
from tests.messages import KEYWORDS, PLACES, begun, brought_up, collected, compiled, is_translated, said
from tests.rendering_builders import LEAVE, WEB, a_pick, an_issue

ENGLISH, GERMAN = language("en"), language("de")
MONDAY = date(2026, 11, 23)
SECOND_OF_JUNE = datetime(2025, 6, 2, 23, 30, tzinfo=UTC)
SLOT = re.compile(r"\{(\w+)\}")
CATALOGUES = sorted(languages_dir().glob("*/digest.po"))


@pytest.fixture
def pseudo(tmp_path: Path) -> Language:
    return pseudo_language(tmp_path)


@pytest.fixture
def rtl(tmp_path: Path) -> Language:
    return rtl_language(tmp_path)


# --- days ---------------------------------------------------------------------------------------------------------------


def test_english_days_are_written_as_ever():
    assert ENGLISH.long_day(MONDAY) == "Monday, 23 November 2026"
    assert ENGLISH.short_day(SECOND_OF_JUNE, 2025) == "2 Jun"
    assert ENGLISH.short_day(SECOND_OF_JUNE, 2026) == "2 Jun 2025"


def test_german_days_are_written_as_in_german():
    assert GERMAN.long_day(MONDAY) == "Montag, 23. November 2026"
    assert GERMAN.short_day(SECOND_OF_JUNE, 2025) == "2.\u00a0Juni"
    assert GERMAN.short_day(SECOND_OF_JUNE, 2026) == "2.\u00a0Juni\u00a02025"


def test_short_days_are_counted_in_utc():
    assert GERMAN.short_day(datetime.fromisoformat("2026-03-01T00:30:00+05:30"), 2026) == "28.\u00a0Februar"


@given(st.dates(), st.sampled_from(["en", "de"]))
def test_every_day_can_be_written(day: date, code: str):
    assert str(day.year) in language(code).long_day(day)


# --- messages -----------------------------------------------------------------------------------------------------------


def test_a_message_without_a_translation_is_said_in_english():
    assert GERMAN.say("nobody translated {this}", this="that") == "nobody translated that"


def test_the_form_fits_the_count():
    said = [GERMAN.say_many("{count} vote", "{count} votes", count) for count in (0, 1, 2)]

    assert said == ["0 Stimmen", "1 Stimme", "2 Stimmen"]


@given(st.text())
def test_a_value_is_put_in_as_it_is(value: str):
    assert GERMAN.say("you follow {listed}", listed=value) == f"du folgst {value}"


def test_braces_and_messages_in_a_value_stay():
    assert GERMAN.say("not by {who}", who="{who} {0} votes") == "nicht von {who} {0} votes"


def test_a_value_may_have_the_name_of_an_argument():
    assert ENGLISH.say("{message} {self}", message="a", self="b") == "a b"


def test_a_list_has_what_stands_between_its_items(rtl: Language):
    assert GERMAN.list_of(("a", "b", "c")) == "a, b, c"
    assert rtl.list_of(()) == ""


def test_a_month_may_be_said_otherwise_where_it_is_short():
    assert (ENGLISH.say_in("month", "May"), GERMAN.say_in("month", "March"), GERMAN.say_in("short month", "Mar")) == ("May", "März", "März")


# --- which language -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "found"),
    [("de", "de"), ("de-AT", "de"), ("DE_at", "de"), ("en", "en"), ("en-GB", "en"), ("tlh", "en"), ("", "en"), ("../de", "en")],
)
def test_a_code_that_is_not_there_falls_back(code: str, found: str):
    assert language(code).code == found


def test_a_region_of_its_own_comes_before_its_language(pseudo: Language, tmp_path: Path):
    assert (pseudo.code, language("EN_xa", tmp_path).code, language("en-US", tmp_path).code) == ("en-XA", "en-XA", "en")


def test_a_language_is_read_once():
    assert language("de") is language("de")


def test_there_are_english_and_german():
    assert language_codes() == ("de", "en")


def test_the_direction_stands_in_the_catalogue(pseudo: Language, rtl: Language):
    assert [spoken.direction for spoken in (ENGLISH, GERMAN, pseudo)] == ["ltr"] * 3
    assert (rtl.code, rtl.direction) == ("ar-XX", "rtl")


def test_the_pseudo_language_is_longer_and_keeps_its_slots(pseudo: Language):
    assert pseudo.say("not by {who}", who="Ana") == "[!! ńóť bý Ana~~~~~ !!]"


def test_a_sign_stands_before_its_number_in_a_letter_from_the_right(rtl: Language):
    reasons = (Reason("topics", 3.0, "topic 'foxes'"), Reason("recency", -7.0, "no date"))
    rendering = Press(language=rtl).render(an_issue(a_pick(reasons=reasons)), LEAVE)

    assert '\u00a0<span dir="ltr">+3</span>\u00a0· ' in rendering.html
    assert '\u00a0<span dir="ltr">−7</span></p>' in rendering.html
    assert '<span dir="ltr" role="group" aria-label="ابت Score ثجح" title="ابت Score ثجح">−4</span>' in rendering.html
    assert "ثجح −7\n" in rendering.text


def test_the_language_from_the_right_wraps_each_message(rtl: Language):
    assert rtl.say("no votes") == "ابت no votes ثجح"


# --- the catalogues -----------------------------------------------------------------------------------------------------


@cache
def everything_said() -> tuple[POEntry, ...]:
    return tuple(said())


def test_no_message_stands_in_an_f_string_where_it_is_found_from_python_3_12_on_only():
    found = []
    for path in (file for place in PLACES for file in place.rglob("*.py")):
        strings = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)]
        pieces = [part for string in strings for part in ast.walk(string)]
        calls = [part for part in pieces if isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.Constant)]
        found += [f"{path.name}:{call.lineno}" for call in calls if ast.unparse(call.func).rpartition(".")[2] in KEYWORDS]

    assert found == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.name)
def test_a_catalogue_has_every_message(path: Path):
    translations = collected(path)

    assert path.read_bytes() == brought_up(translations, everything_said()), "bring it up to date: uv run python -m tests.messages"
    assert [entry.msgid for entry in translations if not is_translated(entry)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.name)
def test_what_is_read_is_compiled_from_what_is_written(path: Path):
    assert path.with_suffix(".mo").read_bytes() == compiled(collected(path)), "compile it: uv run python -m tests.messages"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.name)
def test_a_translation_has_the_slots_of_its_message(path: Path):
    wrong = [entry.msgid for entry in collected(path) if not same_slots(entry)]

    assert wrong == []


def same_slots(entry: POEntry) -> bool:
    """A form for one alone may leave the count away."""
    forms = tuple(entry.msgstr_plural.values()) if entry.msgid_plural else (entry.msgstr,)
    wanted = set(SLOT.findall(entry.msgid_plural or entry.msgid))
    loose = {"count"} if len(forms) > 1 else set()
    plain = [re.sub(SLOT, "", form) for form in forms]
    return all(wanted - loose <= set(SLOT.findall(form)) <= wanted for form in forms) and not any(set("{}") & set(form) for form in plain)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [("a {x}", "{x} b", True), ("a {x}", "b", False), ("a", "b {x}", False), ("a {x}", "{x} {", False), ("a {x}", "{y}", False)],
)
def test_slots_that_differ_are_noticed(one: str, other: str, is_same: bool):
    assert same_slots(POEntry(msgid=one, msgstr=other)) is is_same


def test_a_message_that_is_new_is_noticed(tmp_path: Path):
    (tmp_path / "letters.py").write_text('def f(language):\n    return language.say("as new as {this}", this=1)\n')
    (tmp_path / "letter.mjml").write_text('<mj-text>{{ _("told in a template") }}{# card #}</mj-text>')

    assert {message.msgid for message in said([tmp_path])} == {"as new as {this}", "told in a template"}


def test_a_translation_stays_with_its_message_and_goes_with_it(tmp_path: Path):
    (tmp_path / "letters.py").write_text('say("More")\nsay("as new as {this}")\n')

    path = tmp_path / "digest.po"
    path.write_bytes(brought_up(collected(CATALOGUES[0]), said([tmp_path])))

    assert [(entry.msgid, entry.msgstr) for entry in collected(path)] == [("More", "Mehr"), ("as new as {this}", "")]


def test_each_way_of_saying_is_found_with_its_context_and_its_form_for_many(tmp_path: Path):
    (tmp_path / "a.py").write_text(
        'say("one")\nsay_in("where", "two")\nsay_many("{n} fox", "{n} foxes", n)\nmessage("when", "four")\nmessage("five")\n'
        'messages("a hen", "hens")\nwrong("seven", "mend it", n=1)\nsay(name)\nsaid("no")\n# say("no")\nlanguage.say_many("a", b, 2)\n'
    )
    (tmp_path / "b.html").write_text('<p>{{ _("eight") }} {{ pgettext("here", "nine") }} {{ ngettext("an owl", "{n} owls", n) }}</p>')

    assert [(m.msgctxt, m.msgid, m.msgid_plural) for m in said([tmp_path])] == [
        (None, "a hen", "hens"), (None, "an owl", "{n} owls"), (None, "eight", ""), (None, "five", ""), ("when", "four", ""),
        (None, "mend it", ""), ("here", "nine", ""), (None, "one", ""), (None, "seven", ""), ("where", "two", ""),
        (None, "{n} fox", "{n} foxes"),
    ]  # fmt: skip


def test_a_language_is_begun_with_every_message_and_no_translation(tmp_path: Path):
    path = tmp_path / "digest.po"

    path.write_bytes(brought_up(begun("fr"), everything_said()))

    assert len(collected(path)) == len(everything_said())
    assert (collected(path).metadata["Language"], any(map(is_translated, collected(path)))) == ("fr", False)


def test_a_language_gets_as_many_forms_as_it_says_it_has():
    polish = begun("pl")
    polish.metadata["Plural-Forms"] = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"

    several = [message for message in everything_said() if message.msgid_plural]
    assert brought_up(polish, everything_said()).count(b"\nmsgstr[2] ") == len(several)


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.7, en;q=0.3", "de"),
        ("de;q=0.3, en;q=0.7", "en"),
        ("de; q=0, fr", "en"),
        ("de;q=much, en", "en"),
        ("*", "en"),
        ("../de", "en"),
        ("x," * 10_000 + "de", "en"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_of_its_that_there_is(accept: str, code: str):
    assert wanted(accept) == code


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_an_english_title_in_a_german_letter_is_marked_as_english(theme: str) -> None:
    english, other = a_paper("arxiv:2611.00001", "On Foxes"), a_paper("doi:10.1000/x", "Von Füchsen")
    others = (replace(english, key="arxiv:2611.00002", ids=()), replace(other, key="doi:10.1000/y"))
    issue = an_issue(a_pick(english), a_pick(other), others=others)
    titles = re.compile(r'<(h3|p)[^>]* dir="auto" lang="([^"]*)"[^>]*>(?:<[^>]*>)?(?:On|Von)')
    spoken, said = (titles.findall(Press(theme, language=code).render(issue, WEB).html) for code in ("en", "de"))

    assert spoken == [("h3", "en"), ("h3", "en"), ("p", "en"), ("p", "en")]
    assert said == [("h3", "en"), ("h3", "de"), ("p", "en"), ("p", "de")]
