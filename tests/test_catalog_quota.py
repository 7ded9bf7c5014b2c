"""The outbox within what may be sent: counted in the claim, shared by runs, remembered over erasure, told and not failed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from digest.catalog import Catalog, QuotaOutbox, open_catalog
from digest.catalog.letters.quota import taken_lately
from digest.catalog.schema import seen, subscriptions
from digest.delivery.allowance import Quota
from digest.model import Allowance, Delivery, DeliveryStatus, HeldBack, Rest, Subscriber, SubscriberStatus
from tests.fates import began, settled

from .builders import NOON, a_subscription
from .catalog_rooms import LEASE, a_draft, papers_in, published

S = DeliveryStatus
ELSEWHERE = "another-host:1:a"
DAY = timedelta(days=1)


def with_quota(catalog: Catalog, sender: str = "digest@example.org", **limits: object) -> QuotaOutbox:
    return catalog.quota_outbox(Quota(sender=sender, server="smtp.example.org", **limits))  # type: ignore[arg-type]


def readers(catalog: Catalog, count: int, start: int = 0) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(start, start + count)))


def claimed(outbox: QuotaOutbox, now: datetime = NOON, limit: int = 100) -> tuple[Delivery, ...]:
    return outbox.claim(now, ELSEWHERE, limit, LEASE)


def sent(outbox: QuotaOutbox, now: datetime = NOON, limit: int = 100) -> int:
    batch = claimed(outbox, now, limit)
    for letter in batch:
        began(outbox, letter.id, now)
        settled(outbox, letter.id, S.SENT, now, "250 ok")
    return len(batch)


def asked(catalog: Catalog, *names: str) -> None:
    """People who were asked to join at noon."""
    for name in names:
        pending = Subscriber(email=f"{name}@example.org", status=SubscriberStatus.PENDING)
        subscriber = catalog.subscribers.add(replace(a_subscription(), subscriber=pending), NOON).subscriber
        assert catalog.invitations.begin(subscriber.id, NOON)


def test_no_more_letters_are_claimed_than_the_limit_leaves(catalog: Catalog) -> None:
    readers(catalog, 8)
    outbox = with_quota(catalog, daily_limit=5)

    assert [len(claimed(outbox, limit=3)) for _ in range(3)] == [3, 2, 0]


def test_what_fell_due_first_is_claimed_first_whoever_confirmed_last(catalog: Catalog) -> None:
    for email, confirmed, due in (("new@example.org", 2, 1), ("old@example.org", 0, 0)):
        reader = catalog.subscribers.add(a_subscription(email), NOON + timedelta(minutes=confirmed))
        catalog.issues.publish([a_draft(reader, *papers_in(catalog, 1))], NOON + timedelta(minutes=due))

    batch = claimed(with_quota(catalog, daily_limit=5), NOON + timedelta(minutes=5))

    assert [letter.recipient for letter in batch] == ["old@example.org", "new@example.org"]


def test_where_a_limit_is_too_low_for_good_readers_take_turns(catalog: Catalog) -> None:
    """Who lost a letter to the limit goes first: by what fell due first, the same readers would never get one."""
    readers = [catalog.subscribers.add(a_subscription(f"reader{n}@example.org"), NOON) for n in range(7)]
    outbox = with_quota(catalog, daily_limit=2)
    reached: Counter[str] = Counter()
    for day in range(7):
        now = NOON + day * DAY
        catalog.issues.publish([a_draft(reader, *papers_in(catalog, day + 1), day=str(now.date())) for reader in readers], now)
        for letter in claimed(outbox, now):
            began(outbox, letter.id, now)
            settled(outbox, letter.id, S.SENT, now, "250 ok")
            reached[letter.recipient] += 1
        outbox.give_up(now + DAY, now + timedelta(hours=2), "not handed over within an hour")

    assert set(reached.values()) == {2}, reached


def test_invitations_and_letters_share_what_may_be_sent(catalog: Catalog) -> None:
    readers(catalog, 4)
    outbox = with_quota(catalog, daily_limit=5)
    asked(catalog, "one", "two")

    assert outbox.allowed(NOON).letters == 3
    assert sent(outbox, NOON + timedelta(hours=1)) == 3
    assert outbox.allowed(NOON + timedelta(hours=2)) == Allowance(
        letters=0, until=NOON + DAY, why="daily_limit of 5 reached", rolls=True
    )
    assert outbox.held_back(NOON + timedelta(hours=2)) == HeldBack(letters=1, until=NOON + DAY, why="daily_limit of 5 reached")
    assert outbox.allowed(NOON + DAY).letters == 2


def test_letters_given_back_or_refused_leave_room_and_unknown_ones_do_not(catalog: Catalog) -> None:
    readers(catalog, 8)
    outbox = with_quota(catalog, daily_limit=4)
    back, refused, unknown, gone = claimed(outbox)
    for letter in (refused, unknown, gone):
        began(outbox, letter.id, NOON)
    settled(outbox, back.id, S.QUEUED, NOON, due=back.due)
    settled(outbox, refused.id, S.REFUSED, NOON, "550 no")
    settled(outbox, unknown.id, S.UNKNOWN, NOON, due=NOON + DAY)
    settled(outbox, gone.id, S.SENT, NOON)

    assert len(claimed(outbox)) == 2


@pytest.mark.parametrize("limits", [{"daily_limit": 3}, {"ramp": (3,)}])
def test_letters_in_hands_and_on_the_wire_count(catalog: Catalog, limits: dict[str, object]) -> None:
    readers(catalog, 5)
    outbox = with_quota(catalog, **limits)
    one, _ = claimed(outbox, limit=2)
    began(outbox, one.id, NOON)

    assert len(claimed(outbox)) == 1


@pytest.fixture
def after_a_death(catalog: Catalog) -> QuotaOutbox:
    """Two letters a day for three readers, one of them left on the wire by a worker that died."""
    readers(catalog, 3)
    outbox = with_quota(catalog, daily_limit=2)
    (letter,) = claimed(outbox, limit=1)
    began(outbox, letter.id, NOON)
    outbox.recover(NOON + LEASE)
    return outbox


def test_a_letter_whose_worker_died_on_the_wire_counts(after_a_death: QuotaOutbox) -> None:
    assert len(claimed(after_a_death, NOON + LEASE)) == 1


def test_a_letter_whose_worker_died_on_the_wire_counts_for_a_day_and_not_for_ever(catalog: Catalog, after_a_death: QuotaOutbox) -> None:
    catalog.subscribers.leave(1, NOON + LEASE)

    assert len(claimed(after_a_death, NOON + LEASE + DAY)) == 2


@pytest.mark.parametrize("fate", [S.DEFERRED, S.QUEUED, S.REFUSED])
def test_a_letter_that_may_have_arrived_counts_also_where_its_repeat_did_not(fate: DeliveryStatus, catalog: Catalog) -> None:
    readers(catalog, 3)
    outbox, later = with_quota(catalog, daily_limit=2), NOON + timedelta(minutes=5)
    (letter,) = claimed(outbox, limit=1)
    began(outbox, letter.id, NOON)
    settled(outbox, letter.id, S.UNKNOWN, NOON, due=later)
    catalog.outbox.claim(later, ELSEWHERE, 3, LEASE)
    began(outbox, letter.id, later)
    settled(outbox, letter.id, fate, later, "no", due=NOON + DAY)

    with catalog.reading() as connection:
        assert len(connection.execute(select(taken_lately(later))).all()) == 1


def test_a_letter_put_off_at_its_repeat_counts_from_when_it_may_have_arrived(catalog: Catalog) -> None:
    readers(catalog, 1)
    outbox, later = with_quota(catalog, daily_limit=1), NOON + timedelta(hours=4)
    (letter,) = claimed(outbox)
    began(outbox, letter.id, NOON)
    settled(outbox, letter.id, S.UNKNOWN, NOON, due=later)
    catalog.outbox.claim(later, ELSEWHERE, 1, LEASE)
    began(outbox, letter.id, later)
    settled(outbox, letter.id, S.DEFERRED, later, "451 later", due=later + timedelta(hours=1))

    assert outbox.next_due(later) == NOON + DAY


def test_what_was_sent_counts_for_24_hours_and_not_until_midnight(catalog: Catalog) -> None:
    readers(catalog, 6)
    outbox = with_quota(catalog, daily_limit=3)
    sent(outbox)

    assert sent(outbox, NOON + DAY - timedelta(minutes=1)) == 0
    assert sent(outbox, NOON + DAY) == 3


def test_two_runs_at_once_share_one_allowance(tmp_path: Path) -> None:
    database = str(tmp_path / "digest.db")
    with open_catalog(database) as catalog:
        readers(catalog, 40)
    counts: list[int] = []

    def work() -> None:
        with open_catalog(database) as mine:
            outbox = with_quota(mine, daily_limit=25)
            while batch := claimed(outbox, limit=3):
                counts.append(len(batch))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 25


def test_what_must_wait_is_told_with_the_hour_at_which_all_of_it_has_room(catalog: Catalog) -> None:
    readers(catalog, 5)
    outbox = with_quota(catalog, daily_limit=3)
    for minute in range(3):
        sent(outbox, NOON + timedelta(minutes=minute), limit=1)

    held = outbox.held_back(NOON + timedelta(minutes=5))

    assert held == HeldBack(letters=2, until=NOON + DAY + timedelta(minutes=1), why="daily_limit of 3 reached")


def test_the_hour_at_which_all_has_room_knows_of_invitations(catalog: Catalog) -> None:
    readers(catalog, 3)
    asked(catalog, "one", "two")
    outbox = with_quota(catalog, daily_limit=3)
    sent(outbox, NOON + timedelta(hours=1))

    held = outbox.held_back(NOON + timedelta(hours=2))

    assert held == HeldBack(letters=2, until=NOON + DAY, why="daily_limit of 3 reached")


@pytest.mark.parametrize("take", [sent, lambda outbox: len(claimed(outbox))], ids=["sent", "in hands"])
def test_more_letters_may_wait_for_the_limit_than_were_ever_sent(catalog: Catalog, take: Callable[[QuotaOutbox], int]) -> None:
    readers(catalog, 4)
    outbox = with_quota(catalog, daily_limit=1)
    take(outbox)

    assert outbox.held_back(NOON) == HeldBack(letters=3, until=NOON + DAY, why="daily_limit of 1 reached")


def test_nothing_is_held_back_where_nothing_is_due_or_there_is_room(catalog: Catalog) -> None:
    readers(catalog, 3)
    outbox = with_quota(catalog, daily_limit=3)
    before = outbox.held_back(NOON)
    sent(outbox)

    assert (before, outbox.held_back(NOON)) == (None, None)


def test_a_run_that_lingers_waits_for_room_and_not_for_letters_that_have_none(catalog: Catalog) -> None:
    readers(catalog, 3)
    outbox = with_quota(catalog, daily_limit=2)
    before = outbox.next_due(NOON)
    sent(outbox)

    assert (before, outbox.next_due(NOON)) == (NOON, NOON + DAY)


def test_a_ramp_goes_up_with_the_days_on_which_something_was_sent(catalog: Catalog) -> None:
    readers(catalog, 40)
    outbox = with_quota(catalog, ramp=(2, 4, 8))

    assert [sent(outbox, NOON + n * DAY) for n in (0, 0, 1, 5, 6)] == [2, 0, 4, 8, 26]


def test_while_a_ramp_holds_who_confirmed_last_comes_first(catalog: Catalog) -> None:
    readers(catalog, 3)
    with catalog.writing() as connection:
        for id_, days in ((1, 3), (2, 1), (3, 2)):
            connection.execute(update(subscriptions).where(subscriptions.c.id == id_).values(consented_at=NOON - days * DAY))

    ramped = [letter.id for letter in claimed(with_quota(catalog, ramp=(2, 4)))]

    assert ramped == [2, 3]


def test_a_sender_of_another_name_begins_its_own_ramp(catalog: Catalog) -> None:
    readers(catalog, 20)
    old = with_quota(catalog, ramp=(2, 4))
    sent(old)
    sent(old, NOON + DAY)
    sent(old, NOON + DAY)
    new = with_quota(catalog, "news@example.org", ramp=(2, 4))

    assert [sent(new, NOON + 3 * DAY), sent(new, NOON + 4 * DAY), sent(new, NOON + 5 * DAY)] == [2, 4, 8]


def test_a_catalog_that_sent_before_ramps_were_known_has_no_new_sender(catalog: Catalog) -> None:
    readers(catalog, 6)
    for day in range(2):
        (letter,) = catalog.outbox.claim(NOON + day * DAY, ELSEWHERE, 1, LEASE)
        settled(catalog.outbox, letter.id, S.SENT, NOON + day * DAY)

    assert len(claimed(with_quota(catalog, ramp=(1, 1, 3)), NOON + 2 * DAY)) == 3


def test_the_days_of_a_sender_are_remembered_when_a_reader_is_erased(catalog: Catalog) -> None:
    readers(catalog, 6)
    outbox = with_quota(catalog, ramp=(1, 3))
    sent(outbox)
    claimed(outbox)
    catalog.rights.forget("reader0@example.org", NOON)

    assert len(claimed(outbox, NOON + DAY)) == 3


def test_a_day_on_which_people_were_asked_is_a_day_of_the_ramp(catalog: Catalog) -> None:
    readers(catalog, 6)
    asked(catalog, "one")

    assert len(claimed(with_quota(catalog, ramp=(1, 3)), NOON + DAY)) == 3


def test_a_server_that_wants_no_more_is_left_alone_until_then(catalog: Catalog) -> None:
    readers(catalog, 3)
    outbox = with_quota(catalog)
    outbox.rest(Rest(NOON + timedelta(hours=4), "550 5.4.5 Daily limit"))
    elsewhere = catalog.quota_outbox(Quota(sender="digest@example.org", server="other.example.org"))
    held = outbox.held_back(NOON)

    assert claimed(outbox, NOON + timedelta(hours=3)) == ()
    why = "smtp.example.org takes no more for now (550 5.4.5 Daily limit)"
    assert held == HeldBack(letters=3, until=NOON + timedelta(hours=4), why=why)
    assert len(claimed(elsewhere, limit=1)) == 1
    assert len(claimed(outbox, NOON + timedelta(hours=4))) == 2


@pytest.mark.parametrize(("waited", "given_up"), [(36, 0), (37, 2)])
def test_what_waits_too_long_for_the_limit_is_given_up_and_frees_its_papers(catalog: Catalog, waited: int, given_up: int) -> None:
    readers(catalog, 3)
    outbox = with_quota(catalog, daily_limit=1)
    sent(outbox)
    now = NOON + timedelta(hours=waited)

    number = outbox.give_up(now - timedelta(hours=36), now, "not handed over within 36 h")

    assert (number, catalog.outbox.counts()[S.GIVEN_UP]) == (given_up, given_up)
    with catalog.reading() as connection:
        shown_to = set(connection.scalars(select(seen.c.subscriber)))
    assert len(shown_to) == 3 - given_up


def test_a_letter_that_may_have_arrived_is_not_given_up(catalog: Catalog) -> None:
    readers(catalog, 1)
    (letter,) = catalog.outbox.claim(NOON, ELSEWHERE, 1, LEASE)
    began(catalog.outbox, letter.id, NOON)
    catalog.outbox.recover(NOON + LEASE)

    assert with_quota(catalog).give_up(NOON + DAY, NOON + DAY, "stale") == 0


def test_nor_is_one_whose_repeat_was_put_off(catalog: Catalog) -> None:
    readers(catalog, 1)
    for hours, fate in enumerate((S.UNKNOWN, S.DEFERRED)):
        now = NOON + timedelta(hours=hours)
        (letter,) = catalog.outbox.claim(now, ELSEWHERE, 1, LEASE)
        began(catalog.outbox, letter.id, now)
        settled(catalog.outbox, letter.id, fate, now, due=now + timedelta(hours=1))

    assert with_quota(catalog).give_up(NOON + DAY, NOON + DAY, "stale") == 0
    assert [again.status for again in catalog.outbox.claim(NOON + DAY, ELSEWHERE, 1, LEASE)] == [S.UNKNOWN]


def test_what_a_wrong_clock_sent_next_month_does_not_count_until_then(catalog: Catalog) -> None:
    readers(catalog, 8)
    outbox = with_quota(catalog, daily_limit=3)
    assert sent(outbox, NOON + 30 * DAY, limit=3) == 3

    assert len(claimed(outbox, NOON)) == 3


def test_what_a_clock_that_is_hours_fast_sent_counts(catalog: Catalog) -> None:
    readers(catalog, 8)
    outbox = with_quota(catalog, daily_limit=5)
    assert sent(outbox, NOON + timedelta(hours=5), limit=3) == 3

    assert len(claimed(outbox, NOON)) == 2


@pytest.mark.parametrize(("before", "letters"), [(timedelta(hours=3), 3), (2 * DAY, 5)])
def test_whom_a_wrong_clock_asked_next_month_does_not_count_until_then(catalog: Catalog, before: timedelta, letters: int) -> None:
    asked(catalog, "one", "two")

    assert with_quota(catalog, daily_limit=5).allowed(NOON - before).letters == letters


def test_the_days_of_one_sender_are_no_days_of_the_next(catalog: Catalog) -> None:
    readers(catalog, 9)
    for day in range(3):
        sent(with_quota(catalog, "a@example.org", ramp=(1, 2, 3)), NOON + day * DAY)

    assert [sent(with_quota(catalog, "b@example.org", ramp=(1, 2, 3)), NOON + day * DAY) for day in (3, 4)] == [1, 2]


def test_a_ramp_goes_on_after_a_day_that_a_wrong_clock_wrote_down(catalog: Catalog) -> None:
    readers(catalog, 12)
    outbox = with_quota(catalog, ramp=(1, 2, 4))
    assert sent(outbox, NOON) == 1
    assert sent(outbox, NOON + 30 * DAY) == 2
    assert claimed(outbox, NOON + 31 * DAY, limit=0) == ()

    assert sent(outbox, NOON + DAY) == 2
    assert sent(outbox, NOON + 2 * DAY) == 4


def test_a_rest_of_weeks_was_a_wrong_clocks(catalog: Catalog) -> None:
    readers(catalog, 1)
    outbox = with_quota(catalog)
    outbox.rest(Rest(NOON + 30 * DAY, "451 4.7.1 try again in an hour"))

    assert catalog.waiting.rests(NOON) == {}
    assert len(claimed(outbox, NOON)) == 1


def test_what_waits_for_a_ramp_waits_until_midnight(catalog: Catalog) -> None:
    readers(catalog, 2)
    outbox = with_quota(catalog, ramp=(1,))
    sent(outbox)

    held = outbox.held_back(NOON + timedelta(hours=1))

    assert held is not None
    assert held.until == datetime(2026, 11, 24, tzinfo=UTC)
