"""`digest subscribers move`: a reader with another address goes on as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.delivery.verp import own_sender
from digest.errors import NotFound, UsageError
from digest.model import DeliveryStatus, SubscriberStatus, Subscription, SuppressionReason
from digest.run import take_back

from .bounce_mails import a_report
from .builders import NOON, a_subscription
from .catalog_rooms import a_draft, papers_in
from .command_line import Run, digest_command, with_inbox
from .fates import began, settled
from .run_parts import parts_with

OLD, NEW = "ana@old.example.org", "ana@example.org"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TZ", "UTC")
    return digest_command(with_inbox(tmp_path), capsys)


def had_a_letter(catalog: Catalog, subscription: Subscription) -> None:
    catalog.issues.publish([a_draft(subscription, *papers_in(catalog, 1), cutoff=catalog.papers.cutoff())], NOON)


def test_a_reader_keeps_what_they_follow_and_what_they_saw(catalog: Catalog) -> None:
    before = catalog.subscribers.add(a_subscription(OLD), NOON)
    had_a_letter(catalog, before)

    catalog.rights.move("ANA@old.example.org", "ana@Example.org")

    (after,) = catalog.subscribers.find(NEW)
    assert (after.id, after.profile, after.subscriber.email) == (before.id, before.profile, NEW)
    assert catalog.rights.about(NEW)["issues"]
    assert not any(catalog.rights.about(OLD).values())


def test_a_letter_that_waits_goes_to_the_new_address(catalog: Catalog) -> None:
    had_a_letter(catalog, catalog.subscribers.add(a_subscription(OLD), NOON))

    catalog.rights.move(OLD, NEW)

    lines = catalog.waiting.lines([DeliveryStatus.QUEUED], 9, ended_since=NOON)
    assert [one.address for one in lines] == [NEW]


def test_a_letter_that_a_worker_may_have_written_to_the_old_address_is_taken_out_of_its_hands(catalog: Catalog) -> None:
    had_a_letter(catalog, catalog.subscribers.add(a_subscription(OLD), NOON))
    (letter,) = catalog.outbox.claim(NOON, "a", 1, timedelta(hours=1))

    catalog.rights.move(OLD, NEW)

    assert not began(catalog.outbox, letter.id, NOON, worker="a")
    assert [one.recipient for one in catalog.outbox.claim(NOON, "b", 1, timedelta(hours=1))] == [NEW]


@pytest.mark.parametrize(("status", "asked_again"), [(SubscriberStatus.PENDING, [NEW]), (SubscriberStatus.ACTIVE, [])])
def test_whose_invitation_went_to_the_wrong_address_can_be_asked_at_the_right_one(
    catalog: Catalog, status: SubscriberStatus, asked_again: list[str]
) -> None:
    told = a_subscription(OLD)
    ana = catalog.subscribers.add(replace(told, subscriber=replace(told.subscriber, status=SubscriberStatus.PENDING)), NOON)
    catalog.invitations.begin(ana.subscriber.id, NOON)
    if status is SubscriberStatus.ACTIVE:
        catalog.invitations.accept(ana.id, NOON, "a page")

    catalog.rights.move(OLD, NEW)

    (after,) = catalog.subscribers.find(NEW)
    assert [one.subscriber.email for one in catalog.invitations.open([NEW])] == asked_again
    assert (after.subscriber.status, after.subscriber.invited_at is None) == (status, bool(asked_again))


def test_who_was_stopped_by_bounces_gets_letters_again_and_the_old_address_none(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(OLD), NOON)
    catalog.suppressions.add(OLD, SuppressionReason.BOUNCED, NOON, "a bounce")

    catalog.rights.move(OLD, NEW)

    (after,) = catalog.subscribers.find(NEW)
    assert (after.subscriber.suppressed, after.subscriber.status) == ("", SubscriberStatus.ACTIVE)
    assert catalog.suppressions.of(OLD) is not None


@pytest.mark.parametrize(("moves", "is_stopped", "points"), [(True, False, 0.0), (False, True, 1.0)])
def test_what_comes_back_from_the_old_address_after_the_move_does_not_stop_the_new_one(
    catalog: Catalog, moves: bool, is_stopped: bool, points: float
) -> None:
    ana = catalog.subscribers.add(a_subscription(OLD), NOON)
    had_a_letter(catalog, ana)
    parts = replace(parts_with(catalog), bounce_threshold=1.0)
    (letter,) = catalog.outbox.claim(NOON, "a", 1, timedelta(hours=1))
    began(catalog.outbox, letter.id, NOON)
    settled(catalog.outbox, letter.id, DeliveryStatus.SENT, NOON)
    if moves:
        catalog.rights.move(OLD, NEW)

    take_back(parts, a_report(own_sender("bounces@example.org", ana.id, letter.issue, parts.secrets[0]), OLD), NOON + timedelta(days=5))

    about = catalog.rights.about(NEW if moves else OLD)
    assert (bool(about["suppressions"]), [one["points"] for one in about["returns"]]) == (is_stopped, [points])
    assert not about["papers_shown"]  # they may come in the next letter
    catalog.rights.forget(NEW if moves else OLD, NOON)
    with catalog.reading() as connection:
        left = "select issue from returns union all select name from marks where name like 'moved %'"
        assert connection.exec_driver_sql(left).all() == []


@pytest.mark.parametrize("reason", [reason for reason in SuppressionReason if reason is not SuppressionReason.BOUNCED])
def test_who_is_on_the_list_for_another_reason_gets_no_letters_elsewhere(reason: SuppressionReason, catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(OLD), NOON)
    catalog.suppressions.add(OLD, reason, NOON, "said so")

    with pytest.raises(UsageError, match="the suppression list names it"):
        catalog.rights.move(OLD, NEW)

    assert catalog.subscribers.find(OLD)


def test_an_address_on_the_list_is_not_moved_to(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(OLD), NOON)
    catalog.suppressions.add(NEW, SuppressionReason.COMPLAINED, NOON, "a complaint")

    with pytest.raises(UsageError, match="the suppression list names it"):
        catalog.rights.move(OLD, NEW)


def test_two_readers_are_not_made_one(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(OLD), NOON)
    catalog.subscribers.add(a_subscription(NEW), NOON)

    with pytest.raises(UsageError, match="is known already"):
        catalog.rights.move(OLD, NEW)


def test_a_stranger_cannot_be_moved_and_nobody_goes_nowhere(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match="nothing is known about it"):
        catalog.rights.move(OLD, NEW)
    with pytest.raises(UsageError, match="not a mail address"):
        catalog.rights.move(OLD, "ana")


def test_an_address_may_change_its_capitals(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(NEW), NOON)

    catalog.rights.move(NEW, "Ana@example.org")

    assert catalog.subscribers.find(NEW)[0].subscriber.email == "Ana@example.org"


def test_a_reader_of_the_configuration_is_moved_there_first(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription(OLD)], NOON)

    with pytest.raises(UsageError, match="is from the configuration") as refused:
        catalog.rights.move(OLD, NEW)

    assert refused.value.hint == "write ana@example.org there instead, then move it"


def test_whom_the_configuration_calls_by_the_new_address_goes_on_as_they_were(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription(OLD)], NOON)
    (before,) = catalog.subscribers.find(OLD)
    had_a_letter(catalog, before)
    catalog.subscribers.adopt([a_subscription(NEW)], NOON + timedelta(hours=1))

    catalog.rights.move(OLD, NEW)
    catalog.subscribers.adopt([a_subscription(NEW)], NOON + timedelta(hours=2))

    (after,) = catalog.subscribers.find(NEW)
    assert after.id == before.id
    assert catalog.rights.about(NEW)["issues"]


def test_whom_the_configuration_calls_by_the_new_address_is_not_moved_once_they_had_a_letter(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(OLD), NOON)
    catalog.subscribers.adopt([a_subscription(NEW)], NOON)
    had_a_letter(catalog, catalog.subscribers.find(NEW)[0])

    with pytest.raises(UsageError, match="is known already"):
        catalog.rights.move(OLD, NEW)


def test_what_a_command_added_is_not_moved_beside_its_namesake_of_the_configuration(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(OLD, "mine"), NOON)
    catalog.subscribers.adopt([a_subscription(NEW, "mine")], NOON)

    with pytest.raises(UsageError, match="both have a subscription 'mine'") as refused:
        catalog.rights.move(OLD, NEW)

    assert refused.value.hint == f"`digest subscribers edit {OLD} --name mine --rename …`, or give it another name in config.toml"
    catalog.subscribers.adopt([a_subscription(NEW, "mine")], NOON)  # no command after it is refused


def test_a_reader_is_moved_by_command(run: Run) -> None:
    run("subscribers", "add", OLD, "--topic", "the secret habits of foxes")

    assert run("subscribers", "move", OLD, NEW, "--dry-run").err == f"would move {OLD} to {NEW}\n"
    assert run("subscribers", "show", OLD).status == 0
    assert run("subscribers", "move", OLD, NEW).err == f"moved {OLD} to {NEW}\nnext: digest subscribers show {NEW}\n"
    assert (run("subscribers", "show", OLD).status, run("subscribers", "show", NEW).status) == (1, 0)


def test_a_report_that_writes_the_domain_in_its_own_letters_is_about_its_reader_and_names_them_once(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription("ana@bücher.example"), NOON)
    had_a_letter(catalog, ana)
    parts = parts_with(catalog)
    (letter,) = catalog.outbox.claim(NOON, "a", 1, timedelta(hours=1))
    began(catalog.outbox, letter.id, NOON)
    settled(catalog.outbox, letter.id, DeliveryStatus.SENT, NOON)
    sender = own_sender("bounces@example.org", ana.id, letter.issue, parts.secrets[0])
    both = b"Final-Recipient: rfc822; bo@example.org\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: utf-8; "
    mail = a_report(sender, "ana@bücher.example", status="4.2.2", action="delayed", said="452 full")

    back = take_back(parts, mail.replace(b"Final-Recipient: rfc822; ", both), NOON + timedelta(days=1))

    assert [(refusal.address, proof) for refusal, proof in back.recipients] == [("ana@bücher.example", "verp"), ("bo@example.org", None)]
