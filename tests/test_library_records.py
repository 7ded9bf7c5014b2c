"""What holds of an entry whatever format it came in: its names, its year, and the papers that one name is given to."""

from __future__ import annotations

import pytest

from digest.library.names import is_list as names_are_what_stands_in
from digest.library.names import unsigned
from digest.library.people import apart, spoken
from digest.library.records import Record, gather, identifier, names_of
from digest.library.tex import verbatim
from digest.model import Reference
from digest.net.sanitise import ID, IDS

from .library_files import NOON


def references(*records: Record) -> tuple[Reference, ...]:
    return gather(records, NOON).references


@pytest.mark.parametrize("mark", [".", ",", ";", ".,"])
def test_a_mark_behind_a_doi_makes_no_other_paper_of_it(mark: str) -> None:
    assert names_of(Record(entry="k", dois=(f"10.1234/foxes{mark}",))) == ("doi:10.1234/foxes",)
    assert names_of(Record(entry="k", remarks=(f"A note.\nDOI: 10.1234/foxes{mark}\nAnother",))) == ("doi:10.1234/foxes",)


def test_of_very_many_names_the_best_stay() -> None:
    pages = tuple(f"https://example.org/{number}" for number in range(IDS))

    assert names_of(Record(entry="k", urls=pages, dois=("10.1234/foxes",))) == ("doi:10.1234/foxes", *map(identifier, pages[:-1]))


@pytest.mark.parametrize("url", ["https://www.example.org/", "http://www.example.org", "https://www.example.org:443/#top"])
def test_the_front_page_of_a_site_is_nobodys_own_address(url: str) -> None:
    assert names_of(Record(entry="k", urls=(url, "https://www.example.org/foxes"))) == ("url:https://www.example.org/foxes",)


@pytest.mark.parametrize(
    ("years", "year"), [(("2027",), 2027), (("2028",), 2028), (("2029",), None), (("2099", "in 2019"), 2019), (("forthcoming",), None)]
)
def test_a_paper_may_be_of_the_next_years_and_of_none_after_them(years: tuple[str, ...], year: int | None) -> None:
    (reference,) = references(Record(entry="k", title="On foxes", years=years))

    assert reference.year == year


def test_two_papers_of_one_name_and_one_title_both_stay() -> None:
    kept = references(Record(entry="k", title="Editorial", dois=("10.1234/1",)), Record(entry="k", title="Editorial", dois=("10.1234/2",)))

    assert [reference.ids for reference in kept] == [("doi:10.1234/1",), ("doi:10.1234/2",)]


def test_of_two_entries_of_one_paper_that_with_more_names_stays_before_that_with_more_text() -> None:
    told = Record(entry="k", title="On foxes", dois=("10.1234/1",), abstract="They sleep.")
    named = Record(entry="k", title="On foxes", dois=("10.1234/1",), arxiv=("2302.09664",))

    assert [reference.ids for reference in references(told, named)] == [("arxiv:2302.09664", "doi:10.1234/1")]


def test_a_name_that_is_made_is_nobody_elses() -> None:
    fox, owl = Record(entry="k", title="Fox"), Record(entry="k", title="Owl")
    made = references(fox, owl)[1].entry

    names = [reference.entry for reference in references(fox, owl, Record(entry=made, title="Hen"))]

    assert len(set(names)) == 3
    assert names[2] == made


def test_a_name_that_is_made_of_the_longest_one_is_no_longer() -> None:
    fox, owl = (Record(entry="k" * ID, title=title) for title in ("Fox", "Owl"))

    assert max(len(reference.entry) for reference in references(fox, owl)) <= ID


def test_an_entry_may_be_in_fifty_collections() -> None:
    (reference,) = references(Record(entry="k", title="On foxes", collections=tuple(f"On foxes {number}" for number in range(60))))

    assert reference.collections[49:] == ("On foxes 49",)


@pytest.mark.parametrize("tilde", [r"{\textasciitilde}", r"\textasciitilde{}", r"\~{}", "~"])
def test_an_address_with_a_tilde_is_one_however_tex_writes_it(tilde: str) -> None:
    assert verbatim(f"https://example.org/{tilde}ada/foxes") == "https://example.org/~ada/foxes"


def test_a_brace_too_many_joins_no_two_people() -> None:
    assert apart("Bell, Ada} and Fox, Bo") == ("Bell, Ada}", "Fox, Bo")


def test_a_comma_in_braces_parts_no_name() -> None:
    assert spoken("{Bell, Book}, Ada") == "Ada {Bell, Book}"


def test_two_papers_by_chance_make_no_list() -> None:
    notes = "\n".join([*["to do"] * 8, "https://arxiv.org/abs/2302.09664", "https://arxiv.org/abs/2302.09665"])

    assert not names_are_what_stands_in(notes)
    assert names_are_what_stands_in(f"{notes}\nhttps://arxiv.org/abs/2302.09666")


def test_comments_make_a_list_no_less_one() -> None:
    assert names_are_what_stands_in("# why I keep it\n" * 8 + "https://example.org/foxes")


@pytest.mark.parametrize("name", ["https://arxiv.org/abs/2302.09664", "https://doi.org/10.1234/foxes"])
def test_a_paper_that_stands_in_a_signature_is_no_page_of_its_writer(name: str) -> None:
    assert unsigned(f"-- \nAda, https://example.org/ada, read {name}.") == f"-- \nAda, , read {name}."
