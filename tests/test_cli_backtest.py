"""`digest backtest`, through the real command line and a real catalog."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.cli import digest
from digest.cli.frame import guarded
from digest.model import Edition, FeedbackKind

from .builders import NOON, a_batch, a_paper, a_profile, a_subscription
from .command_line import MONDAY_NOON, SENDER, Done
from .ranking_papers import a_crowd

KEPT = a_paper("arxiv:2611.00009", "Calibration of language models", abstract="We calibrate language models.")
MISSED = a_paper("arxiv:2611.00008", "Songs of hens")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ana follows calibration and saved two papers that were listed three days ago, among forty."""
    (tmp_path / "config.toml").write_text(SENDER)
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        reader = catalog.subscribers.add(a_subscription(profile=a_profile("calibration of language models", limit=1)), NOON)
        catalog.papers.record(a_batch(KEPT, MISSED, *a_crowd(38)), NOON - timedelta(days=3))
        for paper in (KEPT, MISSED):
            catalog.feedback.give(reader.id, paper.key, FeedbackKind.SAVE, NOON)
    return tmp_path


def backtest(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    status = guarded(digest, ["--config", str(folder / "config.toml"), "backtest", *arguments, "--now", MONDAY_NOON])
    return Done(status, *capsys.readouterr())


def test_a_table_tells_each_issue_and_all_of_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = backtest(folder, capsys, "ana@example.org")

    rows = [line.split() for line in done.out.splitlines()]
    assert done.status == 0
    assert ["2026-11-21", "40", "1", "2", "1", "0.1", "0"] in rows
    assert ["in", "all", "40", "1", "2", "1", "0.1", "0"] in rows


def test_verbose_names_what_was_shown_and_what_was_missed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = backtest(folder, capsys, "ana@example.org", "--verbose").out.splitlines()

    shown = next(line for line in lines if KEPT.title in line)
    missed = next(line for line in lines if MISSED.title in line)
    assert (shown.split()[1], missed.split()[0]) == ("kept", "missed")


def test_as_json_it_tells_papers_and_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = backtest(folder, capsys, "ana@example.org", "--days", "5", "--json").json

    (issue,) = told.pop("issues")
    assert told.pop("notes") == [
        "the catalog has no paper listed between 2026-11-18 and 2026-11-23 before the issue of 2026-11-21: the test begins there"
    ]
    assert told == {
        "address": "ana@example.org", "subscription": "main", "days": 5, "kept": 2, "caught": 1, "chance": 0.05, "newest": 0,
    }  # fmt: skip
    assert {key: issue[key] for key in ("period", "due", "considered")} == {
        "period": "2026-11-21", "due": "2026-11-21T06:00:00+00:00", "considered": 40,
    }  # fmt: skip
    assert [(paper["key"], paper["kept"]) for paper in issue["papers"]] == [("arxiv:2611.00009", True)]
    assert [(paper["key"], paper["caught"]) for paper in issue["kept"]] == [("arxiv:2611.00009", True), ("arxiv:2611.00008", False)]


def test_it_publishes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backtest(folder, capsys, "ana@example.org")

    with open_catalog(str(folder / "digest.db")) as catalog:
        assert (catalog.issues.latest(5), sum(catalog.outbox.counts().values())) == ((), 0)


def test_an_edition_is_refused_and_an_empty_catalog_is_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text(SENDER)
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription(), NOON)
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="trending")), NOON)

    assert backtest(tmp_path, capsys, "bo@example.org").status == 2
    empty = backtest(tmp_path, capsys, "ana@example.org")

    assert (empty.status, empty.out) == (1, "")
    listed = "no paper listed between 2026-10-24 and the issue of 2026-11-23"
    assert empty.err == f"the catalog has {listed}, so there was nothing to choose from\n"


def test_who_names_a_subscription_that_is_not_there_is_told_those_that_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = backtest(folder, capsys, "ana@example.org", "--subscription", "evenings")

    assert (done.status, done.err) == (1, "digest: ana@example.org: no subscription 'evenings'\n  → known: main\n")
