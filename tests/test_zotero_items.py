"""What becomes of Zotero's items, and which library and collection an address means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotFound, UsageError
from digest.library import gather, read_library, zotero_json
from digest.library.zotero import Address, Collection, parse_address
from digest.library.zotero_address import named, parse_collections
from digest.model import Author, Dropped, Reference

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_row(key: str = "ABCD2345", /, **data: Any) -> dict[str, Any]:
    return {"key": key, "version": 7, "meta": {}, "data": {"key": key, "version": 7, "itemType": "preprint", **data}}


def parse_items(rows: list[dict[str, Any]]) -> tuple[tuple[Reference, ...], tuple[Dropped, ...]]:
    changes = gather(zotero_json.read(rows, {}), NOON)
    return changes.references, changes.dropped


def ids(**data: Any) -> tuple[str, ...]:
    references, _ = parse_items([a_row(title="x", **data)])
    return references[0].ids


# --- items ------------------------------------------------------------------------------------------------------------


def test_an_item_becomes_a_reference() -> None:
    row = a_row(
        title="On <i>Foxes</i>",
        abstractNote="They are red.\n\nAnd quick.",
        creators=[
            {"creatorType": "editor", "firstName": "Ed", "lastName": "Itor"},
            {"creatorType": "author", "firstName": "Yuki", "lastName": "Ito"},
            {"creatorType": "author", "name": "ATLAS Collaboration"},
        ],
        DOI="10.48550/arXiv.2604.21935",
        url="http://arxiv.org/abs/2604.21935v2",
        archiveID="arXiv:2604.21935",
        date="May 01, 2026",
        dateAdded="2026-05-02T03:04:05Z",
        collections=["N7W92H48", "9MK5KS97"],
    )

    (reference,), dropped = parse_items([row])

    assert dropped == ()
    assert (reference.entry, reference.title, reference.abstract) == ("ABCD2345", "On Foxes", "They are red. And quick.")
    assert reference.authors == (Author("Yuki Ito"), Author("ATLAS Collaboration"))
    assert reference.ids == ("arxiv:2604.21935",)
    assert (reference.year, reference.added) == (2026, datetime(2026, 5, 2, 3, 4, 5, tzinfo=UTC))
    assert reference.collections == ("N7W92H48", "9MK5KS97")


def test_what_hangs_on_an_entry_is_no_entry_and_is_not_reported() -> None:
    rows = [a_row(itemType=kind, title="x") for kind in ("attachment", "note", "annotation")]

    assert parse_items(rows) == ((), ())


@pytest.mark.parametrize(
    ("data", "reported"),
    [
        ({"title": "PDF", "contentType": "application/pdf", "filename": "Bell 2020.pdf"}, True),
        ({"title": "Foxes", "contentType": "application/epub+zip"}, True),
        ({"title": "Foxes", "contentType": "text/html", "filename": "foxes.html"}, False),
        ({"title": "Foxes", "contentType": "application/pdf", "parentItem": "BBBB2222"}, False),
    ],
)
def test_a_document_that_stands_alone_is_reported_and_the_snapshot_of_a_page_is_not(data: dict[str, Any], reported: bool) -> None:
    references, dropped = parse_items([a_row(itemType="attachment", **data)])

    assert references == ()
    assert bool(dropped) == reported


def test_an_entry_that_tells_nothing_is_reported_and_the_others_stay() -> None:
    references, dropped = parse_items([a_row("AAAA2222"), {"key": "BBBB2222"}, a_row("CCCC2222", title="x")])

    assert [reference.entry for reference in references] == ["CCCC2222"]
    assert dropped == (
        Dropped("AAAA2222", "neither a title nor an arXiv id, a DOI or a web address of its own"),
        Dropped("BBBB2222", "it is no item of Zotero"),
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"archiveID": "arXiv:2604.21935v3"}, ("arxiv:2604.21935",)),
        ({"extra": "Citation Key: fox\narXiv: 2604.21935 [cs.CL]"}, ("arxiv:2604.21935",)),
        ({"extra": "arXiv:math/0309136"}, ("arxiv:math/0309136",)),
        ({"extra": "arXiv ID: 2604.21935\nDOI: 10.1000/Fox."}, ("arxiv:2604.21935", "doi:10.1000/fox")),
        ({"publicationTitle": "arXiv:1706.03762 [cs]", "DOI": "10.1000/FOX"}, ("arxiv:1706.03762", "doi:10.1000/fox")),
        ({"extra": "arXiv : 2604.21935\r\ndoi: https://doi.org/10.1000.10/Fox;"}, ("arxiv:2604.21935", "doi:10.1000.10/fox")),
        ({"publicationTitle": "Nature", "number": "2604.21935"}, ()),
        ({"DOI": "https://doi.org/10.1000/fox", "url": "https://x.org/fox"}, ("doi:10.1000/fox", "url:https://x.org/fox")),
        ({"url": "https://huggingface.co/papers/2604.21935", "DOI": "10.1000/fox"}, ("arxiv:2604.21935", "doi:10.1000/fox")),
        ({"DOI": "none", "url": "not an address", "extra": "arXiv: to come"}, ()),
    ],
)
def test_names_are_found_wherever_zotero_keeps_them_the_best_first(data: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert ids(**data) == expected


def test_of_what_has_no_author_everybody_who_made_it_is_named() -> None:
    creators = [{"creatorType": "editor", "firstName": "", "lastName": "R. Creighton Buck"}]

    (reference,), _ = parse_items([a_row(title="x", creators=creators)])

    assert reference.authors == (Author("R. Creighton Buck"),)


@pytest.mark.parametrize(
    ("date", "year"),
    [("1980-05-01", 1980), ("May 01, 1980", 1980), ("04/2024", 2024), ("n.d.", None), ("", None), (None, None), ("12345", None)],
)
def test_the_year_is_read_from_a_date_in_any_writing(date: object, year: int | None) -> None:
    (reference,), _ = parse_items([a_row(title="x", date=date)])

    assert reference.year == year


def test_the_year_that_zotero_read_itself_comes_first() -> None:
    row = a_row(title="x", date="in print, 2019 or 2021") | {"meta": {"parsedDate": "2021-00-00"}}

    (reference,), _ = parse_items([row])

    assert reference.year == 2021


@pytest.mark.parametrize("field", ["title", "caseName", "nameOfAct", "subject"])
def test_a_title_is_found_under_the_name_its_kind_gives_it(field: str) -> None:
    (reference,), _ = parse_items([a_row(**{field: "Fox v. Hen"})])

    assert reference.title == "Fox v. Hen"


def test_what_an_item_holds_is_made_harmless() -> None:
    row = a_row(title="a\x00b\u202ec", abstractNote="<script>alert(1)</script><p>text</p>", dateAdded="9999-12-31T23:59:59-23:00")

    (reference,), _ = parse_items([row])

    assert (reference.title, reference.abstract, reference.added) == ("abc", "text", None)


@pytest.mark.parametrize("name", ["items_doc.json", "item_doc.json"])
def test_the_recorded_items_are_read_without_a_loss(test_data: Path, name: str) -> None:
    read = json.loads((test_data / "samples" / "zotero" / name).read_text(encoding="utf-8"))
    rows = read if isinstance(read, list) else [read]

    references, dropped = parse_items(rows)

    kinds = [row["data"]["itemType"] for row in rows]
    assert len(references) == len(rows) - kinds.count("attachment") - kinds.count("note") > 0
    assert dropped == ()
    assert all(reference.title and reference.added for reference in references)


def test_a_file_of_the_recorded_items_and_collections_says_what_the_api_says(test_data: Path) -> None:
    folder = test_data / "samples" / "zotero"
    items, collections = (json.loads((folder / name).read_text(encoding="utf-8")) for name in ("items_doc.json", "collections_doc.json"))

    changes = read_library(json.dumps(items + collections).encode(), "zotero.json", NOON)

    references, dropped = parse_items(items)
    assert [replace(r, collections=()) for r in changes.references] == [replace(r, collections=()) for r in references]
    assert (changes.dropped, references[0].collections, changes.references[0].collections) == (dropped, ("9KH9TNSJ",), ("Sherlock Holmes",))


TEXTS = ["", "x", "10.1000/fox", "arXiv:2604.21935", "2026-02-30", "author", "<b>", "http://[::1", "\ud800\x00", "DOI: 10.1000/x\narXiv: 1"]
NAMES = ["name", "creatorType", "firstName", "itemType", "tag"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 10**9) | st.floats(0, 1) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["itemType", "title", "abstractNote", "creators", "DOI", "url", "extra", "date", "dateAdded", "collections", "archiveID"]


@given(st.lists(st.dictionaries(st.sampled_from(["key", "data", "meta", "version"]), json_values), max_size=3))
def test_no_row_of_any_shape_is_a_crash(rows: list[dict[str, Any]]) -> None:
    references, dropped = parse_items(rows)

    assert len(references) + len(dropped) <= len(rows)


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_field_of_any_type_is_a_crash(data: dict[str, Any]) -> None:
    references, dropped = parse_items([{"key": "ABCD2345", "data": data, "meta": {"parsedDate": 5}}])

    assert len(references) + len(dropped) <= 1


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user:123456", Address("user", 123456)),
        (" User:123456/ ", Address("user", 123456)),
        ("group:99/Reading list", Address("group", 99, "Reading list")),
        ("groups:99/Parent/Child", Address("group", 99, "Parent/Child")),
        ("user:123456/ABCD2345", Address("user", 123456, "ABCD2345")),
    ],
)
def test_an_address_names_a_library_and_may_name_a_collection(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["", "user", "user:", "user:ana", "123456", "team:5", "https://zotero.org/a", "user:\u0661", "user:-1"])
def test_what_is_no_address_is_told_with_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a library") as caught:
        parse_address(text)

    assert "user:123456" in caught.value.hint


@given(st.sampled_from(["user", "group"]), st.integers(0, 10**12 - 1), st.sampled_from(["", "Foxes", "A/B", "ABCD2345"]))
def test_an_address_is_read_as_it_is_written(kind: str, number: int, collection: str) -> None:
    address = Address(kind, number, collection)

    assert parse_address(str(address)) == address


# --- collections ------------------------------------------------------------------------------------------------------


def a_collection(key: str, name: str, parent: str | bool = False, **data: Any) -> dict[str, Any]:
    return {"key": key, "data": {"key": key, "name": name, "parentCollection": parent, **data}}


COLLECTIONS = parse_collections(
    [
        a_collection("AAAA2222", "Foxes"),
        a_collection("BBBB2222", "To Read", "AAAA2222"),
        a_collection("CCCC2222", "Hens"),
        a_collection("DDDD2222", "To read", "CCCC2222"),
        a_collection("EEEE2222", "Old", deleted=True),
        a_collection("FFFF2222", "Older", "EEEE2222"),
        a_collection("GGGG2222", "Round", "HHHH2222"),
        a_collection("HHHH2222", "And round", "GGGG2222"),
    ]
)


def test_collections_are_listed_by_path_without_what_lies_in_the_trash_or_in_itself() -> None:
    assert [str(collection) for collection in COLLECTIONS] == ["Foxes", "Foxes/To Read", "Hens", "Hens/To read"]


@pytest.mark.parametrize(
    ("wanted", "key"),
    [("foxes", "AAAA2222"), ("FOXES/to  read", "BBBB2222"), ("DDDD2222", "DDDD2222"), ("hens/to read", "DDDD2222"), ("Hens", "CCCC2222")],
)
def test_a_collection_is_found_by_name_path_or_key_in_any_case(wanted: str, key: str) -> None:
    assert named(COLLECTIONS, wanted, "zotero").key == key


def test_a_name_that_two_collections_have_is_not_guessed_at() -> None:
    with pytest.raises(UsageError, match=r"Foxes/To Read \(BBBB2222\), Hens/To read \(DDDD2222\)"):
        named(COLLECTIONS, "to read", "zotero")


def test_a_collection_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NotFound, match="has no collection 'Ducks'") as caught:
        named(COLLECTIONS, "Ducks", "zotero")

    assert "Foxes, Foxes/To Read, Hens, Hens/To read" in caught.value.hint


def test_the_recorded_collections_are_read(test_data: Path) -> None:
    rows = json.loads((test_data / "samples" / "zotero" / "collections_doc.json").read_text(encoding="utf-8"))

    assert named(parse_collections(rows), "sherlock holmes", "zotero") == Collection("9KH9TNSJ", ("Sherlock Holmes",))
