"""What a person who watches a delivery is told, and what is pasted when it is over."""

from __future__ import annotations

import pytest

from digest.delivery.tally import Tally
from digest.model import DeliveryStatus

S = DeliveryStatus


class Time:
    """A clock that is set by hand, in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def settled(tally: Tally, *fates: tuple[int, DeliveryStatus, str]) -> None:
    for number, status, reply in fates:
        tally.settled(number, status, reply, f"reader{number}@example.org")


def test_a_letter_counts_once_by_what_became_of_it_last() -> None:
    tally = Tally(2, Time())

    settled(tally, (1, S.DEFERRED, "450 4.2.0 Greylisted"), (2, S.SENT, "250 ok"), (1, S.SENT, "250 ok"))

    assert (tally.letters, tally.counts) == (2, {S.SENT: 2, S.DEFERRED: 0})


def test_the_line_tells_counts_rate_and_the_time_that_is_left() -> None:
    clock = Time()
    tally = Tally(5000, clock)
    for number in range(1200):
        clock.now += 1 / 40
        tally.settled(number, S.SENT, "250 ok")
    settled(tally, (5001, S.DEFERRED, "450 busy"), (5002, S.REFUSED, "550 no"), (5003, S.GIVEN_UP, "stale"), (5004, S.UNKNOWN, "no reply"))

    assert tally.line() == "1,200 sent, 1 deferred, 2 failed, 1 unknown · 40/s · about 95 seconds to go"


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    clock = Time()
    tally = Tally(100, clock)
    for number in range(60):
        tally.settled(number, S.SENT)
    clock.now += 600
    tally.settled(60, S.SENT)

    assert (round(tally.rate, 3), tally.seconds_left) == (round(1 / 30, 3), 39 * 30)
    clock.now += 31
    assert (tally.rate, tally.seconds_left) == (0.0, None)


def test_of_what_is_done_no_time_is_left() -> None:
    tally = Tally(1, Time())

    settled(tally, (1, S.SENT, "250 ok"))

    assert tally.line() == "1 sent, 0 deferred, 0 failed · 1.0/s"


def test_without_a_letter_nothing_is_foretold_and_nothing_is_summed_up() -> None:
    tally = Tally(10, Time())

    assert (tally.line(), tally.seconds_left, tally.summary()) == ("0 sent, 0 deferred, 0 failed", None, ())


def test_the_summary_groups_what_servers_said_and_names_nobody() -> None:
    clock = Time()
    tally = Tally(9, clock)
    clock.now += 2
    settled(tally, *((n, S.SENT, "250 2.0.0 queued as 4Rc5yC") for n in range(4)))
    settled(tally, *((n, S.REFUSED, f"550 5.1.1 <reader{n}@example.org>: no such user") for n in (4, 5, 6)))
    settled(tally, *((n, S.DEFERRED, f"451 4.7.1 try again in {n} seconds") for n in (7, 8)))
    settled(tally, (9, S.UNKNOWN, "no reply: the server closed the connection"), (10, S.REFUSED, "552 5.2.2 reader10 is over quota"))

    assert tally.summary() == (
        "11 letters in 2 seconds (5.5/s): 4 sent, 2 deferred, 4 refused, 1 unknown",
        "  3 × 550 5.1.1 …: no such user",
        "  2 × 451 4.7.1 try again in … seconds",
        "  1 × no reply: the server closed the connection",
    )


def test_of_very_many_wordings_only_those_that_came_first_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.tally._MOST_WORDINGS", 1)
    tally = Tally(4, Time())

    settled(tally, (1, S.REFUSED, ""), (2, S.REFUSED, "550 no"), (3, S.REFUSED, "551 gone"), (4, S.REFUSED, "550 no"))

    assert tally.summary()[1:] == ("  2 × 550 no",)


@pytest.mark.parametrize(
    ("letters", "seconds", "told"),
    [
        (1, 1, "1 letter in 1 second: 1 sent"),
        (2, 0.25, "2 letters in 0.2 seconds (8.0/s): 2 sent"),
        (20, 2, "20 letters in 2 seconds (10/s): 20 sent"),
        (10, 100, "10 letters in 2 minutes (0.1/s): 10 sent"),
    ],
)
def test_short_deliveries_are_told_in_seconds_and_one_letter_has_no_rate(letters: int, seconds: float, told: str) -> None:
    clock = Time()
    tally = Tally(letters, clock)
    clock.now += seconds

    settled(tally, *((number, S.SENT, "250 ok") for number in range(letters)))

    assert tally.summary() == (told,)


def test_long_deliveries_are_told_in_minutes_and_hours() -> None:
    clock = Time()
    tally = Tally(2, clock)
    clock.now += 600
    tally.settled(1, S.SENT)
    ten_minutes = tally.summary()
    clock.now += 9000
    tally.settled(2, S.SENT)

    assert ten_minutes == ("1 letter in 10 minutes: 1 sent",)
    assert tally.summary() == ("2 letters in 2.7 hours: 2 sent",)
