"""Signals, bugs, leaving readers and sleeping workers in the middle of a run: no letter twice, none kept back, none to who has left."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from digest.catalog import Catalog, open_catalog
from digest.delivery import Reply
from digest.delivery.folder import NullTransport
from digest.errors import CatalogError
from digest.model import DeliveryStatus, Letter
from digest.run import Report, deliver, run
from digest.run.leasing import WORK
from digest.run.stopping import stoppable
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.fates import began, settled
from tests.run_parts import parts_with, published

LEASE = timedelta(hours=2)


class Post(NullTransport):
    """A transport that lets something happen while a letter is on the wire."""

    def __init__(self, happens: Callable[[Letter], object]) -> None:
        super().__init__()
        self.letters: list[str] = []
        self._happens = happens

    def send(self, letter: Letter) -> Reply:
        self.letters.append(letter.to)
        self._happens(letter)
        return super().send(letter)


@pytest.fixture(autouse=True)
def usual_signals() -> Iterator[None]:
    """What a process at a terminal starts with: one started in the background ignores Ctrl-C."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog with one paper and three readers of it."""
    with open_catalog(str(tmp_path / "digest.db")) as opened:
        for name in ("ana", "bo", "cy"):
            opened.subscribers.add(a_subscription(f"{name}@example.org"), NOON)
        opened.papers.record(a_batch(a_paper(title="Calibration of language models")), NOON)
        yield opened


def statuses(catalog: Catalog) -> dict[str, int]:
    return {str(status): n for status, n in catalog.outbox.counts().items() if n}


@pytest.mark.parametrize(("number", "ended"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_waits_for_the_letter_on_the_wire_and_the_rest_is_kept(
    catalog: Catalog, number: signal.Signals, ended: type[BaseException]
) -> None:
    post = Post(lambda letter: signal.raise_signal(number))
    parts = parts_with(catalog, lambda: post)
    published(parts)

    with pytest.raises(ended):
        deliver(parts, Report(NOON), lambda: NOON)

    assert (post.letters, statuses(catalog)) == (["ana@example.org"], {"sent": 1, "queued": 2})


def test_a_second_signal_is_not_held_back() -> None:
    told: list[bool] = []

    def insist() -> None:
        with stoppable() as is_asked:
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
                told.append(is_asked())

    with pytest.raises(KeyboardInterrupt):
        insist()
    assert told == [True]


def test_a_signal_that_is_ignored_stays_so_and_in_another_thread_none_is_heard() -> None:
    def is_stopped_by(number: signal.Signals) -> bool:
        with stoppable() as is_asked:
            signal.raise_signal(number)
            return is_asked()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ThreadPoolExecutor(1) as other:
        heard = is_stopped_by(signal.SIGINT), other.submit(is_stopped_by, signal.SIGINT).result()

    assert heard == (False, False)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_signals_mean_what_they_meant_after_a_delivery(catalog: Catalog) -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))

    deliver(parts_with(catalog), Report(NOON), lambda: NOON)

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_reader_who_leaves_while_the_batch_is_going_out_gets_nothing(catalog: Catalog) -> None:
    bo = catalog.subscribers.find("bo@example.org")[0]
    post = Post(lambda letter: catalog.subscribers.leave(bo.id, NOON))
    parts = parts_with(catalog, lambda: post)
    published(parts)

    deliver(parts, Report(NOON), lambda: NOON)

    assert post.letters == ["ana@example.org", "cy@example.org"]
    assert statuses(catalog) == {"sent": 2, "cancelled": 1}


def test_a_worker_that_slept_through_its_lease_takes_nothing_from_the_next(catalog: Catalog) -> None:
    published(parts_with(catalog))
    (letter, *_) = catalog.outbox.claim(NOON, "elsewhere:1:a", 3, LEASE)
    later = NOON + LEASE
    catalog.outbox.recover(later)
    catalog.outbox.claim(later, "elsewhere:2:b", 3, LEASE)

    was_begun = began(catalog.outbox, letter.id, later, "elsewhere:1:a")
    settled(catalog.outbox, letter.id, DeliveryStatus.QUEUED, later, due=letter.due, worker="elsewhere:1:a")

    assert (was_begun, statuses(catalog), catalog.outbox.claim(later, "elsewhere:3:c", 3, LEASE)) == (False, {"claimed": 3}, ())
    assert began(catalog.outbox, letter.id, later, "elsewhere:2:b")


def test_a_repeat_that_is_put_off_still_counts_as_one_that_may_have_arrived(catalog: Catalog) -> None:
    published(parts_with(catalog))
    (letter, *_) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, LEASE)
    began(catalog.outbox, letter.id, NOON)
    settled(catalog.outbox, letter.id, DeliveryStatus.UNKNOWN, NOON, due=NOON + LEASE)
    catalog.outbox.claim(NOON + LEASE, "elsewhere:1:a", 3, LEASE)
    settled(catalog.outbox, letter.id, DeliveryStatus.DEFERRED, NOON + LEASE, "450 busy", NOON + 2 * LEASE)

    again = [d.status for d in catalog.outbox.claim(NOON + 2 * LEASE, "elsewhere:1:a", 3, LEASE) if d.id == letter.id]

    assert again == [DeliveryStatus.UNKNOWN]


def test_a_bug_in_composing_keeps_no_letter_back_that_waits_since_an_earlier_run(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    published(parts)

    def broken(stage: str) -> None:
        if stage == "ranking":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(parts, lambda: NOON, tell=broken)

    assert statuses(catalog) == {"sent": 3}


def test_a_mail_that_meets_a_bug_keeps_no_letter_back_that_waits_since_an_earlier_run(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    published(parts)

    def broken() -> NoReturn:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(replace(parts, inbox=broken), lambda: NOON)

    assert statuses(catalog) == {"sent": 3}


def test_a_bug_in_composing_is_told_though_delivering_fails_too_and_keeps_nobody_from_the_work(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    published(parts)
    held: list[object] = []

    def broken(stage: str) -> None:
        if stage == "ranking":
            raise ZeroDivisionError

    def locked(tally: object) -> NoReturn:
        held.append(catalog.leases.take(WORK, "elsewhere:2:c", NOON, LEASE))
        raise CatalogError("digest.db", "the database is locked")

    with pytest.raises(ZeroDivisionError):
        run(parts, lambda: NOON, Report(NOON, letters=locked), tell=broken)

    assert held == [None]
