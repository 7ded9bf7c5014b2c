"""Lists of feeds that other programs export, and `digest sources import`. The lists are made up, by the specification (opml.org/spec2)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DigestError, SourceChanged, SourceRefused, SourceTooLarge
from digest.sources.opml import Subscribed, parse_opml

from .command_line import NOWHERE, SENDER, Run, digest_command

FEEDS = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Journals"><outline type="rss" text="J. Foxes" title="Journal of Foxes" xmlUrl="https://foxes.example.org/feed.xml"/>
    <outline text="Hounds &amp; Hens" xmlUrl="https://hounds.example.org/rss"/></outline>
  <outline text="again" xmlUrl="https://foxes.example.org/feed.xml"/>
  <outline type="rss" xmlUrl="https://www.dens.example.org/atom.xml"/>
  <outline text="no feed"/><outline text="a file" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def test_the_feeds_come_in_their_order_each_once() -> None:
    assert parse_opml(FEEDS, "feeds.opml").feeds == (
        Subscribed("Journal of Foxes", "https://foxes.example.org/feed.xml"),
        Subscribed("Hounds & Hens", "https://hounds.example.org/rss"),
        Subscribed("", "https://www.dens.example.org/atom.xml"),
    )


def test_a_long_list_is_not_a_deep_one() -> None:
    outlines = b"".join(b"<OUTLINE xmlUrl='https://example.org/%d'/>" % n for n in range(150))

    assert len(parse_opml(b"<OPML>" + outlines + b"</OPML>", "feeds.opml").feeds) == 150


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", SourceChanged),
        (b"a word", SourceChanged),
        (FEEDS[:-20], SourceChanged),
        (b"<rss version='2.0'><channel/></rss>", SourceChanged),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", SourceRefused),
        (b"<opml>" + b"<outline>" * 200, SourceTooLarge),
        (b"<opml>" + b"".join(b"<outline xmlUrl='https://example.org/%d'/>" % n for n in range(2_001)) + b"</opml>", SourceTooLarge),
        (b"<opml>" + b" " * (4 << 20) + b"</opml>", SourceTooLarge),
    ],
    ids=["empty", "a word", "cut", "a feed", "entities", "deep", "many", "long"],
)
def test_what_is_no_list_of_feeds_is_an_error(data: bytes, error: type[DigestError]) -> None:
    with pytest.raises(error):
        parse_opml(data, "feeds.opml")


@given(st.binary(max_size=200), st.integers(0, len(FEEDS)))
def test_a_damaged_list_is_read_or_refused(damage: bytes, place: int) -> None:
    found: tuple[Subscribed, ...] = ()
    with suppress(DigestError):
        found = parse_opml(FEEDS[:place] + damage + FEEDS[place:], "feeds.opml").feeds

    assert all(feed.url.startswith("http") for feed in found)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    (tmp_path / "feeds.opml").write_bytes(FEEDS)
    return digest_command(tmp_path, capsys)


def test_a_list_is_imported_once(run: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "feeds.opml")

    rehearsed, done, again = run("sources", "import", file, "--dry-run"), run("sources", "import", file), run("sources", "import", file)

    assert [line.err.splitlines()[-1] for line in (rehearsed, done, again)] == [
        "would add 3 feeds",
        "added 3 feeds",
        "added 0 feeds, 3 are asked already",
    ]
    assert [row["name"] for row in run("sources", "list", "--json").json] == ["none", "Hounds & Hens", "Journal of Foxes", "dens"]


def test_what_is_no_address_is_named_and_the_others_come_in(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.opml"
    file.write_text('<opml><body><outline xmlUrl="foxes.example.org/rss"/><outline xmlUrl="https://hens.example.org/rss"/></body></opml>')

    done = run("sources", "import", str(file))

    assert (done.status, done.err.splitlines()) == (
        1,
        ["left out, as it is not the address of a public page: 'foxes.example.org/rss'", "added 1 feed"],
    )


def test_how_a_feed_of_ones_own_network_comes_in_is_said_and_no_login_is_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.opml"
    file.write_text('<opml><outline xmlUrl="http://ana:secret@127.0.0.1/a"/><outline xmlUrl="http://localhost:1200/b?key=secret"/></opml>')

    done = run("sources", "import", str(file))

    assert (done.status, "secret" in done.err) == (1, False)
    assert done.err.splitlines()[2:] == ["  → one in your own network: digest sources add ADDRESS --allow-private", "added 0 feeds"]


def test_a_list_that_is_not_there_is_asked_for_as_a_file(run: Run, tmp_path: Path) -> None:
    done = run("sources", "import", str(tmp_path / "mine.opml"))

    assert (done.status, done.err.splitlines()[-1]) == (1, "  → name the OPML file that a feed reader exported")
