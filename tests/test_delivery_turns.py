"""Conversations that take turns in one thread: who waits lets others go on, and comes back when what it waits for is there."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import FrameType

import pytest
from greenlet import GreenletExit, getcurrent

from digest.delivery.turns import Bell, Turns, let_others, readable, sleep, writable


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def together(*works: Callable[[], None]) -> None:
    with Turns(works) as turns:
        turns.run()


def test_each_goes_on_until_it_passes_on() -> None:
    told: list[str] = []

    def tell(name: str) -> None:
        for n in range(3):
            told.append(f"{name}{n}")
            let_others()

    together(partial(tell, "a"), partial(tell, "b"))

    assert told == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_who_waits_for_a_connection_lets_others_go_on(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    told: list[object] = []

    def hear() -> None:
        told.append("listens")
        told.append(readable(here, 60))
        told.append(here.recv(9))

    def say() -> None:
        told.append("speaks")
        told.append(writable(there, 60))
        there.send(b"hello")

    together(hear, say)

    assert told == ["listens", "speaks", True, True, b"hello"]


def test_who_waits_in_vain_goes_on_after_its_time(pair: tuple[socket.socket, socket.socket]) -> None:
    told: list[object] = []
    together(lambda: told.append(readable(pair[0], 0.02)), lambda: told.append("meanwhile"))

    assert told == ["meanwhile", False]


def test_while_all_wait_something_useful_is_done_until_one_can_go_on(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    told: list[str] = []

    def hear() -> None:
        for _ in range(2):
            assert readable(here, 60)
            told.append(here.recv(9).decode())

    def idle() -> bool:
        told.append("idle")
        if told.count("idle") % 2:
            return True
        there.send(b"hello")
        return False

    with Turns([hear], idle) as turns:
        turns.run()

    assert told == ["idle", "idle", "hello"] * 2


def test_who_can_go_on_comes_before_what_is_done_meanwhile(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    there.send(b"hello")
    idled: list[bool] = []

    with Turns([lambda: sleep(0), lambda: idled.append(readable(here, 60))], lambda: bool(idled.append(False))) as turns:
        turns.run()

    assert idled == [True]


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    told: list[float] = []

    def nap(seconds: float) -> None:
        sleep(seconds)
        told.append(seconds)

    together(*(partial(nap, seconds) for seconds in (0.03, 0.01, 0.02)))

    assert told == [0.01, 0.02, 0.03]


def test_a_bell_wakes_all_who_wait_for_it_and_none_twice() -> None:
    bell, told = Bell(), list[str]()

    def wait(name: str) -> None:
        bell.wait(60)
        told.append(name)

    def ring() -> None:
        bell.ring()
        bell.ring()

    together(partial(wait, "a"), partial(wait, "b"), ring)

    assert told == ["a", "b"]


def test_the_alarm_of_a_wait_that_is_over_wakes_nobody_from_the_next_one() -> None:
    bell, began, woken = Bell(), time.monotonic(), 0.0

    def wait_twice() -> None:
        nonlocal woken
        bell.wait(0.05)
        sleep(0.2)
        woken = time.monotonic() - began

    def keep_going() -> None:
        bell.ring()
        while time.monotonic() - began < 0.1:
            let_others()

    together(wait_twice, keep_going)

    assert woken >= 0.2


def test_a_bell_that_nobody_rings_is_not_waited_for_longer_than_said() -> None:
    bell, told = Bell(), list[str]()

    def wait() -> None:
        bell.wait(0.02)
        told.append("over")
        bell.wait(0.02)
        told.append("and over")

    together(wait)
    bell.ring()

    assert told == ["over", "and over"]


def test_an_error_is_raised_and_the_others_can_still_come_to_their_end() -> None:
    told: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    def work() -> None:
        began = time.monotonic()
        sleep(0.01)
        told.append("done" if time.monotonic() - began >= 0.01 else "woken early")

    with Turns([work, fail, work]) as turns:
        with pytest.raises(ZeroDivisionError):
            turns.run()
        turns.run()

    assert told == ["done", "done"]


def test_who_could_go_on_when_an_error_was_raised_goes_on_at_once() -> None:
    told: list[str] = []

    def work() -> None:
        sleep(0)
        let_others()
        told.append("done")

    def fail() -> None:
        sleep(0)
        raise ZeroDivisionError

    with Turns([work, fail], idle=lambda: pytest.fail("somebody can go on")) as turns:
        with pytest.raises(ZeroDivisionError):
            turns.run()
        turns.run()

    assert told == ["done"]


@pytest.mark.parametrize("place", range(1, 40))
def test_wherever_an_interrupt_strikes_all_come_to_their_end(place: int, pair: tuple[socket.socket, socket.socket]) -> None:
    steps, told = [0], list[str]()

    def strike(frame: FrameType, event: str, _: object) -> object:
        if not frame.f_code.co_filename.endswith("delivery/turns.py") or frame.f_code.co_name == "<lambda>":
            return None
        steps[0] += event == "line"
        if event == "line" and steps[0] == place:
            raise KeyboardInterrupt
        return strike

    def work(name: str) -> None:
        with suppress(KeyboardInterrupt):
            let_others()
            readable(pair[name == "b"], 0.01)
            sleep(0.001)
        told.append(name)

    with Turns([partial(work, "a"), partial(work, "b")][: 1 + place % 2]) as turns:
        before = sys.gettrace()
        sys.settrace(strike)
        try:
            turns.run()
        except KeyboardInterrupt:
            sys.settrace(before)
            turns.run()
        finally:
            sys.settrace(before)

    assert sorted(told) == ["a", "b"][: 1 + place % 2]


def test_who_goes_on_too_early_can_wait_for_the_same_again(pair: tuple[socket.socket, socket.socket]) -> None:
    told: list[bool] = []

    def work() -> None:
        turns._ready.append((getcurrent(), True))  # type: ignore[arg-type]  # as an interrupt in `pass_on` leaves it
        told.append(readable(pair[0], 60))
        told.append(readable(pair[0], 0.01))

    with Turns([work]) as turns:
        turns.run()

    assert told == [True, False]


def test_who_is_left_waiting_is_ended_where_it_waits(pair: tuple[socket.socket, socket.socket]) -> None:
    told: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    def hear() -> None:
        try:
            readable(pair[0], 600)
        except GreenletExit:
            let_others()  # as who still writes something down: there are no others
            told.append("put down")
            raise

    with pytest.raises(ZeroDivisionError):
        together(hear, fail)

    assert told == ["put down"]


def test_who_would_wait_again_at_its_end_is_ended_there_too() -> None:
    told: list[str] = []

    def work() -> None:
        try:
            sleep(60)
        finally:
            try:
                sleep(60)  # as to say goodbye to a server
            finally:
                told.append("ended")

    def end() -> None:
        let_others()
        raise ValueError

    with suppress(ValueError), Turns([work, end]) as turns:
        turns.run()

    assert told == ["ended"]


def test_all_are_ended_even_if_one_fails_at_its_end(pair: tuple[socket.socket, socket.socket]) -> None:
    told: list[str] = []

    def work(name: str) -> None:
        try:
            readable(pair[name == "b"], 60)
        finally:
            told.append(name)
            raise ZeroDivisionError(name)

    def fail() -> None:
        raise ValueError

    turns = Turns([partial(work, "a"), partial(work, "b"), fail])
    with pytest.raises(ZeroDivisionError, match="b"), turns:
        turns.run()

    assert told == ["a", "b"]
    assert turns._selector.get_map() is None


def test_alone_they_wait_as_anybody_would(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    let_others()
    Bell().ring()
    began = time.monotonic()
    sleep(0.01)
    Bell().wait(0.01)

    assert time.monotonic() - began >= 0.02
    assert not readable(here, 0.01)
    assert writable(here, 0.01)
    there.send(b"x")
    assert readable(here, 60)


def test_a_hundred_connections_are_heard_each_by_its_own() -> None:
    pairs = [socket.socketpair() for _ in range(100)]
    heard: dict[int, bytes] = {}

    def hear(n: int) -> None:
        for _ in range(3):
            assert readable(pairs[n][0], 60)
            heard[n] = heard.get(n, b"") + pairs[n][0].recv(9)

    def say(n: int) -> None:
        for m in range(3):
            pairs[n][1].send(b"%d.%d " % (n, m))
            sleep(0.001 * (n % 7))

    try:
        together(*(partial(hear, n) for n in range(100)), *(partial(say, n) for n in range(100)))
    finally:
        for pair in pairs:
            for one in pair:
                one.close()

    assert heard == {n: b"%d.0 %d.1 %d.2 " % (n, n, n) for n in range(100)}
