"""What a letter says was looked at: what stood in the listings since its reader's last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.catalog import Catalog
from digest.model import Facts, Listing

from .builders import NOON, a_batch, a_paper

FOX, HEN, OWL = (a_paper(f"arxiv:2611.0000{n}", title) for n, title in enumerate(("On Foxes", "On Hens", "On Owls"), 1))


def test_what_a_last_letter_looked_at_is_not_counted_again_beside_who_has_none_yet(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(FOX), NOON - timedelta(days=1))
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(a_batch(HEN), NOON)

    found = catalog.papers.sighted([cutoff, None], NOON)

    assert found[cutoff].within("cs.LG") == {HEN.key}
    assert found[None].within("cs.LG") == {FOX.key, HEN.key}


def test_a_new_version_is_none_of_the_new_papers_that_were_looked_at(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(FOX, kind=Listing.REPLACE), NOON)
    catalog.papers.record(a_batch(OWL, kind=Listing.CROSS), NOON)

    assert catalog.papers.sighted([None], NOON)[None].sources == {"arxiv": {OWL.key}}


def test_a_paper_without_a_date_is_looked_at_once_however_long_its_feed_keeps_it(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(FOX, source="journal", on=NOON.date()), NOON)
    cutoff, tomorrow = catalog.papers.cutoff(), NOON + timedelta(days=1)
    catalog.papers.record(a_batch(FOX, HEN, source="journal", on=tomorrow.date()), tomorrow)

    assert catalog.papers.sighted([cutoff], tomorrow)[cutoff].sources == {"journal": {HEN.key}}
    assert [listed.paper.key for listed in catalog.papers.listing("trending", cutoff, tomorrow)] == [HEN.key]


def test_a_paper_that_is_voted_on_for_two_days_is_in_both_days_lists(catalog: Catalog) -> None:
    voted, tomorrow = replace(FOX, facts=Facts(votes=3)), NOON + timedelta(days=1)
    catalog.papers.record(a_batch(voted, source="lab", on=NOON.date()), NOON)
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(a_batch(voted, source="lab", on=tomorrow.date()), tomorrow)

    assert [listed.paper.key for listed in catalog.papers.listing("trending", cutoff, tomorrow)] == [FOX.key]


def test_a_list_that_people_vote_on_is_counted_as_a_source_and_in_no_category(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(replace(FOX, facts=Facts(votes=3)), source="huggingface"), NOON)

    found = catalog.papers.sighted([None], NOON)[None]

    assert (found.sources, found.categories) == ({"huggingface": {FOX.key}}, {})


def test_what_was_looked_at_goes_back_thirty_days_at_most_and_seven_for_a_first_letter(catalog: Catalog) -> None:
    for paper, days in ((FOX, 31), (HEN, 8), (OWL, 0)):
        catalog.papers.record(a_batch(paper), NOON - timedelta(days=days))

    found = catalog.papers.sighted([0, None], NOON)

    assert found == {0: catalog.papers.sighted([0], NOON)[0], None: catalog.papers.sighted([None], NOON)[None]}
    assert [found[cutoff].within("cs.LG") for cutoff in (0, None)] == [{HEN.key, OWL.key}, {OWL.key}]
    assert found[0].within("math") == frozenset()
    assert catalog.papers.sighted([0], NOON, until=catalog.papers.cutoff() - 1)[0].within("cs.LG") == {HEN.key}
