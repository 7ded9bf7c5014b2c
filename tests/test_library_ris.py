"""RIS as Zotero, EndNote and publishers write it."""

from __future__ import annotations

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


def test_an_entry_of_nothing_is_told_with_its_reason() -> None:
    changes = read("TY  - JOUR\nTI  - Fox\nER  - \nTY  - JOUR\nID  - x\nER  - \n", "refs.ris")

    assert [(d.entry, d.reason) for d in changes.dropped] == [("x", "neither a title nor an arXiv id, a DOI or a web address")]
