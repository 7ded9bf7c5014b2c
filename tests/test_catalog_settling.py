"""What is told of a letter late, twice, by who does not hold it any more, or after it came back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from digest.catalog import Catalog
from digest.catalog.letters.waiting import Moved, Which
from digest.delivery.allowance import Quota
from digest.model import REPEATS, Cause, Delivery, DeliveryStatus, Refusal, ReturnedKind, Settled, Verdict
from tests.fates import began, settled

from .builders import NOON
from .catalog_rooms import LEASE, paused, published

HERE, ELSEWHERE = "one-host:1:a", "another-host:1:a"
LATER = NOON + timedelta(hours=1)


def a_claimed_letter(catalog: Catalog, worker: str = HERE) -> Delivery:
    published(catalog, "ana@example.org")
    (delivery,) = catalog.outbox.claim(NOON, worker, 1, LEASE)
    return delivery


def fate(catalog: Catalog) -> DeliveryStatus | None:
    return catalog.waiting.fate(1)


def test_a_letter_can_come_back_once_it_was_handed_over_and_counts_from_then(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    before = catalog.bounces.letter(1, 1)

    began(catalog.outbox, delivery.id, LATER)
    settled(catalog.outbox, delivery.id, DeliveryStatus.SENT, LATER)

    sent = catalog.bounces.letter(1, 1)
    assert before is None
    assert sent is not None
    assert sent.sent_at == LATER


@pytest.mark.parametrize("due", [LATER, None], ids=["given back", "not sent again"])
def test_a_letter_that_may_have_arrived_counts_from_when_it_left_and_not_from_when_it_was_left_alone(
    catalog: Catalog, due: datetime | None
) -> None:
    delivery = a_claimed_letter(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)
    catalog.outbox.claim(LATER, HERE, 1, LEASE)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, LATER, due=due)

    letter = catalog.bounces.letter(1, 1)
    limit = Quota(sender="digest@example.org", server="smtp.example.org", daily_limit=1)
    assert letter is not None
    assert (letter.sent_at, catalog.quota_outbox(limit).allowed(NOON + timedelta(days=1)).letters) == (NOON, 1)


@pytest.mark.parametrize("is_put_off", [False, True], ids=["its worker died", "put off at its repeat"])
def test_what_comes_back_of_a_letter_that_may_have_arrived_is_heard_and_it_goes_out_no_more(catalog: Catalog, is_put_off: bool) -> None:
    delivery = a_claimed_letter(catalog)
    began(catalog.outbox, delivery.id, NOON)
    if is_put_off:
        settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)
        catalog.outbox.claim(LATER, HERE, 1, LEASE)
        began(catalog.outbox, delivery.id, LATER)
        settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, LATER, due=LATER + LEASE)

    letter = catalog.bounces.letter(1, 1)
    assert letter is not None
    refusal = Refusal(address="ana@example.org", verdict=Verdict.HARD, cause=Cause.ADDRESS)
    catalog.bounces.record(letter, ReturnedKind.COMPLAINT, refusal, 0.0, LATER)
    catalog.outbox.recover(LATER + LEASE, HERE)

    assert (fate(catalog), catalog.outbox.claim(LATER + LEASE, HERE, 1, LEASE)) == (DeliveryStatus.COMPLAINED, ())


def test_a_letter_that_came_back_is_not_made_sent_by_a_word_that_comes_late(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)
    letter = catalog.bounces.letter(1, 1)
    assert letter is not None
    refusal = Refusal(address="ana@example.org", verdict=Verdict.HARD, cause=Cause.ADDRESS)
    catalog.bounces.record(letter, ReturnedKind.BOUNCE, refusal, 1.0, NOON)

    settled(catalog.outbox, delivery.id, DeliveryStatus.SENT, LATER)

    assert fate(catalog) is DeliveryStatus.BOUNCED


def test_a_letter_in_a_workers_hands_waits_too_when_its_reader_pauses_and_no_others_do(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    published(catalog, "bo@example.org")
    (other,) = catalog.outbox.claim(NOON, HERE, 1, LEASE)

    paused(catalog, "ana@example.org", LATER)

    assert [began(catalog.outbox, letter.id, NOON, HERE) for letter in (delivery, other)] == [False, True]
    assert (catalog.outbox.claim(NOON, HERE, 1, LEASE), len(catalog.outbox.claim(LATER, HERE, 1, LEASE))) == ((), 1)


def test_a_letter_that_was_put_off_often_and_whose_worker_died_is_due_once_more(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    for second in range(1, REPEATS + 1):
        began(catalog.outbox, delivery.id, NOON)
        due = NOON + timedelta(seconds=second)
        settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, "450 4.2.1 busy", due)
        catalog.outbox.claim(due, HERE, 1, LEASE)
    began(catalog.outbox, delivery.id, NOON)

    catalog.outbox.recover(LATER)

    assert [letter.status for letter in catalog.outbox.claim(LATER, HERE, 1, LEASE)] == [DeliveryStatus.UNKNOWN]


def test_who_slept_through_a_lease_gives_back_nothing_that_another_holds(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    catalog.outbox.recover(NOON + LEASE)
    catalog.outbox.claim(LATER, ELSEWHERE, 1, LEASE)

    catalog.outbox.exchange((Settled(delivery.id, DeliveryStatus.QUEUED, LATER, due=NOON),), (), HERE)

    assert fate(catalog) is DeliveryStatus.CLAIMED


def test_what_a_worker_itself_held_before_is_taken_back_when_it_begins_anew(catalog: Catalog) -> None:
    a_claimed_letter(catalog)

    assert catalog.outbox.recover(NOON, ELSEWHERE) == 0
    assert catalog.outbox.recover(NOON, HERE) == 1


def test_a_letter_refused_after_its_text_was_sent_was_tried_once(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    began(catalog.outbox, delivery.id, NOON)

    catalog.outbox.exchange((Settled(delivery.id, DeliveryStatus.DEFERRED, NOON, due=LATER, was_tried=True),), (), HERE)

    (line,) = catalog.waiting.lines([DeliveryStatus.DEFERRED], 1, ended_since=NOON)
    assert line.attempts == 1


def test_a_letter_that_may_have_arrived_is_cancelled_once_and_keeps_its_papers(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.UNKNOWN, NOON, due=LATER)

    first, second = (catalog.waiting.cancel(Which(ids=(delivery.id,)), NOON) for _ in range(2))

    assert (first, second) == (Moved(1), Moved(0, ((delivery.id, "is not sent again anyway"),)))
    assert len(catalog.issues.standing([1])[1].seen) == 2


def test_no_more_letters_are_listed_than_were_asked_for_whatever_their_statuses(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    settled(catalog.outbox, delivery.id, DeliveryStatus.DEFERRED, NOON, due=LATER)
    published(catalog, "bo@example.org", "cy@example.org", "di@example.org")

    found = catalog.waiting.lines((DeliveryStatus.DEFERRED, DeliveryStatus.QUEUED), 2, ended_since=NOON)

    assert [line.address for line in found] == ["ana@example.org", "bo@example.org"]


def test_of_a_letter_that_was_erased_while_its_return_was_read_nothing_is_written_down(catalog: Catalog) -> None:
    delivery = a_claimed_letter(catalog)
    began(catalog.outbox, delivery.id, NOON)
    settled(catalog.outbox, delivery.id, DeliveryStatus.SENT, NOON)
    letter = catalog.bounces.letter(1, 1)
    assert letter is not None
    catalog.rights.forget("ana@example.org", LATER)

    refusal = Refusal(address="ana@example.org", verdict=Verdict.HARD, cause=Cause.ADDRESS)

    assert catalog.bounces.record(letter, ReturnedKind.BOUNCE, refusal, 1.0, LATER) is False
