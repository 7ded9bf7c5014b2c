"""The sample listing: dated relative to the day it is looked at."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from digest.errors import SourceChanged
from digest.model import Author, Listing
from digest.resources import sample_listing
from digest.sources.sample import parse_sample

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_listing(**changes: object) -> bytes:
    paper = {"id": "0001", "title": "On Foxes", "abstract": "a<b", "authors": [{"name": "Ana Silva", "affiliations": ["Lab"]}]}
    more = {"categories": ["cs.LG"], "days_ago": 1, "published_days_ago": 3, "listing": "cross", "source": "huggingface", "version": 2}
    return json.dumps({"papers": [{**paper, **more, "facts": {"votes": 7, "keywords": ["x"]}, **changes}]}).encode()


def test_a_sample_becomes_a_paper() -> None:
    (sighting,) = parse_sample(a_listing(), "sample", NOON).sightings

    paper = sighting.paper
    assert (sighting.source, sighting.listed_on, sighting.kind) == ("huggingface", date(2026, 11, 22), Listing.CROSS)
    assert (paper.key, paper.url, paper.pdf_url) == ("sample:0001", "https://example.org/papers/0001", "https://example.org/papers/0001.pdf")
    assert (paper.published, paper.version, paper.abstract) == (datetime(2026, 11, 20, 12, tzinfo=UTC), 2, "a<b")
    assert paper.authors == (Author("Ana Silva", ("Lab",)),)
    assert (paper.facts.votes, paper.facts.keywords) == (7, ("x",))


def test_the_listing_that_comes_along_is_read_whole() -> None:
    batch = parse_sample(sample_listing().read_bytes(), "sample", NOON)

    assert batch.dropped == ()
    assert len(batch.sightings) == 64
    assert {s.source for s in batch.sightings} == {"arxiv", "huggingface"}


@pytest.mark.parametrize(
    "changes",
    [{"title": 7}, {"title": None}, {"authors": "Ana"}, {"days_ago": "x"}, {"days_ago": 10**9}, {"listing": "best"},
     {"facts": {"taste": 1}}, {"version": None}, {"facts": 7}],
)  # fmt: skip
def test_what_is_not_written_as_a_paper_is_dropped(changes: dict[str, object]) -> None:
    batch = parse_sample(a_listing(**changes), "sample", NOON)

    assert (len(batch.sightings), len(batch.dropped)) == (0, 1)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{", b'{"papers": 7}', b"\xff"])
def test_what_is_no_listing_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceChanged):
        parse_sample(data, "sample", NOON)
