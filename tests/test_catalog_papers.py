"""Papers in the catalog: one for each work, found by any name, offered once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from digest.catalog import Catalog
from digest.model import Author, Batch, Edition, Facts, Failure, Listing, Sighting
from digest.ranking.texts.text import query

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import a_draft

TODAY = datetime(2026, 11, 23, tzinfo=UTC)


def keys(catalog: Catalog, cutoff: int | None = None, now: datetime = NOON) -> list[str]:
    return [paper.key for paper in catalog.papers.pools([cutoff], now)[0]]


def test_a_paper_is_given_back_as_it_was_recorded(catalog: Catalog) -> None:
    facts = Facts(organisation="Fox Lab", votes=12, keywords=("foxes", "dens"), comment="12 pages")
    author = Author("Ana Silva", affiliations=("Fox Lab",), orcid="0000-0001")
    paper = a_paper(authors=(author,), published=NOON, pdf_url="https://example.org/x.pdf", version=2, facts=facts)

    catalog.papers.record(a_batch(paper), NOON)

    assert catalog.papers.pools([None], NOON)[0] == (paper,)


def test_a_paper_whose_author_has_no_name_can_be_read_again(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(authors=(Author(""), Author("Bo Li")))), NOON)

    assert [paper.authors for paper in catalog.papers.pools([None], NOON)[0]] == [(Author(""), Author("Bo Li"))]


def test_recording_gives_the_number_of_new_papers_and_again_none(catalog: Catalog) -> None:
    batch = a_batch(a_paper(), a_paper("arxiv:2611.00002", "Of Bears and Men"))

    assert [catalog.papers.record(batch, NOON), catalog.papers.record(batch, NOON)] == [2, 0]
    assert keys(catalog) == ["arxiv:2611.00001", "arxiv:2611.00002"]


def test_the_cursor_moves_with_the_papers(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(), cursor="etag-1"), NOON)

    assert catalog.sources.cursor("arxiv") == "etag-1"
    assert catalog.sources.cursor("elsewhere") == ""


def test_when_recording_fails_neither_cursor_nor_papers_have_moved(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(cursor="before"), NOON)
    with catalog.writing() as connection:
        connection.execute(text("create trigger full before update on sources begin select raise(abort, 'no room'); end"))

    with pytest.raises(IntegrityError, match="no room"):
        catalog.papers.record(a_batch(a_paper(), cursor="after"), NOON)

    assert catalog.sources.cursor("arxiv") == "before"
    assert catalog.papers.find(["arxiv:2611.00001"]) == {}
    assert catalog.papers.cutoff() == 0


def test_the_state_of_a_source_tells_how_its_last_fetch_went(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(), source="arxiv"), NOON)
    catalog.papers.record(Batch(source="hf", unchanged=True, failures=(Failure("cs.LG", "too large"),)), NOON)
    catalog.sources.failed("arxiv", "no answer")
    catalog.sources.failed("blog", "404")

    states = [(s.name, s.state, s.fetched_at, s.new, s.message) for s in catalog.sources.states()]

    assert states == [
        ("arxiv", "failed", NOON, 0, "no answer"),
        ("blog", "failed", None, 0, "404"),
        ("hf", "unchanged", NOON, 0, "cs.LG: too large"),
    ]


def test_a_failure_leaves_the_cursor_where_it_was(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(), cursor="etag-1"), NOON)

    catalog.sources.failed("arxiv", "no answer")

    assert catalog.sources.cursor("arxiv") == "etag-1"


# --- one paper for each work ------------------------------------------------------------------------------------------


def test_a_paper_of_two_sources_is_one_paper_with_the_text_of_the_better(catalog: Catalog) -> None:
    from_hf = a_paper("arxiv:2611.00001", "On Fo…", abstract="cut", facts=Facts(votes=7, organisation="Fox Lab"))
    from_arxiv = a_paper("arxiv:2611.00001v1", "On Foxes and Their Dens", facts=Facts(comment="12 pages"))

    new = [catalog.papers.record(a_batch(p, source=s), NOON) for p, s in ((from_hf, "huggingface"), (from_arxiv, "arxiv"))]

    (paper,) = catalog.papers.pools([None], NOON)[0]
    assert new == [1, 0]
    assert (paper.title, paper.abstract) == ("On Foxes and Their Dens", "We study foxes.")
    assert paper.facts == Facts(votes=7, organisation="Fox Lab", comment="12 pages")


def test_a_later_version_replaces_the_text_and_an_earlier_one_does_not(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(title="On Foxes, revised", version=2), kind=Listing.REPLACE), NOON)
    catalog.papers.record(a_batch(a_paper(title="On Foxes", version=1)), NOON)

    (paper,) = catalog.papers.pools([None], NOON)[0]

    assert (paper.title, paper.version) == ("On Foxes, revised", 2)


def test_votes_are_those_of_the_newest_list(catalog: Catalog) -> None:
    for day, votes in ((24, 40), (23, 90)):
        batch = a_batch(a_paper(facts=Facts(votes=votes)), source="huggingface", on=date(2026, 11, day))
        catalog.papers.record(batch, NOON)

    assert [paper.facts.votes for paper in catalog.papers.pools([None], NOON)[0]] == [40]


def test_a_batch_that_joins_two_stored_papers_keeps_the_older_and_leads_the_other_there(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox", "On Foxes")), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "On Foxes")), NOON)

    new = catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", ids=("doi:10.1000/FOX",))), NOON)

    found = catalog.papers.find(["doi:10.1000/fox", "arxiv:2611.00001v3", "arxiv:2611.00099"])
    assert new == 0
    assert {name: paper.key for name, paper in found.items()} == {
        "doi:10.1000/fox": "arxiv:2611.00001",
        "arxiv:2611.00001v3": "arxiv:2611.00001",
    }
    assert keys(catalog) == ["arxiv:2611.00001"]
    assert [line.sightings for line in catalog.papers.listed(catalog.papers.pools([None], NOON)[0])] == [1]


def test_one_batch_may_hold_the_same_paper_under_three_names(catalog: Catalog) -> None:
    one, other = a_paper("arxiv:2611.00001"), a_paper("doi:10.1000/fox")
    both = a_paper("url:https://a.example.org/1", ids=("doi:10.1000/fox", "arxiv:2611.00001"))

    new = catalog.papers.record(a_batch(one, other, both), NOON)

    assert new == 1
    assert [paper.ids for paper in catalog.papers.pools([None], NOON)[0]] == [
        ("arxiv:2611.00001", "doi:10.1000/fox", "url:https://a.example.org/1")
    ]


def test_two_arxiv_papers_stay_two_even_with_one_doi_and_one_title(catalog: Catalog) -> None:
    for number in (1, 2):
        paper = a_paper(f"arxiv:2611.0000{number}", "Proceedings of the fox workshop", ids=("doi:10.1000/volume",), published=TODAY)
        catalog.papers.record(a_batch(paper), NOON)

    assert keys(catalog) == ["arxiv:2611.00001", "arxiv:2611.00002"]


def test_title_first_author_and_year_join_what_has_no_common_name(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "A Study of Foxes", published=TODAY)), NOON)
    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox", "A study of foxes.", published=TODAY), source="journal"), NOON)

    assert [paper.ids for paper in catalog.papers.pools([None], NOON)[0]] == [("arxiv:2611.00001", "doi:10.1000/fox")]


def test_a_known_paper_that_is_listed_under_another_title_is_joined_with_the_paper_of_that_title(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes: An Early Draft", published=TODAY)), NOON)
    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox", "A Study of Foxes", published=TODAY), source="journal"), NOON)

    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "A Study of Foxes", published=TODAY, version=2)), NOON)

    assert [paper.ids for paper in catalog.papers.pools([None], NOON)[0]] == [("arxiv:2611.00001", "doi:10.1000/fox")]


@pytest.mark.parametrize(
    ("one", "other", "title"),
    [
        ("arxiv:2611.00001", "arxiv:2611.00002", "A Study of Foxes"),
        ("doi:10.1000/a", "doi:10.1000/b", "A Study of Foxes"),
        ("url:https://blog.example.org/1", "url:https://blog.example.org/2", "New papers this week"),
        ("arxiv:2611.00001", "doi:10.1000/a", "Introduction"),
        ("arxiv:2611.00001", "doi:10.1000/a", "Erratum"),
    ],
)
def test_a_title_joins_nothing_where_names_disagree_or_it_says_too_little(catalog: Catalog, one: str, other: str, title: str) -> None:
    catalog.papers.record(a_batch(a_paper(one, title, published=TODAY)), NOON)
    catalog.papers.record(a_batch(a_paper(other, title, published=TODAY)), NOON)

    assert keys(catalog) == [one, other]


def test_a_feed_that_moves_to_other_addresses_brings_no_paper_anew(catalog: Catalog) -> None:
    said = "We count foxes in four cities for three winters and find more of them near markets, where they hunt mice at night."
    paper = a_paper("url:https://lab.example.org/?p=7", "A Study of Foxes", published=TODAY, abstract=said)
    old = replace(paper, ids=(paper.key, "guid:lab#https://lab.example.org/?p=7"))
    new = replace(paper, key="url:https://lab.example.org/foxes", ids=("url:https://lab.example.org/foxes", "guid:lab#/foxes"))
    catalog.papers.record(a_batch(old), NOON)
    catalog.papers.record(a_batch(new), NOON)

    assert [set(paper.ids) for paper in catalog.papers.pools([None], NOON)[0]] == [{*old.ids, *new.ids}]


def test_a_title_that_fits_two_works_joins_neither(catalog: Catalog) -> None:
    titled = [a_paper(key, "A Study of Foxes", published=TODAY) for key in ("doi:10.1000/a", "doi:10.1000/b", "arxiv:2611.00001")]

    catalog.papers.record(a_batch(*titled), NOON)

    assert keys(catalog) == ["doi:10.1000/a", "doi:10.1000/b", "arxiv:2611.00001"]


# --- what is offered --------------------------------------------------------------------------------------------------


def test_the_pool_holds_what_was_first_listed_after_the_cutoff(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper()), NOON)
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(a_batch(a_paper(), a_paper("arxiv:2611.00002", "Of Bears and Men"), on=date(2026, 11, 24)), NOON)

    assert keys(catalog, cutoff) == ["arxiv:2611.00002"]
    assert keys(catalog, catalog.papers.cutoff()) == []


def test_the_pools_of_several_cutoffs_are_those_of_each(catalog: Catalog) -> None:
    cutoffs = []
    for number, days in ((1, 31), (2, 20), (3, 1)):
        catalog.papers.record(a_batch(a_paper(f"arxiv:2611.0000{number}", f"On the habits of fox {number}")), NOON - timedelta(days=days))
        cutoffs.append(catalog.papers.cutoff())

    _, pools = catalog.papers.pools([0, *cutoffs, None], NOON)

    two, three = "arxiv:2611.00002", "arxiv:2611.00003"
    assert [set(pools[cutoff]) for cutoff in (0, *cutoffs, None)] == [{two, three}, {two, three}, {three}, set(), {three}]
    papers, pools = catalog.papers.pools([0, None], NOON, until=cutoffs[1])
    assert ([paper.key for paper in papers], pools) == ([two], {0: {two}, None: set()})


def test_a_paper_that_was_only_replaced_or_added_is_not_offered_until_it_is_listed(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2501.00001"), kind=Listing.REPLACE), NOON)
    catalog.papers.add([a_paper("arxiv:2302.09664", "Semantic uncertainty")], NOON)
    before = keys(catalog)
    cutoff = catalog.papers.cutoff()

    catalog.papers.record(a_batch(a_paper("arxiv:2302.09664"), source="huggingface", kind=Listing.CROSS), NOON)

    assert (before, keys(catalog, cutoff)) == ([], ["arxiv:2302.09664"])
    assert catalog.papers.find(["2501.00001"])["2501.00001"].key == "arxiv:2501.00001"


def test_without_a_cutoff_the_pool_reaches_back_seven_days(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper()), NOON - timedelta(days=8))
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "Of Bears and Men")), NOON - timedelta(days=6))

    assert keys(catalog) == ["arxiv:2611.00002"]


def test_a_merged_paper_was_listed_when_its_first_half_was(catalog: Catalog) -> None:
    catalog.papers.add([a_paper("doi:10.1000/fox")], NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001")), NOON)
    cutoff = catalog.papers.cutoff()

    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox", ids=("arxiv:2611.00001",)), source="journal"), NOON)

    assert keys(catalog, cutoff) == []
    assert keys(catalog) == ["arxiv:2611.00001"]


def test_details_added_later_complete_a_listed_paper(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper()), NOON)

    catalog.papers.add([a_paper("arxiv:2611.00001v1", abstract="", facts=Facts(comment="12 pages", journal="Fox Letters"))], NOON)

    (paper,) = catalog.papers.pools([None], NOON)[0]
    assert (paper.abstract, paper.facts.comment, paper.facts.journal) == ("We study foxes.", "12 pages", "Fox Letters")


def test_the_background_is_what_was_listed_in_thirty_days_newest_first(catalog: Catalog) -> None:
    for number, days in ((1, 31), (2, 29), (3, 1)):
        catalog.papers.record(a_batch(a_paper(f"arxiv:2611.0000{number}", f"Fox {number}")), NOON - timedelta(days=days))

    assert [paper.title for paper in catalog.papers.background(NOON)] == ["Fox 3", "Fox 2"]
    assert [paper.title for paper in catalog.papers.background(NOON, limit=1)] == ["Fox 3"]


def test_the_background_of_a_past_day_knows_nothing_that_came_later(catalog: Catalog) -> None:
    for day in (2, 1):
        catalog.papers.record(a_batch(a_paper(f"arxiv:2611.0000{day}", f"Fox {day}")), NOON - timedelta(days=day))

    assert [paper.title for paper in catalog.papers.background(NOON - timedelta(days=2))] == ["Fox 2"]


def test_what_was_first_listed_within_a_time_is_given_without_its_start_and_with_its_end(catalog: Catalog) -> None:
    for day in (2, 1, 0):
        catalog.papers.record(a_batch(a_paper(f"arxiv:2611.0000{day}", f"Fox {day}")), NOON - timedelta(days=day))

    found = catalog.papers.listed_within(NOON - timedelta(days=2), NOON)

    assert [paper.title for paper in found] == ["Fox 1", "Fox 0"]


def test_when_papers_were_first_listed_is_told_by_any_of_their_names(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", ids=("arxiv:2611.00001", "doi:10.1/foxes"))), NOON)
    catalog.papers.add([a_paper("arxiv:2611.00002", "On Hens")], NOON)

    assert catalog.papers.first_listed(["doi:10.1/foxes", "arxiv:2611.00002", "arxiv:2611.00003"]) == {
        "doi:10.1/foxes": ("arxiv:2611.00001", NOON),
        "arxiv:2611.00002": ("arxiv:2611.00002", None),
    }


def test_a_search_looks_through_all_papers_the_latest_first(catalog: Catalog) -> None:
    dated = a_paper("arxiv:2302.00002", "Older", published=datetime(2023, 1, 1, tzinfo=UTC))
    catalog.papers.add([a_paper("arxiv:2302.00001", "Old"), dated], NOON)
    catalog.papers.record(a_batch(a_paper(published=TODAY)), NOON)

    assert [paper.title for paper in catalog.papers.search_pool(10)] == ["On Foxes", "Older", "Old"]
    assert [paper.title for paper in catalog.papers.search_pool(1)] == ["On Foxes"]
    assert [paper.title for paper in catalog.papers.search_pool(10, ("older", "100%"))] == ["Older"]
    assert catalog.papers.search_pool(10, [f"word{n}" for n in range(2_000)]) == ()


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Learning Policies", "policies"),
        ("Two Batteries", "battery"),
        ("On a Lévy flight", "levy"),
        ("On a Lévy flight", "Lévy"),
        ("Étude des renards", "étude"),
        ("Łukasiewicz and after", "łukasiewicz"),
        ("Гомоморфизм", "гомоморфизм"),
        ("Bilayer MoS$_2$", "MoS2"),
        ("Maps in Hα", "Hα"),
        ("Maps in H$\\alpha$", "Hα"),
        ("The ΛCDM model", "ΛCDM"),
        ("Ices of H$_{2}$O", "H2O"),
        ("La$_3$Ni$_2$O$_7$ under pressure", "La3Ni2O7"),
    ],
)
def test_a_search_finds_a_word_however_a_title_spells_it(catalog: Catalog, title: str, asked: str) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", title), a_paper("arxiv:2611.00002", "Of Bears")), NOON)

    assert [paper.title for paper in catalog.papers.search_pool(10, query(asked))] == [title]


# --- editions ---------------------------------------------------------------------------------------------------------


def voted(key: str, votes: int, on: date) -> Batch:
    return a_batch(a_paper(key, f"Paper {key[-1]}", facts=Facts(votes=votes)), source="huggingface", on=on)


def test_the_first_trending_edition_is_the_newest_list_of_hugging_face(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00003")), NOON)
    catalog.papers.record(voted("arxiv:2611.00001", 90, date(2026, 11, 20)), NOON)
    catalog.papers.record(voted("arxiv:2611.00002", 12, date(2026, 11, 23)), NOON)

    listed = catalog.papers.listing("trending", None, NOON)

    assert [(line.paper.key, line.votes, line.sightings) for line in listed] == [("arxiv:2611.00002", 12, 1)]


def test_later_ones_are_what_stood_in_such_a_list_since(catalog: Catalog) -> None:
    catalog.papers.record(voted("arxiv:2611.00001", 90, date(2026, 11, 23)), NOON)
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00003")), NOON)

    nothing = catalog.papers.listing("trending", cutoff, NOON)
    catalog.papers.record(voted("arxiv:2611.00003", 5, date(2026, 11, 24)), NOON)

    assert nothing == ()
    assert [(line.paper.key, line.sightings) for line in catalog.papers.listing("trending", cutoff, NOON)] == [("arxiv:2611.00003", 2)]


@pytest.mark.parametrize("votes", [5, None])
def test_what_is_trending_for_who_comes_back_after_half_a_year_is_of_a_month(catalog: Catalog, votes: int | None) -> None:
    for number, days in enumerate((60, 31, 1)):
        paper = a_paper(f"arxiv:2611.0000{number}", f"Paper {number}", facts=Facts(votes=votes))
        catalog.papers.record(a_batch(paper, source="list"), NOON - timedelta(days=days))

    assert [line.paper.title for line in catalog.papers.listing("trending", 1, NOON)] == ["Paper 2"]


def test_where_nobody_votes_trending_is_everything_listed(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001")), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001"), source="blog"), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2501.00009"), kind=Listing.REPLACE), NOON)

    listed = catalog.papers.listing("trending", None, NOON)

    assert [(line.paper.key, line.votes, line.sightings) for line in listed] == [("arxiv:2611.00001", 0, 2)]


def test_where_nobody_votes_what_another_source_lists_later_or_one_under_a_new_name_is_not_trending_again(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001")), NOON)
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001"), a_paper("arxiv:2611.00002", "Of Bears"), source="blog"), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001"), on=date(2026, 11, 24), kind=Listing.CROSS), NOON)

    assert [line.paper.title for line in catalog.papers.listing("trending", cutoff, NOON)] == ["Of Bears"]


def test_a_categorys_edition_chooses_from_its_papers(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(), a_paper("arxiv:2611.00002", "Of Bears", categories=("cs.RO", "cs.LG"))), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00003", "Of Owls", categories=("cs.CL",))), NOON)

    assert [line.paper.title for line in catalog.papers.listing("cs.LG", None, NOON)] == ["On Foxes", "Of Bears"]
    assert [line.paper.title for line in catalog.papers.listing("cs.LG", 1, NOON)] == ["Of Bears"]


def test_the_edition_of_an_archive_chooses_from_its_categories_and_from_what_is_cross_listed_into_them_later(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(), a_paper("arxiv:2611.00002", "Of Bears", categories=("math.CO",))), NOON)
    monday = catalog.papers.cutoff()
    moved = [a_paper(categories=("cs.LG", "cs.CL"), version=1), a_paper("arxiv:2611.00002", "Of Bears", categories=("math.CO", "cs.DM"))]
    catalog.papers.record(a_batch(*moved, on=date(2026, 11, 24), kind=Listing.CROSS), NOON + timedelta(days=1))

    assert [line.paper.title for line in catalog.papers.listing("cs", None, NOON)] == ["On Foxes", "Of Bears"]
    assert [line.paper.title for line in catalog.papers.listing("cs", monday, NOON + timedelta(days=1))] == ["Of Bears"]


def test_two_sightings_of_one_listing_are_one(catalog: Catalog) -> None:
    sighting = Sighting(paper=a_paper(), source="arxiv", listed_on=date(2026, 11, 23))

    catalog.papers.record(Batch(source="arxiv", sightings=(sighting, sighting)), NOON)
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(Batch(source="arxiv", sightings=(sighting,)), NOON)

    assert (cutoff, catalog.papers.cutoff()) == (1, 1)


def test_a_category_gets_a_paper_once_whose_listings_of_one_day_come_one_after_the_other(catalog: Catalog) -> None:
    paper = a_paper(categories=("cs.LG", "cs.CL"))
    catalog.papers.record(a_batch(paper, on=date(2026, 11, 23)), NOON)
    told = catalog.papers.listing("cs.CL", None, NOON)
    cutoff = catalog.papers.cutoff()

    catalog.papers.record(a_batch(paper, on=date(2026, 11, 23), kind=Listing.CROSS), NOON + timedelta(hours=2))

    assert [line.paper.key for line in told] == [paper.key]
    assert catalog.papers.listing("cs.CL", cutoff, NOON + timedelta(days=1)) == ()


def test_a_category_gets_a_paper_that_is_cross_listed_into_it_a_day_later(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(categories=("cs.LG",))), NOON)
    monday = catalog.papers.cutoff()
    crossed = a_paper(categories=("cs.LG", "cs.CL"), version=1)
    catalog.papers.record(a_batch(crossed, on=date(2026, 11, 24), kind=Listing.CROSS), NOON + timedelta(days=1))

    assert [line.paper.key for line in catalog.papers.listing("cs.CL", monday, NOON + timedelta(days=1))] == [crossed.key]
    assert catalog.papers.listing("cs.LG", monday, NOON + timedelta(days=1)) == ()


def test_the_first_issue_of_a_category_has_what_was_announced_before_its_week_and_is_cross_listed_into_it_since(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(categories=("cs.LG",)), on=date(2026, 11, 13)), NOON - timedelta(days=10))
    catalog.papers.record(a_batch(a_paper(categories=("cs.LG", "cs.CL"), version=1), kind=Listing.CROSS), NOON)

    assert [line.paper.key for line in catalog.papers.listing("cs.CL", None, NOON)] == ["arxiv:2611.00001"]


def test_a_category_that_showed_a_paper_does_not_get_it_again_when_it_is_cross_listed_elsewhere(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=None, edition=Edition(name="cs.CL")), NOON)
    known = a_paper(categories=("cs.AI", "cs.CL"))
    catalog.papers.record(a_batch(known), NOON)
    monday = catalog.papers.cutoff()
    catalog.issues.publish([a_draft(reader, known, cutoff=monday)], NOON)

    crossed = a_paper(categories=("cs.AI", "cs.CL", "cs.LG"), version=1)
    catalog.papers.record(a_batch(crossed, on=date(2026, 11, 24), kind=Listing.CROSS), NOON + timedelta(days=1))

    found = {name: catalog.papers.listing(name, monday, NOON + timedelta(days=1)) for name in ("cs.CL", "cs.LG", "cs.AI")}
    assert {name: len(lines) for name, lines in found.items()} == {"cs.CL": 0, "cs.LG": 1, "cs.AI": 0}
    assert len(catalog.papers.listing("cs.CL", 0, NOON + timedelta(days=1))) == 1


def test_a_category_gets_a_paper_that_only_a_list_with_votes_had_before(catalog: Catalog) -> None:
    voted = a_paper(categories=(), facts=Facts(votes=9))
    catalog.papers.record(a_batch(voted, source="huggingface"), NOON)
    monday = catalog.papers.cutoff()
    catalog.papers.record(a_batch(a_paper(categories=("cs.LG",)), on=date(2026, 11, 24)), NOON + timedelta(days=1))

    assert [line.paper.key for line in catalog.papers.listing("cs.LG", monday, NOON + timedelta(days=1))] == [voted.key]


def test_a_record_that_names_the_dois_of_two_arxiv_papers_joins_them_not(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "On foxes", ids=("arxiv:2611.00001", "doi:10.1/a"))), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "On hares", ids=("arxiv:2611.00002", "doi:10.1/b"))), NOON)

    catalog.papers.record(a_batch(a_paper("doi:10.1/a", "Proceedings of a day", ids=("doi:10.1/a", "doi:10.1/b"))), NOON)

    found = catalog.papers.keys(["arxiv:2611.00001", "arxiv:2611.00002"])
    assert found == {"arxiv:2611.00001": "arxiv:2611.00001", "arxiv:2611.00002": "arxiv:2611.00002"}
