"""A list of arXiv ids, DOIs and addresses, as people keep it."""

from __future__ import annotations

from time import process_time

import pytest

from digest.errors import LibraryError
from digest.model import Dropped

from .library_files import read


@pytest.mark.parametrize(
    ("row", "ids"),
    [
        ("2302.09664", ["arxiv:2302.09664"]),
        ("arXiv: 2302.09664v3 [cs.CL]  # a comment, with 2401.00001", ["arxiv:2302.09664"]),
        ("2302.09664, 2401.00001;hep-th/9901001", ["arxiv:2302.09664", "arxiv:2401.00001", "arxiv:hep-th/9901001"]),
        ("2302.09664,2401.00001", ["arxiv:2302.09664", "arxiv:2401.00001"]),
        ("10.1145/1,10.1145/2", ["doi:10.1145/1", "doi:10.1145/2"]),
        (
            "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
            ["doi:10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o"],
        ),
        ("- <https://arxiv.org/abs/2302.09664>", ["arxiv:2302.09664"]),
        ("[1] 2302.09664", ["arxiv:2302.09664"]),
        ("12. 2302.09664", ["arxiv:2302.09664"]),
        ("3) (https://arxiv.org/abs/2302.09664).", ["arxiv:2302.09664"]),
        ("[2302.09664]", ["arxiv:2302.09664"]),
        ("(10.1000/a(b)), 10.1000/c(d)", ["doi:10.1000/a(b)", "doi:10.1000/c(d)"]),
        ("https://doi.org/10.1145/1 https://example.org/x#part", ["doi:10.1145/1", "url:https://example.org/x"]),
    ],
)
def test_the_names_of_a_line_are_found(row: str, ids: list[str]) -> None:
    changes = read(row, "list.txt")

    assert [r.ids[0] for r in changes.references] == ids
    assert [r.entry for r in changes.references] == ids
    assert changes.dropped == ()


def test_a_list_may_be_written_in_markdown() -> None:
    changes = read("[On Foxes](https://arxiv.org/abs/2302.09664)\n* [On Hens](https://example.org/hens)", "")

    assert [r.entry for r in changes.references] == ["arxiv:2302.09664", "url:https://example.org/hens"]


def test_titles_and_authors_may_stand_between_the_names() -> None:
    changes = read("Semantic Uncertainty\nKuhn, Gal\nICLR\nhttps://arxiv.org/abs/2302.09664\n", "list.txt")

    assert [r.ids[0] for r in changes.references] == ["arxiv:2302.09664"]


def test_a_file_that_holds_an_address_by_chance_is_no_list() -> None:
    settings = 'database = "digest.db"\n[sender]\nfrom = "ana@example.org"\n[[sources]]\nurl = "https://journal.example.org/feed"\n'

    with pytest.raises(LibraryError, match="none of BibTeX"):
        read(settings, "config.toml")


@pytest.mark.parametrize(
    "text",
    [
        "Read by us\nin 2024\nat the lab\nof foxes\n\n2302.09664, 2302.09665, 10.1000/182\n",
        "".join(f"On Foxes\nAna Silva\nJournal of Foxes\nread twice\nhttps://arxiv.org/abs/2302.0966{n}\n\n" for n in (3, 4, 5)),
    ],
)
def test_a_list_may_say_much_of_its_papers(text: str) -> None:
    assert len(read(text, "list.txt").references) == 3


def test_what_is_no_name_is_told_with_its_line() -> None:
    changes = read("# mine\n2302.09664\n\n2302.9 file:///x 2302.09664\n", "list.txt")

    assert [r.entry for r in changes.references] == ["arxiv:2302.09664"]
    assert changes.dropped == (
        Dropped("2302.9", "line 4: neither an arXiv id, a DOI nor a web address"),
        Dropped("file:///x", "line 4: neither an arXiv id, a DOI nor a web address"),
        Dropped("arxiv:2302.09664", "stands twice in the library"),
    )


def test_a_row_of_commas_takes_no_time() -> None:
    started = process_time()
    changes = read("2302.09664 " + "," * 20_000 + "x", "refs.txt")

    assert [reference.ids for reference in changes.references] == [("arxiv:2302.09664",)]
    assert process_time() - started < 4  # it was half a minute


def test_a_megabyte_of_blank_lines_takes_no_time() -> None:
    started = process_time()
    changes = read("2302.09664" + "\n" * 1_000_000, "refs.txt")

    assert [reference.ids for reference in changes.references] == [("arxiv:2302.09664",)]
    assert process_time() - started < 4  # it was six seconds
