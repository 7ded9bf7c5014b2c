"""What the catalog remembers of mail that arrived, and a pause that a reader asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.errors import NotFound
from digest.model import Place

from .builders import NOON, a_subscription


def test_a_mailbox_is_remembered_up_to_where_it_was_read(catalog: Catalog) -> None:
    unknown = catalog.inboxes.place("ana@imap.example.org:993/INBOX")
    catalog.inboxes.remember("ana@imap.example.org:993/INBOX", Place(7, 40))
    catalog.inboxes.remember("ana@imap.example.org:993/Lists", Place(1, 2))
    catalog.inboxes.remember("ana@imap.example.org:993/INBOX", Place(4_294_967_295, 41))

    assert unknown == Place(0, 0)
    assert catalog.inboxes.place("ana@imap.example.org:993/INBOX") == Place(4_294_967_295, 41)


def test_a_mail_that_was_carried_out_is_known_for_more_than_a_year(catalog: Catalog) -> None:
    catalog.inboxes.done("a" * 32, NOON)
    catalog.inboxes.done("b" * 32, NOON + timedelta(days=399))
    before = catalog.inboxes.is_done("a" * 32)
    catalog.inboxes.done("c" * 32, NOON + timedelta(days=401))

    known = [catalog.inboxes.is_done(mail * 32) for mail in "abcd"]

    assert before
    assert known == [False, True, True, False]


def test_forgetting_old_mails_forgets_nothing_else(catalog: Catalog) -> None:
    catalog.inboxes.remember("m", Place(7, 40))
    catalog.inboxes.done("a" * 32, NOON)
    catalog.inboxes.done("b" * 32, NOON + timedelta(days=4000))

    assert catalog.inboxes.place("m") == Place(7, 40)


@pytest.mark.parametrize("configured", [True, False])
def test_a_reader_may_rest_whatever_named_them(catalog: Catalog, configured: bool) -> None:
    if configured:
        catalog.subscribers.adopt([a_subscription(), a_subscription(name="other")], NOON)
    else:
        catalog.subscribers.add(a_subscription(), NOON)
    first = catalog.subscribers.all()[0]

    catalog.subscribers.rest(first.id, NOON + timedelta(days=2))
    catalog.subscribers.adopt([a_subscription(), a_subscription(name="other")] if configured else [], NOON)

    assert catalog.subscribers.active_ids(NOON) == ()
    assert catalog.subscribers.active_ids(NOON + timedelta(days=2)) != ()


def test_nobody_who_never_was_can_rest(catalog: Catalog) -> None:
    with pytest.raises(NotFound):
        catalog.subscribers.rest(99, NOON)
    with pytest.raises(NotFound):
        catalog.subscribers.wake(99, NOON)
