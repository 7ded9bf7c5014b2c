"""What readers ask for that nothing can give them."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from digest.config import Settings, parse
from digest.doctor import readers as examined
from digest.doctor.findings import Finding
from digest.doctor.wanted import wanted
from digest.model import Edition, Interest, Profile, SourceOptions, Subscription
from digest.rendering.presses import copy_theme
from tests.builders import a_subscription
from tests.command_line import SENDER


def settings(*categories: str, more: str = "") -> Settings:
    """A configuration whose arXiv source asks for these categories."""
    return replace(parse(SENDER + more, "config.toml"), sources=(SourceOptions(name="arxiv", kind="arxiv", categories=categories),))


def wishes(read: Settings, readers: Iterable[Subscription]) -> Iterator[Finding]:
    """What is found about what these readers ask for."""
    return examined.wishes(read, wanted(readers, [source.kind for source in read.sources]))


def test_a_theme_that_is_not_there_is_a_problem_that_names_those_that_are() -> None:
    reader = replace(a_subscription(), theme="fancy")

    (found,) = wishes(settings(), [reader])

    assert (str(found.verdict), found.check) == ("problem", "themes")
    assert found.sentence == "there is no theme 'fancy', so letters go out as it was last, else in the built-in theme paper"
    assert found.advice == "name one of compact, paper: `digest themes list` shows them"


def test_everyone_who_names_a_theme_that_is_not_there_is_named() -> None:
    ana, bo = replace(a_subscription(), theme="fancy"), replace(a_subscription("bo@example.org"), theme="fancy")

    (found,) = wishes(settings(more='[rendering]\ntheme = "fancy"\n'), [ana, bo])

    assert found.subject == "[rendering] theme, ana@example.org, bo@example.org"


def test_a_theme_that_cannot_be_set_is_a_problem_that_names_its_line(tmp_path: Path) -> None:
    letter = copy_theme("mine", "paper", tmp_path) / "letter.mjml"
    letter.write_text(letter.read_text().replace("{% endif %}", "{% endfi %}", 1))
    reader = replace(a_subscription(), theme="mine")

    (found,) = wishes(settings(more=f'[rendering]\nthemes = "{tmp_path}"\n'), [reader])

    assert (str(found.verdict), found.check, found.subject) == ("problem", "themes", "ana@example.org")
    assert re.match(rf"{re.escape(str(letter))}:\d+: .*endfi", found.sentence)
    assert found.sentence.endswith("; letters go out as it was last, else in the built-in theme paper")
    assert found.advice == "mend it; `digest preview ADDRESS --theme mine` shows whether it is"


def test_a_colour_that_no_theme_has_is_a_problem() -> None:
    (found,) = wishes(settings(more='[rendering]\ncolours = {inkk = "#1f1c18"}\n'), [a_subscription()])

    assert (str(found.verdict), found.check, found.subject) == ("problem", "themes", "[rendering] colours")
    assert "inkk" in found.sentence


def test_a_theme_of_ones_own_that_can_be_set_is_no_finding(tmp_path: Path) -> None:
    copy_theme("mine", "compact", tmp_path)

    assert list(wishes(settings(more=f'[rendering]\ntheme = "mine"\nthemes = "{tmp_path}"\n'), [a_subscription()])) == []


def test_a_category_that_no_source_is_asked_for_is_noted_with_its_readers() -> None:
    ana = a_subscription(profile=Profile(categories=("cs.CV", "cs.LG", "math.AG")))
    bo = replace(a_subscription("bo@example.org"), profile=None, edition=Edition(name="cs.CV"))

    found = list(wishes(settings("cs.LG", "math"), [ana, bo]))

    assert [(each.subject, each.sentence) for each in found] == [
        ("cs.CV", "is read by ana@example.org, bo@example.org and asked of no source: only what is cross-listed from elsewhere comes")
    ]


def test_a_source_that_names_no_categories_asks_for_its_readers_ones() -> None:
    assert list(wishes(settings(), [a_subscription(profile=Profile(categories=("cs.CV",)))])) == []


def test_where_arxiv_is_not_asked_at_all_its_categories_are_noted() -> None:
    journal = replace(settings(), sources=(SourceOptions(name="journal", kind="feed", url="https://journal.example.org/feed"),))

    (found,) = wishes(journal, [a_subscription(profile=Profile(categories=("cs.CV",)))])

    assert found.sentence == "is read by ana@example.org and asked of no source: no source here asks arXiv"
    assert found.advice == "add arXiv (digest sources add --kind arxiv), or leave the category out"


def test_where_arxiv_is_paused_it_is_not_to_be_added_once_more() -> None:
    paused = replace(settings(), sources=(SourceOptions(name="listings", kind="arxiv", paused=True),))

    (found,) = wishes(paused, [a_subscription(profile=Profile(categories=("cs.CV",)))])

    assert found.advice == "let arXiv be asked again (digest sources resume listings), or leave the category out"


def test_a_misspelt_category_of_a_command_is_noted() -> None:
    (found,) = wishes(settings(), [a_subscription(profile=Profile(categories=("cs.LLM",)))])

    assert found.sentence.startswith("'cs.LLM' is no category of arXiv that is known here")


def test_an_id_that_is_followed_without_a_name_is_noted() -> None:
    (found,) = wishes(settings(), [a_subscription(profile=Profile(authors=("Yarin Gal", "A5023888391")))])

    assert (found.subject, found.sentence.partition(" finds nobody")[0]) == ("ana@example.org", "'A5023888391'")


def test_an_id_is_enough_where_a_source_of_ones_own_may_give_it() -> None:
    own = replace(settings(), sources=(SourceOptions(name="lab", kind="lab.papers:make"),))

    assert list(wishes(own, [a_subscription(profile=Profile(authors=("A5023888391",)))])) == []


def test_of_many_readers_a_finding_names_five_and_counts_the_others() -> None:
    profile = Profile(categories=("cs.CV", "cs.LLM"))
    readers = [replace(a_subscription(f"{name}@example.org", profile=profile), theme="fancy") for name in "abcdefg"]

    theme, doubt, category = wishes(settings("cs.LG"), readers)

    five = "a@example.org, b@example.org, c@example.org, d@example.org, e@example.org and 2 others"
    assert (theme.subject, doubt.subject) == (five, five)
    assert category.sentence == f"is read by {five} and asked of no source: only what is cross-listed from elsewhere comes"


def test_a_reader_with_several_subscriptions_is_counted_once() -> None:
    stored = [replace(a_subscription(f"{n}@example.org"), theme="fancy") for n in range(8)]
    readers = [replace(one, subscriber=replace(one.subscriber, id=n)) for n, one in enumerate(stored, start=5)]
    ana = replace(a_subscription(), theme="fancy", configured=True)

    (theme,) = wishes(settings(), [ana, ana, *readers, *readers, replace(ana, subscriber=replace(ana.subscriber, id=1), name="more")])

    assert theme.subject == "ana@example.org, 0@example.org, 1@example.org, 2@example.org, 3@example.org and 4 others"


def test_of_readers_nothing_is_kept_but_what_they_ask_for() -> None:
    def some() -> Iterator[Subscription]:
        for number in range(1, 1001):
            profile = Profile(interests=(Interest(topics=("x" * 2000 + str(number),)),), categories=("cs.LG",))
            made = a_subscription(f"{number}@example.org", profile=profile)
            yield replace(made, subscriber=replace(made.subscriber, id=number))

    tracemalloc.start()
    found = wanted(some(), ["arxiv"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.categories["cs.LG"].count == 1000
    assert peak < 500_000


def test_six_readers_are_all_named() -> None:
    readers = [replace(a_subscription(f"{n}@example.org"), theme="fancy") for n in "abcdef"]

    (theme,) = wishes(settings(), readers)

    assert theme.subject == "a@example.org, b@example.org, c@example.org, d@example.org, e@example.org, f@example.org"


def test_a_colour_in_which_text_cannot_be_read_is_noted_with_its_page_and_by_how_much() -> None:
    chosen = '[rendering]\ncolours = {accent = "#ffcc00", night_page = "#ffffff", night_ink = "#000000", night_muted = "#555555"}\n'

    by_day, by_night = wishes(settings(more=chosen), [a_subscription()])

    assert (str(by_day.verdict), by_day.check, by_day.subject) == ("note", "themes", "paper")
    assert by_day.sentence == "text in accent is hard to read on page: their contrast is 1.4:1, and text needs 4.5:1"
    assert by_day.advice == "take a darker or lighter colour for one of them"
    assert by_night.sentence.startswith("text in night_accent is hard to read on night_page: their contrast is 2.0:1")


def test_a_colour_of_a_theme_that_nobody_gets_is_not_noted(tmp_path: Path) -> None:
    theme = copy_theme("mine", "compact", tmp_path) / "theme.toml"
    theme.write_text(re.sub(r'ink = "#\w+"', 'ink = "#ffffff"', theme.read_text()))

    assert list(wishes(settings(more=f'[rendering]\nthemes = "{tmp_path}"\n'), [a_subscription()])) == []


def test_the_built_in_themes_can_be_read() -> None:
    readers = [replace(a_subscription(), theme=theme) for theme in ("paper", "compact")]

    assert list(wishes(settings(more='[rendering]\ncolours = {accent = "#b31b1b"}\n'), readers)) == []
