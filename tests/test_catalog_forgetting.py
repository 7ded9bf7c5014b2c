"""Erasing a reader leaves nothing of them, takes nothing from others, and does not bring them back."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from digest.catalog import Catalog, Library
from digest.errors import NotFound
from digest.model import Changes, Edition, FeedbackKind, Pick, Reference

from .builders import NOON, a_subscription
from .catalog_rooms import LEASE, a_draft, papers_in

TRENDING = Edition(name="trending")
OF_READERS = (
    "subscribers",
    "subscriptions",
    "issues",
    "picks",
    "seen",
    "deliveries",
    "feedback",
    "libraries",
    "library_entries",
    "library_names",
)


def counts(catalog: Catalog) -> dict[str, int]:
    with catalog.reading() as connection:
        return {table: int(connection.execute(text(f"select count(*) from {table}")).scalar_one()) for table in OF_READERS}


def test_every_row_of_a_reader_goes_and_no_other(catalog: Catalog, tmp_path: Path) -> None:
    (paper,) = papers_in(catalog, 1)
    bo = catalog.subscribers.add(a_subscription("bo@example.org", "bears"), NOON)
    catalog.issues.publish([a_draft(bo, picks=(Pick(paper=paper),))], NOON)
    before = counts(catalog)
    ana = catalog.subscribers.add(a_subscription("ana@example.org", "my mornings"), NOON)
    catalog.subscribers.add(a_subscription("ana@example.org", "removed"), NOON)
    catalog.subscribers.remove("ana@example.org", "removed", NOON)
    catalog.issues.publish([a_draft(ana, picks=(Pick(paper=paper),))], NOON)
    catalog.feedback.give(ana.id, paper.key, FeedbackKind.MORE, NOON)
    library = catalog.libraries.keep(Library(subscription=ana.id, address="import:refs.bib", followed=False))
    catalog.libraries.record(library.id, Changes(references=(Reference(entry="fox", ids=("arxiv:2405.00001",)),)), NOON)

    is_gone = catalog.subscribers.forget(ana.subscriber.id, NOON)

    with sqlite3.connect(tmp_path / "digest.db") as connection:
        left = "\n".join(connection.iterdump())
    connection.close()
    assert is_gone
    assert counts(catalog) == before
    assert [word for word in ("ana@", "my mornings", "removed'", "refs.bib") if word in left] == []


def test_the_picks_of_an_edition_stay_with_its_other_readers(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1, 2)
    readers = [catalog.subscribers.add(a_subscription(f"reader{n}@example.org", edition=TRENDING), NOON) for n in range(3)]
    issues = catalog.issues.publish([a_draft(reader, picks=tuple(Pick(paper=paper) for paper in papers)) for reader in readers], NOON)

    catalog.subscribers.forget(readers[0].subscriber.id, NOON)
    shown = [[pick.paper.key for pick in catalog.issues.load(issue.id).picks] for issue in issues[1:]]
    catalog.subscribers.forget(readers[1].subscriber.id, NOON)
    last = [pick.paper.key for pick in catalog.issues.load(issues[2].id).picks]

    assert shown == [["arxiv:2611.00001", "arxiv:2611.00002"]] * 2
    assert last == ["arxiv:2611.00001", "arxiv:2611.00002"]
    assert counts(catalog)["picks"] == 2


def test_whom_the_configuration_names_gets_no_more_letters_and_is_not_brought_back_by_it(catalog: Catalog) -> None:
    named = replace(a_subscription("ana@example.org", "set"), configured=True)
    catalog.subscribers.adopt([named], NOON)
    (ana,) = catalog.subscribers.find("ana@example.org")
    (paper,) = papers_in(catalog, 1)
    catalog.feedback.give(ana.id, paper.key, FeedbackKind.MORE, NOON)

    is_gone = catalog.subscribers.forget(ana.subscriber.id, NOON)
    catalog.subscribers.adopt([named], NOON + timedelta(days=1))

    assert not is_gone
    assert catalog.subscribers.active(NOON + timedelta(days=1)) == ()
    assert counts(catalog)["feedback"] == 0


def test_a_letter_on_its_way_does_not_stop_its_sender(catalog: Catalog) -> None:
    (paper,) = papers_in(catalog, 1)
    ana = catalog.subscribers.add(a_subscription(), NOON)
    catalog.issues.publish([a_draft(ana, picks=(Pick(paper=paper),))], NOON)
    (claimed,) = catalog.outbox.claim(NOON, "worker", 10, LEASE)

    catalog.subscribers.forget(ana.subscriber.id, NOON)

    assert not catalog.outbox.sending(claimed.id, NOON, "worker")


def test_nobody_can_be_forgotten_twice(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    catalog.subscribers.forget(ana.subscriber.id, NOON)

    with pytest.raises(NotFound):
        catalog.subscribers.forget(ana.subscriber.id, NOON)
    with pytest.raises(NotFound):
        catalog.subscribers.everything_of(ana.subscriber.id)


def test_the_number_of_who_was_erased_is_given_to_nobody(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    catalog.subscribers.forget(ana.subscriber.id, NOON)

    again = catalog.subscribers.add(a_subscription(), NOON)

    assert again.id > ana.id
    assert again.subscriber.id > ana.subscriber.id
