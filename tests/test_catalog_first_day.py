"""A catalog that begins in the midst of things offers nothing that was announced before its first day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from digest.catalog import Catalog
from digest.model import Listing

from .builders import NOON, a_batch, a_paper

FOXES, OWLS = a_paper("arxiv:2611.00001", "On Foxes"), a_paper("arxiv:2611.00002", "On Owls")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
DAY = timedelta(days=1)


def offered(catalog: Catalog) -> list[str]:
    return [paper.title for paper in catalog.papers.pools([None], NOON + DAY)[0]]


def test_a_catalog_has_no_first_day_unless_it_is_given_one(catalog: Catalog) -> None:
    assert catalog.resuming.first_day() is None

    catalog.resuming.begin(TUESDAY, NOON)

    assert catalog.resuming.first_day() == TUESDAY


def test_what_was_announced_before_the_first_day_is_known_and_offered_to_nobody(catalog: Catalog) -> None:
    catalog.resuming.begin(TUESDAY, NOON)
    catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)
    catalog.papers.record(a_batch(OWLS, on=TUESDAY), NOON + DAY)

    assert offered(catalog) == ["On Owls"]
    assert catalog.papers.find(["arxiv:2611.00001"])
    assert [listed.paper.title for listed in catalog.papers.listing("cs.LG", None, NOON + DAY)] == ["On Owls"]
    assert (catalog.resuming.is_known("arxiv:2611.00001"), catalog.resuming.is_known("arxiv:2611.00002")) == (True, False)


def test_a_known_paper_does_not_become_new_because_a_list_names_it_again(catalog: Catalog) -> None:
    catalog.resuming.begin(TUESDAY, NOON)
    catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)

    catalog.papers.record(a_batch(FOXES, on=TUESDAY, kind=Listing.CROSS), NOON + DAY)
    catalog.papers.record(a_batch(FOXES, source="journal", on=TUESDAY), NOON + DAY)

    assert offered(catalog) == []
    assert catalog.papers.listing("cs.LG", None, NOON + DAY) == catalog.papers.listing("trending", None, NOON + DAY) == ()


def test_the_archive_has_nothing_that_may_have_been_sent_before_the_first_day(catalog: Catalog) -> None:
    catalog.resuming.begin(TUESDAY, NOON)
    known, new = replace(FOXES, published=NOON - DAY), replace(OWLS, published=NOON - DAY)
    catalog.papers.record(a_batch(known, on=MONDAY), NOON)
    catalog.papers.record(a_batch(known, new, on=TUESDAY), NOON + DAY)

    assert [paper.title for paper in catalog.papers.archive(NOON + 60 * DAY, 10)] == ["On Owls"]


def test_the_same_list_read_again_changes_nothing(catalog: Catalog) -> None:
    catalog.resuming.begin(TUESDAY, NOON)
    for _ in range(2):
        catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)

    assert offered(catalog) == []


def test_going_back_offers_what_was_held_back_even_to_who_had_an_issue_since(catalog: Catalog) -> None:
    catalog.resuming.begin(TUESDAY, NOON)
    catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)
    cutoff = catalog.papers.cutoff()

    new = catalog.resuming.begin(MONDAY, NOON)

    assert new == 1
    assert [paper.title for paper in catalog.papers.pools([cutoff], NOON + DAY)[0]] == ["On Foxes"]


def test_going_back_by_a_day_leaves_the_days_before_it(catalog: Catalog) -> None:
    catalog.resuming.begin(TUESDAY, NOON)
    catalog.papers.record(a_batch(FOXES, on=MONDAY - DAY), NOON)

    assert catalog.resuming.begin(MONDAY, NOON) == 0
    assert offered(catalog) == []


def test_a_later_first_day_takes_nothing_back(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)

    catalog.resuming.begin(TUESDAY, NOON)

    assert offered(catalog) == ["On Foxes"]


def test_what_was_offered_before_stays_where_it_is_whatever_day_is_the_first(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)
    cutoff = catalog.papers.cutoff()

    catalog.resuming.begin(MONDAY, NOON)

    assert catalog.papers.listing("trending", cutoff, NOON + DAY) == ()


def test_going_back_over_a_list_that_was_offered_before_and_read_again_since_makes_nothing_new(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(FOXES, on=MONDAY), NOON)
    catalog.resuming.begin(TUESDAY, NOON)
    catalog.papers.record(a_batch(FOXES, OWLS, on=MONDAY), NOON)

    assert catalog.resuming.begin(MONDAY, NOON) == 1
    assert offered(catalog) == ["On Foxes", "On Owls"]
    assert not catalog.resuming.is_known("arxiv:2611.00001")
