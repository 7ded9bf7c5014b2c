"""`digest deliver` against a real server: limits of the configuration, quotas the server speaks of, and the summary at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from digest.catalog import open_catalog
from digest.cli.run import show, told
from digest.cli.schedule import tell
from digest.delivery.tally import Tally as Counted
from digest.errors import CatalogError
from digest.model import Failure
from digest.run import Report

from .builders import NOON
from .catalog_rooms import published
from .command_line import SENDER, Run, digest_command
from .servers import SmtpSink

READERS = ("ana@example.org", "bo@example.org", "cy@example.org", "di@example.org")
Configured = Callable[..., Run]
MORE = ("failed: 1,537 more letters", "  → `digest outbox` shows what the server said; --json names all")


@pytest.fixture
def configured(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Configured:
    """Four letters that are due at noon, and a server to hand them to."""
    monkeypatch.setenv("TZ", "UTC")

    def make(server: SmtpSink, smtp: str = "", delivery: str = "", sender: str = "") -> Run:
        sources = '[[sources]]\nname = "none"\nkind = "feed"\nurl = "http://127.0.0.1:9/feed"\npaused = true\n'
        where = f'[smtp]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "none"\n{smtp}\n[delivery]\nlinger = "0"\n{delivery}\n'
        (tmp_path / "config.toml").write_text(SENDER + sender + where + sources)
        with open_catalog(str(tmp_path / "digest.db")) as catalog:
            published(catalog, *READERS)
        return digest_command(tmp_path, capsys)

    return make


@pytest.mark.parametrize(
    ("smtp", "delivery", "why"),
    [
        ("daily_limit = 3", "", "daily_limit of 3 reached: 1 letter waits until 12:00 UTC tomorrow"),
        ("", "ramp = [3, 9]", "ramp of 3 letters on day 1 of digest@example.org reached: 1 letter waits until 00:00 UTC tomorrow"),
    ],
)
def test_what_the_configuration_allows_is_sent_and_the_rest_waits(configured: Configured, smtp: str, delivery: str, why: str) -> None:
    with SmtpSink() as sink:
        run = configured(sink, smtp, delivery)
        today, again = run("deliver", "--json"), run("deliver", "--json")
        tomorrow = run("deliver", "--json", now="2026-11-24T12:00:00+00:00")

    assert (today.status, today.json["deliveries"], again.status, again.json["deliveries"]) == (0, {"sent": 3}, 0, {})
    assert why in today.err
    assert (tomorrow.status, tomorrow.json["deliveries"]) == (0, {"sent": 1})
    assert len(sink.messages) == 4


def test_a_quota_the_server_speaks_of_is_a_failure_once_and_then_waited_for(configured: Configured) -> None:
    with SmtpSink(replies={"bo@example.org": "550 5.4.5 Daily user sending limit exceeded. s5sm120 - gsmtp"}) as sink:
        run = configured(sink)
        first, soon = run("deliver"), run("deliver", now="2026-11-23T13:00:00+00:00")

    assert (first.status, soon.status) == (1, 0)
    assert "failed: mail server" in first.err
    assert "127.0.0.1 takes no more for now (550 5.4.5 Daily user sending limit exceeded. … - gsmtp): 2 letters wait until 1" in soon.err
    assert len(sink.messages) == 1


def test_a_refusal_that_names_the_address_letters_are_from_blames_no_reader(configured: Configured) -> None:
    named = "550 5.7.1 <digest@example.org>: not welcome"
    with SmtpSink(replies={"ana@example.org": named, "bo@example.org": named}) as sink:
        done = configured(sink, sender='bounce_address = "bounces@example.org"\n')("deliver", "--json")

    assert (done.status, done.json["deliveries"], sink.messages) == (1, {"deferred": 2}, ())
    assert "the server takes no mail from us now" in done.err


def test_a_delivery_ends_with_lines_to_paste(configured: Configured) -> None:
    with SmtpSink(replies={"bo@example.org": "550 5.1.1 <bo@example.org>: no such user", "cy@example.org": "450 4.2.1 busy"}) as sink:
        done = configured(sink)("deliver")

    summed_up = done.err.splitlines()[:3]
    assert summed_up[0].startswith("4 letters in ")
    assert summed_up[0].endswith("/s): 2 sent, 1 deferred, 1 refused")
    assert sorted(summed_up[1:]) == ["  1 × 450 4.2.1 busy", "  1 × 550 5.1.1 …: no such user"]
    assert (done.status, len(sink.messages)) == (1, 2)


def test_what_the_server_said_of_letters_that_are_given_up_is_among_the_lines_to_paste(configured: Configured) -> None:
    with SmtpSink(replies={reader: f"451 4.3.0 the mailbox {reader.partition('@')[0]} is busy" for reader in READERS[:3]}) as sink:
        run = configured(sink)
        run("deliver", now="2026-11-23T12:00:00+00:00")
        late = run("deliver", now="2026-11-25T12:00:00+00:00")

    assert "  3 × 451 4.3.0 the mailbox … is busy" in late.err.splitlines()


def test_letters_that_nobody_ever_tried_waited_too_long(configured: Configured) -> None:
    with SmtpSink() as sink:
        late = configured(sink)("deliver", now="2026-11-25T12:00:00+00:00")

    assert "  4 × waited too long" in late.err.splitlines()


def test_a_run_that_a_bug_ends_prints_what_it_did_before(
    configured: Configured, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError

    with SmtpSink() as sink:
        run = configured(sink)
        monkeypatch.setattr("digest.run.fetch", broken)
        with pytest.raises(ZeroDivisionError):
            run("run", "--json")

    printed = capsys.readouterr()
    assert len(sink.messages) == 4
    assert json.loads(printed.out)["deliveries"] == {"sent": 4}
    assert "4 letters in" in printed.err


def test_what_was_sent_before_a_bug_ended_the_delivery_is_printed_too(
    configured: Configured, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def settled(tally: Counted, *told: Any) -> None:
        Counted.settled(tally, *told)
        if tally.letters == 2:
            raise ZeroDivisionError

    with SmtpSink() as sink:
        run = configured(sink)
        monkeypatch.setattr("digest.run.Tally", type("Buggy", (Counted,), {"settled": settled}))
        with pytest.raises(ZeroDivisionError):
            run("deliver", "--json")

    assert json.loads(capsys.readouterr().out)["deliveries"]["sent"] >= 2


def test_of_many_letters_that_failed_ten_are_named_and_the_others_counted(capsys: pytest.CaptureFixture[str]) -> None:
    letters = [Failure(f"letter <{n}@example.org>", "given up: not handed over within 36 hours") for n in range(1547)]
    report = Report(NOON, failures=[*letters, Failure("my journal", "answers 404 Not Found")])

    status = show(report, as_json=False)

    said = capsys.readouterr().err.splitlines()
    assert status == 1
    assert [line.partition(":")[0] for line in said[:10]] == ["failed"] * 10
    assert said[10:] == ["failed: my journal: answers 404 Not Found", *MORE]


def test_what_failed_twice_in_the_same_way_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    silent = Failure("https://export.arxiv.org/api/query?…", "answers 503 Service Unavailable", "wait")

    show(Report(NOON, failures=[silent, silent]), as_json=False)

    assert capsys.readouterr().err == "failed: https://export.arxiv.org/api/query?…: answers 503 Service Unavailable\n  → wait\n"


def test_of_many_readers_whose_letters_were_refused_ten_are_named_too(capsys: pytest.CaptureFixture[str]) -> None:
    refused = [Failure(f"reader{n}@example.org", "refused by the server: 550 5.1.1 no such user") for n in range(1547)]

    show(Report(NOON, failures=[*refused, Failure("library refs.bib of ana@example.org", "is not there")]), as_json=False)

    said = capsys.readouterr().err.splitlines()
    assert said[9:] == [
        "failed: reader9@example.org: refused by the server: 550 5.1.1 no such user",
        "failed: library refs.bib of ana@example.org: is not there",
        *MORE,
    ]


def test_a_tick_names_ten_of_many_letters_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Report(NOON, failures=[Failure(f"letter <{n}@example.org>", "given up") for n in range(1547)]))

    said = capsys.readouterr().err.splitlines()
    assert len(said) == 11 + 1
    assert said[-2:] == [f"12:00 {MORE[0]}", MORE[1]]


def test_an_error_that_ends_a_run_is_a_failure_in_its_json(capsys: pytest.CaptureFixture[str]) -> None:
    full = CatalogError("digest.db", "database or disk is full", hint="make room on the disk")
    report = Report(NOON, failures=[Failure("my journal", "answers 404 Not Found")])

    with pytest.raises(CatalogError), told(report, as_json=True):
        raise full

    assert json.loads(capsys.readouterr().out)["failures"] == [
        {"subject": "my journal", "message": "answers 404 Not Found", "hint": ""},
        {"subject": "digest.db", "message": "database or disk is full", "hint": "make room on the disk"},
    ]


def test_a_quiet_run_says_nothing_of_a_day_on_which_all_went_well(configured: Configured) -> None:
    with SmtpSink() as sink:
        run = configured(sink, delivery='[rendering]\nthemes = "a folder that is not there"')  # a warning at every other run
        done, idle = run("run", "--quiet"), run("run", "-q", now="2026-11-23T13:00:00+00:00")

    assert [(one.status, one.out, one.err) for one in (done, idle)] == [(0, "", "")] * 2
    assert len(sink.messages) == 4


def test_a_quiet_run_speaks_of_a_server_that_has_put_off_everything_for_hours(configured: Configured) -> None:
    with SmtpSink(replies=dict.fromkeys(READERS, "451 4.3.0 not now")) as sink:
        run = configured(sink)
        first = run("run", "--quiet")
        later = run("run", "--quiet", now="2026-11-23T19:00:00+00:00")

    assert (first.status, first.out, first.err, later.status) == (0, "", "", 0)
    assert "put off again and again, for more than six hours" in later.err
    assert "ask its operator" in later.err
