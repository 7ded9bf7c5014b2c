"""The outbox: who holds a letter, what became of it, and what happens when its worker dies."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.catalog.letters.waiting import Which
from digest.catalog.workers import is_gone, this_worker
from digest.model import Delivery, DeliveryStatus, Settled, SuppressionReason
from tests.fates import began, settled, waiting

from .builders import NOON
from .catalog_rooms import LEASE, published

HERE = f"{socket.gethostname()}:{os.getpid()}:a"
ELSEWHERE = "another-host:1:a"
LATER = NOON + timedelta(hours=1)


def claimed(catalog: Catalog, now: datetime = NOON, worker: str = HERE, limit: int = 10) -> tuple[Delivery, ...]:
    return catalog.outbox.claim(now, worker, limit, LEASE)


def statuses(catalog: Catalog) -> dict[str, int]:
    return {str(status): n for status, n in catalog.outbox.counts().items() if n}


def test_a_letter_is_claimed_once(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")

    (delivery,) = claimed(catalog)

    assert (delivery.issue, delivery.status, delivery.attempts, delivery.due) == (issue.id, DeliveryStatus.QUEUED, 0, NOON)
    assert delivery.message_id == issue.message_id
    assert claimed(catalog) == ()
    assert statuses(catalog) == {"claimed": 1}


def test_letters_are_claimed_in_the_order_they_fell_due_up_to_the_limit(catalog: Catalog) -> None:
    issues = published(catalog, "a@example.org", "b@example.org", "c@example.org")

    batches = [claimed(catalog, limit=2), claimed(catalog, limit=2), claimed(catalog, limit=2)]

    assert [[delivery.issue for delivery in batch] for batch in batches] == [[issues[0].id, issues[1].id], [issues[2].id], []]


def test_a_sent_letter_is_done(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)

    began(catalog.outbox, delivery.id, NOON)
    during = statuses(catalog)
    settled(catalog.outbox, delivery.id, DeliveryStatus.SENT, NOON, "250 ok")
    catalog.outbox.sync()

    assert (during, statuses(catalog)) == ({"sending": 1}, {"sent": 1})
    assert (claimed(catalog, LATER), waiting(catalog.outbox), catalog.outbox.next_due(NOON)) == ((), 0, None)


def test_to_sync_is_to_write_for_no_other_commit_reaches_the_disk(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        log = tmp_path / "digest.db-wal"
        before = log.read_bytes()

        catalog.outbox.sync()

        assert log.read_bytes() != before


def test_a_deferred_letter_is_due_again_later_with_what_was_said(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)

    settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, "450 greylisted", LATER, "put off by the server")

    assert claimed(catalog) == ()
    assert catalog.outbox.next_due(NOON) == LATER
    (again,) = claimed(catalog, LATER)
    assert (again.status, again.attempts, again.reply, again.reason) == (
        DeliveryStatus.DEFERRED,
        1,
        "450 greylisted",
        "put off by the server",
    )


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_letter_given_back_is_as_it_was(catalog: Catalog, is_begun: bool) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    if is_begun:
        began(catalog.outbox, delivery.id, NOON)

    settled(catalog.outbox, delivery.id, DeliveryStatus.QUEUED, NOON, due=delivery.due)

    assert claimed(catalog) == (delivery,)


def test_a_letter_whose_answer_is_not_heard_is_due_again_as_the_policy_says(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)
    (repeat,) = claimed(catalog, LATER)

    began(catalog.outbox, repeat.id, LATER)
    settled(catalog.outbox, repeat.id, DeliveryStatus.UNKNOWN, LATER, due=None)

    assert (repeat.status, repeat.message_id, repeat.attempts) == (DeliveryStatus.UNKNOWN, delivery.message_id, 1)
    assert claimed(catalog, LATER + LEASE) == ()
    assert (statuses(catalog), waiting(catalog.outbox)) == ({"unknown": 1}, 0)


def test_a_repeat_that_is_given_back_before_it_was_sent_is_still_to_come(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)
    (repeat,) = claimed(catalog, LATER)

    began(catalog.outbox, repeat.id, LATER)
    settled(catalog.outbox, repeat.id, DeliveryStatus.UNKNOWN, LATER, due=repeat.due)

    assert claimed(catalog, LATER) == (repeat,)


def test_what_has_ended_is_settled_anew_only_by_the_word_that_it_was_sent(catalog: Catalog) -> None:
    published(catalog, "a@example.org", "b@example.org")
    one, other = claimed(catalog)
    settled(catalog.outbox, one.id, DeliveryStatus.SENT, NOON)
    settled(catalog.outbox, other.id, DeliveryStatus.REFUSED, NOON)

    settled(catalog.outbox, one.id, DeliveryStatus.DEFERRED, NOON, due=LATER)
    settled(catalog.outbox, other.id, DeliveryStatus.SENT, NOON)

    assert statuses(catalog) == {"sent": 2}


def test_settling_a_letter_that_was_erased_meanwhile_changes_nothing(catalog: Catalog) -> None:
    published(catalog, "a@example.org", "b@example.org")
    one, _ = claimed(catalog)
    catalog.rights.forget("a@example.org", NOON)

    settled(catalog.outbox, one.id, DeliveryStatus.SENT, NOON)

    assert statuses(catalog) == {"claimed": 1}


def test_a_letter_that_waits_is_cancelled_when_its_reader_leaves_and_one_in_hand_goes_out(catalog: Catalog) -> None:
    ana, bo = published(catalog, "ana@example.org", "bo@example.org")
    (delivery,) = claimed(catalog, limit=1)

    catalog.subscribers.leave(ana.subscription.id, NOON)
    catalog.subscribers.leave(bo.subscription.id, NOON)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.SENT, NOON)

    assert statuses(catalog) == {"sent": 1, "cancelled": 1}


def test_a_letter_given_back_after_its_reader_left_is_cancelled_at_the_next_claim(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)
    catalog.subscribers.leave(issue.subscription.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.QUEUED, NOON)

    assert catalog.outbox.next_due(NOON) is None
    assert claimed(catalog) == ()
    assert statuses(catalog) == {"cancelled": 1}


def test_a_letter_put_off_after_its_reader_was_suppressed_is_cancelled_at_the_next_claim(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)
    catalog.suppressions.add("ana@example.org", SuppressionReason.COMPLAINED, NOON, "a complaint")
    settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, due=LATER)

    assert claimed(catalog, LATER) == ()
    assert statuses(catalog) == {"cancelled": 1}


def test_a_letter_put_off_after_its_subscription_was_removed_is_cancelled_at_the_next_claim(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)
    catalog.subscribers.remove("ana@example.org", None, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, due=LATER)

    assert claimed(catalog, LATER) == ()
    (line,) = catalog.waiting.lines((DeliveryStatus.CANCELLED,), 10, ended_since=NOON)
    assert line.reason == "operator"
    assert len(catalog.issues.standing([issue.subscription.id])[issue.subscription.id].freed) == 2


def test_a_held_refusal_that_is_clear_after_its_reader_left_wakes_no_cancelled_letter(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, due=LATER)
    catalog.subscribers.leave(issue.subscription.id, NOON)

    settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, due=LATER)

    assert statuses(catalog) == {"cancelled": 1}


def test_a_letter_refused_before_its_text_was_sent_counts_as_tried(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)

    put_off = Settled(delivery.id, DeliveryStatus.DEFERRED, NOON, "450 busy", LATER, was_tried=True)
    catalog.outbox.exchange((put_off,), (), HERE)

    assert [d.attempts for d in claimed(catalog, LATER)] == [1]


def test_a_letter_that_may_have_arrived_stays_unknown_and_is_not_repeated_to_who_left(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)

    catalog.subscribers.leave(issue.subscription.id, NOON)

    assert (statuses(catalog), claimed(catalog, LATER), waiting(catalog.outbox)) == ({"unknown": 1}, (), 0)
    assert catalog.issues.standing([issue.subscription.id])[issue.subscription.id].freed == ()


# --- death ------------------------------------------------------------------------------------------------------------


def test_what_a_living_worker_holds_is_left_to_it(catalog: Catalog) -> None:
    published(catalog, "a@example.org", "b@example.org")
    claimed(catalog, worker=HERE, limit=1)
    claimed(catalog, worker=ELSEWHERE, limit=1)

    assert catalog.outbox.recover(NOON + LEASE / 2) == 0
    assert statuses(catalog) == {"claimed": 2}


def test_when_a_lease_ends_a_claimed_letter_is_queued_and_one_on_the_wire_is_unknown_and_due(catalog: Catalog) -> None:
    published(catalog, "a@example.org", "b@example.org")
    one, other = claimed(catalog, worker=ELSEWHERE)
    began(catalog.outbox, other.id, NOON)

    recovered = catalog.outbox.recover(NOON + LEASE)

    assert (recovered, statuses(catalog)) == (2, {"queued": 1, "unknown": 1})
    again = claimed(catalog, NOON + LEASE)
    assert [(d.id, d.status, d.attempts) for d in again] == [(one.id, DeliveryStatus.QUEUED, 0), (other.id, DeliveryStatus.UNKNOWN, 1)]


def test_what_a_worker_elsewhere_claimed_by_a_clock_that_was_a_year_ahead_is_not_its_own_for_a_year(catalog: Catalog) -> None:
    published(catalog, "a@example.org")
    claimed(catalog, NOON + timedelta(days=365), worker=ELSEWHERE)

    assert catalog.outbox.recover(NOON) == 1


def test_who_is_told_an_earlier_time_takes_nothing_from_a_worker_that_lives_here(catalog: Catalog) -> None:
    published(catalog, "a@example.org")
    claimed(catalog, NOON + timedelta(days=365))

    assert catalog.outbox.recover(NOON) == 0


def test_a_letter_whose_workers_die_on_the_wire_again_and_again_is_repeated_four_times(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    tries = []
    for hours in range(0, 18, 3):
        now = NOON + timedelta(hours=hours)
        catalog.outbox.recover(now)
        tries += [began(catalog.outbox, letter.id, now) for letter in claimed(catalog, now, worker=ELSEWHERE)]

    assert (tries, statuses(catalog)) == ([True] * 5, {"unknown": 1})


def test_a_repeat_whose_worker_dies_before_the_wire_still_may_have_arrived(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    (delivery,) = claimed(catalog, worker=ELSEWHERE)
    began(catalog.outbox, delivery.id, NOON)
    catalog.outbox.recover(NOON + LEASE)
    claimed(catalog, NOON + LEASE, worker=ELSEWHERE)

    catalog.outbox.recover(LATER)

    assert statuses(catalog) == {"unknown": 1}
    assert [d.status for d in claimed(catalog, LATER)] == [DeliveryStatus.UNKNOWN]


def test_a_process_of_this_host_is_known_to_be_gone_and_others_are_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    host, other = socket.gethostname(), f"another-host:{ended.pid}:x"
    gone = [one for one in (f"{host}:{ended.pid}:x", HERE, other, "worker", "", f"{host}:b:c", f"{host}:{2**31}:x") if is_gone(one)]

    assert gone == [f"{host}:{ended.pid}:x"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux says when a process was started")
def test_a_worker_whose_number_another_process_has_is_gone() -> None:
    worker = this_worker()
    host, pid, more = worker.split(":")
    start, chance = more.split(".")
    earlier = f"{host}:{pid}:{int(start) - 1}.{chance}"

    assert [is_gone(worker), is_gone(earlier), is_gone(f"{host}:{pid}:.{chance}")] == [False, True, False]


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/proc/self/stat").exists(), reason="needs Linux, and root to become somebody else")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")  # the child asks one thing, and ends
def test_a_worker_whose_number_a_process_of_another_user_has_is_gone() -> None:
    host, pid, more = this_worker().split(":")
    start, chance = more.split(".")
    asked = f"{host}:{pid}:{int(start) - 1}.{chance}", f"{host}:{pid}:{more}", f"{host}:{pid}:{chance}"

    assert [as_nobody(is_gone, worker) for worker in asked] == [True, False, False]


def as_nobody(question: Callable[[str], bool], worker: str) -> bool:
    """What somebody hears who may not signal our process."""
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        os._exit(int(question(worker)))
    return bool(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def test_while_one_is_put_off_only_a_letter_of_ones_own_begins(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org", "cy@example.org")
    (ours,) = claimed(catalog, limit=1)
    (next_one,) = claimed(catalog, limit=1)
    (theirs,) = claimed(catalog, worker=ELSEWHERE)
    began(catalog.outbox, ours.id, NOON)
    put_off = Settled(ours.id, DeliveryStatus.DEFERRED, NOON, "450 later", due=LATER)

    may_begin = catalog.outbox.exchange((put_off,), (next_one.id, theirs.id), HERE)

    assert may_begin == {next_one.id}
    assert statuses(catalog) == {"claimed": 1, "deferred": 1, "sending": 1}


def test_what_ended_without_being_sent_is_counted_by_how_it_did(catalog: Catalog) -> None:
    published(catalog, "a@example.org", "b@example.org", "c@example.org")
    one, two, three = claimed(catalog)
    settled(catalog.outbox, one.id, DeliveryStatus.REFUSED, NOON)
    settled(catalog.outbox, two.id, DeliveryStatus.GIVEN_UP, NOON)
    catalog.waiting.cancel(Which(ids=(three.id,)), NOON)

    ended = catalog.waiting.ended(NOON - timedelta(hours=1))

    came_back = {DeliveryStatus.BOUNCED: 0, DeliveryStatus.COMPLAINED: 0}
    assert ended == {DeliveryStatus.REFUSED: 1, DeliveryStatus.GIVEN_UP: 1, DeliveryStatus.CANCELLED: 1, **came_back}


@pytest.mark.parametrize(("ahead", "letters"), [(timedelta(hours=4), 0), (timedelta(days=30), 1)])
def test_what_a_wrong_clock_put_off_for_weeks_is_due_now(catalog: Catalog, ahead: timedelta, letters: int) -> None:
    published(catalog, "ana@example.org")
    (letter,) = catalog.outbox.claim(NOON, "another-host:1:a", 1, LEASE)
    began(catalog.outbox, letter.id, NOON)
    settled(catalog.outbox, letter.id, DeliveryStatus.DEFERRED, NOON, "451 4.3.0 later", due=NOON + ahead)

    catalog.outbox.recover(NOON + timedelta(minutes=5))

    assert len(catalog.outbox.claim(NOON + timedelta(minutes=5), "another-host:1:b", 1, LEASE)) == letters
