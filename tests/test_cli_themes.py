"""`digest themes`: what there is, a copy to change, and its errors; `digest preview` in a theme that is not the reader's."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from digest.config import parse
from digest.errors import ThemeError
from digest.rendering.presses import Presses, themes_there
from digest.resources import templates_dir
from tests.command_line import NOWHERE, SENDER, Run, closed, digest_command, files_of_no_size, nobody
from tests.theme_fields import BLOCK, GUIDE, MEANINGS, in_words, table

READER = '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["foxes"]\nzone = "UTC"\nat = "06:00"\n'
THEMES = '[rendering]\nthemes = "themes"\n'


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`digest …` in a folder that has no themes yet."""
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE + THEMES + READER, encoding="utf-8")
    call = digest_command(tmp_path, capsys)
    without_time = digest_command_without_time(tmp_path, capsys)
    return lambda *arguments, **options: (without_time if arguments[0] == "themes" else call)(*arguments, **options)


def digest_command_without_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    from digest.cli import digest
    from digest.cli.frame import guarded
    from tests.command_line import Done

    def call(*arguments: str) -> Done:
        return Done(guarded(digest, ["--config", str(folder / "config.toml"), *arguments]), *capsys.readouterr())

    return call


def described(theme: str) -> str:
    """What a built-in theme says of itself."""
    description: str = tomllib.loads((templates_dir() / "themes" / theme / "theme.toml").read_text(encoding="utf-8"))["description"]
    return description


def break_it(folder: Path) -> str:
    path = folder / "themes" / "mine" / "letter.mjml"
    source = path.read_text(encoding="utf-8")
    path.write_text(source.replace("{{ letter.glance }}", "{{ letter.glanse }}"), encoding="utf-8")
    return f"{path}:{source.split('{{ letter.glance }}')[0].count(chr(10)) + 1}"


def test_a_copy_is_made_in_a_folder_that_was_not_there(run: Run, tmp_path: Path) -> None:
    made = run("themes", "new", "mine")

    assert (made.status, made.out) == (0, f"{tmp_path / 'themes' / 'mine'}\n")
    assert sorted(path.name for path in (tmp_path / "themes" / "mine").iterdir()) == ["letter.mjml", "theme.toml"]
    assert made.err.splitlines()[1:] == [
        "next: digest preview ADDRESS --theme mine --format html --out letter.html",
        'then: theme = "mine" under [rendering], or for one reader: digest subscribers edit ADDRESS --theme mine',
    ]


def test_the_list_says_that_a_theme_of_the_configuration_is_not_in_it(run: Run, tmp_path: Path) -> None:
    named = SENDER + NOWHERE + '[rendering]\ntheme = "papr"\n' + READER.replace("topics", 'theme = "compct"\ntopics')
    (tmp_path / "config.toml").write_text(named, encoding="utf-8")

    listed = run("themes", "list")

    assert (listed.status, listed.err.splitlines()) == (
        1,
        [
            "[rendering] theme: there is no theme 'papr'; did you mean 'paper'?",
            "[[subscribers]] theme: there is no theme 'compct'; did you mean 'compact'?",
        ],
    )


def test_a_copy_may_have_its_own_texts(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine", "--with-text")

    copied = tmp_path / "themes" / "mine" / "letter.txt"
    assert copied.read_bytes() == (templates_dir() / "text" / "letter.txt").read_bytes()


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine")
    (tmp_path / "themes" / "mine" / "theme.toml").write_text("mine", encoding="utf-8")

    again = run("themes", "new", "mine")

    assert (again.status, "is there already" in again.err) == (2, True)
    assert (tmp_path / "themes" / "mine" / "theme.toml").read_text(encoding="utf-8") == "mine"


def test_no_half_of_a_copy_is_left_where_a_full_disk_stopped_it(run: Run, tmp_path: Path) -> None:
    with files_of_no_size():
        done = run("themes", "new", "mine")
    left = [*(tmp_path / "themes").iterdir()]
    again = run("themes", "new", "mine")

    assert (done.status, done.out, left, again.status) == (2, "", [], 0)
    assert done.err.splitlines()[0] == f"digest: {tmp_path / 'themes' / 'mine'}: cannot be written: file too large"


def test_a_copy_that_is_whole_is_not_said_to_be_none_where_only_its_passing_folder_stays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(os, "rmdir", busy)

    assert run("themes", "new", "mine").status == 0


def test_what_was_left_of_a_copy_that_was_killed_is_cleared_by_the_next(run: Run, tmp_path: Path) -> None:
    for name in ("new_5678", "old_5678", "of-last-year"):
        (tmp_path / "themes" / f".digest-theme-{name}" / "mine").mkdir(parents=True)
    for name in ("old_5678", "of-last-year"):
        os.utime(tmp_path / "themes" / f".digest-theme-{name}", (0, 0))

    run("themes", "new", "mine")

    assert sorted(path.name for path in (tmp_path / "themes").iterdir()) == [".digest-theme-new_5678", ".digest-theme-of-last-year", "mine"]


def test_only_built_in_themes_are_copied(run: Run) -> None:
    refused = run("themes", "new", "mine", "--from", "../secrets")

    assert (refused.status, "no such built-in theme" in refused.err, "one of compact, paper" in refused.err) == (2, True, True)


@pytest.mark.parametrize("name", ["../mine", "a/b", "", "."])
def test_a_name_is_a_name(run: Run, name: str, tmp_path: Path) -> None:
    assert run("themes", "new", name).status == 2
    assert not (tmp_path / "themes").exists()


def test_a_dry_run_copies_nothing(run: Run, tmp_path: Path) -> None:
    dry = run("themes", "new", "mine", "--dry-run")

    assert dry.err == f"would copy paper to {tmp_path / 'themes' / 'mine'}\n"
    assert not (tmp_path / "themes").exists()


def test_without_a_folder_for_them_the_setting_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE, encoding="utf-8")

    refused = run("themes", "new", "mine")

    assert (refused.status, 'add themes = "themes" under [rendering]' in refused.err) == (2, True)


def test_a_folder_where_nobody_may_write_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "themes").write_text("a file", encoding="utf-8")

    refused = run("themes", "new", "mine")

    assert (refused.status, "cannot be written" in refused.err) == (2, True)


def test_the_themes_there_are_say_where_they_are_from(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine")
    paper, compact = described("paper"), described("compact")

    assert run("themes", "list", "--json").json == [
        {"name": "compact", "usual": False, "from": "built-in", "description": compact, "error": None},
        {"name": "mine", "usual": False, "from": str(tmp_path / "themes" / "mine"), "description": paper, "error": None},
        {"name": "paper", "usual": True, "from": "built-in", "description": paper, "error": None},
    ]
    assert paper != compact


def test_a_broken_theme_is_told_with_file_and_line(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine")
    place = break_it(tmp_path)

    listed = run("themes", "list")

    assert (listed.status, "broken" in listed.out, f"broken: {place}: " in listed.err) == (1, True, True)


def test_no_letter_can_be_set_with_a_colour_that_no_theme_has(run: Run, tmp_path: Path) -> None:
    written = (SENDER + NOWHERE + THEMES).rstrip() + '\ncolours = { acent = "#6a3d9a" }\n' + READER
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")

    done = run("themes", "list")

    assert done.status == 1
    assert "broken: rendering.colours.acent: theme 'paper' has no such colour" in done.err


def test_an_operators_theme_stands_in_place_of_a_built_in_one(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "paper")

    _, paper = run("themes", "list", "--json").json
    assert (paper["name"], paper["from"]) == ("paper", str(tmp_path / "themes" / "paper"))


def test_a_preview_may_be_in_another_theme(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine")
    path = tmp_path / "themes" / "mine" / "letter.mjml"
    path.write_text(path.read_text(encoding="utf-8").replace("{{ letter.glance }}", "With foxes."), encoding="utf-8")

    assert "With foxes." in run("preview", "ana@example.org", "--theme", "mine", "--format", "html").out
    assert "With foxes." not in run("preview", "ana@example.org", "--format", "html").out


def test_a_preview_in_a_broken_theme_is_its_error(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine")
    place = break_it(tmp_path)

    preview = run("preview", "ana@example.org", "--theme", "mine")

    assert (preview.status, place in preview.err) == (2, True)


def test_a_run_with_a_broken_theme_ends_with_1_and_names_file_and_line(run: Run, tmp_path: Path) -> None:
    run("themes", "new", "mine")
    place = break_it(tmp_path)
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE + THEMES + 'theme = "mine"\n' + READER, encoding="utf-8")

    done = run("run", "--json")

    assert (done.status, [failure["subject"] for failure in done.json["failures"]]) == (1, [place])


def test_a_folder_of_themes_that_this_user_may_not_look_into_has_none(tmp_path: Path) -> None:
    place = closed(tmp_path) / "themes"
    text = SENDER + NOWHERE + f'[rendering]\nthemes = "{place}"\ntheme = "mine"\n'

    with nobody():
        read = parse(text, tmp_path / "config.toml", {})
        there = [theme.name for theme in themes_there(place) if theme.is_own]
        files = Presses(themes=place).own_files("mine")

    assert (there, files) == ([], None)
    assert "that this user can look into" in read.warnings[0]


@pytest.mark.parametrize("mode", [0o700, 0o744])
def test_a_folder_of_themes_that_this_user_may_not_list_stops_no_letter(mode: int) -> None:
    with TemporaryDirectory() as place:  # pytest's own folders are closed to `nobody`
        (Path(place) / "mine").mkdir()
        Path(place).chmod(mode)
        Presses()()  # what this imports nobody may not read

        with nobody():
            there = [theme.name for theme in themes_there(Path(place))]
            Presses(themes=Path(place))("compact")

    assert there == ["compact", "paper"]


def test_a_theme_that_this_user_may_not_look_into_is_broken_as_others_are() -> None:
    with TemporaryDirectory() as themes:  # pytest's own folders are closed to `nobody`
        Path(themes).chmod(0o755)
        closed(Path(themes))
        Presses()()  # what this imports nobody may not read

        with nobody(), pytest.raises(ThemeError, match="closed/theme.toml: cannot be read: permission denied"):
            Presses(themes=Path(themes))("closed")


def test_a_folder_of_themes_that_is_not_there_is_a_warning(run: Run) -> None:
    assert "warning: [rendering] themes: there is no folder" in run("status").err


# --- the guide --------------------------------------------------------------------------------------------------------


def test_the_guide_shows_every_field_that_a_template_may_show() -> None:
    shown = BLOCK.search(GUIDE.read_text(encoding="utf-8"))

    assert shown is not None
    assert shown[0] == table(), "make it again: uv run python -m tests.theme_fields"


def test_the_table_of_fields_is_in_words() -> None:
    lines = table().splitlines()

    assert "| `letter.subject` | a text | the mail's subject |" in lines
    assert "| `section.cards` | any number of: a `card` | its cards |" in lines
    assert "| `paper.links` | any number of: (a text, a text) | label and address: abstract, PDF, code, BibTeX |" in lines
    assert "| `others.groups` | any number of: a `group` | the others by category |" in lines
    assert "| `paper.title` | a text, perhaps with mathematics | its title |" in lines


def test_every_meaning_is_that_of_a_field() -> None:
    assert [name for name in MEANINGS if f"| `{name}` |" not in table()] == []


def test_a_type_that_may_be_absent_is_said_so() -> None:
    assert in_words(int | None) == "a number, or none"
