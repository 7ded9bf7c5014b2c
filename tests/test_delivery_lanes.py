"""Which letter goes next, how many a second, and what is written down together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.journal import Journal
from digest.delivery.lanes import Lanes
from digest.delivery.pace import Pace
from digest.delivery.turns import Turns
from digest.errors import CatalogError
from digest.model import Delivery, DeliveryStatus, Settled
from tests.builders import NOON

MINUTE = timedelta(minutes=1)


def to(*domains: str) -> list[Delivery]:
    usual = {"status": DeliveryStatus.QUEUED, "attempts": 0, "due": NOON, "queued_at": NOON}
    named = enumerate(domains, 1)
    return [Delivery(id=n, issue=n, message_id=f"<{n}@example.org>", recipient=f"{n}@{domain}", **usual) for n, domain in named]  # type: ignore[arg-type]


def taken(lanes: Lanes) -> list[int]:
    found = []
    while (letter := lanes.take()) is not None:
        found.append(letter.id)
    return found


def test_letters_go_in_their_order_where_nothing_limits_them() -> None:
    lanes = Lanes()
    lanes.put(to("a", "b", "a", "a"))
    lanes.go_on("a")

    assert taken(lanes) == [1, 2, 3, 4]


def test_a_domain_that_has_enough_on_the_wire_is_passed_over_until_one_is_done() -> None:
    lanes = Lanes(per_domain=2)
    letters = to("a", "a", "a", "b")
    lanes.put(letters)

    assert (taken(lanes), len(lanes)) == ([1, 2, 4], 1)
    lanes.done(letters[0])
    assert taken(lanes) == [3]


def test_what_is_drained_waits_no_more() -> None:
    lanes = Lanes()
    lanes.put(to("a", "b"))

    assert [letter.id for letter in lanes.drain()] == [1, 2]
    assert taken(lanes) == []


def test_a_letter_put_first_is_taken_before_all_others() -> None:
    lanes = Lanes(per_domain=1)
    lanes.put(to("a", "a"))
    first = lanes.take()
    assert first is not None
    lanes.done(first)
    lanes.put_first(first)

    assert taken(lanes) == [1]


def test_a_domain_that_asks_for_less_rests_longer_each_time_and_gets_one_at_a_time_from_then_on() -> None:
    lanes = Lanes()
    lanes.slow_down("a", NOON)
    lanes.put(to("a", "a", "b"))

    assert lanes.rests_until("a", NOON) == NOON + MINUTE
    assert lanes.rests_until("a", NOON + MINUTE) is None
    assert lanes.rests_until("b", NOON) is None
    assert taken(lanes) == [1, 3]
    later = NOON + MINUTE
    lanes.slow_down("a", later)
    assert lanes.rests_until("a", later) == later + 2 * MINUTE
    for _ in range(9):
        later += 30 * MINUTE
        lanes.slow_down("a", later)
    assert lanes.rests_until("a", later) == later + 30 * MINUTE
    lanes.go_on("a")
    later += 30 * MINUTE
    lanes.slow_down("a", later)
    assert lanes.rests_until("a", later) == later + 2 * MINUTE


def test_letters_that_were_on_the_wire_when_a_domain_asked_for_less_do_not_make_it_rest_longer() -> None:
    lanes = Lanes()
    for _ in range(8):
        lanes.slow_down("a", NOON)

    assert lanes.rests_until("a", NOON) == NOON + MINUTE


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 3), st.data())
def test_no_letter_is_lost_or_taken_twice_and_no_domain_gets_too_many(domains: list[str], limit: int, data: st.DataObject) -> None:
    lanes = Lanes(limit)
    lanes.put(to(*domains))
    wire: list[Delivery] = []
    seen: list[int] = []
    while True:
        letter = lanes.take()
        if letter is not None:
            wire.append(letter)
            seen.append(letter.id)
            assert max(sum(w.domain == d for w in wire) for d in domains) <= limit
        elif wire:
            lanes.done(wire.pop(data.draw(st.integers(0, len(wire) - 1))))
        else:
            break

    assert sorted(seen) == list(range(1, len(domains) + 1))


def test_a_pace_gives_each_letter_a_moment_of_its_own() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(4, sleep, lambda: now[0])
    for _ in range(3):
        pace.wait()

    assert slept == [0.25, 0.25]
    assert not pace.is_free
    now[0] += 0.25
    assert pace.is_free
    now[0] += 10
    assert pace.is_free
    pace.wait()
    assert slept == [0.25, 0.25]


def test_who_waits_for_a_slow_pace_hears_that_it_should_stop() -> None:
    slept: list[float] = []

    pace = Pace(0.01, slept.append, lambda: 100.0)
    pace.wait()
    pace.wait(lambda: len(slept) == 2)

    assert slept == [0.5, 0.5]


def test_no_rate_is_any_number_a_second() -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(seconds)

    pace = Pace(0, sleep)
    for _ in range(100):
        pace.wait()

    assert pace.is_free


class Pages:
    """An outbox that keeps what was written at once, and sends all but the seventh letter."""

    def __init__(self, *, breaks: bool) -> None:
        self.calls: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._breaks = breaks

    def exchange(self, settled: Sequence[Settled], begin: Sequence[int], worker: str) -> frozenset[int]:
        self.calls.append((tuple(s.delivery for s in settled), tuple(begin)))
        if self._breaks:
            raise CatalogError("digest.db", "disk full")
        return frozenset(id_ for id_ in begin if id_ != 7)


@pytest.mark.parametrize("breaks", [False, True])
def test_what_several_have_to_say_at_the_same_moment_is_written_at_once(breaks: bool) -> None:
    outbox = Pages(breaks=breaks)
    journal = Journal(outbox, "test:1")
    answers: dict[int, bool | str] = {}

    def write(id_: int) -> None:
        try:
            answers[id_] = journal.write(Settled(10 + id_, DeliveryStatus.SENT, NOON), begin=id_)
        except CatalogError as error:
            answers[id_] = error.message

    with Turns(partial(write, id_) for id_ in (1, 7, 8)) as turns:
        turns.run()

    assert outbox.calls == [((11, 17, 18), (1, 7, 8))]
    assert answers == {id_: "disk full" if breaks else id_ != 7 for id_ in (1, 7, 8)}
    assert journal.owes == breaks


def test_one_who_is_alone_waits_for_nobody() -> None:
    outbox = Pages(breaks=False)

    assert Journal(outbox, "test:1").write(begin=1)
    assert outbox.calls == [((), (1,))]
