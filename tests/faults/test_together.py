"""Several runs at once, and copies of the state: each letter leaves once, and a copy can only send the very same letter."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.room import Room
from tests.faults.wire import Act, At, Wire, drops
from tests.forge import Forge, Orders

KILL = signal.SIGKILL


def written_down(room: Room, missing: list[str]) -> Wire:
    """A server that looks, whenever the text of a letter has arrived, whether the catalog says that it may be on the wire."""

    def sees(message_id: str) -> None:
        with closing(sqlite3.connect(room.database, timeout=30)) as connection:
            row = connection.execute("select status, attempts from deliveries where message_id = ?", (message_id,)).fetchone()
        if row is None or row[0] != "sending" or row[1] < 1:
            missing.append(f"{message_id}: {row}")

    return Wire(lambda at: Act(waits=0.02) if at.stage == "." else None, sees=sees)


def test_two_runs_at_once_send_each_letter_once_and_none_that_is_not_written_down(fresh_room: Room) -> None:
    room, missing = fresh_room, []  # type: ignore[var-annotated]
    with written_down(room, missing) as wire:
        room.configure(wire, connections=2)
        runs = [room.start("run") for _ in range(2)]
        done = [run.ended() for run in runs]
        found = room.require_settled(wire)

    assert ([run.status for run in done], missing) == ([0, 0], [])
    assert (found.lost, found.inexcusable, found.excusable, room.statuses()) == ((), (), (), {"sent": 8})


def test_five_deliveries_at_once_share_the_letters(room: Room) -> None:
    missing: list[str] = []
    with written_down(room, missing) as wire:
        room.configure(wire, connections=2)
        done = [run.ended() for run in [room.start("deliver") for _ in range(5)]]
        found = room.require_settled(wire)

    assert ([run.status for run in done], missing) == ([0] * 5, [])
    assert (found.lost, found.inexcusable, found.excusable) == ((), (), ())


def test_of_two_runs_one_is_killed_and_the_other_goes_on(room: Room) -> None:
    with Wire(lambda at: Act(waits=0.1) if at.stage == "." else None) as wire:
        room.configure(wire, connections=2)
        doomed = room.start("deliver", orders=Orders(place="digest.delivery.shift:Shift.decided", count=2, signal=KILL))
        other = room.start("deliver")
        ends = (doomed.ended().status, other.ended().status)
        room.require_sound(wire)
        room.deliver_all()
        found = room.require_settled(wire)

    assert ends in ((-KILL, 0), (0, 0))
    assert found.lost == ()
    assert len(found.inexcusable) <= 2


def test_a_run_that_is_frozen_keeps_its_letters_and_the_next_takes_none_of_them(room: Room) -> None:
    frozen_at: list[At] = []

    def fault(at: At) -> Act | None:
        if at.stage == "." and at.letter == 3 and not frozen_at:
            frozen_at.append(at)
            run.kill(signal.SIGSTOP)
        return None

    with Wire(fault) as wire:
        room.configure(wire)
        run = room.start("deliver")
        wire.wait_for(3)
        other = room.digest("deliver")
        between = (len(wire.kept), room.statuses()["sending"])
        run.kill(signal.SIGCONT)
        thawed = run.ended()
        found = room.require_settled(wire)

    assert (other.status, between, thawed.status) == (0, (3, 1), 0)
    assert (found.lost, found.inexcusable, found.excusable) == ((), (), ())


def test_a_copy_of_the_state_sends_the_very_same_letters(fresh_room: Room, tmp_path_factory: pytest.TempPathFactory, forge: Forge) -> None:
    folder = tmp_path_factory.mktemp("copy")
    with Wire() as wire:
        fresh_room.configure(wire)
        fresh_room.digest("fetch")
        for path in fresh_room.folder.iterdir():
            shutil.copy(path, folder / path.name)
        copy = Room(folder, forge, fresh_room.readers)
        runs = [fresh_room.start("run"), copy.start("run")]
        done = [run.ended().status for run in runs]

        sent = {(kept.to, kept.message_id) for kept in wire.kept}
    assert (done, len(wire.kept), len(sent)) == ([0, 0], 16, 8)


def test_a_backup_that_is_put_back_mails_nothing_that_is_stale(room: Room, tmp_path: Path) -> None:
    shutil.copy(room.database, tmp_path / "backup")
    with Wire() as wire:
        room.configure(wire)
        room.digest("deliver")
        shutil.copy(tmp_path / "backup", room.database)
        room.digest("deliver", after=timedelta(days=3))

        assert len(wire.kept) == 8
    assert room.statuses() == {"given_up": 8}


def test_all_at_once_two_runs_lost_answers_and_deaths(room: Room) -> None:
    def fault(at: At) -> Act | None:
        return drops(keeps=True) if at.stage == "." and at.letter % 4 == 2 and at.tries == 1 else None

    deaths = 0
    with Wire(fault) as wire:
        room.configure(wire, connections=2)
        for minute in range(3):
            after = timedelta(minutes=10 * minute)
            dying = Orders(place="digest.catalog.letters.outbox:Outbox.exchange", when="after", count=3, signal=KILL)
            runs = [room.start("deliver", after=after, orders=dying), room.start("deliver", after=after)]
            deaths += [run.ended().status for run in runs].count(-KILL)
            room.require_sound(wire)
        room.deliver_all(after=timedelta(minutes=30))
        found = room.require_settled(wire)

    assert found.lost == ()
    assert len(found.inexcusable) <= 2 * deaths


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux says that a process stands still")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("edit", "--limit", "5"), ("edit", "--mute", "survey")),
        (("interests", "hens", "--topic", "hens"), ("interests", "dens", "--topic", "dens")),
    ],
    ids=["edit", "interests"],
)
def test_two_who_change_one_subscription_at_once_both_have_their_say(
    fresh_room: Room, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    room, reader = fresh_room, fresh_room.readers[0]
    slow = Orders(place="digest.catalog.people.subscribers:refuse_configured", when="after", signal=signal.SIGSTOP)
    with Wire() as wire:
        room.configure(wire)
        first = room.start("subscribers", one[0], reader, *one[1:], orders=slow)
        wait_until_it_stands_still(first.pid)
        second = room.digest("subscribers", other[0], reader, *other[1:])
        first.kill(signal.SIGCONT)
        statuses = (first.ended().status, second.status)
        shown = room.digest("subscribers", "show", reader, "--json").out

    assert statuses == (0, 0)
    assert [word in shown for word in SAID[one[0]]] == [True, True]


SAID = {"edit": ('"limit": 5', "survey"), "interests": ("hens", "dens")}


def wait_until_it_stands_still(pid: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline, "it goes on"
        time.sleep(0.01)
