"""`digest subscribers import` and `export`, through the real command line and a real catalog."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from contextlib import closing
from json import JSONDecodeError
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.people.bringing import NO_LISTS

from .builders import NOON
from .command_line import NOWHERE, SENDER, Run, digest_command
from .people_files import WEEKLY, a_record, an_answer, uuid_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TZ", "UTC")
    return digest_command(folder, capsys)


def written(folder: Path, data: bytes, name: str = "people") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def states(run: Run) -> dict[str, str]:
    return {f"{one['address']} {one['name']}": one["state"] for one in run("subscribers", "list", "--json").json}


def listed(run: Run) -> list[tuple[str, str]]:
    return [(one["reason"], one["subscription"]) for one in run("subscribers", "suppress", "--json").json]


MIXED = an_answer(
    a_record("ana@example.org", 1, lists={"ML weekly": "confirmed"}),
    a_record("bo@example.org", 2, lists={"ML weekly": "unconfirmed"}),
    a_record("cy@example.org", 3, lists={"ML weekly": "unsubscribed"}),
    a_record("di@example.org", 4, lists={"ML weekly": "confirmed"}, status="blocklisted"),
    a_record("nobody", 5, lists={"ML weekly": "confirmed"}),
)


def test_listmonks_people_come_in_with_consent_and_leavers_only_as_hashes(run: Run, folder: Path) -> None:
    done = run("subscribers", "import", written(folder, MIXED), *WEEKLY, "--json")

    assert done.status == 1
    assert (done.json["added"], done.json["pending"], done.json["suppressed"]) == (1, 1, {"blocklisted": 1, "unsubscribed": 1})
    assert [(one["where"], one["who"]) for one in done.json["bad"]] == [("entry 5", "nobody")]
    assert states(run) == {"ana@example.org cs.LG": "active", "bo@example.org cs.LG": "pending"}
    (ana,) = run("subscribers", "show", "ana@example.org", "--json").json
    assert (ana["every"], ana["consented_at"], ana["consent_origin"]) == ("weekly", "2024-03-02T07:00:00+00:00", "listmonk: ML weekly")
    assert listed(run) == [("unsubscribed", "all"), ("blocklisted", "all")]
    stored = (folder / "digest.db").read_bytes()
    assert b"cy@example.org" not in stored
    assert b"di@example.org" not in stored


def test_who_has_an_empty_cell_where_others_have_a_status_waits(run: Run, folder: Path) -> None:
    rows = b"email,topics,status\nana@example.org,foxes,active\nbo@example.org,foxes,\ncy@example.org,foxes\n"

    done = run("subscribers", "import", written(folder, rows), "--json")

    assert (done.json["added"], done.json["pending"]) == (1, 2)
    assert states(run) == {"ana@example.org main": "active", "bo@example.org main": "pending", "cy@example.org main": "pending"}


EXPORTED = b"uuid,email,name,attributes,status,created_at,updated_at\n" + f"{uuid_of(1)},ana@example.org,Ana,{{}},enabled,,\n".encode()
"""listmonk's CSV export, which has no lists."""


def test_the_operators_word_for_listmonks_export_is_not_answered_with_pending(run: Run, folder: Path) -> None:
    done = run("subscribers", "import", written(folder, EXPORTED), "--default", "edition:cs.LG", "--confirmed")

    assert states(run) == {"ana@example.org cs.LG": "active"}
    assert "pending and get nothing" not in done.err


def test_the_operators_word_comes_too_late_for_who_waits_already_and_says_so(run: Run, folder: Path) -> None:
    file = written(folder, EXPORTED)
    before = run("subscribers", "import", file, "--default", "edition:cs.LG")

    done = run("subscribers", "import", file, "--default", "edition:cs.LG", "--confirmed")

    assert "pending and get nothing" in before.err
    assert "1 came in before and still wait for a yes of their own" in done.err
    assert states(run) == {"ana@example.org cs.LG": "pending"}


def test_the_same_file_again_changes_nothing(run: Run, folder: Path) -> None:
    file = written(folder, MIXED)
    run("subscribers", "import", file, *WEEKLY)
    before = run("subscribers", "export").out

    again = run("subscribers", "import", file, *WEEKLY, "--json", now="2026-12-24T12:00:00+00:00").json

    assert (again["added"], again["pending"], again["kept"], again["suppressed"]) == (0, 0, 2, {})
    assert run("subscribers", "export").out == before


def test_a_dry_run_says_the_same_and_does_nothing(run: Run, folder: Path) -> None:
    file = written(folder, MIXED)

    would = run("subscribers", "import", file, *WEEKLY, "--dry-run", "--json").json

    assert (states(run), listed(run)) == ({}, [])
    did = run("subscribers", "import", file, *WEEKLY, "--json").json
    assert {**would, "dry_run": False} == did


def test_an_import_brings_nobody_back_and_changes_nobody(run: Run, folder: Path) -> None:
    run("subscribers", "add", "ana@example.org", "--edition", "cs.LG", "--every", "daily", "--at", "09:00")
    with open_catalog(str(folder / "digest.db")) as catalog:
        (ana,) = catalog.subscribers.find("ana@example.org")
        catalog.subscribers.leave(ana.id, NOON)

    file = written(folder, an_answer(a_record("ANA@example.org", lists={"ML weekly": "confirmed"})))
    done = run("subscribers", "import", file, *WEEKLY, "--json").json

    assert (done["added"], done["kept"]) == (0, 1)
    (shown,) = run("subscribers", "show", "ana@example.org", "--json").json
    assert (shown["every"], shown["at"], shown["state"]) == ("daily", "09:00", "unsubscribed 2026-11-23")


@pytest.mark.parametrize("removed", [False, True])
def test_one_who_left_here_is_not_begun_again_under_another_name(run: Run, folder: Path, removed: bool) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes")
    with open_catalog(str(folder / "digest.db")) as catalog:
        (ana,) = catalog.subscribers.find("ana@example.org")
        catalog.subscribers.leave(ana.id, NOON)
    if removed:
        run("subscribers", "remove", "ana@example.org", "--yes")

    done = run("subscribers", "import", written(folder, b"email\nAna@example.org\n"), "--default", "edition:cs.LG", "--json").json

    assert (done["added"], [one["why"] for one in done["refused"]]) == (0, ["left here, and asked for nothing since"])
    assert "ana@example.org cs.LG" not in states(run)


def test_one_who_left_one_of_two_gets_a_third_they_agreed_to(run: Run, folder: Path) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes")
    with open_catalog(str(folder / "digest.db")) as catalog:
        (ana,) = catalog.subscribers.find("ana@example.org")
        catalog.subscribers.leave(ana.id, NOON)
    run("subscribers", "add", "ana@example.org", "--edition", "trending")

    done = run("subscribers", "import", written(folder, b"email\nana@example.org\n"), "--default", "edition:cs.LG", "--json").json

    assert done["added"] == 1


def test_one_whom_the_operator_removed_stays_removed(run: Run, folder: Path) -> None:
    run("subscribers", "add", "ana@example.org", "--edition", "cs.LG")
    run("subscribers", "remove", "ana@example.org", "--yes")

    run("subscribers", "import", written(folder, an_answer(a_record("ana@example.org", lists={"ML weekly": "confirmed"}))), *WEEKLY)

    assert states(run) == {}


def test_one_on_the_suppression_list_does_not_come_back_by_any_list(run: Run, folder: Path) -> None:
    run("subscribers", "suppress", "ana@example.org")
    by_csv = run("subscribers", "import", written(folder, b"email,topics\nAna@Example.org,foxes\n"), "--json").json

    run("subscribers", "import", written(folder, an_answer(a_record("ana@example.org", lists={"ML weekly": "confirmed"}))), *WEEKLY)

    assert [one["why"] for one in by_csv["refused"]] == ["on the suppression list (operator)"]
    assert states(run) == {}


def test_what_one_left_there_is_not_begun_by_another_list(run: Run, folder: Path) -> None:
    both = a_record("ana@example.org", lists={"ML weekly": "confirmed", "Trends": "unsubscribed"})
    run("subscribers", "import", written(folder, an_answer(both)), *WEEKLY, "--map", "Trends=edition:trending")

    run("subscribers", "import", written(folder, b"email\nana@example.org\n"), "--default", "edition:trending")

    assert states(run) == {"ana@example.org cs.LG": "active"}
    assert listed(run) == [("unsubscribed", "trending")]


def test_one_who_complained_elsewhere_gets_nothing_more_here(run: Run, folder: Path) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes")

    run("subscribers", "import", written(folder, b"email,status\nana@example.org,complained\n"))

    assert states(run) == {"ana@example.org main": "suppressed (complained)"}


def test_the_csv_export_says_what_it_lacks_and_its_people_are_asked_first(run: Run, folder: Path) -> None:
    head = "uuid,email,name,attributes,status,created_at,updated_at\n"
    rows = f"{uuid_of(1)},ana@example.org,Ana,{{}},enabled,2024-02-01 08:00:00+01,2024-02-01\n"
    rows += f"{uuid_of(2)},bo@example.org,Bo,{{}},blocklisted,2024-02-01,2024-02-01\n"
    file = written(folder, (head + rows).encode())

    done = run("subscribers", "import", file, "--default", "edition:cs.LG")

    assert done.status == 0
    assert NO_LISTS in done.err
    assert (states(run), listed(run)) == ({"ana@example.org cs.LG": "pending"}, [("blocklisted", "all")])


def test_the_operators_word_is_taken_for_the_csv_export(run: Run, folder: Path) -> None:
    data = f"uuid,email,name,attributes,status,created_at,updated_at\n{uuid_of(1)},ana@example.org,Ana,{{}},enabled,2024-02-01,2024-02-01\n"

    run("subscribers", "import", written(folder, data.encode()), "--default", "edition:cs.LG", "--confirmed")

    (ana,) = run("subscribers", "show", "ana@example.org", "--json").json
    assert (ana["state"], ana["consented_at"], ana["consent_origin"]) == ("active", "2024-02-01T00:00:00+00:00", "the operator's word")


def test_bad_rows_are_listed_with_their_place_and_stop_nothing(run: Run, folder: Path) -> None:
    rows = "email,topics,zone\nana@example.org,foxes,\nnobody,foxes,\nbo@example.org,foxes,Mars/Base\na@b@c,x,\ncy@example.org,foxes,,,,\n"
    rows += "di@example.org,owls,\n"

    done = run("subscribers", "import", written(folder, rows.encode()), "--json")

    assert [(one["where"], one["who"]) for one in done.json["bad"]] == [
        ("line 3", "nobody"),
        ("line 4", "bo@example.org"),
        ("line 5", "a@b@c"),
        ("line 6", "cy@example.org"),
    ]
    assert set(states(run)) == {"ana@example.org main", "di@example.org main"}


def test_an_address_twice_in_other_letters_is_one_reader(run: Run, folder: Path) -> None:
    done = run("subscribers", "import", written(folder, b"email,topics\nana@example.org,foxes\nANA@EXAMPLE.ORG,owls\n"), "--json").json

    said = "1 row repeats an address (line 3); each reader came in once, as their first row says, on all their lists"
    assert (done["added"], done["notes"]) == (1, [said])


def test_lists_that_nothing_was_said_of_are_named(run: Run, folder: Path) -> None:
    file = written(folder, an_answer(a_record("ana@example.org", lists={"Cats": "confirmed"})))

    done = run("subscribers", "import", file, *WEEKLY)

    assert "1 on the list 'Cats', of which nothing was said: --map \"Cats=…\", or =none" in done.err
    assert states(run) == {}


def test_more_people_than_a_batch_come_in_whole(run: Run, folder: Path) -> None:
    rows = "".join(f"reader{number}@example.org,foxes\n" for number in range(2_345))

    done = run("subscribers", "import", written(folder, f"email,topics\n{rows}".encode()), "--json").json

    assert (done["added"], len(states(run))) == (2_345, 2_345)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_is_a_file_for_its_owner_alone_and_comes_in_again(form: str, run: Run, folder: Path) -> None:
    run("subscribers", "import", written(folder, MIXED), *WEEKLY)
    run("subscribers", "export", "--format", form, "--out", str(folder / "all"))
    before = run("subscribers", "export").out
    (folder / "digest.db").rename(folder / "old.db")

    again = run("subscribers", "import", str(folder / "all"), "--json")

    assert (folder / "all").stat().st_mode & 0o777 == 0o600
    assert again.status == 0
    assert run("subscribers", "export").out == before


def test_an_export_that_breaks_off_leaves_the_one_before_it_whole(run: Run, folder: Path) -> None:
    run("subscribers", "import", written(folder, MIXED), *WEEKLY)
    run("subscribers", "export", "--out", str(folder / "all"))
    before = (folder / "all").read_bytes()
    with closing(sqlite3.connect(folder / "digest.db")) as damaged:
        damaged.execute("update subscriptions set cadence = '{' where id = (select max(id) from subscriptions)")
        damaged.commit()

    with pytest.raises(JSONDecodeError):
        run("subscribers", "export", "--out", str(folder / "all"))

    assert (folder / "all").read_bytes() == before
    assert list(folder.glob(".all*")) == []


def test_an_export_that_is_told_to_end_leaves_no_addresses_behind(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    there = sorted(folder.iterdir())
    try:
        done = run("subscribers", "export", "--out", str(folder / "people.out"))
    finally:
        signal.signal(signal.SIGTERM, before)

    assert (done.status, done.err.strip()) == (130, "stopped")
    assert [path for path in folder.iterdir() if path not in there and "people" in path.name] == []


def test_an_export_into_a_folder_is_refused_and_the_folder_stays_as_it_is(run: Run, folder: Path) -> None:
    (folder / "backups").mkdir(mode=0o755)

    done = run("subscribers", "export", "--out", str(folder / "backups"))

    assert (done.status, "is a directory" in done.err) == (2, True)
    assert (folder / "backups").stat().st_mode & 0o777 == 0o755


def test_an_export_to_a_device_leaves_it_to_whom_it_was_open(run: Run) -> None:
    master, slave = os.openpty()
    os.fchmod(slave, 0o620)

    done = run("subscribers", "export", "--out", os.ttyname(slave))

    after = os.fstat(slave).st_mode & 0o777
    os.close(master)
    os.close(slave)
    assert (done.status, after) == (0, 0o620)


def test_an_export_holds_every_subscription_as_json_lines(run: Run) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes", "--name", "mine")

    (record,) = (json.loads(line) for line in run("subscribers", "export").out.splitlines())

    assert record["profile"]["interests"][0]["topics"] == ["foxes"]
    assert (record["address"], record["name"], record["consented_at"]) == ("ana@example.org", "mine", "2026-11-23T12:00:00+00:00")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("none.csv",), "cannot be read: no such file or directory"),
        (("/dev/zero",), "is not a file"),
        (("pipe",), "pipe: is empty"),
        (("people", "--map", "ML"), "says not which list becomes what"),
        (("people", "--map", "ML=none", "--map", "ml=edition:cs.LG"), "is mapped twice"),
        (("people", "--default", "cs.LG"), "is no subscription"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], expected: str, run: Run, folder: Path) -> None:
    written(folder, b"email\nana@example.org\n")
    os.mkfifo(folder / "pipe")

    refused = run("subscribers", "import", str(folder / arguments[0]), *arguments[1:])

    assert refused.status == 2
    assert expected in refused.err


def test_after_an_import_those_are_asked_who_came_in_as_pending_and_not_the_file_again(run: Run, folder: Path) -> None:
    done = run("subscribers", "import", written(folder, MIXED), *WEEKLY)

    assert "next: digest subscribers invite, to ask" in done.err
