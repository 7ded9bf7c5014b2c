"""Servers that say no: to some letters for a while, to some for ever, to all of them because of us; nobody is blamed for another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import READERS
from tests.faults.room import Room
from tests.faults.wire import Act, At, Fault, Wire, says
from tests.servers import SmtpSink, certificate

DAY = timedelta(hours=24)


def tried(stage: str, reply: str, *, until: int, every: int = 1) -> Fault:
    """That reply to every so-many-th reader, until the address has been tried so often."""

    def fault(at: At) -> Act | None:
        if at.stage == stage and at.to in READERS[::every] and at.tries < until:
            return says(reply)
        return None

    return fault


@pytest.mark.parametrize(
    ("fault", "runs"),
    [
        (tried("RCPT", "450 4.2.0 greylisted, come back later", until=2), 2),
        (tried("RCPT", "451 4.3.0 try later", until=3, every=3), 3),
        (tried(".", "450 4.2.1 mailbox busy", until=2, every=2), 2),
        (tried("DATA", "452 4.3.1 out of room", until=2, every=3), 2),
        (tried(".", "421 4.7.0 too many, closing", until=2, every=4), 2),
    ],
    ids=["greylisted", "451 at RCPT", "450 at the dot", "452", "421 that stays"],
)
def test_what_is_put_off_arrives_once(room: Room, fault: Fault, runs: int) -> None:
    with Wire(fault) as wire:
        room.configure(wire, connections=2)

        done = room.deliver_all(runs=20)

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, found.excusable, room.statuses()) == ((), (), (), {"sent": 8})
    assert len(done) == runs


def test_what_is_put_off_for_too_long_is_given_up_and_its_papers_are_free(room: Room) -> None:
    with Wire(tried("RCPT", "451 4.3.0 try later", until=1000)) as wire:
        room.configure(wire, delivery='stale_after = "3h"\n')

        done = room.deliver_all()

        assert wire.kept == ()
    assert room.statuses() == {"given_up": 8}
    assert room.rows("select count(*) from seen") == [(0,)]
    assert "given up: not handed over within" in done[-1].err


def test_dead_mailboxes_fail_and_nobody_else_does(room: Room) -> None:
    with Wire(tried("RCPT", "550 5.1.1 no such user", until=1000, every=3)) as wire:
        room.configure(wire, connections=2)

        done = room.deliver_all()

        assert set(room.require_settled(wire).lost) == set(READERS[::3])
    assert room.statuses() == {"sent": 5, "refused": 3}
    assert done[0].status == 1


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("MAIL", "550 5.7.1 you may not send here"),
        (".", "550 5.4.5 Daily user sending limit exceeded"),
        ("RCPT", "554 5.7.1 <digest@example.org>: Sender address rejected"),
        (".", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
        ("", "554 5.3.2 no service"),
        ("EHLO", "550 5.7.1 go away"),
        (".", "554 5.7.1 refused by policy"),
    ],
    ids=["MAIL", "Gmail's quota", "sender", "Exchange's quota", "greeting", "EHLO", "the same to all"],
)
def test_what_speaks_of_us_blames_nobody_and_every_letter_arrives_when_it_is_mended(room: Room, stage: str, reply: str) -> None:
    with Wire(lambda at: says(reply) if at.stage == stage else None) as wire:
        room.configure(wire, connections=2)
        first = room.digest("deliver")
        left = room.statuses()
        wire.fault = lambda at: None
        room.deliver_all(after=DAY)
        found = room.require_settled(wire)

    assert (first.status, set(left) <= {"queued", "deferred"}) == (1, True)
    assert "→ " in first.err
    assert (found.lost, found.inexcusable, room.statuses()) == ((), (), {"sent": 8})


def test_a_wrong_password_stops_the_batch_says_what_to_do_and_keeps_every_letter(room: Room, tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with SmtpSink(tls=made, password=("ana", "right")) as sink, Wire() as wire:
        room.configure(wire, smtp='user = "ana"\npassword_file = "password"\n')
        config = room.folder / "config.toml"
        server = f'port = {sink.port}\nsecurity = "starttls"\nca_file = "{made.cert}"'
        config.write_text(config.read_text().replace(f'port = {wire.port}\nsecurity = "none"', server))
        (room.folder / "password").write_text("wrong\n")
        (room.folder / "password").chmod(0o600)
        first = room.digest("deliver")
        left = room.statuses()
        (room.folder / "password").write_text("right\n")
        second = room.digest("deliver")

        assert sorted(received.to[0] for received in sink.messages) == sorted(READERS)
    assert (first.status, left, second.status, room.statuses()) == (1, {"queued": 8}, 0, {"sent": 8})
    assert "535" in first.err
    assert "→ " in first.err
