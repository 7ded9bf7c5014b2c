"""The papers of a letter as a BibTeX file that comes with it, where the operator wants that."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.library import read_library
from digest.model import Edition, Facts, Format, Issue
from digest.rendering import Press, bibtex
from digest.run import Parts, letter_of
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.command_line import NOWHERE, SENDER, digest_command
from tests.run_parts import parts_with, published

FOXES = a_paper("arxiv:2611.00001", "Foxes among models", facts=Facts(votes=3))
HOUNDS = a_paper("arxiv:2611.00002", "Calibration of language models of hounds", facts=Facts(votes=9))
LETTER = Press()


@pytest.fixture
def parts(catalog: Catalog) -> Parts:
    """Parts that attach, with two papers in the catalog."""
    catalog.papers.record(a_batch(FOXES, HOUNDS), NOON)
    return replace(parts_with(catalog), attach_bibtex=True, press=lambda theme, language: LETTER)


def issue_of(parts: Parts, **changes: object) -> Issue:
    parts.catalog.subscribers.add(a_subscription(**changes), NOON)
    (issue,) = published(parts)
    return issue


def read(parts: Parts, issue: Issue) -> EmailMessage:
    return message_from_bytes(letter_of(parts, issue).content, policy=policy.default)


def attached(letter: EmailMessage) -> list[tuple[str | None, str]]:
    """The names and texts of the files that come with a letter."""
    return [(part.get_filename(), part.get_content().decode().replace("\r\n", "\n")) for part in letter.iter_attachments()]


def structure(letter: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in letter.walk()]


def test_a_letter_brings_its_papers_in_the_order_in_which_it_shows_them(parts: Parts) -> None:
    letter = read(parts, issue_of(parts))

    assert attached(letter) == [("digest-2026-11-23.bib", bibtex([HOUNDS, FOXES]))]
    assert structure(letter) == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/x-bibtex"]


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN])
def test_a_letter_without_html_brings_them_too(parts: Parts, form: Format) -> None:
    letter = read(parts, issue_of(parts, format=form))

    assert structure(letter) == ["multipart/mixed", "text/plain", "application/x-bibtex"]
    assert attached(letter) == [("digest-2026-11-23.bib", bibtex([HOUNDS, FOXES]))]


def test_the_file_of_an_edition_can_be_read_as_a_library(parts: Parts) -> None:
    parts.catalog.papers.record(a_batch(FOXES, HOUNDS, source="huggingface"), NOON)
    issue = issue_of(parts, edition=Edition(name="trending"), name="trending")
    ((name, text),) = attached(read(parts, issue))

    assert {reference.title for reference in read_library(text.encode(), name, NOON).references} == {FOXES.title, HOUNDS.title}


def test_what_is_shown_stays_as_it_was(parts: Parts) -> None:
    issue = issue_of(parts)

    plain = read(replace(parts, attach_bibtex=False), issue)
    whole = read(parts, issue)

    assert structure(plain) == ["multipart/alternative", "text/plain", "text/html"]
    assert [part.get_content() for part in plain.iter_parts()] == [part.get_content() for part in next(whole.iter_parts()).iter_parts()]


def test_a_letter_without_papers_brings_no_file(parts: Parts) -> None:
    issue = issue_of(parts, profile=a_profile("calibration of language models", floor=1000.0))

    assert issue.has_letter
    assert (issue.picks, attached(read(parts, issue))) == ((), [])


@pytest.mark.parametrize(("setting", "files"), [("attach_bibtex = true\n", ["digest-2026-11-23.bib"]), ("", [])])
def test_the_configuration_says_whether(tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, files: list[str]) -> None:
    reader = '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["foxes"]\nzone = "UTC"\nat = "06:00"\n'
    (tmp_path / "config.toml").write_text(f"{SENDER}{NOWHERE}[rendering]\n{setting}{reader}", encoding="utf-8")
    digest_command(tmp_path, capsys)("status")  # makes the catalog
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.papers.record(a_batch(FOXES), NOON)

    digest_command(tmp_path, capsys)("run")

    (letter,) = (tmp_path / "out").glob("*.eml")
    assert [name for name, _ in attached(message_from_bytes(letter.read_bytes(), policy=policy.default))] == files
