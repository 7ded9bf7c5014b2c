"""`digest sources try`: what a listing holds, told as JSON or as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.cli.listing import kind_of, shown
from digest.cli.sources import sources

from .http_faults import HttpFaults, page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).isoformat()
FEED = (
    b"<rss version='2.0'><channel><title>J</title><item><title>On Foxes</title><link>https://example.org/foxes</link>"
    b"<description>We study foxes.</description><author>Ana Silva</author><pubDate>Mon, 23 Nov 2026 05:00:00 GMT</pubDate></item>"
    b"<item><link>https://example.org/nameless</link></item></channel></rss>"
)


@pytest.fixture
def server() -> Iterator[HttpFaults]:
    with HttpFaults({"/feed": page(FEED)}) as running:
        yield running


def attempt(*arguments: str) -> Result:
    return CliRunner().invoke(sources, ["try", *arguments, "--now", NOON], standalone_mode=False)


def test_a_file_is_told_as_json(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(FEED)

    done = attempt(str(file), "--json")

    assert done.return_value == 0
    assert json.loads(done.stdout) == {
        "source": str(file),
        "kind": "feed",
        "format": "rss20",
        "unchanged": False,
        "entries": 2,
        "papers": [
            {
                "key": "url:https://example.org/foxes",
                "title": "On Foxes",
                "authors": ["Ana Silva"],
                "abstract": "We study foxes.",
                "url": "https://example.org/foxes",
                "published": "2026-11-23T05:00:00+00:00",
                "listed_on": "2026-11-23",
                "kind": "new",
            }
        ],
        "dropped": [{"entry": "https://example.org/nameless", "reason": "it has no title"}],
    }


def test_an_address_is_fetched_and_told_as_a_table(server: HttpFaults) -> None:
    done = attempt(server.url("/feed"), "--allow-private")

    assert done.return_value == 0
    assert "On Foxes" in done.stdout
    assert "1 papers, 1 entries dropped, format rss20" in done.stderr


def test_a_refused_listing_is_told_as_json_with_what_to_do(server: HttpFaults) -> None:
    done = attempt(server.url("/feed"), "--json")

    error = json.loads(done.stdout)["error"]
    assert done.return_value == 1
    assert error["kind"] == "source_refused"
    assert "127.0.0.1" in error["message"]
    assert error["hint"]


@pytest.mark.parametrize("content", [b"", b"<html>", FEED[:36], b"<x " * 9, b"[]"])
def test_a_file_that_is_no_feed_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)

    done = attempt(str(tmp_path / "x"), "--json")

    assert done.return_value == 1
    assert json.loads(done.stdout)["error"]["kind"] == "source_changed"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("nothing.xml", "not_found"), (".", "source_unreachable"), ("x\x00y", "source_unreachable"), ("x" * 300, "source_unreachable")],
    ids=["nothing", "folder", "nul", "long"],
)
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, name: str, kind: str) -> None:
    done = attempt(str(tmp_path / name), "--json")

    assert done.return_value == 1
    assert json.loads(done.stdout)["error"]["kind"] == kind


def test_what_is_neither_file_nor_source_is_told_what_could_be_tried(tmp_path: Path) -> None:
    refused = json.loads(attempt(str(tmp_path / "jurnal"), "--json").stdout)

    assert refused["error"]["hint"] == "name a file, an address with https://, or a source (`digest sources list` names them)"


def test_the_recorded_daily_list(test_data: Path) -> None:
    done = attempt(str(test_data / "samples/hf_daily_papers/sotawhat_hf_daily_papers.json"), "--kind", "huggingface", "--json")

    told = json.loads(done.stdout)
    assert (done.return_value, told["entries"], told["kind"]) == (0, 30, "huggingface")


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("https://rss.arxiv.org/atom/cs.LG", "arxiv"),
        ("https://export.arxiv.org/api/query?id_list=1", "arxiv"),
        ("https://huggingface.co/api/daily_papers", "huggingface"),
        ("https://example.org/arxiv.org", "feed"),
        ("https://notarxiv.org/", "feed"),
        ("arxiv.xml", "feed"),
        ("http://[", "feed"),
    ],
)
def test_the_kind_is_told_by_the_host(what: str, kind: str) -> None:
    assert kind_of(what) == kind


@pytest.mark.parametrize("address", ["https://ana:secret@example.org/feed?key=secret", "https://ana:sec/ret@example.org/feed"])
def test_a_password_or_key_in_an_address_is_not_shown(address: str) -> None:
    assert shown(address) == "https://example.org/feed"


def test_an_address_with_a_name_in_its_path_is_shown_whole() -> None:
    assert shown("https://blogs.example.org/feed/@ana") == "https://blogs.example.org/feed/@ana"
