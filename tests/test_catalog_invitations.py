"""Who is asked for their yes, and what a yes or an old link ends and begins: never a letter to somebody who left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.model import DeliveryStatus, Newcomer, Subscriber, SubscriberStatus, Subscription, SuppressionReason

from .builders import NOON, a_subscription
from .catalog_rooms import active, published

DAY = timedelta(days=1)
ANA = "ana@example.org"
UUID = "00000000-0000-4000-8000-000000000001"


def invited(catalog: Catalog, *names: str) -> tuple[Subscription, ...]:
    """Ana's subscriptions of these names, that wait for her yes."""
    ana = Subscriber(email=ANA, status=SubscriberStatus.PENDING)
    waiting = tuple(replace(a_subscription(ANA, name), subscriber=ana) for name in names)
    catalog.intake.take([Newcomer(email=ANA, subscriptions=waiting)], NOON)
    return catalog.subscribers.all()


def asked(catalog: Catalog) -> list[str]:
    return [one.name for one in catalog.invitations.open([ANA])]


def test_who_went_on_the_suppression_list_since_they_were_named_is_not_asked(catalog: Catalog) -> None:
    invited(catalog, "foxes")
    assert asked(catalog) == ["foxes"]

    catalog.suppressions.add(ANA, SuppressionReason.COMPLAINED, NOON, "a complaint")

    assert asked(catalog) == []


def test_nobody_is_asked_about_what_they_left_or_the_operator_removed(catalog: Catalog) -> None:
    foxes, _, _ = invited(catalog, "foxes", "hens", "owls")

    catalog.subscribers.leave(foxes.id, NOON)
    catalog.subscribers.remove(ANA, "hens", NOON)

    assert asked(catalog) == ["owls"]


def test_who_said_yes_before_their_turn_is_not_asked(catalog: Catalog) -> None:
    (foxes,) = invited(catalog, "foxes")
    catalog.invitations.accept(foxes.id, NOON, "a test")

    assert not catalog.invitations.begin(foxes.subscriber.id, NOON)


def test_who_left_since_they_were_named_is_not_asked(catalog: Catalog) -> None:
    (foxes,) = invited(catalog, "foxes")
    assert asked(catalog) == ["foxes"]

    catalog.subscribers.leave(foxes.id, NOON)

    assert not catalog.invitations.begin(foxes.subscriber.id, NOON)


def test_a_yes_is_one_to_what_still_waits_for_it_and_to_nothing_that_was_left(catalog: Catalog) -> None:
    foxes, hens, owls = invited(catalog, "foxes", "hens", "owls")
    catalog.subscribers.leave(foxes.id, NOON)

    catalog.invitations.accept(hens.id, NOON + DAY, "a test")

    assert [one.name for one in active(catalog, NOON + DAY)] == ["hens", "owls"]
    consents = {one.name: one.consented_at for one in catalog.subscribers.all()}
    assert (consents.get("foxes"), consents["owls"]) == (None, NOON + DAY)


def test_a_no_by_an_old_link_takes_back_the_letter_that_waits(catalog: Catalog) -> None:
    (issue,) = published(catalog, ANA)
    (main,) = active(catalog, NOON)
    catalog.intake.take([Newcomer(email=ANA, subscriptions=(main,), uuid=UUID, links=((main.name, UUID),))], NOON)

    assert catalog.invitations.leave_by_link(UUID.upper(), NOON)

    assert catalog.waiting.fate(issue.id) is DeliveryStatus.CANCELLED
    assert active(catalog, NOON) == ()


@pytest.mark.parametrize("uuid", ["", "00000000-0000-4000-8000-000000000002"])
def test_a_strangers_link_ends_nothing(catalog: Catalog, uuid: str) -> None:
    published(catalog, ANA)

    assert not catalog.invitations.leave_by_link(uuid, NOON)
    assert catalog.invitations.by_link(uuid) is None
