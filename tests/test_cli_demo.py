"""What `demo` says to a visitor."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import NoReturn

import pytest

from digest.catalog import open_catalog
from digest.cli import digest
from digest.cli.frame import called, guarded


def test_a_liked_paper_that_nobody_knows_is_told_and_an_empty_topic_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"

    assert guarded(digest, ["demo", "--offline", "--out", str(folder), "--topic", " ", "--like", "9999"]) == 0

    printed = capsys.readouterr()
    assert "--like sample:9999: not among the samples" in printed.err
    assert "papers like the one you named" in printed.out


def test_the_table_counts_papers_as_the_letters_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"

    assert guarded(digest, ["demo", "--offline", "--out", str(folder), "--topic", "calibration of language models"]) == 0

    assert "\n12 of 61 new papers for you" in (folder / "you.txt").read_text()
    assert re.search(r"^ you +calibration of language models +12 ", capsys.readouterr().out, re.MULTILINE)


def test_an_empty_topic_alone_adds_no_issue_and_each_says_that_its_papers_are_invented(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    assert guarded(digest, ["demo", "--offline", "--out", str(folder), "--topic", ""]) == 0
    assert not (folder / "you.html").exists()
    letters = [path.read_text() for path in folder.glob("*.md")]
    assert [letter for letter in letters if "are invented, to show what an issue looks like" not in letter] == []
    assert len(letters) == 4


def test_the_next_command_is_named_as_this_one_was_called(tmp_path: Path) -> None:
    (tmp_path / "digest").touch(mode=0o755)

    assert called(".venv/bin/digest", {"PATH": "/nowhere", "UV_RUN_RECURSION_DEPTH": "1"}) == "uv run digest"
    assert called(".venv/bin/digest", {"PATH": "/nowhere"}) == ".venv/bin/digest"
    assert called(str(tmp_path / "digest"), {"PATH": str(tmp_path)}) == "digest"
    assert called("/lib/digest/__main__.py", {"PATH": "/nowhere"}) == "digest"


def test_a_letter_that_could_not_be_written_is_told_and_the_demo_is_not_said_to_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("digest.delivery.folder._write", full)

    assert guarded(digest, ["demo", "--offline", "--out", str(tmp_path / "demo")]) == 1

    told = f"failed: {tmp_path / 'demo'}: cannot write letters there: no space left on device\n  → make room on the disk\n"
    assert told in capsys.readouterr().err


def test_a_second_demo_replaces_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    guarded(digest, ["demo", "--offline", "--out", str(folder), "--topic", "robots"])

    assert guarded(digest, ["demo", "--offline", "--out", str(folder)]) == 0
    assert not (folder / "you.html").exists()
    assert (folder / "ana.html").exists()


@pytest.mark.parametrize("name", ["digest.db", "thesis.tex", "ana.html.d"])
def test_a_folder_with_anything_else_in_it_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    (tmp_path / name).write_text("mine too", encoding="utf-8")

    assert guarded(digest, ["demo", "--offline", "--out", str(tmp_path)]) == 2

    assert f"holds something else: {name}" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["index.html", name])
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_a_folder_with_a_page_of_that_name_but_no_demo_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")

    assert guarded(digest, ["demo", "--offline", "--out", str(tmp_path)]) == 2
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_the_issues_of_the_demo_say_what_they_passed_over_and_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    guarded(digest, ["demo", "--offline", "--out", str(folder)])

    with open_catalog(str(folder / "demo.db")) as catalog:
        by_reader = {issue.subscription.subscriber.email.partition("@")[0]: issue for issue in catalog.issues.latest(4)}
    assert {name: len(issue.others) for name, issue in by_reader.items()} == {"ana": 41, "bo": 44, "chi": 44, "trending": 0}
    assert [line.name for line in by_reader["chi"].looked] == ["cs.RO", "cs.CV", "huggingface"]
    assert [(line.name, line.announced, line.shown) for line in by_reader["trending"].looked] == [("huggingface", 22, 20)]


def test_the_page_of_the_demo_shows_formulas_as_its_letters_do(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    guarded(digest, ["demo", "--offline", "--out", str(folder)])

    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "under Label Shift with O(n log n) Reweighting</li>" in page
    assert "mathcal" not in page


def test_a_rehearsal_refuses_the_folder_that_the_demo_would_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    assert guarded(digest, ["demo", "--offline", "--out", str(tmp_path), "--dry-run"]) == 2
    assert "holds something else: thesis.tex" in capsys.readouterr().err


def test_a_rehearsal_makes_no_folder_and_keeps_an_earlier_demo(tmp_path: Path) -> None:
    guarded(digest, ["demo", "--offline", "--out", str(tmp_path / "earlier")])
    before = sorted(path.name for path in (tmp_path / "earlier").iterdir())

    assert guarded(digest, ["demo", "--offline", "--out", str(tmp_path / "earlier"), "--dry-run"]) == 0
    assert guarded(digest, ["demo", "--offline", "--out", str(tmp_path / "none"), "--dry-run"]) == 0
    assert sorted(path.name for path in (tmp_path / "earlier").iterdir()) == before
    assert not (tmp_path / "none").exists()
