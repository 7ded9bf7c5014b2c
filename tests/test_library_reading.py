"""Which format a library has, how it is encoded, and what holds whatever its bytes are."""

from __future__ import annotations

import codecs
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LibraryError
from digest.library import LARGEST, read_library
from digest.library.records import Record, names_of
from digest.model import Changes

from .library_files import NOON, bibliography, read

PIECES = (
    "@article{", "@misc(", "@string{", "@comment{", "@", "{", "}", '"', "#", "=", ",", "\n", " ", "k", "title", "author", " and ",
    "doi={10.1234/x}", "eprint=2302.09664", '\\"o', "\\", "$", "TY  - JOUR\n", "ER  - \n", "TI  - ", "[", "]", ":", '"id"', '"title"',
    '"itemType"', '"data"', "2302.09664", "http://[", "https://example.org/", "\0", "\ufeff", "é", "\u202e", "1", "null", "arXiv:", "v1",
)  # fmt: skip
ENTRY = "@article{a, title = {On Foxes}}\n"
WORDS = st.text(alphabet="abcdefgh ÄéßЖ", min_size=1, max_size=12).filter(str.strip)


def outcome(data: bytes, name: str) -> Changes | str:
    try:
        return read_library(data, name, NOON)
    except LibraryError as error:
        return f"{error} {error.hint}"


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map(lambda parts: "".join(parts).encode())),
       st.sampled_from(["x", "x.bib", "x.ris", "x.json", "x.txt"]))  # fmt: skip
def test_any_bytes_are_read_or_refused_and_always_alike(data: bytes, name: str) -> None:
    assert outcome(data, name) == outcome(data, name)


@given(st.dictionaries(st.text(alphabet="abc123", min_size=1, max_size=5), WORDS, min_size=1, max_size=8), st.randoms())
def test_the_order_of_entries_changes_nothing_but_the_order(titles: dict[str, str], random) -> None:  # type: ignore[no-untyped-def]
    entries = [f"@article{{{key}, title = {{{title}}}}}\n" for key, title in titles.items()]
    shuffled = random.sample(entries, len(entries))

    assert set(read("".join(entries)).references) == set(read("".join(shuffled)).references)


@given(
    st.lists(st.tuples(st.sampled_from("kl"), WORDS, st.sampled_from(["", "10.1234/1", "10.1234/2"])), min_size=1, max_size=8), st.randoms()
)
def test_nor_does_it_where_keys_stand_twice(given_: list[tuple[str, str, str]], random) -> None:  # type: ignore[no-untyped-def]
    entries = [f"@article{{{key}, title = {{{title}}}, doi = {{{doi}}}}}\n" for key, title, doi in given_]
    shuffled = random.sample(entries, len(entries))

    changes = read("".join(entries))

    assert set(changes.references) == set(read("".join(shuffled)).references)
    assert len({r.entry for r in changes.references}) == len(changes.references) == len(entries) - len(changes.dropped)


def test_two_papers_of_one_key_both_stay_under_names_that_stay() -> None:
    changes = read("@book{k, title = {Fox}}\n@book{k, title = {Owl}}\n@book{k, title = {Fox}}")

    assert [(r.entry, r.title) for r in changes.references] == [("k", "Fox"), ("k#791635c5ea94", "Owl")]
    assert [(d.entry, d.reason) for d in changes.dropped] == [("k", "stands twice in the library")]


def test_of_two_entries_of_one_key_and_one_paper_the_fuller_one_stays() -> None:
    changes = read("@book{k, title = {Fox}, doi={10.1234/x}}\n@book{k, title = {A Fox}, doi={10.1234/x}, abstract={It sleeps.}}")

    assert [(r.entry, r.title) for r in changes.references] == [("k", "A Fox")]
    assert [d.reason for d in changes.dropped] == ["another entry of this name is the same paper, and tells more"]


def test_nothing_hostile_comes_in() -> None:
    abstract = "long " * 9000

    changes = read(f"@book{{k\u202e, title={{<script>x</script>A\x07 \u202efox}}, abstract={{{abstract}}}, author={{A<b>da</b>\x1b}}}}")

    (reference,) = changes.references
    assert (reference.entry, reference.title, len(reference.abstract)) == ("k", "A fox", 10_000)
    assert [a.name for a in reference.authors] == ["Ada"]


@pytest.mark.parametrize(
    "data",
    [
        "@book{k, title = {Gödel}}".encode(),
        codecs.BOM_UTF8 + "@book{k, title = {Gödel}}".encode(),
        "@book{k, title = {Gödel}}".encode("utf-16"),
        "@book{k, title = {Gödel}}".encode("utf-16-be"),
        "@book{k, title = {Gödel}}".encode("utf-32"),
        "@book{k, title = {Gödel}}".encode("cp1252"),
        "@book{k,\r\rtitle = {Gödel}}\r".encode(),
        "TY  - BOOK\rTI  - Gödel\rER  - \r".encode(),
    ],
)
def test_a_library_is_read_in_the_encoding_it_has(data: bytes) -> None:
    assert [r.title for r in read_library(data, "refs.bib", NOON).references] == ["Gödel"]


def test_an_entry_of_another_encoding_spoils_no_other() -> None:
    data = "@book{a, title = {Ж Gödel}}\n".encode() + "@book{b, title = {Gödel – “x”}}\n".encode("cp1252")

    assert [r.title for r in read_library(data, "refs.bib", NOON).references] == ["Ж Gödel", "Gödel – “x”"]
    assert [r.title for r in read_library(codecs.BOM_UTF8 + data, "refs.bib", NOON).references] == ["Ж Gödel", "Gödel – “x”"]


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("TY  - BOOK\nID  - {key}\nTI  - {key}\nER  - \n", "x.ris"),
        ("PMID- {key}\nTI  - {key}\n", "x.nbib"),
        ("@book{{{key}, title = {{T}}}}\n", "x.bib"),
        ("arXiv:2302.0966{key}\n", "x.txt"),
    ],
)
def test_of_libraries_pasted_together_each_with_a_byte_order_mark_no_entry_is_lost(entry: str, name: str) -> None:
    data = b"".join(codecs.BOM_UTF8 + entry.format(key=key).encode() for key in "123")

    changes = read_library(data, name, NOON)

    assert ([r.entry[-1] for r in changes.references], changes.dropped) == (["1", "2", "3"], ())


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("@book{k, title = {T}}", "x.ris", "T"),
        ("TY  - BOOK\nTI  - T\nER  - \n", "x.bib", "T"),
        ('[{"id": "a", "title": "T"}]', "x.txt", "T"),
        ("notes @book{k, title = {T}}", "x", "T"),
        ("TY  - BOOK\nTI  - T\nAB  - as in\n@book{k, title = {U}}\nER  - \n", "x.ris", "T"),
        ("TY  - BOOK\nTI  - T\nAB  - as in\n@book{k, title = {U}}\nER  - \n", "", "T"),
        ("@book{k, title = {T}, abstract = {as in\nTY  - BOOK\nTI  - U\n}}", "x.bib", "T"),
    ],
)
def test_the_content_tells_the_format_and_the_name_only_in_doubt(text: str, name: str, title: str) -> None:
    assert [r.title for r in read(text, name).references] == [title]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "refs.bib: it is empty"),
        (codecs.BOM_UTF8 + b" \n", "refs.bib: it is empty"),
        (b"%PDF-1.7\n\0\1\2", "refs.bib: it is no text, so none of BibTeX, RIS, CSL-JSON, Zotero JSON or"),
        (b"2302.09664", "refs.bib: none of BibTeX, RIS, CSL-JSON, Zotero JSON or"),
        (b"<html>2302.09664</html>", "refs.bib: none of BibTeX"),
        (b"@comment{nothing}", "refs.bib: no entries of papers are in it"),
        (b" " * (LARGEST + 1), "refs.bib: larger than 50 MB"),
        (b"@book{k,title={t}}\n" * 1_001, "refs.bib: more than 1000 entries"),
    ],
)
def test_what_is_no_library_is_refused_with_what_to_do(data: bytes, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.library.MOST", 1_000)

    with pytest.raises(LibraryError) as raised:
        read_library(data, "refs.bib", NOON)

    assert str(raised.value).startswith(message)
    assert raised.value.subject == "refs.bib"
    assert raised.value.hint


def test_a_page_that_links_to_papers_is_no_list_of_them() -> None:
    with pytest.raises(LibraryError, match="none of BibTeX"):
        read("<!doctype html>\n<html>\n2302.09664\n2302.09665\n2302.09666\n</html>", "page")


def test_a_library_may_have_so_many_entries_and_not_one_more() -> None:
    names = b"2302.09664\n2302.09665\n2302.09666"

    assert len(read_library(names, "", NOON, most=3).references) == 3
    with pytest.raises(LibraryError, match="more than 2 entries"):
        read_library(names, "", NOON, most=2)


def test_entries_without_number_are_refused_before_they_take_memory() -> None:
    data = b"@book{k,title={t}}" + b"\n@x{y," * 500_000

    started = process_time()
    with pytest.raises(LibraryError, match="more than 100000 entries"):
        read_library(data, "refs.bib", NOON)

    assert process_time() - started < 5


@pytest.mark.parametrize(
    "pasted",
    ["a/\n" * 350_000, ENTRY + "a/\n" * 350_000, (ENTRY + "a/\n" * 150) * 2_000],
    ids=["alone", "behind an entry", "between entries"],
)
def test_a_pasted_megabyte_of_words_that_are_no_names_takes_no_time(pasted: str) -> None:
    started = process_time()
    with suppress(LibraryError):
        read_library(pasted.encode(), "", NOON, most=4_000)

    assert process_time() - started < 2.5  # it was five seconds, in which nobody else's library was read


def test_names_between_pasted_entries_are_found_in_the_first_words_alone() -> None:
    pasted = f"{ENTRY}2302.09664\n{ENTRY}{'word ' * 20}\n{ENTRY}2302.09665\n"

    assert [one.ids for one in read_library(pasted.encode(), "", NOON, most=20).references if one.ids] == [("arxiv:2302.09664",)]
    assert len([one for one in read_library(pasted.encode(), "", NOON, most=40).references if one.ids]) == 2


@pytest.mark.parametrize("values", ["{}," * 1_000_000, "[]," * 1_000_000, '"",' * 4_000_001])
def test_values_without_number_are_refused_before_they_take_memory(values: str) -> None:
    with pytest.raises(LibraryError, match="more values than 100000 entries have"):
        read_library(f"[{values}{{}}]".encode(), "refs.json", NOON)


@pytest.mark.parametrize("remark", ["\n" * 10_000, "arxiv" + " " * 9_990, "arxiv id " * 1_100, "doi:" * 2_500, "doi:x\n" * 1_600])
def test_a_long_remark_without_a_name_costs_no_time(remark: str) -> None:
    record = Record(entry="k", title="T", remarks=(remark,) * 50)

    started = process_time()
    assert names_of(record) == ()

    assert process_time() - started < 2


def test_two_thousand_entries_are_read_in_two_seconds() -> None:
    text = bibliography(2_000)

    started = process_time()
    changes = read(text)
    took = process_time() - started

    assert (len(changes.references), len(changes.dropped)) == (2_000, 0)
    assert took < 2
    print(f"2,000 entries: {took:.2f} s")  # noqa: T201 – shown by pytest -rP
