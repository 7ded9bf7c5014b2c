"""Libraries that lie at an address, asked of a real server."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from digest.errors import LibraryError, SourceRefused, UsageError
from digest.library.opening import open_library
from digest.net import Net

from .http_faults import HttpFaults, page
from .library_files import NOON

RIS_IN_BIBTEX = b"This file was made of one that began so:\nTY  - JOUR\n\n@article{silva, title={On Foxes}}\n"


def test_the_name_in_an_address_tells_the_format_in_doubt_also_before_a_question_mark(server: HttpFaults) -> None:
    server.pages["/refs.bib"] = page(RIS_IN_BIBTEX)

    changes = open_library(server.url("/refs.bib?dl=1"), Net(user_agent="test"), NOON, allow_private=True).fetch("")

    assert [reference.title for reference in changes.references] == ["On Foxes"]


def test_what_is_no_address_is_told_as_such() -> None:
    with pytest.raises(SourceRefused, match=r"^https://\[bad/refs\.bib: names no host"):
        open_library("https://[bad/refs.bib", Net(user_agent="test"), NOON).fetch("")


def test_of_a_file_that_never_ends_no_more_is_read_than_a_library_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.library.opening.LARGEST", 1000)

    with pytest.raises(LibraryError, match="zero: it is no text"):
        open_library("/dev/zero", Net(user_agent="test"), NOON).fetch("")


def test_a_pipe_that_nobody_writes_into_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "refs.bib")

    with pytest.raises(LibraryError, match="refs.bib: it is empty"):
        open_library(str(tmp_path / "refs.bib"), Net(user_agent="test"), NOON).fetch("")


def test_a_pipe_that_somebody_writes_into_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "refs.bib")
    pipe = os.open(tmp_path / "refs.bib", os.O_RDWR)

    def write_late() -> None:
        os.write(pipe, b"@article{silva, title={On Foxes}}\n")
        os.close(pipe)

    later = threading.Timer(0.05, write_late)
    later.start()
    changes = open_library(str(tmp_path / "refs.bib"), Net(user_agent="test"), NOON).fetch("")
    later.join()

    assert [reference.title for reference in changes.references] == ["On Foxes"]


def test_what_is_wrong_with_a_library_is_told_without_the_key_in_its_address(server: HttpFaults) -> None:
    server.pages["/refs"] = page(b" ")
    library = open_library(server.url("/refs?key=SECRET"), Net(user_agent="test"), NOON, allow_private=True)

    with pytest.raises(LibraryError, match="it is empty") as empty:
        library.fetch("")
    with pytest.raises(UsageError, match="Zotero only") as unwritten:
        library.check_saving("Night")

    assert (empty.value.subject, unwritten.value.subject) == (server.url("/refs"), server.url("/refs"))
