"""RIS as Zotero, EndNote and publishers write it."""

from __future__ import annotations

import pytest

from digest.model import Author, Reference

from .library_files import only, read


def test_an_entry_becomes_a_reference() -> None:
    reference = only(
        "TY  - JOUR\r\nID  - fox1\r\nTI  - On <i>foxes</i>\r\nAU  - Bell, Ada\r\nAU  - CERN Collaboration\r\nPY  - 2020/05/02\r\n"
        "AB  - They sleep\r\nall day.\r\nDO  - 10.1234/X\r\nUR  - https://arxiv.org/abs/2302.09664\r\nER  - \r\n",
        "refs.ris",
    )

    assert reference == Reference(
        entry="fox1",
        title="On foxes",
        abstract="They sleep all day.",
        authors=(Author("Ada Bell"), Author("CERN Collaboration")),
        ids=("arxiv:2302.09664", "doi:10.1234/x"),
        year=2020,
    )


def test_a_preprint_that_zotero_numbers_is_called_by_its_arxiv_id() -> None:
    assert only("TY  - UNPB\nTI  - T\nAN  - arXiv:2302.09664\nPB  - arXiv\nER  - \n").ids == ("arxiv:2302.09664",)


def test_an_entry_that_is_not_ended_ends_where_the_next_begins() -> None:
    changes = read("TY  - JOUR\nTI  - One\nDO  - 10.1234/1\nTY  - JOUR\nTI  - Two\nDO  - 10.1234/2\n", "refs.ris")

    assert [(r.title, r.ids) for r in changes.references] == [("One", ("doi:10.1234/1",)), ("Two", ("doi:10.1234/2",))]


def test_an_entry_without_a_name_is_called_by_what_it_is_whatever_stands_around_it() -> None:
    fox, owl = "TY  - JOUR\nTI  - Fox\nER  - \n", "TY  - JOUR\nTI  - Owl\nER  - \n"

    names = [r.entry for r in read(fox + owl, "refs.ris").references]

    assert names == ["#059c414a91cf", "#791635c5ea94"]
    assert [r.entry for r in read(owl + fox, "refs.ris").references] == names[::-1]


def test_an_entry_of_nothing_without_a_name_is_told_by_its_place() -> None:
    changes = read("TY  - JOUR\nTI  - Fox\nER  - \nTY  - JOUR\nAU  - Bell, A\nER  - \nTY  - JOUR\nPY  - 2020\nER  - \n", "refs.ris")

    assert [dropped.entry for dropped in changes.dropped] == ["item 2", "item 3"]


def test_an_entry_of_nothing_is_told_with_its_reason() -> None:
    changes = read("TY  - JOUR\nTI  - Fox\nER  - \nTY  - JOUR\nID  - x\nER  - \n", "refs.ris")

    assert [(d.entry, d.reason) for d in changes.dropped] == [("x", "neither a title nor an arXiv id, a DOI or a web address of its own")]


def test_an_entry_of_an_older_program_becomes_the_same_reference() -> None:
    older = "TY  - JOUR\nT1  - On foxes\nA1  - Bell, Ada\nN2  - They sleep.\nY1  - 2020///\nDI  - 10.1234/X\nER  - \n"
    newer = "TY  - JOUR\nTI  - On foxes\nAU  - Bell, Ada\nAB  - They sleep.\nPY  - 2020\nDO  - 10.1234/X\nER  - \n"

    assert only(older).title == "On foxes"
    assert read(older, "refs.ris") == read(newer.replace("ER", "DA  - 2021/01/05\nER"), "refs.ris")


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ("ST  - Foxes\nTI  - On foxes: a study\n", "On foxes: a study"),
        ("T1  - Foxes, once more\nTI  - On foxes\n", "On foxes"),
        ("BT  - The book of foxes\n", "The book of foxes"),
        ("CT  - Proceedings on foxes\n", "Proceedings on foxes"),
        ("ST  - Foxes\n", "Foxes"),
    ],
)
def test_the_whole_title_comes_before_a_short_one(rows: str, title: str) -> None:
    assert only(f"TY  - JOUR\n{rows}ER  - \n").title == title


@pytest.mark.parametrize("tag", ["UR", "LK", "L1", "L2", "AN", "N1", "M1", "M3", "JO", "JF", "JA", "T2", "PB", "C1", "SP"])
def test_an_arxiv_id_is_found_wherever_a_program_puts_it(tag: str) -> None:
    told = "https://arxiv.org/pdf/2302.09664" if tag in ("UR", "LK", "L1", "L2") else "arXiv preprint arXiv:2302.09664"

    assert only(f"TY  - JOUR\nTI  - On foxes\n{tag}  - {told}\nER  - \n").ids == ("arxiv:2302.09664",)


def test_a_year_may_stand_in_the_date_alone() -> None:
    assert only("TY  - JOUR\nTI  - On foxes\nDA  - 2020/05/02\nER  - \n").year == 2020
