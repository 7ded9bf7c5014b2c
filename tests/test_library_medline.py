"""PubMed's .nbib, as "Send to: Citation manager" writes it."""

from __future__ import annotations

import pytest

from digest.model import Author, Reference

from .library_files import only, read

FOXES = """
PMID- 27169098
OWN - NLM
DP  - 2016 May 12
TI  - On foxes and the dens in which they
      sleep.
LID - S1234-5678(16)30001-1 [pii]
LID - 10.1234/Foxes.1 [doi]
AB  - AIM: To count. RESULT: TI  - many.
FAU - Bell, Ada B
AU  - Bell AB
FAU - Selvamani
AU  - Selvamani
CN  - The Fox Group
CIN - Dens. 2017;1:1. doi: 10.1234/comment
AID - 10.1234/Foxes.1 [doi]
"""


def test_an_entry_becomes_a_reference() -> None:
    assert only(FOXES, "pubmed.nbib") == Reference(
        entry="27169098",
        title="On foxes and the dens in which they sleep",
        abstract="AIM: To count. RESULT: TI - many.",
        authors=(Author("Ada B Bell"), Author("Selvamani"), Author("The Fox Group")),
        ids=("doi:10.1234/foxes.1",),
        year=2016,
    )


def test_each_entry_is_one_whatever_the_file_is_called() -> None:
    changes = read(FOXES + "\nPMID- 2\nTI  - On hens.\nAU  - Fox B\n", "export.txt")

    assert [(r.entry, r.title) for r in changes.references] == [
        ("27169098", "On foxes and the dens in which they sleep"),
        ("2", "On hens"),
    ]
    assert changes.dropped == ()


@pytest.mark.parametrize("tag", ["LID", "AID"])
def test_the_doi_is_found_in_either_of_its_places(tag: str) -> None:
    assert only(f"PMID- 2\nTI  - On hens.\n{tag} - 10.1234/hens [doi]\n", "pubmed.nbib").ids == ("doi:10.1234/hens",)


def test_a_book_is_called_by_its_own_title() -> None:
    assert only("PMID- 3\nBTI - The book of hens.\nFAU - Fox, Bo\n", "pubmed.nbib").title == "The book of hens"
