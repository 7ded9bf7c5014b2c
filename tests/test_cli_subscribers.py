"""`digest subscribers`, through the real command line and a real catalog."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.cli import digest
from digest.cli.frame import guarded
from digest.model import FOR_EVER
from digest.ranking.texts import misspelling

from .builders import a_batch, a_paper, a_subscriber, a_subscription
from .command_line import NOWHERE, SENDER, Run, digest_command, subscribers_command
from .run_parts import parts_with, published

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(SENDER)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`digest subscribers …` at noon on a Monday, on a machine in Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    return subscribers_command(folder, capsys)


def test_a_reader_with_every_option_is_stored_as_said(run: Run) -> None:
    added = run(
        "add", "ana@example.org", "--topic", "calibration of language models", "--keyword", "conformal", "--mute", "survey",
        "--author", "Yarin Gal", "--category", "cs.LG", "--like", "2302.09664", "--zone", "Asia/Tokyo", "--language", "de", "--at", "07:30",
        "--every", "weekdays", "--limit", "5", "--floor", "20", "--explore", "--no-others", "--updates",
        "--skip-empty", "--format", "markdown",
        "--theme", "compact", "--name", "mine", "--group", "lab", "--share-saves", "--json",
    )  # fmt: skip

    assert added.status == 0
    assert added.json == {
        "address": "ana@example.org",
        "name": "mine",
        "topics": ["calibration of language models"],
        "keywords": ["conformal"],
        "muted": ["survey"],
        "authors": ["Yarin Gal"],
        "categories": ["cs.LG"],
        "liked": ["arxiv:2302.09664"],
        "interests": [],
        "floor": 20.0,
        "explore": True,
        "others": False,
        "updates": True,
        "edition": None,
        "zone": "Asia/Tokyo",
        "language": "de",
        "at": "07:30",
        "every": "weekdays",
        "skip_empty": True,
        "only_above": None,
        "limit": 5,
        "theme": "compact",
        "format": "markdown",
        "state": "active",
        "from": "a command",
        "consented_at": "2026-11-23T12:00:00+00:00",
        "consent_origin": "a command",
        "group": "lab",
        "share_saves": True,
        "shared_at": "2026-11-23T12:00:00+00:00",
        "share_origin": "a command",
        "share_ended_at": None,
        "next": "2026-11-22T22:30:00+00:00",
    }
    assert run("show", "ana@example.org", "--json").json == [added.json]


def test_an_address_and_an_edition_are_enough(run: Run) -> None:
    bo = run("add", "bo@example.org", "--edition", "trending", "--json").json

    assert (bo["name"], bo["edition"], bo["limit"], bo["zone"], bo["at"], bo["every"]) == (
        "trending", "trending", 20, "Europe/Berlin", "07:00", "daily",
    )  # fmt: skip


def test_a_second_subscription_is_in_the_zone_of_the_first(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--zone", "Asia/Tokyo")

    assert run("add", "ana@example.org", "--edition", "cs.LG", "--json").json["zone"] == "Asia/Tokyo"


def test_a_second_subscription_is_in_the_language_of_the_first(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--language", "de-AT")

    assert run("add", "ana@example.org", "--edition", "cs.LG", "--json").json["language"] == "de-AT"


def test_the_language_of_a_letter_can_be_changed(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    assert run("edit", "ana@example.org", "--language", "de", "--json").json["language"] == "de"


def test_a_language_that_is_not_there_is_refused(run: Run) -> None:
    refused = run("add", "ana@example.org", "--topic", "foxes", "--language", "tlh")

    assert refused.status == 2
    assert "'tlh' is no language that letters are written in; one of de, en" in refused.err


def test_the_last_words_say_when_the_letter_is_due_and_what_to_type(run: Run) -> None:
    due = run("add", "ana@example.org", "--topic", "foxes")
    later = run("add", "bo@example.org", "--topic", "foxes", "--at", "18:00")

    assert due.err.splitlines() == ["ana@example.org (main) added; a letter is due now", "next: digest run"]
    assert later.err.splitlines() == [
        "bo@example.org (main) added; the next letter is due Mon 23 Nov 18:00 Europe/Berlin",
        "next: digest fetch && digest preview bo@example.org --subscription main",
    ]


def test_a_group_that_is_spelt_otherwise_is_said_to_have_nobody_else(run: Run) -> None:
    first = run("add", "ana@example.org", "--topic", "foxes", "--group", "lab")
    misspelt = run("add", "bo@example.org", "--topic", "hens", "--group", "Lab")
    mended = run("edit", "bo@example.org", "--group", "lab")

    assert "nobody else is in the group 'lab' yet\n" in first.err
    assert "nobody else is in the group 'Lab' yet; did you mean 'lab'?" in misspelt.err
    assert "nobody else" not in mended.err


def test_a_profile_with_nothing_to_rank_by_is_told_so(run: Run) -> None:
    assert "nothing to rank by yet" in run("add", "ana@example.org", "--category", "cs.LG").err


def test_a_name_twice_is_refused(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    again = run("add", "Ana@example.org", "--topic", "owls")

    assert again.status == 2
    assert "already a subscription 'main'" in again.err


def test_a_dry_run_stores_nothing(run: Run) -> None:
    dry = run("add", "ana@example.org", "--topic", "foxes", "--dry-run")

    assert "would be added" in dry.err
    assert run("list", "--json").json == []


def test_a_dry_run_makes_no_database(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--dry-run")

    assert [path.name for path in folder.iterdir()] == ["config.toml"]


def test_a_dry_run_makes_no_database_that_is_named_as_an_address(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(f'database = "sqlite:///{folder}/digest.db"\n{SENDER}')
    run("add", "ana@example.org", "--topic", "foxes", "--dry-run")

    assert [path.name for path in folder.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("change", [("edit", "--at", "09:00"), ("remove", "--yes")])
def test_a_dry_run_refuses_what_the_change_would_be_refused_for(run: Run, folder: Path, change: tuple[str, ...]) -> None:
    (folder / "config.toml").write_text(f'{SENDER}[[subscribers]]\naddress = "ana@example.org"\ntopics = ["foxes"]\n')
    verb, *options = change

    dry = run(verb, "ana@example.org", *options, "--dry-run")

    assert dry.status == 2
    assert dry.err == run(verb, "ana@example.org", *options).err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ana@example.org\r\nBcc: v@example.net"], "holds the character"),
        (["-x@example.org"], "No such option"),
        (["ana@localhost"], "is not an address that can be used"),
        (["ana@example.org", "--at", "25:00"], "'25:00' is not a time of day"),
        (["ana@example.org", "--zone", "Europe/Berlon"], "did you mean 'Europe/Berlin'?"),
        (["ana@example.org", "--every", "monthly"], "'monthly' is not a day"),
        (["ana@example.org", "--like", "my favourite"], "'my favourite' is not a paper's name"),
        (["ana@example.org", "--category", "cs LG"], "'cs LG' is not a category"),
        (["ana@example.org", "--limit", "0"], "0 is not in the range"),
        (["ana@example.org", "--floor", "nan"], "nan is not a number"),
        (["ana@example.org", "--edition", "trending", "--topic", "foxes"], "takes no --topic"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(run: Run, arguments: list[str], message: str) -> None:
    refused = run("add", *arguments)

    assert refused.status == 2
    assert message in refused.err
    assert run("list", "--json").json == []


def test_an_edit_replaces_what_it_names_and_leaves_the_rest(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--keyword", "den", "--mute", "survey", "--floor", "20", "--at", "06:00")

    edited = run("edit", "ana@example.org", "--mute", "benchmark", "--keyword", "", "--floor", "-inf", "--every", "fri", "--json").json

    assert (edited["topics"], edited["muted"], edited["keywords"], edited["floor"]) == (["foxes"], ["benchmark"], [], None)
    assert (edited["at"], edited["every"]) == ("06:00", "fri")


def test_exploring_can_be_ended_and_is_nothing_for_an_edition(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--explore")
    refused = run("add", "bo@example.org", "--edition", "trending", "--explore")

    kept = run("edit", "ana@example.org", "--limit", "5", "--json").json
    ended = run("edit", "ana@example.org", "--no-explore", "--json").json

    assert (kept["explore"], ended["explore"]) == (True, False)
    assert (refused.status, "takes no --explore" in refused.err) == (2, True)


def test_others_updates_and_empty_letters_are_as_they_were_until_said_otherwise(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "foxes", "--json").json
    run("edit", "ana@example.org", "--no-others", "--updates", "--skip-empty")

    kept = run("edit", "ana@example.org", "--limit", "5", "--json").json
    ended = run("edit", "ana@example.org", "--others", "--no-updates", "--no-skip-empty", "--json").json

    wishes = [(one["others"], one["updates"], one["skip_empty"]) for one in (added, kept, ended)]
    assert wishes == [(True, False, False), (False, True, True), (True, False, False)]


def test_a_bound_for_letters_is_set_shown_and_taken_away(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "foxes", "--only-above", "60", "--json").json
    kept = run("edit", "ana@example.org", "--at", "08:00", "--json").json
    listed = run("list").out
    ended = run("edit", "ana@example.org", "--only-above=-inf", "--json").json

    assert (added["only_above"], kept["only_above"], ended["only_above"]) == (60.0, 60.0, None)
    assert "daily 08:00 Europe/Berlin, only above 60" in listed


def test_an_edition_scores_nothing_and_takes_no_bound(run: Run) -> None:
    refused = run("add", "bo@example.org", "--edition", "trending", "--only-above", "60")

    assert (refused.status, "takes no --only-above" in refused.err) == (2, True)


def test_who_is_paused_is_shown_the_first_letter_after_the_pause(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--every", "weekly")
    run("pause", "ana@example.org", "--until", "2026-12-16")

    assert run("show", "ana@example.org", "--json").json[0]["next"] == "2026-12-21T06:00:00+00:00"


@pytest.mark.parametrize("option", ["--no-others", "--updates"])
def test_an_edition_takes_no_word_on_others_and_updates(run: Run, option: str) -> None:
    refused = run("add", "bo@example.org", "--edition", "trending", option)

    assert (refused.status, f"takes no --{option.removeprefix('--').removeprefix('no-')}" in refused.err) == (2, True)


def test_an_edit_can_rename(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    assert run("edit", "ana@example.org", "--rename", "animals", "--json").json["name"] == "animals"


def test_a_name_that_is_taken_is_refused_also_where_nothing_would_be_changed(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    run("add", "ana@example.org", "--edition", "trending")

    tried = run("edit", "Ana@example.org", "--name", "main", "--rename", "trending", "--dry-run")

    assert (tried.status, "already has a subscription 'trending'" in tried.err) == (2, True)


def test_an_edit_of_one_of_several_needs_its_name(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    run("add", "ana@example.org", "--edition", "trending")

    unnamed = run("edit", "ana@example.org", "--at", "06:00")
    named = run("edit", "ana@example.org", "--name", "trending", "--at", "06:00", "--edition", "cs.LG", "--json")

    assert unnamed.status == 2
    assert "add --name: main, trending" in unnamed.err
    assert (named.json["at"], named.json["edition"]) == ("06:00", "cs.LG")


def test_an_edit_without_anything_new_is_refused(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    assert "nothing to change" in run("edit", "ana@example.org").err


def test_an_edition_cannot_be_edited_into_a_profile(run: Run) -> None:
    run("add", "ana@example.org", "--edition", "trending")

    assert "is the edition trending and takes no --topic" in run("edit", "ana@example.org", "--topic", "foxes").err


def test_a_pause_lasts_until_the_readers_morning(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    paused = run("pause", "ana@example.org", "--until", "2026-12-27")

    assert "is paused until 2026-12-27" in paused.err
    assert run("show", "ana@example.org", "--json").json[0]["state"] == "paused until 2026-12-27"
    with open_catalog(str(folder / "digest.db")) as catalog:
        assert catalog.subscribers.active_ids(datetime(2026, 12, 26, 22, 59, tzinfo=UTC)) == ()
        assert len(catalog.subscribers.active_ids(datetime(2026, 12, 26, 23, 0, tzinfo=UTC))) == 1


def test_a_pause_without_an_end_ends_with_resume(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    run("pause", "ana@example.org")
    before = run("show", "ana@example.org", "--json").json[0]["state"]

    run("pause", "ana@example.org", "--resume")

    assert (before, run("show", "ana@example.org", "--json").json[0]["state"]) == ("paused", "active")


def test_a_reader_from_the_configuration_is_paused_as_any_other_and_comes_back(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(f'{SENDER}[[subscribers]]\naddress = "cy@example.org"\nedition = "cs.LG"\n')

    tried = run("pause", "cy@example.org", "--until", "2026-12-01", "--dry-run")
    paused = run("pause", "cy@example.org", "--until", "2026-12-01")
    meanwhile = run("list", "--json").json
    resumed = run("pause", "cy@example.org", "--resume")

    assert (tried.status, paused.status, resumed.status) == (0, 0, 0)
    assert "cy@example.org is paused until 2026-12-01" in paused.err
    assert [s["state"] for s in meanwhile] == ["paused until 2026-12-01"]
    assert [s["state"] for s in run("list", "--json").json] == ["active"]


def test_a_pause_into_the_past_is_refused(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    assert "is not in the future" in run("pause", "ana@example.org", "--until", "2026-11-23").err


def test_who_left_is_brought_back_only_by_name(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)

    unnamed = run("pause", "ana@example.org", "--resume")
    still = run("show", "ana@example.org", "--json").json[0]["state"]
    run("pause", "ana@example.org", "--resume", "--name", "main")

    assert "they unsubscribed from 'main'" in unnamed.err
    assert still == "unsubscribed 2026-11-23"
    assert run("show", "ana@example.org", "--json").json[0]["state"] == "active"


def test_a_reader_of_the_configuration_who_left_stays_away_under_a_new_name_until_brought_back_by_it(run: Run, folder: Path) -> None:
    reader = '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["foxes"]\nname = "%s"\n'
    (folder / "config.toml").write_text(SENDER + reader % "main")
    run("list")
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)

    (folder / "config.toml").write_text(SENDER + reader % "daily")
    before = run("show", "ana@example.org", "--json").json[0]["state"]
    done = run("pause", "ana@example.org", "--resume", "--name", "daily")

    assert (before, done.status) == ("unsubscribed 2026-11-23", 0)
    assert run("show", "ana@example.org", "--json").json[0]["state"] == "active"


def test_who_is_brought_back_by_name_rests_no_more_whatever_the_configuration_says(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(SENDER + '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["foxes"]\n')
    run("list")
    with open_catalog(str(folder / "digest.db")) as catalog:
        (main,) = catalog.subscribers.all()
        catalog.subscribers.rest(main.id, FOR_EVER)
        catalog.subscribers.leave(main.id, NOON)

    done = run("pause", "ana@example.org", "--resume", "--name", "main")

    assert (done.status, done.err) == (0, "ana@example.org gets letters again\n")
    assert run("show", "ana@example.org", "--json").json[0]["state"] == "active"


def test_who_left_a_subscription_is_brought_back_though_the_configuration_says_another(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--name", "mine")
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)
    (folder / "config.toml").write_text(SENDER + '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["owls"]\n')

    done = run("pause", "ana@example.org", "--resume", "--name", "mine")

    assert (done.status, done.err) == (0, "ana@example.org gets letters again\n")
    assert run("show", "ana@example.org", "--name", "mine", "--json").json[0]["state"] == "active"


def suppressed(run: Run, folder: Path) -> None:
    run("suppress", "ana@example.org")


def unsubscribed(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)


def paused(run: Run, folder: Path) -> None:
    run("pause", "ana@example.org")


@pytest.mark.parametrize(
    ("ended", "said"),
    [(suppressed, "suppressed (operator)"), (unsubscribed, "unsubscribed 2026-11-23"), (paused, "paused")],
)
def test_who_gets_no_letters_has_no_next_one(run: Run, folder: Path, ended: Callable[[Run, Path], None], said: str) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    ended(run, folder)

    edited, shown = run("edit", "ana@example.org", "--limit", "5"), run("show", "ana@example.org")

    assert edited.err == f"ana@example.org (main) changed; no letters go out: {said}\n"
    assert "next" not in shown.out
    assert run("show", "ana@example.org", "--json").json[0]["next"] is None


def pending(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        (there,) = catalog.subscribers.all()
        catalog.subscribers.remove(there.subscriber.email, None, NOON)
    (folder / "people.csv").write_text("email,topics,status\nbo@example.org,foxes,\n", encoding="utf-8")
    run("import", str(folder / "people.csv"))


@pytest.mark.parametrize(
    ("ended", "address", "said"),
    [
        (suppressed, "ana@example.org", "suppressed (operator)"),
        (unsubscribed, "ana@example.org", "unsubscribed 2026-11-23"),
        (pending, "bo@example.org", "pending"),
    ],
)
def test_the_end_of_a_pause_promises_no_letters_to_who_gets_none(
    run: Run, folder: Path, ended: Callable[[Run, Path], None], address: str, said: str
) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    ended(run, folder)

    done = run("pause", address, "--resume")

    assert done.err.splitlines()[0] == f"{address} is not paused any more; no letters go out: {said}"


def test_removing_without_a_terminal_needs_yes(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    asked = run("remove", "ana@example.org")
    run("remove", "ana@example.org", "--yes")

    assert asked.status == 2
    assert "this would remove ana@example.org: main" in asked.err
    assert run("list", "--json").json == []


def test_what_is_in_the_file_and_from_a_command_is_removed_as_the_error_says(run: Run, folder: Path) -> None:
    configured = '[[subscribers]]\naddress = "ana@example.org"\n'
    (folder / "config.toml").write_text(f'{SENDER}{configured}name = "trending"\nedition = "trending"\n')
    run("add", "ana@example.org", "--topic", "foxes", "--name", "mine")
    with (folder / "config.toml").open("a") as file:
        file.write(f'{configured}name = "mine"\ntopics = ["owls"]\n')
    refused = run("list")

    (_, command, _) = refused.err.split("`")[2:]
    done = run(*shlex.split(command)[2:], "--yes")

    assert (refused.status, command) == (2, "digest subscribers remove ana@example.org --name mine")
    assert (done.status, done.err) == (0, "removed ana@example.org: mine\nnext: digest subscribers list\n")
    rows = run("list", "--json").json
    assert {row["name"]: row["from"] for row in rows} == {"trending": "the configuration", "mine": "the configuration"}


def test_one_of_several_is_removed_by_its_name(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    run("add", "ana@example.org", "--edition", "trending")

    run("remove", "ana@example.org", "--name", "trending", "--yes")

    assert [s["name"] for s in run("list", "--json").json] == ["main"]


def test_the_configurations_readers_are_listed_and_not_edited(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(f'{SENDER}[[subscribers]]\naddress = "cy@example.org"\nedition = "cs.LG"\n')

    listed = run("list").out
    edited = run("edit", "cy@example.org", "--at", "09:00")
    removed = run("remove", "cy@example.org", "--yes")

    assert "cy@example.org" in listed
    assert "the configuration" in listed
    assert (edited.status, removed.status) == (2, 2)
    assert "cy@example.org (cs.LG): is from the configuration" in edited.err


def test_the_same_name_in_the_file_and_from_a_command_is_an_error_that_names_both(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes")
    (folder / "config.toml").write_text(f'{SENDER}[[subscribers]]\naddress = "ana@example.org"\ntopics = ["owls"]\n')

    listed = run("list")

    assert listed.status == 2
    assert "'main'" in listed.err


def test_nobody_known_by_that_address_is_not_found(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    missing = run("show", "bo@example.org")

    assert missing.status == 1
    assert missing.err.splitlines() == ["digest: bo@example.org: no such subscriber", "  → known: ana@example.org"]


def test_without_a_configuration_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)

    status = guarded(digest, ["subscribers", "add", "bo@example.org", "--edition", "trending"])

    assert status == 2
    assert capsys.readouterr().err.splitlines() == ["digest: no configuration", "  → digest init writes one; digest demo needs none"]
    assert list(tmp_path.iterdir()) == []


def test_a_table_tells_the_next_letter_in_its_readers_zone(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--zone", "Europe/Berlin", "--every", "fri")

    assert "Fri 27 Nov 07:00 Europe/Berlin" in run("show", "ana@example.org").out


def test_scripts_and_tables_tell_the_same_next_letter_to_who_had_one_today(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--at", "08:00")
    with open_catalog(str(folder / "digest.db")) as catalog:
        published(parts_with(catalog), NOON)

    edited = run("edit", "ana@example.org", "--at", "18:00", "--json")

    told = [edited.json, *run("list", "--json").json, *run("show", "ana@example.org", "--json").json]
    assert [one["next"] for one in told] == ["2026-11-24T17:00:00+00:00"] * 3
    assert "Tue 24 Nov 18:00 Europe/Berlin" in run("show", "ana@example.org").out


def test_sharing_with_nobody_is_refused(run: Run) -> None:
    refused = run("add", "ana@example.org", "--topic", "foxes", "--share-saves")

    assert (refused.status, "this subscription is in no group" in refused.err) == (2, True)


def test_a_group_is_left_by_an_empty_name_and_the_word_with_it(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--group", "lab", "--share-saves")

    left = run("edit", "ana@example.org", "--group", "", "--json").json

    assert (left["group"], left["share_saves"], left["shared_at"]) == ("", False, None)


def test_a_zone_that_the_machine_does_not_know_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Nonsense/Zone")

    added = run("add", "ana@example.org", "--topic", "foxes")

    assert "TZ='Nonsense/Zone' names no time zone known here, so theirs is " in added.err


def test_a_letter_that_is_due_now_is_next(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "foxes", "--at", "08:00")

    assert ["next", "now"] in [line.split() for line in added.out.splitlines()]
    assert "a letter is due now" in added.err


def test_a_letter_that_is_due_now_is_next_for_scripts_as_in_the_status(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--at", "08:00", "--zone", "UTC")

    assert run("show", "ana@example.org", "--json").json[0]["next"] == "2026-11-23T08:00:00+00:00"


def test_who_comes_back_after_todays_letter_hears_when_the_next_is_due(run: Run, folder: Path) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--at", "08:00")
    with open_catalog(str(folder / "digest.db")) as catalog:
        published(parts_with(catalog), NOON)
    run("remove", "ana@example.org", "--yes")

    added = run("add", "ana@example.org", "--topic", "foxes", "--at", "08:00")

    assert "the next letter is due Tue 24 Nov 08:00" in added.err


def test_a_pause_until_the_last_day_of_all_has_no_end(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    assert run("pause", "ana@example.org", "--until", "9999-12-31").status == 0
    assert '"state": "paused"' in run("show", "ana@example.org", "--json").out


def test_a_theme_that_is_not_there_is_refused_with_those_that_are(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "foxes", "--theme", "compct")
    fine = run("add", "ana@example.org", "--topic", "foxes", "--theme", "compact")
    edited = run("edit", "ana@example.org", "--theme", "papr")
    usual = run("edit", "ana@example.org", "--theme", "")

    assert (added.status, fine.status, edited.status, usual.status) == (2, 0, 2, 0)
    assert "there is no theme 'compct'\n  → --theme is one of compact, paper" in added.err


def test_what_is_shown_to_people_reads_as_they_write_it(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes", "--only-above", "500", "--zone", "Europe/Berlin")

    shown = dict(line.split(maxsplit=1) for line in run("show", "ana@example.org").out.splitlines() if len(line.split(maxsplit=1)) == 2)

    assert {name: shown[name].strip() for name in ("others", "only_above", "consented_at")} == {
        "others": "yes",
        "only_above": "500",
        "consented_at": "Mon 23 Nov 2026 13:00 Europe/Berlin",
    }


def test_an_id_alone_is_told_to_find_nobody(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "foxes", "--author", "0000-0002-1825-0097")
    named = run("add", "bo@example.org", "--topic", "foxes", "--author", "Josiah Carberry <0000-0002-1825-0097>")
    other = run("edit", "ana@example.org", "--at", "06:00")

    told = "'0000-0002-1825-0097' finds nobody by itself, as no built-in source gives such ids: write 'Their Name <0000-0002-1825-0097>'"
    assert [told in done.err.splitlines() for done in (added, named, other)] == [True, False, False]
    assert "by itself" not in named.err + other.err


def test_a_muted_name_is_told_to_mute_words_and_no_author(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "foxes", "--mute", "Yang Liu", "--mute", "survey")
    edited = run("edit", "ana@example.org", "--mute", "Yang Liu", "--dry-run")
    other = run("edit", "ana@example.org", "--mute", "large language models", "--at", "06:00")

    told = "'Yang Liu' is muted as words in titles and abstracts; if it is an author: their papers are still shown"
    assert [told in done.err.splitlines() for done in (added, edited, other)] == [True, True, False]
    assert [done.err.count("is muted") for done in (added, edited, other)] == [1, 1, 0]


@pytest.mark.parametrize(
    "command",
    [
        ("add", "d'arcy@example.org", "--topic", "hens", "--name", "more", "--at", "18:00"),
        ("pause", "d'arcy@example.org"),
        ("interests", "d'arcy@example.org", "graphs", "--topic", "graphs"),
        ("interests", "d'arcy@example.org", "--topic", "graphs"),
        ("libraries", "d'arcy@example.org"),
        ("import-library", "d'arcy@example.org", "refs.bib", "--interest", "graphs"),
        ("about", "d'arcy@example.org"),
    ],
)
def test_an_address_with_an_apostrophe_can_be_typed_as_the_next_command_has_it(run: Run, command: tuple[str, ...]) -> None:
    run("add", "d'arcy@example.org", "--topic", "foxes", "--at", "18:00")

    done = run(*command)

    typed = next(line.partition("digest ")[2] for line in done.err.splitlines() if "digest subscribers" in line or "digest preview" in line)
    assert "d'arcy@example.org" in shlex.split(typed.partition(", to ")[0])


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("add", ("--edition", "trending")),
        ("edit", ("--limit", "5")),
        ("pause", ()),
        ("interests", ("graphs", "--topic", "graphs")),
    ],
)
def test_a_dry_run_names_no_next_command_and_no_letter_since_nothing_is_as_it_says(run: Run, verb: str, options: tuple[str, ...]) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    dry, done = run(verb, "ana@example.org", *options, "--dry-run"), run(verb, "ana@example.org", *options)

    assert "next:" in done.err
    assert dry.status == 0
    assert "next:" not in dry.err
    assert "due now" not in dry.err


def test_a_rehearsed_pause_says_that_it_would_be_one(run: Run) -> None:
    run("add", "ana@example.org", "--topic", "foxes")

    assert run("pause", "ana@example.org", "--dry-run").err == "would: ana@example.org is paused\n"


def test_a_reader_of_the_configuration_is_not_asked_about_before_the_removal_is_refused(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(f'{SENDER}[[subscribers]]\naddress = "ana@example.org"\ntopics = ["foxes"]\n')

    refused = run("remove", "ana@example.org")

    assert refused.status == 2
    assert "is from the configuration" in refused.err
    assert "--yes" not in refused.err


@pytest.fixture
def one_recent_paper(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog whose one paper is enough to doubt a topic by."""
    monkeypatch.setattr(misspelling, "ENOUGH", 1)
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper(title="Calibration of language models")), NOON)


@pytest.mark.usefixtures("one_recent_paper")
def test_a_topics_word_that_no_paper_says_is_doubted_when_it_is_given(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "langauge models")
    edited = run("edit", "ana@example.org", "--topic", "calibratoin")
    named = run("interests", "ana@example.org", "models", "--topic", "modles")

    assert "no recent paper says 'langauge'; did you mean 'language'?" in added.err
    assert "no recent paper says 'calibratoin'; did you mean 'calibration'?" in edited.err
    assert "langauge'; did" not in edited.err
    assert "no recent paper says 'modles'; did you mean 'models'?" in named.err
    assert "calibratoin" not in named.err


@pytest.mark.usefixtures("one_recent_paper")
@pytest.mark.parametrize("command", [("import", "--confirmed"), ("invite", "--dry-run"), ("invite",)])
def test_topics_in_another_language_than_the_papers_are_doubted_when_a_list_brings_them(
    run: Run, folder: Path, command: tuple[str, ...]
) -> None:
    rows = "ana@example.org,Kalibrierung\nbo@example.org,Kalibrierung; language\n"
    (folder / "people.csv").write_text(f"email,topics\n{rows}", encoding="utf-8")
    (folder / "config.toml").write_text(SENDER + NOWHERE)
    doubt = "no recent paper has a word of these topics: 'Kalibrierung'; topics are written as papers do, most often in English\n"

    first, again = (run(*command, str(folder / "people.csv")) for _ in range(2))

    assert (first.err.count(doubt), again.err.count(doubt)) == (1, int("--dry-run" in command))


@pytest.mark.usefixtures("one_recent_paper")
def test_a_topic_in_another_language_than_the_papers_is_doubted_when_it_is_given(run: Run) -> None:
    added = run("add", "ana@example.org", "--topic", "Kalibrierung von Sprachmodellen", "--topic", "language")

    assert "no recent paper has a word of the topic 'Kalibrierung von Sprachmodellen'" in added.err
    assert "topic 'language'" not in added.err


# --- a zone that is not known any more --------------------------------------------------------------------------------


@pytest.fixture
def lost(folder: Path) -> None:
    """bo, whose zone this machine does not know."""
    with open_catalog(str(folder / "digest.db")) as catalog:
        reader = a_subscriber("bo@example.org", zone="Europe/Atlantis")
        catalog.subscribers.add(replace(a_subscription(), subscriber=reader), datetime(2026, 11, 23, 12, tzinfo=UTC))


@pytest.mark.usefixtures("lost")
def test_a_reader_in_a_zone_that_is_not_known_is_listed_as_that(run: Run) -> None:
    shown = run("show", "bo@example.org").out

    (listed,) = run("list", "--json").json
    assert (listed["state"], listed["next"]) == ("in a time zone that is not known here", None)
    assert "in a time zone that is not known here" in shown


@pytest.mark.usefixtures("lost")
def test_a_reader_in_a_zone_that_is_not_known_is_paused_by_the_days_of_utc(run: Run) -> None:
    run("pause", "bo@example.org", "--until", "2999-01-02")

    (listed,) = run("list", "--json").json
    assert listed["state"] == "paused until 2999-01-02"


@pytest.mark.usefixtures("lost")
def test_a_preview_for_who_is_paused_in_a_zone_that_is_not_known_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = digest_command(folder, capsys)
    run("subscribers", "pause", "bo@example.org")

    refused = run("preview", "bo@example.org")

    assert (refused.status, refused.err.splitlines()[0]) == (2, "digest: 'Europe/Atlantis': no such time zone")
