"""Runs that are killed or told to stop, at every stage: nothing is lost, no issue half made, and at most what was on the wire repeats."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from tests.faults.room import Room
from tests.faults.wire import Act, At, Fault, Wire, stalls
from tests.forge import Orders

KILL, TERM = signal.SIGKILL, signal.SIGTERM
PLACES = [
    ("digest.sources.sample:Sample.fetch", "before", 1),
    ("digest.catalog.papers.papers:Papers.record", "after", 1),
    ("digest.run.issuing.publishing:compose", "before", 1),
    ("digest.catalog.letters.issues:Issues.publish", "after", 1),
    ("digest.catalog.letters.outbox:Outbox.recover", "after", 1),
    ("digest.catalog.letters.outbox:Outbox.claim", "after", 1),
    ("digest.run.mailing.desk:Desk.write", "after", 3),
    ("digest.delivery.session:Session.letter", "before", 3),
    ("digest.delivery.session:Session.dot", "after", 3),
    ("digest.delivery.shift:Shift.decided", "before", 3),
    ("digest.catalog.letters.outbox:Outbox.exchange", "before", 4),
    ("digest.catalog.letters.outbox:Outbox.exchange", "after", 4),
    ("digest.catalog.letters.outbox:Outbox.sync", "before", 1),
    ("digest.run:tell_waiting", "before", 1),
]
NAMED = [f"{when} {place.rpartition('.')[2]}" for place, when, _ in PLACES]


@pytest.mark.parametrize(("place", "when", "count"), PLACES, ids=NAMED)
def test_killed_in_that_stage_and_started_again_every_letter_arrives(fresh_room: Room, place: str, when: str, count: int) -> None:
    room = fresh_room
    with Wire() as wire:
        room.configure(wire, connections=2)
        first = room.digest("run", orders=Orders(place=place, when=when, count=count, signal=KILL))
        room.require_sound(wire)
        second = room.digest("run")
        found = room.require_settled(wire)

    assert (first.status, second.status) == (-KILL, 0)
    assert (found.lost, room.statuses()) == ((), {"sent": 8})
    assert len(found.inexcusable) + len(found.excusable) <= 2  # one for each connection


@pytest.mark.parametrize("count", [1, 2, 4, 7, 11])
def test_killed_just_before_a_commit_and_started_again_every_letter_arrives(fresh_room: Room, count: int) -> None:
    room = fresh_room
    with Wire() as wire:
        room.configure(wire)
        room.digest("run", orders=Orders(place="commit", count=count, signal=KILL))
        room.require_sound(wire)
        room.digest("run")
        found = room.require_settled(wire)

    assert (found.lost, room.statuses()) == ((), {"sent": 8})
    assert len(found.inexcusable) + len(found.excusable) <= 1


@pytest.mark.parametrize(("place", "when", "count"), PLACES[1::2], ids=NAMED[1::2])
def test_told_to_stop_in_that_stage_it_does_so_soon_and_repeats_nothing(fresh_room: Room, place: str, when: str, count: int) -> None:
    room = fresh_room
    with Wire() as wire:
        room.configure(wire, connections=2)
        began = time.monotonic()
        first = room.digest("run", orders=Orders(place=place, when=when, count=count, signal=TERM))
        took = time.monotonic() - began
        room.require_sound(wire)
        room.digest("run")
        found = room.require_settled(wire)

    assert (found.lost, found.inexcusable, found.excusable, room.statuses()) == ((), (), (), {"sent": 8})
    assert (first.status in (-TERM, 128 + TERM), took < 10) == (True, True)
    assert "Traceback" not in first.err


def test_what_a_death_left_in_doubt_is_shown_by_outbox_and_repeated_once(room: Room) -> None:
    with Wire() as wire:
        room.configure(wire)
        dying = Orders(place="digest.delivery.shift:Shift.decided", count=3, signal=KILL)
        room.digest("deliver", orders=dying)
        at_once = room.digest("outbox")
        room.digest("deliver", orders=Orders(place="digest.catalog.letters.outbox:Outbox.claim", count=1, signal=KILL))
        recovered = room.digest("outbox")
        room.deliver_all()
        found = room.require_settled(wire)

    assert "sending" in at_once.out
    assert "handed over, the answer never heard: may have arrived" in recovered.out
    # A server that looks whether the client is still there may do so before or after the client's death.
    assert (found.lost, len(found.inexcusable + found.excusable)) == ((), 1)
    assert room.statuses() == {"sent": 8}


def test_with_hold_what_a_death_left_in_doubt_is_never_repeated(room: Room) -> None:
    with Wire() as wire:
        room.configure(wire, delivery='unknown = "hold"\n')
        room.digest("deliver", orders=Orders(place="digest.delivery.shift:Shift.decided", count=3, signal=KILL))
        room.deliver_all()
        found = room.require_settled(wire)

    assert (found.lost, found.inexcusable, found.excusable) == ((), (), ())
    assert room.statuses() == {"sent": 7, "unknown": 1}


@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again_at_random_moments_only_what_was_on_the_wire_repeats(room: Room, seed: int) -> None:
    chances, in_doubt = Random(seed), set[str]()
    with Wire(lambda at: Act(waits=0.03) if at.stage == "." else None) as wire:
        room.configure(wire, connections=2)
        for minute in range(5):
            run = room.start("deliver", after=timedelta(minutes=minute))
            time.sleep(chances.uniform(0.15, 0.5))
            run.kill()
            run.ended()
            room.require_sound(wire)
            on_the_wire = room.in_doubt(run.pid)
            assert len(on_the_wire) <= 2
            in_doubt |= on_the_wire
        room.deliver_all(after=timedelta(minutes=6))
        found = room.require_settled(wire, in_doubt)

    assert (found.lost, found.inexcusable, room.statuses()) == ((), (), {"sent": 8})


@pytest.mark.parametrize("stage", ["", "MAIL", "DATA"])
def test_told_to_stop_while_a_server_is_silent_it_leaves_at_once_with_all_letters_kept(room: Room, stage: str) -> None:
    with Wire(silent_at(stage)) as wire:
        room.configure(wire, connections=2)
        stopped = told_to_stop_when_silent(room, wire)
        left = room.statuses()
        wire.fault = usual
        room.deliver_all()
        found = room.require_settled(wire)

    assert (stopped.status, stopped.took < 4, set(left) <= {"queued", "sent"}) == (128 + TERM, True, True)
    assert (found.lost, found.inexcusable, found.excusable) == ((), (), ())


def test_told_to_stop_while_a_server_is_silent_at_the_dot_it_waits_some_seconds_for_the_answer(room: Room) -> None:
    with Wire(silent_at(".")) as wire:
        room.configure(wire, connections=2)
        stopped = told_to_stop_when_silent(room, wire)
        left = room.statuses()
        wire.fault = usual
        room.deliver_all()
        found = room.require_settled(wire)

    assert (stopped.status, stopped.took < 10) == (128 + TERM, True)
    assert (found.lost, found.inexcusable, len(found.excusable), left["unknown"]) == ((), (), 2, 2)


def usual(at: At) -> Act | None:
    return None


def silent_at(stage: str) -> Fault:
    """From the third letter on nothing is said there any more, but the letter is kept."""
    return lambda at: stalls(keeps=True) if at.stage == stage and (not stage or at.letter >= 3) else None


@dataclass(frozen=True)
class Stopped:
    status: int
    took: float


def told_to_stop_when_silent(room: Room, wire: Wire) -> Stopped:
    """How a delivery ends that is told to stop when each of its two connections waits for the server."""
    run = room.start("deliver")
    wire.wait_for_silence(2)
    began = time.monotonic()
    run.kill(TERM)
    return Stopped(run.ended(20).status, time.monotonic() - began)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_a_state_whose_saving_is_ended_leaves_no_copy_behind(room: Room, end: signal.Signals) -> None:
    (room.folder / "config.toml").write_text('[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n')
    (room.folder / "key").write_text("k" * 40)
    before = sorted(room.folder.iterdir())

    at = Orders(place="digest.catalog.copying:_pack", when="after", signal=end)
    done = room.start("state", "save", "--key-file", str(room.folder / "key"), "--to", str(room.folder / "state"), orders=at).ended()

    assert (done.status, done.err.strip(), sorted(room.folder.iterdir())) == (130, "stopped", before)
