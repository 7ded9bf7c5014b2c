"""What is usually wrong with a line that is not TOML is told with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import load, parse
from digest.config.mistakes import repair
from digest.errors import ConfigurationError
from tests.command_line import SENDER


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('host = "smtp.example.org', 'a quotation mark is missing: host = "smtp.example.org"'),
        ("at = 7:00", 'write it in quotes: at = "7:00"'),
        ("zone = Europe/Berlin  # here", 'write it in quotes: zone = "Europe/Berlin"'),
        ("linger = 45m", 'write it in quotes: linger = "45m"'),
        ("explore = True", "write it in small letters, without quotes: explore = true"),
        ("explore = no", "write it in small letters, without quotes: explore = false"),
        ("at = \u201c07:00\u201d", 'the quotes are curly: write straight ones, as in host = "smtp.example.org"'),
        ("limit: 5", "a setting is written as name = value, a table as [name]"),
        ("limit = 5\nlimit = 6", "it stands in the file a second time: take one of the two out"),
        ('topics = ["one" "two"]', 'texts stand in quotes, lists in brackets: topics = ["one", "two"]'),
    ],
)
def test_a_line_that_is_not_toml_is_repaired_in_words(line: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(f"{SENDER}[delivery]\n{line}\n", "config.toml")

    assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("proxy = http://ana:s3cret@proxy.example.org:3128", 'write it in quotes: proxy = "…"'),
        ('proxy = "http://ana:s3cret@proxy.example.org:3128', 'a quotation mark is missing: proxy = "…"'),
        ("password = s3cret", 'write it in quotes: password = "…"'),
        ("url = 'https://ana:s3cret@example.org/feed", "a quotation mark is missing: url = '…'"),
    ],
)
def test_what_may_hold_a_password_is_not_shown(line: str, hint: str) -> None:
    assert repair(line, "") == hint


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('accent = "#ff0000', 'a quotation mark is missing: accent = "…"'),
        ('name = "C#" and more', 'texts stand in quotes, lists in brackets: topics = ["one", "two"]'),
    ],
)
def test_a_number_sign_within_quotes_begins_no_comment(line: str, hint: str) -> None:
    assert repair(line, "") == hint


@given(st.text(), st.text())
def test_any_line_gets_some_words(line: str, message: str) -> None:
    assert repair(line, message)


def test_a_file_in_another_encoding_is_to_be_saved_anew(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes('[sender]\nname = "Grüße"\n'.encode("latin-1"))

    with pytest.raises(ConfigurationError) as refused:
        load(str(tmp_path / "config.toml"), {})

    assert refused.value.hint == "save it as UTF-8 in your editor"
