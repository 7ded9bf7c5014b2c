"""Servers that break off, before, within and after the letter, stored or not; nothing is lost, and only what was unheard repeats."""

from __future__ import annotations

import pytest

from tests.faults.room import Room
from tests.faults.wire import Act, At, Fault, Wire, drops, resets, says, stalls
from tests.forge import Orders

QUICK = Orders(timeout=1.0)
BUSY = "421 4.3.2 shutting down"


def once(stage: str, act: Act) -> Fault:
    """That act, once, when two letters were begun before."""
    done: list[At] = []

    def fault(at: At) -> Act | None:
        if at.stage != stage or done or at.letter < (3 if stage in ("DATA", "text", ".") else 2):
            return None
        done.append(at)
        return act

    return fault


@pytest.mark.parametrize(
    ("connections", "stage", "act", "repeats"),
    [
        (1, "MAIL", drops(), 0),
        (2, "RCPT", resets(), 0),
        (1, "RCPT", says(BUSY, end="close"), 0),
        (2, "DATA", drops(), 0),
        (1, "text", drops(), 0),
        (2, "text", resets(), 0),
        (1, ".", drops(), 0),
        (2, ".", resets(), 0),
        (1, ".", drops(keeps=True), 1),
        (2, ".", drops(keeps=True), 1),
        (1, ".", resets(keeps=True), 1),
        (2, ".", says(BUSY, end="close"), 0),
        (1, ".", says(BUSY, end="close", keeps=True), 1),
        (2, ".", says("250-2.0.0 kept", end="close", keeps=True), 1),
        (1, ".", says("nonsense", keeps=True), 1),
    ],
    ids=lambda value: f"{value.says or value.end}{'-kept' if value.keeps else ''}" if isinstance(value, Act) else None,
)
def test_nothing_is_lost_and_only_what_was_unheard_repeats(room: Room, connections: int, stage: str, act: Act, repeats: int) -> None:
    with Wire(once(stage, act)) as wire:
        room.configure(wire, connections=connections)

        done = room.deliver_all()

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, len(found.excusable)) == ((), (), repeats), done
    assert room.statuses() == {"sent": 8}
    assert len(done) <= 2


@pytest.mark.parametrize(
    ("connections", "stage", "act", "repeats"),
    [(2, "MAIL", stalls(), 0), (1, "DATA", stalls(), 0), (2, ".", stalls(keeps=True), 1), (1, ".", stalls(), 0)],
    ids=["at MAIL", "at DATA", "at the dot, kept", "at the dot"],
)
def test_a_server_that_falls_silent_is_waited_for_and_then_called_again(
    room: Room, connections: int, stage: str, act: Act, repeats: int
) -> None:
    with Wire(once(stage, act)) as wire:
        room.configure(wire, connections=connections)

        room.deliver_all(orders=QUICK)

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, len(found.excusable)) == ((), (), repeats)


def test_a_server_that_takes_no_commands_ahead_is_served_as_well(room: Room) -> None:
    with Wire(once(".", drops(keeps=True)), pipelining=False) as wire:
        room.configure(wire, connections=2)

        room.deliver_all()

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, len(found.excusable)) == ((), (), 1)


def test_a_server_that_hangs_up_after_every_second_letter_gets_all_of_them_in_one_run(room: Room) -> None:
    def tired(at: At) -> Act | None:
        has_had_enough = at.stage == "MAIL" and at.letter >= 2 * at.connection
        return says(BUSY, end="close") if has_had_enough else None

    with Wire(tired) as wire:
        room.configure(wire)

        done = room.deliver_all()

        assert room.require_settled(wire).lost == ()
        assert wire.connections == 4
    assert len(done) == 1


def test_a_slow_server_is_waited_for(room: Room) -> None:
    def slow(at: At) -> Act | None:
        return Act(drips=0.02) if at.stage in ("", "MAIL") else Act(waits=0.3) if at.stage == "." else None

    with Wire(slow) as wire:
        room.configure(wire, connections=2)

        done = room.deliver_all()

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, found.excusable, len(done)) == ((), (), (), 1)


def test_letters_of_others_are_not_held_up_by_one_that_takes_long(room: Room) -> None:
    slow: list[str] = []

    def fault(at: At) -> Act | None:
        if at.stage == "." and at.letter == 3:
            slow.append(at.to)
            wire.wait_for(6)  # all but this one and the one that waits behind it on its connection
        return None

    with Wire(fault) as wire:
        room.configure(wire, connections=2)

        room.digest("deliver")

        assert room.require_settled(wire).lost == ()
        assert [kept.to for kept in wire.kept[6:]].count(slow[0]) == 1


def test_nobody_listens_and_then_somebody_does(room: Room) -> None:
    with Wire() as wire:
        room.configure(wire, connections=2)
        port = wire.port
    first = room.digest("deliver")
    kept = room.statuses()
    with Wire() as wire:
        room.configure(wire)
        room.deliver_all()
        found = room.require_settled(wire)

    assert (first.status, kept, found.lost) == (1, {"queued": 8}, ())
    assert f"127.0.0.1:{port}: " in first.err
    assert "→ " in first.err


def test_connections_that_break_off_at_every_dot_for_two_hours_lose_nothing(room: Room) -> None:
    with Wire(lambda at: drops() if at.stage == "." and at.tries <= 4 else None) as wire:
        room.configure(wire)

        room.deliver_all()

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, found.excusable, room.statuses()) == ((), (), (), {"sent": 8})


def test_a_server_that_keeps_every_letter_and_never_says_so_is_sent_the_same_one_five_times_at_most(room: Room) -> None:
    with Wire(lambda at: drops(keeps=True) if at.stage == "." else None) as wire:
        room.configure(wire)

        room.deliver_all()

        found = room.require_settled(wire)
    assert (found.lost, found.inexcusable, len(found.excusable), room.statuses()) == ((), (), 32, {"unknown": 8})
