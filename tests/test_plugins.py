"""A kind of source is the name of a module."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import ConfigurationError
from digest.model import Batch, SourceOptions
from digest.net import Net
from digest.plugins import built_in, load_maker
from digest.sources import Source

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_kinds_that_come_along_are_the_files_with_a_make() -> None:
    assert built_in() == ("arxiv", "biorxiv", "feed", "huggingface", "medrxiv", "sample")


@pytest.mark.parametrize("kind", ["arxiv", "biorxiv", "feed", "huggingface", "medrxiv", "sample"])
def test_each_of_them_makes_a_source_of_the_name_in_the_options(kind: str) -> None:
    with Net(user_agent="digest-test") as net:
        source: Source = load_maker(kind)(SourceOptions(name="mine", kind=kind, url="https://example.org/x"), net)

    assert source.name == "mine"


class Lab:
    """A source of somebody else's, in a module of theirs: this one."""

    name = "lab"

    def fetch(self, cursor: str, now: datetime) -> Batch:
        return Batch(source=self.name, cursor=f"{cursor}x")


def make(options: SourceOptions, net: Net) -> Lab:
    return Lab()


def test_anyones_module_can_make_a_source() -> None:
    with Net(user_agent="digest-test") as net:
        batch = load_maker(f"{__name__}:make")(SourceOptions(name="lab", kind="x:make"), net).fetch("1", NOON)

    assert batch == Batch(source="lab", cursor="1x")


@pytest.mark.parametrize(
    "kind",
    ["nothing", "", "sanitise", "listing", "precheck", "__init__", "../net", "arxiv.make", "ARXIV", "no_such_module:make", "json:no_such",
     "json:", ":make", "json:__doc__", ".sources:make", "json:a.b", "os:path"],
)  # fmt: skip
def test_any_other_kind_is_a_mistake_of_the_configuration(kind: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_maker(kind)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("code", "told"),
    [("def make(:\n", "SyntaxError: invalid"), ("1 / 0\n", "ZeroDivisionError: division"), ("exit('bye')\n", "SystemExit: bye")],
)
def test_a_module_whose_own_code_fails_is_one_too(code: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_lab.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ConfigurationError, match=f"'broken_lab' cannot be imported: {told}"):
        load_maker("broken_lab:make")


def test_the_hint_names_the_kinds_there_are() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_maker("arxive")

    assert caught.value.hint == "one of arxiv, biorxiv, feed, huggingface, medrxiv, sample, or module:make for your own"
