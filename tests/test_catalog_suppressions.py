"""The suppression list: what it holds, and all that asks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.catalog.people.suppressions import Rehearsed
from digest.errors import UsageError
from digest.model import DeliveryStatus, Edition, Newcomer, No, SubscriberStatus, SuppressionReason
from tests.fates import began

from .builders import NOON, a_subscriber, a_subscription
from .catalog_rooms import LEASE, a_draft, active, papers_in, published
from .people_files import uuid_of

ANA = "ana@example.org"
DAY = timedelta(days=1)


def test_an_address_on_the_list_is_known_in_any_case_and_stands_nowhere(catalog: Catalog, tmp_path: Path) -> None:
    catalog.suppressions.add("Ana@Example.org", SuppressionReason.COMPLAINED, NOON, "a complaint")

    line = catalog.suppressions.of(" ANA@example.ORG ")

    assert line is not None
    assert (line.reason, line.at, line.origin) == (SuppressionReason.COMPLAINED, NOON, "a complaint")
    assert catalog.suppressions.of("bo@example.org") is None
    catalog.close()
    assert b"example.org" not in (tmp_path / "digest.db").read_bytes().lower()


def test_two_catalogs_keep_different_hashes_of_one_address(catalog: Catalog, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "other.db")) as other:
        for each in (catalog, other):
            each.suppressions.add(ANA, SuppressionReason.BOUNCED, NOON, "a bounce")

        assert catalog.suppressions.all()[0].hash != other.suppressions.all()[0].hash


def test_the_first_reason_stays_unless_it_is_replaced(catalog: Catalog) -> None:
    assert catalog.suppressions.add(ANA, SuppressionReason.BOUNCED, NOON, "a bounce")
    assert not catalog.suppressions.add(ANA, SuppressionReason.OPERATOR, NOON, "by hand")
    assert [one.reason for one in catalog.suppressions.all()] == [SuppressionReason.BOUNCED]

    catalog.suppressions.add(ANA, SuppressionReason.FORGOTTEN, NOON, "asked", replaces=True)
    assert [one.reason for one in catalog.suppressions.all()] == [SuppressionReason.FORGOTTEN]


def test_a_line_of_one_subscription_stays_beside_one_for_all_until_that_replaces_it_with_its_link(catalog: Catalog) -> None:
    noes = (No(reason=SuppressionReason.UNSUBSCRIBED, subscription="foxes"), No(reason=SuppressionReason.UNSUBSCRIBED))
    catalog.intake.take([Newcomer(email=ANA, noes=noes[:1]), Newcomer(email="bo@example.org", noes=noes, uuid="b0b0")], NOON)

    assert catalog.suppressions.add(ANA, SuppressionReason.OPERATOR, NOON, "by hand")
    assert sorted(line.subscription for line in catalog.suppressions.all()) == ["", "", "foxes", "foxes"]
    assert catalog.invitations.by_link("B0B0") == ()

    for email in (ANA, "bo@example.org"):
        catalog.suppressions.add(email, SuppressionReason.FORGOTTEN, NOON + LEASE, "asked", replaces=True)
    assert {(line.subscription, line.at, line.origin) for line in catalog.suppressions.all()} == {("", NOON + LEASE, "asked")}
    assert catalog.invitations.by_link("b0b0") is None


def test_a_reader_on_the_list_is_not_added_again(catalog: Catalog) -> None:
    catalog.suppressions.add(ANA, SuppressionReason.UNSUBSCRIBED, NOON, "listmonk")

    with pytest.raises(UsageError, match=r"the suppression list names it \(") as refused:
        catalog.subscribers.add(a_subscription(ANA), NOON)

    assert refused.value.hint == f"only if its owner asks for letters again: digest subscribers suppress {ANA} --lift"
    assert catalog.suppressions.lift(ANA)
    assert catalog.subscribers.add(a_subscription(ANA), NOON).subscriber.suppressed == ""


def test_a_line_for_one_subscription_refuses_that_one_alone(catalog: Catalog) -> None:
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="trending")
    catalog.intake.take([Newcomer(email=ANA, noes=(no,), origin="listmonk")], NOON)

    catalog.subscribers.add(a_subscription(ANA, "main"), NOON)

    with pytest.raises(UsageError, match="its subscription 'trending'"):
        catalog.subscribers.add(a_subscription(ANA, "trending", edition=Edition(name="trending")), NOON)
    assert [s.name for s in active(catalog, NOON)] == ["main"]


def test_a_no_to_one_subscription_cancels_no_letter_of_another(catalog: Catalog) -> None:
    published(catalog, ANA)
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="trending")

    catalog.intake.take([Newcomer(email=ANA, noes=(no,), origin="listmonk")], NOON)

    assert catalog.suppressions.of(ANA) is None
    assert [s.subscriber.suppressed for s in active(catalog, NOON)] == [""]
    assert [one.recipient for one in catalog.outbox.claim(NOON, "elsewhere:1:a", 10, LEASE)] == [ANA]


@pytest.mark.parametrize(("said", "goes_on"), [(NOON, False), (None, False), (NOON - timedelta(days=1), True)])
def test_a_no_to_a_subscription_that_is_there_ends_it_unless_a_yes_came_later(
    catalog: Catalog, said: datetime | None, goes_on: bool
) -> None:
    published(catalog, ANA)
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=said)

    catalog.intake.take([Newcomer(email=ANA, noes=(no,), origin="listmonk")], NOON + LEASE)

    assert bool(active(catalog, NOON + LEASE)) is goes_on
    assert catalog.waiting.fate(1) is (DeliveryStatus.QUEUED if goes_on else DeliveryStatus.CANCELLED)


@pytest.mark.parametrize(
    ("reason", "said", "goes_on"),
    [
        (SuppressionReason.UNSUBSCRIBED, NOON - DAY, ["main"]),
        (SuppressionReason.UNSUBSCRIBED, NOON, []),
        (SuppressionReason.UNSUBSCRIBED, None, []),
        (SuppressionReason.BLOCKLISTED, NOON - DAY, []),
    ],
)
def test_who_left_all_elsewhere_before_they_agreed_to_what_goes_on_here_keeps_it(
    catalog: Catalog, reason: SuppressionReason, said: datetime | None, goes_on: list[str]
) -> None:
    catalog.subscribers.add(a_subscription(ANA, "removed"), NOON - 2 * DAY)
    catalog.subscribers.remove(ANA, "removed", NOON - 2 * DAY)
    catalog.subscribers.add(a_subscription(ANA, "main"), NOON)

    catalog.intake.take([Newcomer(email=ANA, noes=(No(reason=reason, at=said),), origin="listmonk")], NOON + DAY)

    assert [s.name for s in active(catalog, NOON + DAY)] == goes_on


@pytest.mark.parametrize(("subscription", "goes_on"), [("main", {"main", "old"}), ("", set())])
def test_a_later_yes_to_one_of_two_outdates_a_no_to_that_one_and_none_to_everything(
    catalog: Catalog, subscription: str, goes_on: set[str]
) -> None:
    catalog.subscribers.add(a_subscription(ANA, "old"), NOON - 2 * DAY)
    catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription=subscription, at=NOON - DAY)

    catalog.intake.take([Newcomer(email=ANA, noes=(no,), origin="listmonk")], NOON + DAY)

    assert {s.name for s in active(catalog, NOON + DAY)} == goes_on


def test_whose_subscriptions_the_operator_removed_comes_in_by_a_list_unless_it_says_that_they_left(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    catalog.subscribers.remove(ANA, "main", NOON)
    no = No(reason=SuppressionReason.UNSUBSCRIBED, at=NOON - DAY)

    coming = Newcomer(email=ANA, subscriptions=(a_subscription(ANA, "other"),))
    (came,) = catalog.intake.take([coming], NOON, rehearsed=Rehearsed())
    (left,) = catalog.intake.take([Newcomer(email=ANA, noes=(no,))], NOON)

    assert (came.added, left.suppressed) == (("other",), ("unsubscribed",))
    assert catalog.subscribers.find(ANA) == ()


def test_a_no_that_a_yes_outdates_keeps_no_later_one_from_being_heard(catalog: Catalog) -> None:
    published(catalog, ANA)
    noes = (No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=NOON + days * DAY) for days in (-1, 1))

    takings = [catalog.intake.take([Newcomer(email=ANA, noes=(no,), origin="listmonk")], NOON + 2 * DAY) for no in noes]

    assert [one.suppressed for (one,) in takings] == [(), ("unsubscribed",)]
    assert active(catalog, NOON + 2 * DAY) == ()


@pytest.mark.parametrize(("said", "goes_on"), [(NOON, False), (NOON - timedelta(days=1), True)])
def test_a_no_to_a_subscription_in_the_list_of_another_catalog_ends_it_here_unless_a_yes_came_later(
    catalog: Catalog, tmp_path: Path, said: datetime, goes_on: bool
) -> None:
    published(catalog, ANA, "bo@example.org")
    catalog.subscribers.add(a_subscription(ANA, "other"), NOON)
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.intake.take([Newcomer(email=ANA, noes=(No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=said),))], NOON)
        lines = other.suppressions.all()

    assert catalog.intake.adopt(lines, NOON + LEASE) == len(catalog.suppressions.all()) == (0 if goes_on else 1)

    assert ((ANA, "main") in [(s.subscriber.email, s.name) for s in active(catalog, NOON)]) is goes_on
    assert [s.name for s in active(catalog, NOON) if s.name == "other"] == ["other"]
    assert [catalog.waiting.fate(n) for n in (1, 2)] == [
        DeliveryStatus.QUEUED if goes_on else DeliveryStatus.CANCELLED,
        DeliveryStatus.QUEUED,
    ]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("size", [1, 2])
def test_of_two_lines_about_one_subscription_the_later_counts_in_whatever_order_and_batches_they_come(
    catalog: Catalog, tmp_path: Path, order: int, size: int
) -> None:
    published(catalog, ANA)
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.intake.take([Newcomer(email=ANA, noes=(No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main"),))], NOON)
        (line,) = other.suppressions.all()
    lines = [replace(line, at=at) for at in (NOON - DAY, NOON + DAY)][::order]
    there, rehearsed = Newcomer(email=ANA, subscriptions=(a_subscription(ANA, "main"),), origin="digest"), Rehearsed()

    for start in range(0, 2, size):
        catalog.intake.adopt(lines[start : start + size], NOON + 2 * DAY, rehearsed=rehearsed)
    would = catalog.intake.take([there], NOON + 2 * DAY, rehearsed=rehearsed)
    for start in range(0, 2, size):
        catalog.intake.adopt(lines[start : start + size], NOON + 2 * DAY)

    assert (active(catalog, NOON + 2 * DAY), [one.at for one in catalog.suppressions.all()]) == ((), [NOON + DAY])
    assert would == catalog.intake.take([there], NOON + 2 * DAY)


def test_who_left_elsewhere_a_second_time_what_they_had_taken_up_again_is_heard_and_heard_once(catalog: Catalog) -> None:
    main = catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    first, second = (No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=NOON + days * DAY) for days in (1, 3))
    going_on = []

    for no in (first, first, second, second):
        catalog.intake.take([Newcomer(email=ANA, noes=(no,), origin="listmonk")], NOON + 4 * DAY)
        going_on.append(bool(active(catalog, NOON + 4 * DAY)))
        catalog.subscribers.resume(main.id, NOON + 2 * DAY, "a page")

    assert going_on == [False, True, False, True]
    assert [line.at for line in catalog.suppressions.all()] == [NOON + 3 * DAY]


def test_who_took_up_again_what_a_no_without_a_date_ended_keeps_it_where_the_same_list_comes_again(catalog: Catalog) -> None:
    main = catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    left = Newcomer(email=ANA, noes=(No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main"),), origin="listmonk")
    catalog.intake.take([left], NOON + DAY)
    catalog.subscribers.resume(main.id, NOON + 2 * DAY, "a page")

    (again,) = catalog.intake.take([left], NOON + 3 * DAY)

    assert (again.suppressed, [s.name for s in active(catalog, NOON + 3 * DAY)]) == ((), ["main"])


def test_what_one_reader_said_later_changes_no_line_of_another(catalog: Catalog) -> None:
    for email, at in (("bo@example.org", NOON), (ANA, NOON + DAY)):
        catalog.intake.take([Newcomer(email=email, noes=(No(reason=SuppressionReason.UNSUBSCRIBED, at=at),))], NOON + 2 * DAY)

    assert [line.at for line in catalog.suppressions.all()] == [NOON, NOON + DAY]


@pytest.mark.parametrize(("left_at", "goes_on"), [(NOON, False), (NOON - DAY, True)])
def test_who_left_in_another_catalog_what_goes_on_here_gets_no_more_of_it(catalog: Catalog, left_at: datetime, goes_on: bool) -> None:
    published(catalog, ANA)
    there = Newcomer(email=ANA, subscriptions=(a_subscription(ANA, "main", left_at=left_at),), origin="digest")

    (taken,) = catalog.intake.take([there], NOON + LEASE)
    before = bool(active(catalog, NOON + LEASE))
    catalog.subscribers.resume(1, NOON + LEASE, "a page")
    catalog.intake.take([there], NOON + DAY)

    assert (taken.refused, taken.suppressed) == (((), ()) if goes_on else ((("main", "unsubscribed"),), ("unsubscribed",)))
    assert (before, bool(active(catalog, NOON + DAY))) == (goes_on, True)
    assert catalog.waiting.fate(1) is (DeliveryStatus.QUEUED if goes_on else DeliveryStatus.CANCELLED)


def test_who_took_a_subscription_up_again_keeps_it_where_the_same_list_comes_again(catalog: Catalog, tmp_path: Path) -> None:
    ana = catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.intake.take([Newcomer(email=ANA, noes=(No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main"),))], NOON)
        lines = other.suppressions.all()
    catalog.intake.adopt(lines, NOON)
    catalog.subscribers.resume(ana.id, NOON, "a page")

    catalog.intake.adopt(lines, NOON)
    catalog.intake.mark(catalog.intake.unmarked(), NOON)

    assert [s.name for s in active(catalog, NOON)] == ["main"]


def test_who_left_a_second_time_in_another_catalog_what_they_had_taken_up_again_here_is_heard_and_heard_once(
    catalog: Catalog, tmp_path: Path
) -> None:
    main = catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    with open_catalog(str(tmp_path / "other.db")) as other:
        no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=NOON + DAY)
        other.intake.take([Newcomer(email=ANA, noes=(no,))], NOON + DAY)
        first = other.suppressions.all()
    second = [replace(line, at=NOON + 3 * DAY) for line in first]
    going_on = []

    for lines in (first, first, second, second, first):
        catalog.intake.adopt(lines, NOON + 4 * DAY)
        going_on.append(bool(active(catalog, NOON + 4 * DAY)))
        catalog.subscribers.resume(main.id, NOON + 2 * DAY, "a page")

    assert going_on == [False, True, False, True, True]
    assert [line.at for line in catalog.suppressions.all()] == [NOON + 3 * DAY]


def test_an_export_from_before_a_subscription_was_taken_up_again_does_not_end_it_anew(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    catalog.subscribers.leave(ana.id, NOON + DAY)
    exported = Newcomer(email=ANA, subscriptions=(catalog.subscribers.by_id(ana.id),), origin="digest")
    for moment in (2, 3):  # a second press changes nothing
        catalog.subscribers.resume(ana.id, NOON + moment * DAY, "a page")

    catalog.intake.take([exported], NOON + 4 * DAY)

    (again,) = active(catalog, NOON + 4 * DAY)
    assert (again.consented_at, again.consent_origin) == (NOON + 2 * DAY, "a page")


def test_who_has_still_to_say_yes_has_not_said_it_by_taking_a_leaving_back(catalog: Catalog) -> None:
    asked = catalog.subscribers.add(replace(a_subscription(ANA), subscriber=a_subscriber(ANA, status=SubscriberStatus.PENDING)), NOON)
    catalog.subscribers.leave(asked.id, NOON)

    catalog.subscribers.resume(asked.id, NOON, "a page")

    assert (catalog.subscribers.by_id(asked.id).left_at, catalog.subscribers.by_id(asked.id).consented_at) == (None, None)


@pytest.mark.parametrize(("was_removed", "is_ours"), [(False, False), (True, False), (True, True)])
def test_what_a_list_said_that_its_reader_left_is_not_brought_back_by_the_configuration(
    catalog: Catalog, was_removed: bool, is_ours: bool
) -> None:
    main, other = a_subscription(ANA, "main"), a_subscription(ANA, "other")
    catalog.subscribers.adopt([main, other] if was_removed else [], NOON)
    catalog.subscribers.adopt([], NOON)
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main")
    said = {"subscriptions": (replace(main, left_at=NOON + LEASE),)} if is_ours else {"noes": (no,)}
    catalog.intake.take([Newcomer(email=ANA, origin="a list", **said)], NOON + LEASE)  # type: ignore[arg-type]

    catalog.subscribers.adopt([main, other], NOON + DAY)

    assert [s.name for s in active(catalog, NOON + DAY)] == ["other"]


@pytest.mark.parametrize(("last", "comes_back"), [(DAY, False), (0 * DAY, False), (-DAY, True)])
def test_the_later_of_two_lists_noes_keeps_the_configuration_from_bringing_a_subscription_back(
    catalog: Catalog, tmp_path: Path, last: timedelta, comes_back: bool
) -> None:
    def no(at: datetime) -> Newcomer:
        return Newcomer(email=ANA, noes=(No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=at),))

    catalog.intake.take([no(NOON - DAY)], NOON)
    catalog.subscribers.adopt([a_subscription(ANA, "main")], NOON)
    catalog.subscribers.resume(catalog.subscribers.find(ANA)[0].id, NOON, "a page")
    catalog.subscribers.adopt([], NOON)
    for number in range(4):
        with open_catalog(str(tmp_path / f"other{number}.db")) as other:
            other.intake.take([no(NOON + (last if number == 1 else -DAY))], NOON + DAY)
            catalog.intake.adopt(other.suppressions.all(), NOON + DAY)

    catalog.subscribers.adopt([a_subscription(ANA, "main")], NOON + 2 * DAY)
    exported = [Newcomer(email=ANA, subscriptions=(a_subscription(ANA, "main", consented_at=at),), is_ours=True) for at in (NOON, None)]
    agreed, never = (catalog.intake.take([one], NOON + 2 * DAY)[0] for one in exported)

    assert bool(active(catalog, NOON + 2 * DAY)) is comes_back
    assert (agreed.kept, [name for name, _ in agreed.refused]) == ((("main",), []) if comes_back else ((), ["main"]))
    assert (never.kept, [name for name, _ in never.refused]) == ((), ["main"])


def test_who_left_in_several_catalogs_left_here_with_the_last(catalog: Catalog, tmp_path: Path) -> None:
    ana = catalog.subscribers.add(a_subscription(ANA, "main"), NOON - DAY)
    lines = []
    for number in range(6):
        with open_catalog(str(tmp_path / f"other{number}.db")) as other:
            no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="main", at=NOON + number % 3 * DAY)
            other.intake.take([Newcomer(email=ANA, noes=(no,))], NOON)
            lines += other.suppressions.all()

    catalog.intake.adopt(lines, NOON + 3 * DAY)

    assert catalog.subscribers.by_id(ana.id).left_at == NOON + 2 * DAY


def test_who_is_forgotten_leaves_one_line_that_names_no_subscription(catalog: Catalog) -> None:
    noes = tuple(No(reason=SuppressionReason.UNSUBSCRIBED, subscription=name) for name in ("foxes", "hens"))
    catalog.intake.take([Newcomer(email=ANA, noes=noes, origin="listmonk")], NOON)

    catalog.rights.forget(ANA, NOON)

    assert [(line.subscription, line.reason) for line in catalog.suppressions.all()] == [("", SuppressionReason.FORGOTTEN)]


def test_of_who_is_forgotten_no_old_link_speaks_any_more(catalog: Catalog) -> None:
    catalog.intake.take([Newcomer(email=ANA, subscriptions=(a_subscription(ANA),), links=(("main", uuid_of(1)),))], NOON)

    catalog.rights.forget(ANA, NOON)

    assert catalog.intake.links() == {}


def test_who_is_forgotten_takes_no_line_of_somebody_else_along(catalog: Catalog) -> None:
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="foxes")
    catalog.intake.take([Newcomer(email=email, noes=(no,)) for email in (ANA, "bo@example.org")], NOON)

    catalog.rights.forget(ANA, NOON)

    assert sorted(line.subscription for line in catalog.suppressions.all()) == ["", "foxes"]
    assert catalog.suppressions.names("bo@example.org")


def test_who_asks_to_be_forgotten_and_was_never_known_is_brought_in_by_no_list_later(catalog: Catalog) -> None:
    catalog.rights.forget(ANA, NOON)

    (taken,) = catalog.intake.take([Newcomer(email=ANA, subscriptions=(a_subscription(ANA),))], NOON)

    assert taken.refused == (("main", "on the suppression list (forgotten)"),)


def test_a_suppressed_reader_of_the_configuration_gets_nothing_and_is_named(catalog: Catalog) -> None:
    catalog.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint")

    catalog.suppressions.add("bo@example.org", SuppressionReason.BOUNCED, NOON - LEASE, "a bounce")

    wanted = [a_subscription(email) for email in ("cy@example.org", "bo@example.org", ANA)]
    catalog.subscribers.adopt([*wanted, a_subscription(ANA, "other")], NOON)

    assert [s.subscriber.email for s in active(catalog, NOON)] == ["cy@example.org"]
    assert catalog.suppressions.configured() == ((ANA, "complained"), ("bo@example.org", "bounced"))
    assert [line.reason for line in catalog.suppressions.all()] == [SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED]


def test_no_issue_is_published_for_a_reader_who_was_suppressed_meanwhile(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(ANA), NOON)
    draft = a_draft(ana, *papers_in(catalog, 1))
    catalog.suppressions.add(ANA, SuppressionReason.BOUNCED, NOON, "a bounce")

    assert catalog.issues.publish([draft], NOON) == ()


def test_a_letter_that_waits_is_cancelled_by_the_list_also_when_it_was_claimed(catalog: Catalog) -> None:
    published(catalog, ANA, "bo@example.org")
    claimed = catalog.outbox.claim(NOON, "elsewhere:1:a", 10, LEASE)

    catalog.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint")

    assert [began(catalog.outbox, one.id, NOON) for one in claimed] == [False, True]
    assert catalog.outbox.counts()[DeliveryStatus.CANCELLED] == 1


@pytest.mark.parametrize(("reason", "status"), [(SuppressionReason.BOUNCED, "bouncing"), (SuppressionReason.COMPLAINED, "active")])
def test_only_an_address_that_bounced_is_said_to_bounce(catalog: Catalog, reason: SuppressionReason, status: str) -> None:
    ana = catalog.subscribers.add(a_subscription(ANA), NOON)

    assert catalog.bounces.stop(ana.subscriber.id, reason, NOON, "the inbox")

    (found,) = catalog.subscribers.all()
    assert (found.subscriber.status, found.subscriber.suppressed) == (status, reason)


def test_a_batch_of_noes_cancels_letters_that_wait(catalog: Catalog) -> None:
    published(catalog, ANA)

    catalog.intake.take([Newcomer(email=ANA, noes=(No(reason=SuppressionReason.BOUNCED),), origin="a list")], NOON)

    assert catalog.outbox.claim(NOON + timedelta(hours=1), "elsewhere:1:a", 10, LEASE) == ()
    assert [s.subscriber.suppressed for s in catalog.subscribers.all()] == ["bounced"]


def test_the_list_of_another_catalog_cancels_letters_that_wait_also_when_they_were_claimed(catalog: Catalog, tmp_path: Path) -> None:
    published(catalog, ANA, "bo@example.org")
    claimed = catalog.outbox.claim(NOON, "elsewhere:1:a", 10, LEASE)
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint")
        lines = other.suppressions.all()

    assert catalog.intake.adopt(lines, NOON) == 1
    assert catalog.intake.adopt(lines, NOON) == 0
    catalog.intake.mark(catalog.intake.unmarked(), NOON)

    assert [began(catalog.outbox, one.id, NOON) for one in claimed] == [False, True]


@pytest.mark.parametrize("replaces", [False, True])
def test_a_no_reaches_whom_a_list_names_that_was_taken_over_by_half(catalog: Catalog, tmp_path: Path, replaces: bool) -> None:
    published(catalog, ANA, "bo@example.org")
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.suppressions.add(ANA, SuppressionReason.UNSUBSCRIBED, NOON, "a letter")
        catalog.intake.adopt(other.suppressions.all(), NOON)  # and whoever imported it died before the readers were marked

    catalog.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint", replaces=replaces)

    assert [s.subscriber.email for s in active(catalog, NOON)] == ["bo@example.org"]
    assert [one.recipient for one in catalog.outbox.claim(NOON, "elsewhere:1:a", 10, LEASE)] == ["bo@example.org"]


def test_to_suppress_whom_nobody_had_marked_yet_is_news_once(catalog: Catalog, tmp_path: Path) -> None:
    (issue,) = published(catalog, ANA)
    reader = issue.subscription.subscriber.id
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.suppressions.add(ANA, SuppressionReason.UNSUBSCRIBED, NOON, "a letter")
        catalog.intake.adopt(other.suppressions.all(), NOON)

    stopped = [catalog.bounces.stop(reader, SuppressionReason.BOUNCED, NOON, "a bounce") for _ in range(2)]

    assert stopped == [True, False]


def test_a_no_that_is_brought_in_cancels_letters_that_wait(catalog: Catalog) -> None:
    published(catalog, ANA, "bo@example.org")

    catalog.intake.take([Newcomer(email=ANA, noes=(No(reason=SuppressionReason.BOUNCED),), origin="listmonk")], NOON)

    assert [one.recipient for one in catalog.outbox.claim(NOON, "elsewhere:1:a", 10, LEASE)] == ["bo@example.org"]
    assert catalog.outbox.counts()[DeliveryStatus.CANCELLED] == 1


def test_a_record_of_somebody_who_gets_nothing_elsewhere_adds_nothing_to_a_reader_here(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    there = a_subscription(ANA, "other")
    marked = replace(there, subscriber=replace(there.subscriber, suppressed="bounced"))

    (taken,) = catalog.intake.take([Newcomer(email=ANA, subscriptions=(marked,), origin="an export")], NOON)

    assert (taken.added, taken.refused) == ((), (("other", "nothing goes to them where the list is from (bounced)"),))
    assert [s.name for s in catalog.subscribers.all()] == ["main"]


def test_a_line_that_comes_twice_at_once_is_one_line_and_keeps_its_old_link(catalog: Catalog, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "other.db")) as other:
        other.intake.take([Newcomer(email=ANA, noes=(No(reason=SuppressionReason.UNSUBSCRIBED),), uuid="a4a4")], NOON)
        lines = other.suppressions.all()

    assert catalog.intake.adopt([*lines, *lines], NOON) == 1
    assert len(catalog.suppressions.all()) == 1
    assert catalog.invitations.by_link("a4a4") == ()


def test_who_left_is_not_brought_back_by_a_list_though_the_operator_removed_the_rest(catalog: Catalog) -> None:
    main = catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    catalog.subscribers.add(a_subscription(ANA, "other"), NOON)
    catalog.subscribers.leave(main.id, NOON)
    catalog.subscribers.remove(ANA, "other", NOON)

    (taken,) = catalog.intake.take([Newcomer(email=ANA, subscriptions=(a_subscription(ANA, "third"),))], NOON)

    assert taken.refused == (("third", "left here, and asked for nothing since"),)
    assert active(catalog, NOON) == ()


def test_a_no_of_somebody_on_the_list_is_no_news(catalog: Catalog) -> None:
    catalog.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint")
    no = No(reason=SuppressionReason.UNSUBSCRIBED, subscription="trending")

    (taken,) = catalog.intake.take([Newcomer(email=ANA, noes=(no,))], NOON)

    assert taken.suppressed == ()
    assert [line.subscription for line in catalog.suppressions.all()] == [""]


def test_who_is_taken_off_the_list_gets_letters_again(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(ANA, "main"), NOON)
    catalog.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint")

    catalog.suppressions.lift(ANA)

    assert [(s.name, s.subscriber.suppressed) for s in active(catalog, NOON)] == [("main", "")]


def test_to_take_one_off_the_list_takes_nobody_else_off(catalog: Catalog) -> None:
    published(catalog, ANA, "bo@example.org")
    for email in (ANA, "bo@example.org"):
        catalog.suppressions.add(email, SuppressionReason.COMPLAINED, NOON, "a complaint")

    catalog.suppressions.lift(ANA)

    assert [s.subscriber.email for s in active(catalog, NOON)] == [ANA]
    assert catalog.suppressions.names("bo@example.org")
    assert not catalog.suppressions.names(ANA)


def test_who_is_taken_off_the_list_and_never_said_yes_is_still_to_be_asked(catalog: Catalog) -> None:
    ana = a_subscription(ANA)
    catalog.subscribers.add(replace(ana, subscriber=replace(ana.subscriber, status=SubscriberStatus.PENDING)), NOON)
    catalog.suppressions.add(ANA, SuppressionReason.OPERATOR, NOON, "by hand")

    catalog.suppressions.lift(ANA)

    assert active(catalog, NOON) == ()


def test_who_left_gets_letters_again_where_the_subscription_is_removed_and_added_anew(catalog: Catalog) -> None:
    catalog.subscribers.leave(catalog.subscribers.add(a_subscription(), NOON).id, NOON)
    catalog.subscribers.remove(ANA, None, NOON)

    again = catalog.subscribers.add(a_subscription(), NOON)

    assert active(catalog, NOON) == (again,)
