"""CSL-JSON, the items of Zotero's Web API, and Better BibTeX JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from digest.errors import LibraryError
from digest.library import gather
from digest.library import zotero_json as zotero
from digest.model import Author, Dropped, Reference

from .library_files import NOON, only, read


def an_item(**data: object) -> dict[str, object]:
    return {"key": data.get("key", "AAAA1111"), "version": 7, "data": {"itemType": "journalArticle", "title": "Foxes", **data}}


def a_collection(key: str, name: str, parent: str | bool = False) -> dict[str, object]:
    return {"key": key, "version": 1, "data": {"key": key, "name": name, "parentCollection": parent}}


def test_csl_json_becomes_references() -> None:
    item = {
        "id": "bell2020", "type": "article-journal", "title": "On foxes", "abstract": "They sleep.", "DOI": "10.1234/X",
        "author": [{"family": "Berg", "given": "Ada", "non-dropping-particle": "van der"}, {"literal": "CERN Collaboration"}],
        "issued": {"date-parts": [["2020", 5, 2]]}, "note": "arXiv:2302.09664 [cs]", "URL": "https://example.org/x",
    }  # fmt: skip

    assert only(json.dumps([item]), "refs.json") == Reference(
        entry="bell2020",
        title="On foxes",
        abstract="They sleep.",
        authors=(Author("Ada van der Berg"), Author("CERN Collaboration")),
        ids=("arxiv:2302.09664", "doi:10.1234/x", "url:https://example.org/x"),
        year=2020,
    )


def test_a_book_without_an_author_is_its_editors() -> None:
    item = '{"id": "k", "type": "book", "title": "On foxes", "author": [], "editor": [{"given": "Ada", "family": "Bell"}]}'

    assert only(item, "refs.json").authors == (Author("Ada Bell"),)


@pytest.mark.parametrize("issued", [{"raw": "2020-05-02"}, {"literal": "Spring 2020"}, {"date-parts": [[]], "raw": "2020"}])
def test_a_year_that_is_written_out_is_one(issued: object) -> None:
    assert only(json.dumps({"id": "k", "type": "book", "title": "On foxes", "issued": issued}), "refs.json").year == 2020


def test_an_item_without_a_number_goes_by_its_citation_key() -> None:
    assert only('{"citation-key": "bell2020", "type": "book", "title": "On foxes"}', "refs.json").entry == "bell2020"


@pytest.mark.parametrize("field", ["note", "number", "container-title", "archive_location", "publisher", "genre"])
def test_an_arxiv_id_is_found_wherever_a_program_puts_it(field: str) -> None:
    item = json.dumps({"id": "k", "type": "article", "title": "On foxes", field: "arXiv:2302.09664"})

    assert only(item, "refs.json").ids == ("arxiv:2302.09664",)


@pytest.mark.parametrize("wrapped", ['{"references": [%s]}', '{"items": [%s]}', "%s"])
def test_an_item_alone_and_a_list_within_an_object_are_libraries_too(wrapped: str) -> None:
    assert only(wrapped % '{"id": "bell2020", "type": "book", "title": "On foxes"}', "refs.json").title == "On foxes"


def test_a_broken_item_is_dropped_and_the_others_stay() -> None:
    changes = read('[{"id": 5, "title": ["Foxes"], "author": 7, "issued": []}, 3, {"id": "x", "type": "book", "title": null}]', "refs.json")

    assert [(r.entry, r.title) for r in changes.references] == [("5", "Foxes")]
    assert changes.dropped == (
        Dropped("item 2", "it is no object with fields"),
        Dropped("x", "neither a title nor an arXiv id, a DOI or a web address of its own"),
    )


def test_an_item_of_the_web_api_becomes_a_reference() -> None:
    item = an_item(
        abstractNote="They sleep.", creators=[{"creatorType": "author", "firstName": "Ada", "lastName": "Bell"},
                                              {"creatorType": "editor", "name": "An Editor"}, {"creatorType": "author", "name": "CERN"}],
        extra="arXiv:2302.09664 [cs]\nDOI: 10.1234/x", date="May 01, 2020", dateAdded="2021-02-02T22:25:04Z", collections=["C1", "C9"],
    )  # fmt: skip

    reference = only(json.dumps([item, a_collection("C1", "Thesis")]), "zotero.json")

    assert reference == Reference(
        entry="AAAA1111",
        title="Foxes",
        abstract="They sleep.",
        authors=(Author("Ada Bell"), Author("CERN")),
        ids=("arxiv:2302.09664", "doi:10.1234/x"),
        year=2020,
        added=datetime(2021, 2, 2, 22, 25, 4, tzinfo=UTC),
        collections=("Thesis", "C9"),
    )


def test_a_suffix_after_the_given_name_comes_last() -> None:
    creators = [{"creatorType": "author", "firstName": "Ada B., Jr.", "lastName": "Bell"}, {"creatorType": "author", "lastName": "Fox"}]

    assert only(json.dumps([an_item(creators=creators)]), "zotero.json").authors == (Author("Ada B. Bell Jr."), Author("Fox"))


def test_who_reads_the_api_gives_the_collections_apart() -> None:
    collections = zotero.collections_of([a_collection("C1", "Thesis"), a_collection("C2", "Chapter", "C1")])

    changes = gather(zotero.read([an_item(collections=["C2"])], collections), NOON)

    assert changes.references[0].collections == ("Chapter", "Thesis")


def test_collections_that_lie_in_each_other_end() -> None:
    assert zotero.collections_of([a_collection("A", "a", "B"), a_collection("B", "b", "A")]) == {"A": ("a", "b"), "B": ("b", "a")}


def test_what_is_no_paper_is_left_out_as_its_owner_would_expect() -> None:
    items = [
        an_item(key="N", itemType="note", note="<p>x</p>"),
        an_item(key="P", itemType="attachment", parentItem="AAAA1111", title="x.pdf"),
        an_item(key="F", itemType="attachment", title="lonely.pdf"),
        an_item(key="W", itemType="webpage", title="Home", url="https://example.org"),
        an_item(key="B", deleted=1),
        an_item(key="K", itemType="webpage", title="A preprint", url="https://arxiv.org/abs/2302.09664"),
    ]

    changes = read(json.dumps(items), "zotero.json")

    assert [r.entry for r in changes.references] == ["K"]
    assert changes.dropped == (
        Dropped("F", "a file without an entry: 'lonely.pdf'"),
        Dropped("W", "a web page without a DOI or an arXiv id: 'Home'"),
        Dropped("B", "it is in Zotero's bin"),
    )


def test_better_bibtex_json_names_the_items_of_its_collections() -> None:
    export = {
        "config": {"label": "BetterBibTeX JSON"},
        "collections": {
            "C1": {"key": "C1", "name": "Thesis", "parent": "", "items": [], "collections": ["C2"]},
            "C2": {"key": "C2", "name": "Chapter", "parent": "C1", "items": [41], "collections": []},
        },
        "items": [
            {"itemType": "preprint", "title": "Foxes", "itemID": 41, "itemKey": "AAAA1111", "citationKey": "bell2020",
             "archiveID": "arXiv:2302.09664", "dateAdded": "2021-02-02T22:25:04Z", "creators": []},
            {"title": "no type"},
        ],
    }  # fmt: skip

    changes = read(json.dumps(export), "library.json")

    assert changes.references == (
        Reference(
            entry="AAAA1111",
            title="Foxes",
            ids=("arxiv:2302.09664",),
            added=datetime(2021, 2, 2, 22, 25, 4, tzinfo=UTC),
            collections=("Chapter", "Thesis"),
        ),
    )
    assert changes.dropped == (Dropped("item 2", "it is no item of Zotero"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"id": "a", "title": "x"},', "refs.json: broken JSON, line 1: Expecting value"),
        ("[" * 100_000, "refs.json: broken JSON, its values are too deep or too long"),
        ('{"AAAA1111": 5}', "refs.json: JSON, but neither CSL-JSON nor Zotero's"),
        ("[]", "refs.json: JSON, but neither CSL-JSON nor Zotero's"),
        (json.dumps([a_collection("C1", "Thesis")]), "refs.json: no entries of papers are in it"),
    ],
)
def test_json_that_is_no_library_is_refused_as_a_whole(text: str, message: str) -> None:
    with pytest.raises(LibraryError) as raised:
        read(text, "refs.json")

    assert str(raised.value).startswith(message)
    assert raised.value.hint
