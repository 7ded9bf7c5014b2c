"""Never twice, never lost: whatever happens to listings and letters in whatever order, each reader is shown each paper once."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.catalog import Catalog, open_catalog
from digest.catalog.letters.outbox import FREEING
from digest.catalog.letters.waiting import Which
from digest.delivery.allowance import Quota
from digest.model import Cause, Delivery, DeliveryStatus, Refusal, ReturnedKind, Subscription, Verdict
from tests.fates import began, settled

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import LEASE, a_draft

Step = Callable[["Place"], None]
ENDS = [DeliveryStatus.SENT, DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP, DeliveryStatus.UNKNOWN, DeliveryStatus.QUEUED]


class Place:
    """A catalog with three subscriptions of two readers, on a day that goes on with each publication."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.day = date(2026, 11, 1)
        readers = (("ana@example.org", "mine"), ("ana@example.org", "work"), ("bo@example.org", "mine"))
        self.subscriptions = [catalog.subscribers.add(a_subscription(email, name), NOON) for email, name in readers]

    def publish(self, which: list[int]) -> None:
        """An issue for each of these subscriptions, of all that it may show."""
        self.day += timedelta(days=1)
        cutoff = self.catalog.papers.cutoff()
        standing = self.catalog.issues.standing([s.id for s in self.subscriptions])
        drafts = []
        for subscription in [self.subscriptions[index] for index in which]:
            place = standing[subscription.id]
            pool = self.catalog.papers.pools([place.cutoff], NOON)[0]
            shown = {p.key: p for p in (*place.freed, *pool) if p.key not in place.seen}
            drafts.append(a_draft(subscription, *shown.values(), day=self.day.isoformat(), cutoff=cutoff, made_at=NOON))
        self.catalog.issues.publish(drafts, NOON)
        self.catalog.issues.publish(drafts, NOON)

    def shown(self, subscription: Subscription) -> Counter[str]:
        """How often each paper stands in a letter that arrived or may yet arrive."""
        places = ", ".join("?" * len(FREEING))
        with self.catalog.reading() as connection:
            rows = connection.exec_driver_sql(
                f"select issues.id from issues join deliveries on deliveries.issue = issues.id where status not in ({places})",
                tuple(FREEING),
            )
            ids = [row[0] for row in rows]
        issues = [self.catalog.issues.load(id_) for id_ in ids]
        mine = [issue for issue in issues if issue.subscription.subscriber.id == subscription.subscriber.id]
        return Counter(pick.paper.key for issue in mine for pick in issue.picks)


def listing(numbers: list[int]) -> Step:
    papers = [a_paper(f"arxiv:2611.{n:05}", f"On the habits of fox {n}", ids=(f"doi:10.1000/{n}",)) for n in numbers]
    return lambda place: place.catalog.papers.record(a_batch(*papers), NOON) and None


def elsewhere(numbers: list[int]) -> Step:
    papers = [a_paper(f"doi:10.1000/{n}", f"The foxes of den {n}") for n in numbers]
    return lambda place: place.catalog.papers.record(a_batch(*papers, source="journal"), NOON) and None


def publication(which: list[int]) -> Step:
    return lambda place: place.publish(which)


def delivery(ends: list[DeliveryStatus]) -> Step:
    def deliver(place: Place) -> None:
        batch = place.catalog.outbox.claim(NOON, "another-host:1:a", len(ends), LEASE)
        for letter, end in zip(batch, ends, strict=False):
            began(place.catalog.outbox, letter.id, NOON)
            settled(place.catalog.outbox, letter.id, end, NOON, due=NOON)

    return deliver


def death(place: Place) -> None:
    for letter in place.catalog.outbox.claim(NOON, "another-host:1:a", 1, LEASE):
        began(place.catalog.outbox, letter.id, NOON)
    place.catalog.outbox.recover(NOON + LEASE)


def absence(index: int) -> Step:
    def leave_and_return(place: Place) -> None:
        place.catalog.subscribers.leave(place.subscriptions[index].id, NOON)
        place.catalog.subscribers.resume(place.subscriptions[index].id, NOON, "a page")

    return leave_and_return


some_papers = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True)
some_readers = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)
steps = st.lists(
    st.one_of(
        some_papers.map(listing),
        some_papers.map(elsewhere),
        some_readers.map(publication),
        some_readers.map(publication),
        st.lists(st.sampled_from(ENDS), min_size=1, max_size=3).map(delivery),
        st.just(death),
        st.integers(0, 2).map(absence),
    ),
    min_size=3,
    max_size=14,
)


@contextmanager
def a_place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder, open_catalog(f"{folder}/digest.db") as catalog:
        yield Place(catalog)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_each_reader_is_shown_each_paper_once_in_letters_that_arrive(happened: list[Step]) -> None:
    with a_place() as place:
        for step in happened:
            step(place)
        place.publish([0, 2])

        listed = {paper.key for paper in place.catalog.papers.pools([None], NOON)[0]}
        standing = place.catalog.issues.standing([s.id for s in place.subscriptions])
        for subscription in (place.subscriptions[0], place.subscriptions[2]):
            shown = place.shown(subscription)
            assert [key for key, times in shown.items() if times > 1] == []
            assert listed <= shown.keys() | {paper.key for paper in standing[place.subscriptions[1].id].freed}
            assert standing[subscription.id].seen == shown.keys()


def refused(catalog: Catalog, letter: Delivery) -> None:
    settled(catalog.outbox, letter.id, DeliveryStatus.REFUSED, NOON)


def cancelled(catalog: Catalog, letter: Delivery) -> None:
    catalog.waiting.cancel(Which(ids=(letter.id,)), NOON)


def given_up(catalog: Catalog, letter: Delivery) -> None:
    settled(catalog.outbox, letter.id, DeliveryStatus.QUEUED, NOON)
    quota = Quota(sender="digest@example.org", server="mail.example.org")
    catalog.quota_outbox(quota).give_up(NOON + timedelta(days=2), NOON, "too late")


def come_back(catalog: Catalog, letter: Delivery) -> None:
    settled(catalog.outbox, letter.id, DeliveryStatus.SENT, NOON)
    sent = catalog.bounces.letter(1, letter.issue)
    assert sent is not None
    refusal = Refusal(address="ana@example.org", verdict=Verdict.HARD, cause=Cause.ADDRESS)
    catalog.bounces.record(sent, ReturnedKind.BOUNCE, refusal, 1.0, NOON)


@pytest.mark.parametrize("ended", [refused, cancelled, given_up, come_back])
def test_a_paper_that_a_later_letter_brought_under_another_name_is_not_freed(
    catalog: Catalog, ended: Callable[[Catalog, Delivery], None]
) -> None:
    one, other = a_paper("arxiv:2611.00001"), a_paper("doi:10.1000/1", "The foxes of a den")
    catalog.papers.record(a_batch(one, other), NOON)
    ana = catalog.subscribers.add(a_subscription(), NOON)
    catalog.issues.publish([a_draft(ana, one, day="2026-11-23"), a_draft(ana, other, day="2026-11-24")], NOON)
    first, second = catalog.outbox.claim(NOON, "another-host:1:a", 2, LEASE)
    settled(catalog.outbox, second.id, DeliveryStatus.SENT, NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", ids=("doi:10.1000/1",))), NOON)

    ended(catalog, first)

    standing = catalog.issues.standing([ana.id])[ana.id]
    assert standing.seen == {"arxiv:2611.00001"}
    assert standing.freed == ()
