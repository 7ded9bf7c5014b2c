"""Leases: one holder at a time, and none for long after its death."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.catalog.workers import this_worker

from .builders import NOON

MINUTE = timedelta(minutes=1)
LENGTH = 10 * MINUTE
HERE = socket.gethostname()


def take(catalog: Catalog, holder: str, minutes: int = 0) -> str:
    """Who has the lease after this one asked for it."""
    other = catalog.leases.take("work", holder, NOON + minutes * MINUTE, LENGTH)
    return holder if other is None else other.holder


def test_a_lease_is_one_holders_until_it_ends(catalog: Catalog) -> None:
    asked = [("a:1:x", 0), ("b:2:y", 1), ("b:2:y", 9), ("b:2:y", 10), ("a:1:x", 11)]

    assert [take(catalog, holder, minutes) for holder, minutes in asked] == ["a:1:x", "a:1:x", "a:1:x", "b:2:y", "b:2:y"]


def test_a_holder_who_renews_it_keeps_it_and_has_had_it_since_the_beginning(catalog: Catalog) -> None:
    take(catalog, "a:1:x")
    take(catalog, "a:1:x", 9)

    other = catalog.leases.take("work", "b:2:y", NOON + 18 * MINUTE, LENGTH)

    assert str(other) == "process 1 on a, since 2026-11-23 12:00 UTC"


def test_who_takes_over_what_has_ended_has_had_it_since_then(catalog: Catalog) -> None:
    take(catalog, "a:1:x")
    take(catalog, "b:2:y", 10)

    other = catalog.leases.take("work", "c:3:z", NOON + 11 * MINUTE, LENGTH)

    assert str(other) == "process 2 on b, since 2026-11-23 12:10 UTC"


def test_who_gives_one_lease_back_keeps_another(catalog: Catalog) -> None:
    take(catalog, "a:1:x")
    catalog.leases.take("schedule", "a:1:x", NOON, LENGTH)

    catalog.leases.give_back("schedule", "a:1:x")

    assert take(catalog, "b:2:y") == "a:1:x"


def test_what_is_given_back_is_free_and_what_is_somebody_elses_cannot_be(catalog: Catalog) -> None:
    take(catalog, "a:1:x")
    catalog.leases.give_back("work", "b:2:y")
    kept = take(catalog, "b:2:y")
    catalog.leases.give_back("work", "a:1:x")

    assert (kept, take(catalog, "b:2:y")) == ("a:1:x", "b:2:y")


def test_two_leases_do_not_touch_each_other(catalog: Catalog) -> None:
    take(catalog, "a:1:x")

    assert catalog.leases.take("schedule", "b:2:y", NOON, LENGTH) is None


@pytest.mark.skipif(os.name != "posix", reason="asks whether a process lives as POSIX does")
def test_the_lease_of_a_process_that_died_on_this_host_is_free_at_once(catalog: Catalog) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        take(catalog, f"{HERE}:{process.pid}:x")
        alive = take(catalog, "b:2:y")
        process.kill()

    assert (alive, take(catalog, "b:2:y")) == (f"{HERE}:{process.pid}:x", "b:2:y")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux says when a process was started")
def test_a_container_that_starts_again_with_the_same_number_takes_over_from_itself(catalog: Catalog) -> None:
    worker = this_worker()
    host, pid, more = worker.split(":")
    take(catalog, f"{host}:{pid}:{int(more.split('.')[0]) - 1}.before")

    assert take(catalog, worker) == worker


def test_two_who_work_in_one_process_do_not_take_each_others_lease(catalog: Catalog) -> None:
    one, other = this_worker(), this_worker()

    assert [take(catalog, one), take(catalog, other)] == [one, one]


def test_a_lease_from_a_clock_that_was_ahead_keeps_nobody_out(catalog: Catalog) -> None:
    take(catalog, "a:1:x", 60 * 24 * 365)

    assert take(catalog, "b:2:y") == "b:2:y"


def test_who_read_the_clock_before_the_holder_did_and_asked_after_it_takes_no_lease(catalog: Catalog) -> None:
    """Two that start in the same second: the one waits to write while the other takes the lease."""
    catalog.leases.take("work", "a:1:x", NOON + timedelta(milliseconds=5), LENGTH)

    assert take(catalog, "b:2:y") == "a:1:x"


def test_a_clock_that_is_set_right_by_some_seconds_costs_nobody_their_lease(catalog: Catalog) -> None:
    take(catalog, "a:1:x", 1)

    assert take(catalog, "b:2:y") == "a:1:x"
