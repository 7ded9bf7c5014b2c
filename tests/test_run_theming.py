"""A theme that its operator breaks: the failure is told with file and line, and letters go on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.delivery import Reply
from digest.delivery.folder import ImmediateTransport
from digest.errors import ConfigurationError, ThemeError
from digest.model import DeliveryStatus, Letter
from digest.rendering import Branding, Press
from digest.rendering.presses import Presses
from digest.resources import templates_dir
from digest.run import Parts, Report, page_of, render_issue, run
from digest.run.mailing.theming import Theming
from digest.run.parts import StandIn
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.run_parts import parts_with

DAY = timedelta(days=1)
MINE = "<!-- mine -->"


class Caught(ImmediateTransport):
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[str] = []

    def send(self, letter: Letter) -> Reply:
        made = message_from_bytes(letter.content, policy=policy.default)
        part = made.get_body(("html",))
        assert part is not None
        self.letters.append(part.get_content())
        return Reply(250, "kept")


@dataclass
class Office:
    """An operator's folder of themes, and the runs that use it."""

    themes: Path
    catalog: Catalog
    caught: Caught = field(default_factory=Caught)
    theme: str = "mine"
    colours: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        shutil.copytree(templates_dir() / "themes" / "paper", self.themes / "mine")
        self.edit("</mj-body>", f"<mj-raw>{MINE}</mj-raw></mj-body>")
        self.parts = self._parts()

    def edit(self, old: str, new: str, file: str = "letter.mjml") -> Path:
        path = self.themes / "mine" / file
        source = path.read_text(encoding="utf-8")
        assert old in source
        path.write_text(source.replace(old, new, 1), encoding="utf-8")
        return path

    def restarted(self, **changes: object) -> Office:
        for name, value in changes.items():
            setattr(self, name, value)
        self.parts = self._parts()
        return self

    def run(self, now: datetime, *titles: str) -> Report:
        """One run with these papers new, after which only its letters are in `caught`."""
        self.caught.letters.clear()
        papers = [a_paper(f"url:https://example.org/{now:%d}/{title}", title) for title in titles or (f"Foxes of {now:%d %B}",)]
        self.catalog.papers.record(a_batch(*papers, on=now.date()), now)
        return run(self.parts, lambda: now)

    def _parts(self) -> Parts:
        presses = Presses(self.theme, themes=self.themes, branding=Branding(colours=self.colours))
        return replace(parts_with(self.catalog, lambda: self.caught), press=presses, themes=presses)


@pytest.fixture
def office(tmp_path: Path, catalog: Catalog) -> Office:
    (tmp_path / "themes").mkdir()
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    return Office(tmp_path / "themes", catalog)


def broken_by_syntax(office: Office) -> str:
    path = office.edit("{{ letter.glance }}", "{{ letter.glance")
    return f"{path}:{line_of(path, '{{ letter.glance')}"


def broken_by_a_name(office: Office) -> str:
    path = office.edit("{{ letter.thanks }}", "{{ letter.thank }}")
    return f"{path}:{line_of(path, 'letter.thank }}')}"


def broken_by_a_missing_file(office: Office) -> str:
    path = office.themes / "mine" / "letter.mjml"
    path.unlink()
    return str(path)


def broken_by_another_encoding(office: Office) -> str:
    path = office.themes / "mine" / "theme.toml"
    path.write_bytes(b"\xff\xfe")
    return f"{path}:1"


def broken_by_a_missing_folder(office: Office) -> str:
    shutil.rmtree(office.themes / "mine")
    return "mine"


def broken_by_a_folder_out_of_reach(office: Office) -> str:
    path = office.themes / "mine"
    shutil.rmtree(path)
    path.symlink_to(path)  # nobody can follow it, not even root
    return str(path)


WAYS = (
    broken_by_syntax,
    broken_by_a_name,
    broken_by_a_missing_file,
    broken_by_another_encoding,
    broken_by_a_missing_folder,
    broken_by_a_folder_out_of_reach,
)
FILES_OR_NONE = (broken_by_syntax, broken_by_a_missing_folder)
"""One of each kind, for what does not look at how a theme is broken: there are files of it, or there are none."""


def line_of(path: Path, text: str) -> int:
    return path.read_text(encoding="utf-8").split(text)[0].count("\n") + 1


def test_a_theme_that_can_be_set_is_kept_and_told_nothing_of(office: Office) -> None:
    report = office.run(NOON)

    kept = office.catalog.themes.find("mine")
    assert kept is not None
    assert (MINE in dict(kept.files)["letter.mjml"], [name for name, _ in kept.files]) == (True, ["letter.mjml", "theme.toml"])
    assert (MINE in office.caught.letters[0], report.failures, report.stand_ins) == (True, [], [])


def test_without_a_temporary_folder_letters_go_on_in_the_built_in_theme(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.run(NOON)
    broken_by_syntax(office)
    monkeypatch.setattr(tempfile, "tempdir", str(office.themes / "gone"))

    report = office.run(NOON + DAY)

    assert [stand_in.used for stand_in in report.stand_ins] == ["the built-in theme paper"]
    assert report.deliveries == {DeliveryStatus.SENT: 1}


@pytest.mark.parametrize("breaks", WAYS)
def test_letters_go_on_in_the_theme_as_it_was(office: Office, breaks: Callable[[Office], str]) -> None:
    office.run(NOON)
    subject = breaks(office)

    report = office.run(NOON + DAY)

    assert [failure.subject for failure in report.failures] == [subject]
    assert "letters go out in mine as it was on 2026-11-23 12:00 UTC" in report.failures[0].hint
    assert [MINE in letter for letter in office.caught.letters] == [True]
    assert report.stand_ins == [StandIn("ana@example.org", "main", "mine", "mine as it was on 2026-11-23 12:00 UTC")]
    assert report.deliveries == {DeliveryStatus.SENT: 1}


@pytest.mark.parametrize("breaks", WAYS)
def test_letters_go_on_in_a_built_in_theme_where_nothing_is_kept(office: Office, breaks: Callable[[Office], str]) -> None:
    subject = breaks(office)

    report = office.run(NOON)

    assert [failure.subject for failure in report.failures] == [subject]
    assert "letters go out in the built-in theme paper" in report.failures[0].hint
    assert [(MINE in letter, "Foxes of 23 November" in letter) for letter in office.caught.letters] == [(False, True)]
    assert [stand_in.used for stand_in in report.stand_ins] == ["the built-in theme paper"]


@pytest.mark.parametrize("breaks", FILES_OR_NONE)
def test_looking_at_a_broken_theme_shows_the_error(office: Office, breaks: Callable[[Office], str]) -> None:
    office.run(NOON)
    subject = breaks(office)
    issue = office.catalog.issues.latest(1)[0]

    with pytest.raises(ThemeError) as refusal:
        render_issue(office.parts, issue)

    assert refusal.value.subject == subject


@pytest.mark.parametrize("breaks", FILES_OR_NONE)
def test_a_letters_page_is_in_what_the_letter_would_be_in(office: Office, breaks: Callable[[Office], str]) -> None:
    office.run(NOON)
    breaks(office)

    page = page_of(office.parts, office.catalog.issues.latest(1)[0], NOON + DAY)

    assert (MINE in page.html, "Foxes of 23 November" in page.html) == (True, True)


def test_a_page_keeps_no_theme_since_reading_changes_nothing(office: Office) -> None:
    office.run(NOON)
    office.edit(MINE, "<!-- newer -->")

    page = page_of(office.parts, office.catalog.issues.latest(1)[0], NOON + DAY)

    kept = office.catalog.themes.find("mine")
    assert kept is not None
    assert ("<!-- newer -->" in page.html, MINE in dict(kept.files)["letter.mjml"]) == (True, True)


def test_a_theme_without_a_letter_yet_is_kept_once_it_is_tried_and_not_for_a_page(office: Office) -> None:
    office.restarted(theme="paper").run(NOON)
    page = page_of(office.restarted(theme="mine").parts, office.catalog.issues.latest(1)[0], NOON)
    after_page = office.catalog.themes.find("mine")

    Theming(office.parts, Report(NOON)).ready()

    assert (MINE in page.html, after_page) == (True, None)
    assert office.catalog.themes.find("mine") is not None


def test_a_theme_that_breaks_while_we_stay_running_is_noticed_at_the_next_run(office: Office) -> None:
    sound = office.run(NOON)
    office.edit(MINE, "<!-- newer -->")
    newer = office.run(NOON + DAY)
    shown = ["<!-- newer -->" in letter for letter in office.caught.letters]
    broken_by_syntax(office)
    broken = office.run(NOON + 2 * DAY)
    still = ["<!-- newer -->" in letter for letter in office.caught.letters]

    assert (sound.failures, newer.failures, len(broken.failures)) == ([], [], 1)
    assert (shown, still) == ([True], [True])


def test_a_theme_that_is_mended_is_used_again(office: Office) -> None:
    office.run(NOON)
    office.edit("{{ letter.glance }}", "{{ letter.glance")
    office.run(NOON + DAY)
    office.edit("{{ letter.glance", "{{ letter.glance }} and on")

    report = office.run(NOON + 2 * DAY)

    assert (report.failures, report.stand_ins) == ([], [])
    assert " and on" in office.caught.letters[0]


def test_a_failure_is_told_once_however_many_letters_there_are(office: Office) -> None:
    office.catalog.subscribers.add(a_subscription("bo@example.org"), NOON - DAY)
    office.catalog.subscribers.add(a_subscription("cy@example.org", theme="mine"), NOON - DAY)
    broken_by_syntax(office)

    report = office.run(NOON)

    assert len(report.failures) == 1
    assert sorted(stand_in.address for stand_in in report.stand_ins) == ["ana@example.org", "bo@example.org", "cy@example.org"]


def test_one_readers_broken_theme_is_nobody_elses(office: Office) -> None:
    office.restarted(theme="paper")
    office.catalog.subscribers.add(a_subscription("cy@example.org", theme="mine"), NOON - DAY)
    broken_by_syntax(office)

    report = office.run(NOON)

    assert [stand_in.address for stand_in in report.stand_ins] == ["cy@example.org"]
    assert report.deliveries == {DeliveryStatus.SENT: 2}


def unable_to_set_hens(office: Office) -> None:
    office.edit("{{ paper.comment }}", "{% if paper.title == 'On Hens' %}{{ paper.nothing }}{% endif %}")
    office.edit("{% if paper.comment %}", "{% if true %}")


def test_a_paper_that_a_theme_cannot_set_goes_out_in_a_built_in_one(office: Office) -> None:
    unable_to_set_hens(office)

    report = office.run(NOON, "On Hens")

    assert [MINE in letter for letter in office.caught.letters] == [False]
    assert [stand_in.used for stand_in in report.stand_ins] == ["the built-in theme paper"]
    assert "nothing" in report.failures[0].message
    office.run(NOON + DAY, "On Geese")
    assert [MINE in letter for letter in office.caught.letters] == [True]


def test_a_paper_that_a_changed_theme_cannot_set_goes_out_in_the_theme_as_it_was(office: Office) -> None:
    office.run(NOON)
    unable_to_set_hens(office)

    assert [stand_in.used for stand_in in office.run(NOON + DAY, "On Hens").stand_ins] == ["mine as it was on 2026-11-23 12:00 UTC"]


def test_what_is_kept_may_be_what_an_older_digest_could_set(office: Office) -> None:
    office.catalog.themes.keep("mine", (("letter.mjml", "<mjml>{{ letter.gone }}</mjml>"), ("theme.toml", "[colours]\n")), NOON - DAY)
    broken_by_syntax(office)

    assert [stand_in.used for stand_in in office.run(NOON).stand_ins] == ["the built-in theme paper"]


def test_colours_that_only_the_broken_theme_has_do_not_stop_its_letters(office: Office) -> None:
    office.edit("[colours]", '[colours]\nshade = "#000000"', "theme.toml")
    office.restarted(colours=(("shade", "#111111"), ("accent", "#b31b1b")))
    broken_by_syntax(office)

    assert office.run(NOON).deliveries == {DeliveryStatus.SENT: 1}
    assert "#b31b1b" in office.caught.letters[0]


def test_a_colour_that_leaves_the_theme_leaves_the_letters_as_they_were(office: Office) -> None:
    office.edit("[colours]", '[colours]\nshade = "#000000"', "theme.toml")
    office.restarted(colours=(("shade", "#111111"),)).run(NOON)
    office.edit('shade = "#000000"', "", "theme.toml")

    report = office.run(NOON + DAY)

    assert [(failure.subject, MINE in office.caught.letters[0]) for failure in report.failures] == [("rendering.colours.shade", True)]


@pytest.mark.parametrize(("usual", "of_bo"), [("mine", "compact"), ("paper", "mine")])
def test_a_colour_that_one_theme_alone_has_stops_no_letter_in_another(usual: str, of_bo: str, office: Office) -> None:
    office.edit("[colours]", '[colours]\nshade = "#000000"', "theme.toml")
    office.edit("{{ letter.glance }}", '<span style="color:{{ colours.shade }}">{{ letter.glance }}</span>')
    office.catalog.subscribers.add(replace(a_subscription(email="bo@example.org"), theme=of_bo), NOON - DAY)
    office.restarted(theme=usual, colours=(("shade", "#111111"), ("accent", "#b31b1b")))

    report = office.run(NOON)

    assert (report.deliveries, report.failures) == ({DeliveryStatus.SENT: 2}, [])
    assert sorted("#111111" in letter for letter in office.caught.letters) == [False, True]
    assert ["#b31b1b" in letter for letter in office.caught.letters] == [True, True]


def test_a_colour_that_no_theme_has_is_still_an_error_of_the_configuration(office: Office) -> None:
    office.restarted(theme="paper", colours=(("shade", "#111111"),))

    with pytest.raises(ConfigurationError, match="no such colour"):
        office.run(NOON)


def test_the_built_in_theme_comes_back_where_an_operators_copy_of_it_is_broken(office: Office) -> None:
    shutil.copytree(office.themes / "mine", office.themes / "paper")
    (office.themes / "paper" / "theme.toml").write_text("not toml")
    office.restarted(theme="paper")

    assert [stand_in.used for stand_in in office.run(NOON).stand_ins] == ["the built-in theme paper"]


def test_a_theme_is_not_kept_while_it_is_being_edited(office: Office) -> None:
    class Edited(Presses):
        def __call__(self, theme: str = "", language: str = "en") -> Press:
            press = super().__call__(theme, language)
            office.edit(MINE, "{{ half")
            return press

    themes = Edited("mine", themes=office.themes)

    Theming(replace(office.parts, press=themes, themes=themes), Report(NOON)).ready()

    assert office.catalog.themes.find("mine") is None


def test_the_report_names_the_letters_for_scripts(office: Office) -> None:
    broken_by_syntax(office)

    assert office.run(NOON).as_json()["stand_ins"] == [
        {"address": "ana@example.org", "subscription": "main", "theme": "mine", "used": "the built-in theme paper"}
    ]


def test_what_stands_in_is_made_once_for_all_letters() -> None:
    presses = Presses("mine")

    assert presses.last_resort("de") is presses.last_resort("de")
    assert presses.last_resort("de") is not presses.last_resort("en")
