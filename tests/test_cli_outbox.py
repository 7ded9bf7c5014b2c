"""`digest outbox` through the real command line: what waits and why, made due, cancelled, with statuses that scripts rely on."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.delivery.allowance import Quota
from digest.model import Delivery, DeliveryStatus, Rest
from tests.fates import began, settled

from .builders import NOON
from .catalog_rooms import LEASE, published
from .command_line import NOWHERE, SENDER, Run, digest_command

S = DeliveryStatus
ELSEWHERE = "another-host:1:a"
HOUR = timedelta(hours=1)
Rows = Callable[[], dict[int, str]]


@pytest.fixture
def database(tmp_path: Path) -> str:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    return str(tmp_path / "digest.db")


@pytest.fixture
def run(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return digest_command(tmp_path, capsys)


@pytest.fixture
def statuses(database: str) -> Rows:
    def read() -> dict[int, str]:
        connection = sqlite3.connect(database)
        try:
            return dict(connection.execute("select id, status from deliveries order by id"))
        finally:
            connection.close()

    return read


@pytest.fixture
def letters(database: str, run: Run) -> Run:
    """One letter of each fate: 1 sent, 2 deferred, 3 refused, 4 unknown, 5 on the wire, 6 claimed, 7 queued."""
    with open_catalog(database) as catalog:
        published(catalog, *(f"{name}@example.org" for name in ("ana", "bo", "cy", "di", "ed", "fay", "gus")))
        claimed: list[Delivery] = list(catalog.outbox.claim(NOON, ELSEWHERE, 6, 5 * LEASE))
        for letter in claimed[:5]:
            began(catalog.outbox, letter.id, NOON)
        settled(catalog.outbox, 1, S.SENT, NOON, "250 2.0.0 kept")
        settled(catalog.outbox, 2, S.DEFERRED, NOON, "450 4.2.1 busy", NOON + HOUR, "put off by the server")
        settled(catalog.outbox, 3, S.REFUSED, NOON, "550 5.1.1 no such user", reason="refused by the server")
        settled(catalog.outbox, 4, S.UNKNOWN, NOON, "no reply", NOON + HOUR, "sent, but no answer was heard")
    return run


def test_the_list_counts_letters_and_says_of_each_why_it_is_there(letters: Run) -> None:
    done = letters("outbox", "list")

    rows = [" ".join(line.split()) for line in done.out.splitlines()]
    assert done.status == 0
    assert "deferred 1 put off by the server, tried again when due" in rows
    assert "sent 1 the server took it" in rows
    assert [row.partition(" ")[0] for row in rows if "@example.org" in row] == ["4", "3", "2", "5", "6", "7"]
    assert "2 bo@example.org 2026-11-23 deferred 1 2026-11-23 13:00 450 4.2.1 busy" in rows
    assert "3 cy@example.org 2026-11-23 refused 1 550 5.1.1 no such user" in rows


def test_without_a_word_it_is_the_list(letters: Run) -> None:
    assert letters("outbox").out == letters("outbox", "list").out


def test_the_list_is_json_for_scripts(letters: Run) -> None:
    told = letters("outbox", "list", "--json", "--status", "deferred").json

    assert told["counts"] == {"queued": 1, "claimed": 1, "sending": 1, "sent": 1, "deferred": 1, "refused": 1, "unknown": 1}
    assert told["letters"] == [
        {
            "id": 2,
            "address": "bo@example.org",
            "subscription": "main",
            "issue": "2026-11-23",
            "status": "deferred",
            "attempts": 1,
            "due": "2026-11-23T13:00:00+00:00",
            "queued_at": "2026-11-23T12:00:00+00:00",
            "settled_at": "2026-11-23T12:00:00+00:00",
            "reply": "450 4.2.1 busy",
            "reason": "put off by the server",
        }
    ]


def test_what_is_due_first_is_listed_first_and_what_ended_last(letters: Run) -> None:
    letters("outbox", "retry", "2", now="2026-11-23T12:10:00+00:00")
    waiting = letters("outbox", "list", "--json", "--status", "queued").json["letters"]
    letters("outbox", "cancel", "2", now="2026-11-23T12:20:00+00:00")
    letters("outbox", "cancel", "7", now="2026-11-23T12:30:00+00:00")
    ended = letters("outbox", "list", "--json", "--status", "cancelled").json["letters"]

    assert [[letter["id"] for letter in some] for some in (waiting, ended)] == [[7, 2], [7, 2]]


def test_a_limit_says_how_many_are_left_out(letters: Run) -> None:
    done = letters("outbox", "list", "--limit", "2")

    assert done.out.count("@example.org") == 2
    assert "and 4 more" in done.err


def test_what_failed_long_ago_is_not_listed(letters: Run, tmp_path: Path) -> None:
    done = letters("outbox", "list", "--status", "refused", now="2026-12-01T12:00:00+00:00")

    assert "cy@example.org" not in done.out
    assert "more" not in done.err


def test_an_empty_outbox_says_so(run: Run) -> None:
    done = run("outbox")

    assert (done.status, done.out, done.err) == (0, "", "no letters yet\n")


def test_letters_are_due_now_by_number(letters: Run, database: str) -> None:
    done = letters("outbox", "retry", "2")

    assert (done.status, done.err.splitlines()[0]) == (0, "1 letter due now")
    with open_catalog(database) as catalog:
        assert [letter.id for letter in catalog.outbox.claim(NOON, ELSEWHERE, 10, LEASE)] == [2, 7]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("1", "letter 1 was sent, and cannot be retried"),
        ("3", "letter 3 is refused: its papers are free for the reader's next issue"),
        ("5", "letter 5 is in a worker's hands, and cannot be retried now"),
        ("99", "99: there is no such letter"),
    ],
)
def test_a_letter_that_cannot_be_retried_stays_and_says_why(letters: Run, statuses: Rows, number: str, why: str) -> None:
    before = statuses()

    done = letters("outbox", "retry", number)

    assert (done.status, done.err.splitlines()) == (1, [why])
    assert statuses() == before


def test_all_leaves_out_what_may_have_arrived(letters: Run, statuses: Rows) -> None:
    done = letters("outbox", "retry", "--all")

    assert (done.status, done.err.splitlines()[0]) == (0, "2 letters due now")
    assert statuses()[4] == "unknown"


def test_all_leaves_out_what_may_have_arrived_and_waits_for_its_second_time(letters: Run, statuses: Rows, database: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("update deliveries set status = 'deferred', was_unknown = 1 where id = 4")
        connection.commit()

    done = letters("outbox", "retry", "--all")

    assert (done.status, done.err.splitlines()[0]) == (0, "2 letters due now")
    assert statuses()[4] == "deferred"


@pytest.mark.parametrize("how", [("4",), ("--status", "unknown")])
def test_what_may_have_arrived_goes_out_again_only_when_it_is_named(letters: Run, statuses: Rows, how: tuple[str, ...]) -> None:
    done = letters("outbox", "retry", *how)

    assert done.err.splitlines()[0] == "1 letter of these may have arrived: the reader may get it twice, with the same Message-ID"
    assert (done.status, statuses()[2], statuses()[4]) == (0, "deferred", "queued")


@pytest.mark.parametrize("then", [("outbox", "cancel", "4"), ("deliver",)], ids=["cancelled", "stale"])
def test_what_may_have_arrived_keeps_its_papers_though_it_was_to_go_out_again(letters: Run, database: str, then: tuple[str, ...]) -> None:
    letters("outbox", "retry", "4")
    letters(*then, now="2026-11-25T12:00:00+00:00")

    with closing(sqlite3.connect(database)) as connection:
        status = connection.execute("select status, due from deliveries where id = 4").fetchone()
        shown = connection.execute("select count(*) from seen where issue = 4").fetchone()
    assert (status, shown) == (("unknown", None), (2,))


@pytest.mark.parametrize("unknown", ["retry", "hold"])
def test_what_may_have_arrived_and_is_asked_for_goes_out_again(letters: Run, statuses: Rows, tmp_path: Path, unknown: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace("[delivery]\n", f'[delivery]\nunknown = "{unknown}"\n'))
    letters("outbox", "retry", "4")
    letters("deliver")

    assert statuses()[4] == "sent"


def test_what_may_have_arrived_and_is_stale_is_not_sent_again(letters: Run, statuses: Rows) -> None:
    done = letters("outbox", "retry", "4", now="2026-11-25T12:00:00+00:00")

    assert (done.status, done.err.strip()) == (1, "letter 4 may have arrived and is too old to be sent again")
    assert statuses()[4] == "unknown"


def test_retrying_what_is_stale_says_that_it_is_given_up(letters: Run) -> None:
    done = letters("outbox", "retry", "2", now="2026-11-25T12:00:00+00:00")

    assert "1 letter of these waited longer than [delivery] stale_after: the next run gives them up" in done.err


def test_retrying_asks_a_server_again_that_spoke_of_its_quota(letters: Run, database: str) -> None:
    with open_catalog(database) as catalog:
        quota = Quota(sender="digest@example.org", server="smtp.example.org")
        catalog.quota_outbox(quota).rest(Rest(NOON + HOUR, "550 5.4.5 Daily limit"))
        letters("outbox", "retry", "99")  # no letter, so nothing that a server could be asked about again
        before = letters("outbox")
        letters("outbox", "retry", "7")

        assert "smtp.example.org takes no more until 2026-11-23 13:00 UTC: 550 5.4.5 Daily limit" in before.err
        assert [letter.id for letter in catalog.quota_outbox(quota).claim(NOON, ELSEWHERE, 10, LEASE)] == [7]


def test_cancelled_letters_are_not_sent_and_free_their_papers(letters: Run, statuses: Rows, database: str) -> None:
    done = letters("outbox", "cancel", "2", "6")

    assert (done.status, done.err.strip()) == (0, "2 letters cancelled")
    assert (statuses()[2], statuses()[6]) == ("cancelled", "cancelled")
    with open_catalog(database) as catalog:
        assert not began(catalog.outbox, 6, NOON, ELSEWHERE)
    connection = sqlite3.connect(database)
    shown_to = {row[0] for row in connection.execute("select distinct issue from seen")}
    connection.close()
    assert shown_to == {1, 4, 5, 7}


def test_a_whole_day_is_cancelled_save_what_is_on_the_wire(letters: Run, statuses: Rows) -> None:
    other = letters("outbox", "cancel", "--issue", "2026-11-22")
    done = letters("outbox", "cancel", "--issue", "2026-11-23")

    assert statuses() == {1: "sent", 2: "cancelled", 3: "refused", 4: "unknown", 5: "sending", 6: "cancelled", 7: "cancelled"}
    assert (done.err.strip(), other.err.strip()) == ("4 letters cancelled", "0 letters cancelled")


def test_what_a_dead_worker_had_on_the_wire_is_due_by_its_number_and_cancelled_with_all(letters: Run, database: str) -> None:
    after = "2026-11-23T13:00:00+00:00"  # its lease has ended
    named = letters("outbox", "retry", "5", now=after)
    letters("outbox", "cancel", "--all", now=after)

    assert (named.status, named.err.splitlines()[0][:31]) == (0, "1 letter of these may have arri")
    with open_catalog(database) as catalog:
        catalog.outbox.recover(NOON + 2 * HOUR)
        assert catalog.outbox.claim(NOON + 2 * HOUR, ELSEWHERE, 10, LEASE) == ()


def test_what_a_dead_worker_had_on_the_wire_is_not_sent_again_once_all_is_cancelled(letters: Run, statuses: Rows, database: str) -> None:
    after = "2026-11-23T13:00:00+00:00"
    before, rehearsed = statuses(), letters("outbox", "cancel", "--all", "--dry-run", now=after)
    untouched = statuses()
    done = letters("outbox", "cancel", "--all", now=after)

    assert untouched == before
    assert (rehearsed.err.strip(), done.err.strip()) == ("5 letters would be cancelled", "5 letters cancelled")
    with open_catalog(database) as catalog:
        catalog.outbox.recover(NOON + 2 * HOUR)
        assert catalog.outbox.claim(NOON + 2 * HOUR, ELSEWHERE, 10, LEASE) == ()
    assert statuses()[5] == "unknown"


@pytest.mark.parametrize("name", ["2026-13-30", "20261123", "2026-W60", "2026-W48-1", "2026W48"])
def test_a_day_that_cannot_be_is_refused_and_cancels_nothing(letters: Run, statuses: Rows, name: str) -> None:
    before = statuses()

    done = letters("outbox", "cancel", "--issue", name)

    assert done.status == 2
    assert f"'{name}' is neither a day nor a week; write it as 2026-11-23 or 2026-W48" in done.err
    assert statuses() == before


def test_what_may_have_arrived_and_is_cancelled_is_not_sent_again_and_keeps_its_papers(letters: Run, database: str) -> None:
    letters("outbox", "cancel", "4")

    with open_catalog(database) as catalog:
        assert [letter.id for letter in catalog.outbox.claim(NOON + 2 * HOUR, ELSEWHERE, 10, LEASE)] == [7, 2]


def test_a_sent_letter_cannot_be_cancelled(letters: Run) -> None:
    done = letters("outbox", "cancel", "1", "7", "--json")

    assert done.json == {
        "letters": 1,
        "left": [{"id": 1, "why": "was sent, and cannot be cancelled"}],
        "stale": 0,
        "uncertain": 0,
        "dry_run": False,
    }
    assert done.status == 1


@pytest.mark.parametrize("command", [("retry", "--all"), ("retry", "4"), ("cancel", "--all")])
def test_a_dry_run_says_what_would_be_and_does_nothing(letters: Run, statuses: Rows, command: tuple[str, ...]) -> None:
    before = statuses()

    done = letters("outbox", *command, "--dry-run")

    assert (done.status, statuses()) == (0, before)
    assert "would be" in done.err


@pytest.mark.parametrize("command", [("retry",), ("cancel",), ("retry", "1", "--all"), ("cancel", "--issue", "2026-11-23", "--all")])
def test_letters_must_be_named_in_one_way(letters: Run, command: tuple[str, ...]) -> None:
    assert letters("outbox", *command).status == 2


def test_options_before_the_verb_are_refused(run: Run) -> None:
    assert run("outbox", "--json", "retry", "1").status == 2


def test_twenty_thousand_letters_are_listed_and_cancelled_in_seconds(run: Run, database: str, statuses: Rows) -> None:
    with open_catalog(database) as catalog:
        published(catalog, "ana@example.org")
    connection = sqlite3.connect(database)
    many = "with recursive n(i) as (select 2 union all select i + 1 from n where i < 20000)"
    connection.execute(
        f"{many} insert into issues (id, subscription, period, period_start, period_end, made_at, message_id, subject, considered,"
        " sources, notes, cutoff, looked) select i, 1, 'p' || i, period_start, period_end, made_at, 'm' || i, '', 0, '[]', '[]', 0, '[]'"
        " from n, issues where issues.id = 1"
    )
    connection.execute(
        f"{many} insert into deliveries (id, issue, status, attempts, was_unknown, due, queued_at, message_id)"
        " select i, i, 'queued', 0, 0, due, queued_at, 'm' || i from n, deliveries where deliveries.id = 1"
    )
    connection.commit()
    connection.close()

    start = time.monotonic()
    done = run("outbox")
    listed = time.monotonic() - start
    run("outbox", "cancel", "--all")
    cancelled = time.monotonic() - start - listed

    assert "and 19980 more" in done.err
    assert set(statuses().values()) == {"cancelled"}
    assert (listed < 3, cancelled < 12) == (True, True), (listed, cancelled)


def test_letters_that_came_back_are_counted_listed_and_not_sent_again(letters: Run, database: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("update deliveries set status = 'bounced' where id = 1")
        connection.execute("update deliveries set status = 'complained', due = null where id = 7")
    connection.close()

    named, shown = letters("outbox", "list", "--status", "bounced", "--status", "complained"), letters("outbox")
    rows = [" ".join(line.split()) for line in shown.out.splitlines()]

    assert "bounced 1 was sent and came back; its papers are free for the next issue" in rows
    assert "complained 1 was sent, and its reader called it spam" in rows
    assert [row.partition(" ")[0] for row in rows if "@example.org" in row] == ["4", "3", "1", "2", "5", "6"]
    assert (named.out.count("@example.org"), "more" in shown.err) == (1, False)
    assert "letter 1 was sent, and cannot be retried" in letters("outbox", "retry", "1").err
