"""What every kind of source keeps: a hostile answer is an error of ours or a failure in the batch, and never anything else.

Walks `digest/sources/`: a new file with a `make` is tested here from its first day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import DigestError
from digest.model import Batch, SourceOptions
from digest.net import Net
from digest.plugins import built_in, load_maker

from ..http_faults import HttpFaults, Play, drip, page, raw

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BODIES = {
    "empty": b"",
    "blank": b" \n\t ",
    "a web page": b"<!DOCTYPE html><html><body>Log in to continue</body></html>",
    "a word": b"ok",
    "cut Atom": b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><entry><title>On Fo",
    "cut JSON": b'[{"paper": {"id": "2611.00001", "title": "On Fo',
    "other JSON": b'{"papers": 7}',
    "null": b"null",
    "a list of nothing": b"[null, 7, [], {}]",
    "deep JSON": b"[" * 200_000,
    "deep XML": b"<rss version='2.0'>" + b"<a>" * 100_000,
    "binary": bytes(range(256)) * 40,
    "zeros": b"\x00" * 10_000,
    "entities": b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss version='2.0'><channel><item><title>&a;</title></item></channel></rss>",
    "surrogates": b"<rss version='2.0'><channel><item><title>&#xD800;</title><link>http://x.org/a</link></item></channel></rss>",
    "a paper of nothing": b'{"papers": [null, 7, {}, {"id": {}, "title": []}]}',
}
STATUSES = ("204 No Content", "304 Not Modified", "400 Bad Request", "403 Forbidden", "404 Gone", "429 Slow", "500 Oops", "503 Busy")


def outcome(kind: str, url: str, cursor: str = "") -> Batch | DigestError:
    """What fetching gives; any other exception is the test's failure."""
    options = SourceOptions(name="mine", kind=kind, url=url, allow_private=True)
    with Net(user_agent="digest-test", timeout=0.5, tries=2, sleep=lambda seconds: None) as net:
        try:
            return load_maker(kind)(options, net).fetch(cursor, NOON)
        except DigestError as error:
            return error


def address(kind: str, server: HttpFaults, folder: Path, body: bytes) -> str:
    """Where a source of that kind finds the body: the sample in a file, all others over the network."""
    if kind == "sample":
        (folder / "listing").write_bytes(body)
        return str(folder / "listing")
    for path in ("/", "/2026-11-21/2026-11-23/0/json"):  # bioRxiv is asked for days, all others at their address
        server.pages[path] = page(body)
    return server.url("/")


@pytest.mark.parametrize("kind", built_in())
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_hostile_body_is_an_error_or_told_entry_by_entry(kind: str, body: bytes, server: HttpFaults, tmp_path: Path) -> None:
    got = outcome(kind, address(kind, server, tmp_path, body))

    if isinstance(got, Batch):
        assert got.source == "mine"
        assert got.sightings or got.dropped or got.failures
        assert all(sighting.paper.title for sighting in got.sightings)
    else:
        assert got.hint
        assert got.exit_status == 1


@pytest.mark.parametrize("kind", [kind for kind in built_in() if kind != "sample"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_status_without_a_listing_is_an_error(kind: str, status: str, server: HttpFaults) -> None:
    server.pages["/"] = page(b"", status)

    assert isinstance(outcome(kind, server.url("/")), DigestError)


@pytest.mark.parametrize("kind", [kind for kind in built_in() if kind != "sample"])
@pytest.mark.parametrize("play", ["garbage", "cut", "drip", "nothing"])
def test_a_broken_connection_is_an_error(kind: str, play: str, server: HttpFaults) -> None:
    plays: dict[str, Play] = {
        "garbage": raw(b"\xff\x00garbage"),
        "cut": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<rss"),
        "drip": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"<", server.stop),
        "nothing": raw(b""),
    }
    server.pages["/"] = plays[play]

    assert isinstance(outcome(kind, server.url("/")), DigestError)


@pytest.mark.parametrize("kind", built_in())
@pytest.mark.parametrize("cursor", ["", "garbage", "[]", '{"x": {"etag": 7}}', "\x00"])
def test_any_cursor_is_borne(kind: str, cursor: str, server: HttpFaults, tmp_path: Path) -> None:
    got = outcome(kind, address(kind, server, tmp_path, b"<html>"), cursor)

    assert isinstance(got, DigestError)


@pytest.mark.parametrize("kind", built_in())
def test_a_source_that_cannot_be_reached_is_an_error(kind: str, tmp_path: Path) -> None:
    got = outcome(kind, str(tmp_path / "nothing") if kind == "sample" else "http://no-such-host.invalid/")

    assert isinstance(got, DigestError)
