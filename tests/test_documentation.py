"""README, `--help` and config.example.toml say what the program does: every verb, every key with its default, every command line."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest

from digest.cli import VERBS
from digest.cli import digest as command_line
from digest.config import Settings, parse
from digest.config.keys import KEYS, heading

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"^# (?=\w+ = |\[)", re.MULTILINE)
"""What marks a setting as commented out; sentences of the example begin otherwise."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


# --- config.example.toml ----------------------------------------------------------------------------------------------


def test_the_example_as_it_stands_is_a_configuration() -> None:
    read = parse(EXAMPLE, "config.toml", {})

    assert read.sender.address == "digest@example.org"


def test_the_example_shows_every_key_once() -> None:
    shown: dict[str, list[str]] = {}
    table = ""
    for line in SETTING.sub("", EXAMPLE).splitlines():
        if found := re.match(r"\[+([\w.]+)\]", line):
            table = found[1]
        elif found := re.match(r"(\w+) = ", line):
            shown.setdefault(table, []).append(found[1])

    tables = [name.rpartition(".")[2] for name in KEYS]
    assert {name: sorted(keys) for name, keys in shown.items()} == {
        name: sorted(set(keys) - set(tables)) for name, keys in KEYS.items()
    }


def test_the_values_that_the_example_shows_are_the_defaults() -> None:
    required = '[sender]\nfrom = "digest@example.org"\n[smtp]\nhost = "smtp.example.org"\n'
    lists = '[[sources]]\nkind = "arxiv"\n[[subscribers]]\naddress = "ana@example.org"\n'
    lists += '[[subscribers.interests]]\nname = "graphs"\ntopics = ["graph neural networks"]\n'

    shown = parse(SETTING.sub("", EXAMPLE), "config.toml", {})
    silent = parse(required + lists, "config.toml", {})

    assert {f.name: getattr(shown, f.name) for f in fields(Settings)} == {f.name: getattr(silent, f.name) for f in fields(Settings)}


def test_every_word_a_setting_can_be_is_in_the_example() -> None:
    words = ("starttls", "tls", "none", "smtp", "folder", "null", "retry", "hold", "public", "internal", "html", "text", "markdown")
    more = ("daily", "weekdays", "weekly", "arxiv", "huggingface", "feed", "trending", "auto", "minilm", "wordllama", "endpoint")
    more += ("en", "de")

    assert [word for word in (*words, *more) if f'"{word}"' not in EXAMPLE] == []


# --- README -----------------------------------------------------------------------------------------------------------


def command_lines(text: str) -> list[list[str]]:
    """Every call of digest in the fenced blocks of a Markdown text, without `uv run` and paths before it."""
    calls = []
    for kind, block in FENCE.findall(text):
        if kind not in ("", "sh"):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|", line.partition(" #")[0]):
                words = shlex.split(part)
                found = next((n for n, word in enumerate(words) if word == "digest" or word.endswith("/digest")), None)
                if found is not None:
                    calls.append(words[found + 1 :])
    return calls


def check(words: list[str]) -> None:
    """Parse a command line with the real parsers, running nothing."""
    command: click.Command = command_line
    context = command.make_context("digest", list(words), resilient_parsing=False)
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        assert name is not None
        command, context = found, found.make_context(name, rest, parent=context)


WRITTEN = (ROOT / "README.md", ROOT / "bench" / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PAGES = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in WRITTEN}
BLOCKS = [block for text in PAGES.values() for kind, block in FENCE.findall(text) if kind == "toml"]
SETTINGS = [block for block in BLOCKS if not block.startswith("description")]
"""What stands there of a configuration; a theme's own file begins with what it is."""
CALLS = [words for text in PAGES.values() for words in command_lines(text)]


def test_the_readme_has_command_lines() -> None:
    assert ["demo"] in command_lines(README)


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_a_command_line_of_the_readme_or_of_a_guide_is_one(words: list[str]) -> None:
    check(words)


def test_a_command_line_that_is_none_is_noticed() -> None:
    with pytest.raises(click.UsageError, match="No such option"):
        check(["run", "--nonsense"])


@pytest.mark.parametrize("verb", VERBS)
def test_the_readme_names_every_verb(verb: str) -> None:
    assert re.search(rf"\bdigest {verb}\b", README)


@pytest.mark.parametrize("block", SETTINGS)
def test_a_page_says_only_what_the_example_knows(block: str) -> None:
    sender = "" if "[sender]" in block else '[sender]\nfrom = "digest@example.org"\n'

    assert parse(f"{block}\n{sender}", "config.toml", {}).sender


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_points_to_files_and_headings_that_are_there(page: Path) -> None:
    prose = re.sub(r"`[^`\n]+`", "", FENCE.sub("", PAGES[page]))
    gone = []
    for target in re.findall(r"\]\(([^):]+)\)", prose) + re.findall(r'src="([^":]+)"', prose):
        path, _, heading = target.partition("#")
        file = (ROOT / page.parent / path) if path else ROOT / page
        if not file.exists() or (heading and heading not in anchors(file.read_text(encoding="utf-8"))):
            gone.append(target)

    assert gone == []


def anchors(text: str) -> list[str]:
    """The headings of a Markdown text as links name them."""
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]


def test_every_guide_is_pointed_to_from_another_page() -> None:
    guides = [page for page in PAGES if page.parent.name == "docs"]

    assert [str(page) for page in guides if not any(page.name in text for other, text in PAGES.items() if other != page)] == []


# --- --help -----------------------------------------------------------------------------------------------------------


def helps(command: click.Command, *names: str) -> dict[str, click.Command]:
    """Every command under this one, by its whole name."""
    found = {" ".join(names): command}
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=names[-1])
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found |= helps(child, *names, name)
    return found


def test_every_command_says_what_it_does_and_what_each_option_is_for() -> None:
    commands = helps(command_line, "digest")

    silent = [name for name, command in commands.items() if not command.help]
    options = [(name, p.name) for name, c in commands.items() for p in c.params if isinstance(p, click.Option) and not p.help]

    assert len(commands) > len(VERBS)
    assert (silent, options) == ([], [])


def test_help_lists_every_verb_with_its_line() -> None:
    text = command_line.get_help(click.Context(command_line, info_name="digest", max_content_width=200))

    assert [line for _, line in VERBS.values() if line not in text] == []


def test_help_answers_in_a_process_of_its_own() -> None:
    environment = {**os.environ, "COLUMNS": "100"}
    code = "from digest.cli import main; main()"

    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, env=environment, check=True)

    assert done.stderr == ""
    assert all(verb in done.stdout for verb in VERBS)


def test_the_headings_of_the_example_are_those_of_the_reader() -> None:
    assert [name for name in KEYS if heading(name) not in EXAMPLE] == []
