"""What the command line says of schedules: who is due, who waits, who is paused, and what is held back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.cli.schedule import tell
from digest.model import Failure
from digest.ranking.texts import misspelling
from digest.run import Report

from .builders import NOON, a_batch, a_paper
from .command_line import NOWHERE, SENDER, Run, digest_command


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`digest …` at noon on a Monday."""
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    return digest_command(tmp_path, capsys)


def test_status_says_of_every_reader_when_the_next_issue_is_due_and_why_not_sooner(run: Run) -> None:
    for name in ("ana", "bo", "cem"):
        run("subscribers", "add", f"{name}@example.org", "--edition", "cs.LG", "--zone", "UTC")
    run("run")
    run("subscribers", "add", "dee@example.org", "--edition", "cs.LG", "--zone", "UTC")
    run("subscribers", "pause", "bo@example.org", "--until", "2026-12-01")
    run("subscribers", "pause", "cem@example.org")

    told = run("status", "--json").json["subscriptions"]
    table = run("status").out

    assert [(one["address"][:3].strip("@"), one["next"][:16], one["state"]) for one in told] == [
        ("ana", "2026-11-24T07:00", ""),
        ("bo", "2026-12-01T07:00", "paused"),
        ("cem", "9999-01-01T07:00", "paused"),
        ("dee", "2026-11-23T07:00", "due"),
    ]
    assert "9999" not in table


def test_a_run_says_when_those_are_due_who_are_not_due_now(run: Run) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes", "--zone", "UTC", "--at", "18:00")

    done = run("run")

    assert "ana@example.org (main): next issue 2026-11-23 18:00 UTC" in done.err


def test_a_preview_of_what_is_held_back_and_a_dry_run_say_that_no_letter_goes_out(run: Run) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes", "--only-above", "60", "--zone", "UTC")

    preview, rehearsed = run("preview", "ana@example.org"), run("run", "--dry-run", "--json")

    assert "nothing scores above 60: no letter goes out, and the papers are kept for the next" in preview.err
    assert rehearsed.json["would_publish"] == []


def test_a_dry_run_says_that_its_letters_lack_what_would_be_fetched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE.replace("paused = true", ""))
    run("subscribers", "add", "ana@example.org", "--topic", "foxes", "--zone", "UTC")

    rehearsed = run("run", "--dry-run")

    assert "would publish" in rehearsed.out
    assert "papers are counted among those stored so far, without what would be fetched\n" in rehearsed.err


def test_a_preview_that_another_letter_leaves_nothing_does_not_say_that_nothing_is_new(run: Run, tmp_path: Path) -> None:
    for name in ("main", "again"):
        run("subscribers", "add", "ana@example.org", "--topic", "foxes", "--name", name, "--zone", "UTC")
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Urban foxes")), NOON)

    previews = [run("preview", "ana@example.org", "--subscription", name) for name in ("main", "again")]

    assert ["Urban foxes" in preview.out for preview in previews] == [True, False]
    assert "nothing in the catalog is left for this letter: `digest fetch` pulls the listings" in previews[1].err


def test_a_preview_doubts_a_misspelt_topic_of_the_configuration(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misspelling, "ENOUGH", 1)
    reader = '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["langauge models"]\n'
    (tmp_path / "config.toml").write_text(f"{SENDER}{reader}")
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper(title="Calibration of language models")), NOON)

    assert "no recent paper says 'langauge'; did you mean 'language'?" in run("preview", "ana@example.org").err


def test_a_preview_of_one_paper_counts_it_as_one(run: Run, tmp_path: Path) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes", "--zone", "UTC")
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Urban foxes")), NOON)

    assert "1 paper written to " in run("preview", "ana@example.org", "--out", str(tmp_path / "letter.html")).err


def test_a_schedule_says_of_a_failure_what_to_do_as_a_run_does(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(datetime(2026, 11, 23, 12, tzinfo=UTC), failures=[Failure("smtp", "connection refused", "is it running?")])

    tell(report)

    assert capsys.readouterr().err == "12:00 failed: smtp: connection refused\n  → is it running?\n"


def test_status_names_the_next_of_very_many_and_json_all(run: Run, tmp_path: Path) -> None:
    run("subscribers", "add", "late@example.org", "--edition", "cs.LG", "--zone", "UTC", "--at", "23:00")
    (tmp_path / "more.csv").write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(50)))
    run("subscribers", "import", str(tmp_path / "more.csv"), "--default", "edition:cs.LG", "--confirmed")

    table = run("status")

    assert table.out.count("@example.org") == 50
    assert "late@" not in table.out
    assert "these 50 of 51 subscriptions are the next; --json names all" in table.err
    assert len(run("status", "--json").json["subscriptions"]) == 51
