"""Readers' libraries in the catalog: stored once, known by every name, and never telling others what is one work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.catalog import Catalog, Library, Owned, Recorded, Wanted
from digest.errors import NotFound
from digest.model import Author, Changes, Dropped, FeedbackKind, Reference

from .builders import NOON, a_batch, a_paper, a_subscription

FOXES = Reference(
    entry="silva2026",
    title="On the habits of urban foxes",
    abstract="We follow forty foxes.",
    authors=(Author("Ana Silva"),),
    ids=("doi:10.1/foxes",),
    year=2026,
    added=datetime(2026, 3, 1, tzinfo=UTC),
)
HENS = Reference(entry="lind2025", title="Why hens sleep lightly", authors=(Author("Bo Lind"),), year=2025)
BARE = Reference(entry="line 3", ids=("arxiv:2302.09664",))


def a_library(catalog: Catalog, address: str = "refs.bib") -> tuple[int, int]:
    """A subscription and a library of it, by their ids."""
    reader = catalog.subscribers.add(a_subscription(), NOON).id
    return reader, catalog.libraries.keep(Library(subscription=reader, address=address)).id


def owned(catalog: Catalog, reader: int) -> list[str]:
    return [paper.key for paper in catalog.libraries.owned([reader]).get(reader, ())]


def test_the_same_library_again_changes_nothing(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    first = catalog.libraries.record(library, Changes(references=(FOXES, HENS, BARE)), NOON)

    again = catalog.libraries.record(library, Changes(references=(FOXES, HENS, BARE)), NOON)

    assert first == Recorded(added=3, unknown=(BARE,))
    assert again == Recorded(kept=3, unknown=(BARE,))


def test_an_entry_that_is_gone_leaves_the_library(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES, HENS)), NOON)

    done = catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    assert done == Recorded(kept=1, removed=1)
    assert owned(catalog, reader) == ["doi:10.1/foxes"]
    assert [paper.title for paper in catalog.papers.search_pool(10)] == [FOXES.title]


def test_an_entry_that_is_put_right_leaves_no_paper_of_the_wrong_title(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES, replace(HENS, title="Dear hens sleep lightly"))), NOON)

    catalog.libraries.record(library, Changes(references=(FOXES, HENS)), NOON)

    assert {paper.title for paper in catalog.papers.search_pool(10)} == {FOXES.title, HENS.title}


def test_changes_leave_what_they_do_not_name(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    catalog.libraries.record(library, Changes(references=(HENS,), whole=False), NOON)
    both = owned(catalog, reader)
    catalog.libraries.record(library, Changes(removed=("silva2026",), whole=False), NOON)

    assert len(both) == 2
    assert owned(catalog, reader) == [key for key in both if key.startswith("title:")]


def test_an_entry_without_ids_is_the_paper_that_a_list_shows_later(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(HENS,)), NOON)

    published = datetime(2025, 11, 2, tzinfo=UTC)
    listed = a_paper("arxiv:2511.00007", "Why Hens Sleep Lightly", authors=(Author("B. Lind"),), published=published)
    catalog.papers.record(a_batch(listed), NOON)

    assert owned(catalog, reader) == ["arxiv:2511.00007"]


def test_an_entry_without_ids_is_the_paper_that_another_library_of_the_reader_has_by_a_name(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(HENS,)), NOON)
    other = catalog.libraries.keep(Library(subscription=reader, address="refs.json")).id

    catalog.libraries.record(other, Changes(references=(replace(HENS, ids=("arxiv:2511.00007",)),)), NOON)

    assert owned(catalog, reader) == ["arxiv:2511.00007"]


def test_works_of_one_title_stay_two_where_another_reader_or_another_author_names_one(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    bo = catalog.subscribers.add(a_subscription("bo@example.org"), NOON).id
    somebody = catalog.libraries.keep(Library(subscription=bo, address="refs.bib")).id
    named = replace(HENS, ids=("arxiv:2511.00007",))
    catalog.libraries.record(somebody, Changes(references=(named,)), NOON)
    another = replace(named, entry="another", authors=(Author("Chi Moreau"),), ids=("arxiv:2511.00008",))

    catalog.libraries.record(library, Changes(references=(HENS, another)), NOON)

    assert len(owned(catalog, reader)) == 2


def test_the_preprint_of_the_year_before_is_in_the_library_as_well(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    preprint = a_paper("arxiv:2512.00007", FOXES.title, authors=FOXES.authors, published=datetime(2025, 12, 2, tzinfo=UTC))
    catalog.papers.record(a_batch(preprint), NOON)

    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    assert owned(catalog, reader) == ["arxiv:2512.00007"]


def test_two_names_of_one_entry_join_nothing_for_others(catalog: Catalog) -> None:
    one, other = a_paper("arxiv:2611.00001", "On Stones"), a_paper("doi:10.1/rivers", "On Rivers of the North")
    catalog.papers.record(a_batch(one, other), NOON)
    reader, library = a_library(catalog)

    catalog.libraries.record(library, Changes(references=(replace(FOXES, ids=("arxiv:2611.00001", "doi:10.1/rivers")),)), NOON)

    assert sorted(owned(catalog, reader)) == ["arxiv:2611.00001", "doi:10.1/rivers"]
    known = catalog.papers.find(["arxiv:2611.00001", "doi:10.1/rivers"])
    assert {paper.title for paper in known.values()} == {"On Stones", "On Rivers of the North"}


def test_a_wrong_name_in_a_library_joins_no_papers_that_are_listed_later(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(replace(FOXES, ids=("doi:10.1/rivers",)),)), NOON)

    rivers = a_paper("doi:10.1/rivers", "On Rivers of the North", published=datetime(2026, 5, 1, tzinfo=UTC))
    foxes = a_paper("arxiv:2603.00001", FOXES.title, authors=FOXES.authors, published=datetime(2026, 3, 1, tzinfo=UTC))
    catalog.papers.record(a_batch(rivers, foxes), NOON)

    found = catalog.papers.find(["doi:10.1/rivers", "arxiv:2603.00001"])
    assert [found[name].title for name in ("doi:10.1/rivers", "arxiv:2603.00001")] == ["On Rivers of the North", FOXES.title]


@pytest.mark.parametrize("is_listed_first", [True, False])
def test_nobodys_notes_stand_in_a_paper_that_a_list_shows(catalog: Catalog, is_listed_first: bool) -> None:
    _, library = a_library(catalog)
    bare = a_batch(a_paper("doi:10.1/foxes", "Urban foxes", abstract="", authors=()))
    noted = Changes(references=(replace(FOXES, abstract="PRIVATE NOTE"),))

    if is_listed_first:
        catalog.papers.record(bare, NOON)
    catalog.libraries.record(library, noted, NOON)
    if not is_listed_first:
        catalog.papers.record(bare, NOON)

    (paper,) = catalog.papers.find(["doi:10.1/foxes"]).values()
    assert (paper.title, paper.abstract, paper.authors) == ("Urban foxes", "", ())


def test_an_abstract_that_is_added_later_is_told(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(replace(FOXES, abstract=""),)), NOON)

    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    (paper,) = catalog.papers.find(["doi:10.1/foxes"]).values()
    assert paper.abstract == FOXES.abstract


def test_an_entry_that_is_broken_now_stays(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES, HENS)), NOON)

    done = catalog.libraries.record(library, Changes(references=(HENS,), dropped=(Dropped("silva2026", "a brace is never closed"),)), NOON)

    assert done == Recorded(kept=1)
    assert len(owned(catalog, reader)) == 2


def test_an_entry_that_lost_every_name_it_had_keeps_nothing_out(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(HENS,)), NOON)

    catalog.libraries.record(library, Changes(references=(replace(HENS, title="???"), FOXES)), NOON)

    assert owned(catalog, reader) == ["doi:10.1/foxes"]


def test_what_a_library_tells_of_a_paper_gives_way_to_any_list(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    listed = a_paper("doi:10.1/foxes", "Urban foxes", abstract="Forty foxes.", published=datetime(2026, 3, 1, tzinfo=UTC))
    catalog.papers.record(a_batch(listed), NOON)

    (paper,) = catalog.papers.find(["doi:10.1/foxes"]).values()
    assert (paper.title, paper.abstract, paper.published) == ("Urban foxes", "Forty foxes.", datetime(2026, 3, 1, tzinfo=UTC))


def test_a_paper_of_a_library_is_offered_to_nobody(catalog: Catalog) -> None:
    _, library = a_library(catalog)

    catalog.libraries.record(library, Changes(references=(FOXES, HENS)), NOON)

    assert catalog.papers.pools([None], NOON)[0] == ()


@pytest.mark.parametrize("year", [0, -5, 1, 9999, 20262026])
def test_a_year_that_is_none_keeps_nothing_out(catalog: Catalog, year: int) -> None:
    reader, library = a_library(catalog)

    catalog.libraries.record(library, Changes(references=(replace(FOXES, year=year),)), NOON)

    assert owned(catalog, reader) == ["doi:10.1/foxes"]


def test_the_last_added_comes_first(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    older = replace(FOXES, entry="old", ids=("doi:10.1/old",), title="An older work on foxes", added=datetime(2020, 1, 1, tzinfo=UTC))

    catalog.libraries.record(library, Changes(references=(FOXES, older)), NOON)

    assert owned(catalog, reader) == ["doi:10.1/foxes", "doi:10.1/old"]


def test_where_no_dates_are_told_what_came_in_last_comes_first(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    undated = replace(FOXES, added=None)
    old, new, newest = (replace(undated, entry=name, ids=(f"doi:10.1/{name}",), title=f"On the habits of {name}") for name in "abc")
    catalog.libraries.record(library, Changes(references=(old, new)), NOON)

    catalog.libraries.record(library, Changes(references=(newest,), whole=False), NOON)

    assert owned(catalog, reader) == ["doi:10.1/c", "doi:10.1/b", "doi:10.1/a"]


def test_an_unchanged_library_keeps_what_it_had(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,), cursor="1"), NOON)

    done = catalog.libraries.record(library, Changes(cursor="2", unchanged=True), NOON)

    assert (done, owned(catalog, reader)) == (Recorded(), ["doi:10.1/foxes"])


def test_a_library_of_which_something_else_is_wanted_is_read_anew(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,), cursor="1"), NOON)

    same, other = (catalog.libraries.keep(Library(subscription=reader, address="refs.bib", wanted=Wanted(collections=some)))
                   for some in ((), ("Thesis",)))  # fmt: skip

    assert (same.cursor, other.cursor) == ("1", "")


def test_a_library_that_failed_keeps_what_it_had_and_says_why(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,), cursor="7"), NOON)

    catalog.libraries.failed(library, "does not answer", NOON)

    (kept,) = catalog.libraries.of([reader])
    assert (kept.message, kept.cursor, kept.entries) == ("does not answer", "7", 1)


def test_a_dropped_library_takes_its_papers_along(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    catalog.libraries.drop(library)

    assert (catalog.libraries.of([reader]), catalog.libraries.owned([reader]), catalog.papers.search_pool(10)) == ((), {}, ())


def test_a_library_belongs_to_the_interest_it_was_given_to(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.keep(Library(subscription=reader, address="refs.bib", interest="animals"))

    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    assert catalog.libraries.owned([reader]) == {reader: (Owned("doi:10.1/foxes", "animals", FOXES.added),)}


def test_a_paper_of_two_libraries_is_owned_since_it_first_came(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    other = catalog.libraries.keep(Library(subscription=reader, address="old.bib", interest="animals")).id
    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)
    catalog.libraries.record(other, Changes(references=(replace(FOXES, added=datetime(2020, 1, 1, tzinfo=UTC)),)), NOON)

    assert catalog.libraries.owned([reader]) == {reader: (Owned("doi:10.1/foxes", "", datetime(2020, 1, 1, tzinfo=UTC)),)}


def test_arxiv_papers_without_an_abstract_are_to_be_looked_up(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    bare, titled = BARE, replace(HENS, ids=("arxiv:2511.00007",))

    catalog.libraries.record(library, Changes(references=(bare, titled, replace(FOXES, ids=("arxiv:2603.00001",)))), NOON)

    assert catalog.libraries.unread([reader], NOON) == ("arxiv:2302.09664", "arxiv:2511.00007")


def test_what_was_asked_for_is_not_asked_for_again_for_a_month(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(BARE, replace(BARE, entry="line 4", ids=("arxiv:0704.0001",)))), NOON)

    catalog.libraries.asked(["arxiv:0704.0001"], NOON)

    assert catalog.libraries.unread([reader], NOON) == ("arxiv:2302.09664",)
    assert catalog.libraries.unread([reader], NOON + timedelta(days=31)) == ("arxiv:2302.09664", "arxiv:0704.0001")
    assert "arxiv:0704.0001" in catalog.libraries.unread([reader], NOON - timedelta(days=1))  # a clock was ahead when it was asked for


def test_of_a_library_erased_while_it_was_asked_nothing_is_stored(catalog: Catalog) -> None:
    reader, library = a_library(catalog)
    catalog.rights.forget(catalog.subscribers.by_id(reader).subscriber.email, NOON)

    done = catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)

    assert done == Recorded()
    assert catalog.papers.find(["doi:10.1/foxes"]) == {}


def test_a_paper_of_an_erased_library_stays_where_somebody_else_said_something_of_it(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES, HENS)), NOON)
    bo = catalog.subscribers.add(a_subscription("bo@example.org"), NOON)
    catalog.feedback.give(bo.id, "doi:10.1/foxes", FeedbackKind.MORE, NOON)

    catalog.rights.forget("ana@example.org", NOON)

    assert [one.paper.title for one in catalog.feedback.of([bo.id])[bo.id]] == [FOXES.title]
    assert [paper.title for paper in catalog.papers.search_pool(10)] == [FOXES.title]


def test_a_paper_of_an_erased_library_that_a_service_told_of_stays_for_whoever_likes_it(catalog: Catalog) -> None:
    _, library = a_library(catalog)
    catalog.libraries.record(library, Changes(references=(FOXES,)), NOON)
    catalog.papers.add([a_paper("doi:10.1/foxes", "On the Habits of Urban Foxes")], NOON)

    catalog.rights.forget("ana@example.org", NOON)

    assert catalog.papers.keys(["doi:10.1/foxes"]) == {"doi:10.1/foxes": "doi:10.1/foxes"}


def test_who_was_erased_while_their_papers_were_read_gets_no_library(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON).id
    catalog.rights.forget("ana@example.org", NOON)

    with pytest.raises(NotFound, match="no such subscription"):
        catalog.libraries.keep(Library(subscription=reader, address="refs.bib"))
