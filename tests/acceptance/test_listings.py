"""Three days of arXiv over HTTP, from the command line: a listing that is in, one that is late, one that was missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.command_line import SENDER, Run, digest_command
from tests.listing_pages import an_item, newest_page, past_page

from .listing_server import Listed, ListingServer, atom

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, 23 + n) for n in range(3))
FOXES, HOUNDS, HENS = (
    Listed(f"2611.0000{n}", f"Conformal calibration of {what}", f"We calibrate language models of {what}.")
    for n, what in ((1, "foxes"), (2, "hounds"), (3, "hens"))
)
CONFIG = """[delivery]
transport = "folder"
folder = "out"
[[sources]]
kind = "arxiv"
categories = ["cs.LG"]
url = "{url}/atom"
listing_url = "{url}/list"
details_url = "{url}/api/query"
holidays = ["2027-11-25"]
allow_private = true
[[subscribers]]
address = "ana@example.org"
topics = ["calibration of language models"]
categories = ["cs.LG"]
zone = "Europe/Berlin"
at = "07:00"
"""


@pytest.fixture
def server() -> Iterator[ListingServer]:
    with ListingServer(known=[FOXES, HOUNDS, HENS]) as running:
        yield running


@pytest.fixture
def run(server: ListingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "config.toml").write_text(SENDER + CONFIG.format(url=server.url))
    return digest_command(tmp_path, capsys)


def letters(folder: Path) -> str:
    """All letters in the folder, oldest first, their soft line breaks undone."""
    return "".join(path.read_text().replace("=\n", "") for path in sorted((folder / "out").rglob("*.eml")))


def test_each_day_says_in_the_letter_and_in_status_whether_it_was_whole(server: ListingServer, run: Run, tmp_path: Path) -> None:
    server.pages["/atom/cs.LG"] = atom([FOXES], "2026-11-23")
    monday = run("run", now="2026-11-23T07:00:00+00:00")
    asked = len(server.asked)
    again = run("run", now="2026-11-23T08:00:00+00:00")

    assert (monday.status, again.status, len(server.asked)) == (0, 0, asked)
    assert "cs.LG: 1 announced, 1 read, 1 shown; the one announced on 22 Nov is in" in letters(tmp_path)

    server.pages["/atom/cs.LG"] = atom([FOXES], "2026-11-24")  # today's date, yesterday's papers
    server.pages["/list/cs.LG/new"] = newest_page(MONDAY, ("New submissions", [an_item(1, FOXES.title, version=1)])).decode()
    tuesday = run("run", now="2026-11-24T06:30:00+00:00")
    listings = run("status", "--json", now="2026-11-24T06:30:00+00:00").json["listings"]

    assert tuesday.status == 0
    assert [(one["name"], one["state"], one["sentence"]) for one in listings] == [
        ("arxiv cs.LG", "stale", "stale: what was announced on 23 Nov was due at 05:00 UTC; tried once, next 07:00 UTC")
    ]

    server.pages["/atom/cs.LG"] = atom([HENS], "2026-11-25")
    server.pages["/list/cs.LG/pastweek"] = past_page((TUESDAY, [an_item(2, HOUNDS.title)]), (MONDAY, [an_item(1, FOXES.title)])).decode()
    wednesday = run("run", now="2026-11-25T06:30:00+00:00")
    found = run("search", "calibration of hounds", "--json", now="2026-11-25T06:30:00+00:00").json

    assert "arxiv cs.LG: missed the listings of 24 Nov, and read them now: 1 paper" in wednesday.err
    assert letters(tmp_path).count("of hounds") > 0
    assert "cs.LG: 2 announced, 2 read, 2 shown; the one announced on 24 Nov is in" in letters(tmp_path)
    assert found[0]["title"] == HOUNDS.title
    assert any("id_list=2611.00002" in target for target in server.asked)  # its abstract, which the page does not have
