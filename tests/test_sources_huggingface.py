"""Hugging Face's daily list becomes sightings with what its readers think of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest.errors import SourceChanged, SourceError
from digest.model import Author
from digest.sources.huggingface import parse_huggingface

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_item(**changes: object) -> dict[str, object]:
    paper: dict[str, object] = {
        "id": "2611.00001",
        "title": "On\nFoxes",
        "summary": "We study foxes.",
        "authors": [{"name": "Ana Silva", "hidden": False}, {"name": "Somebody Else", "hidden": True}, {"name": "Bo Lindqvist"}],
        "publishedAt": "2026-11-20T00:00:00.000Z",
        "submittedOnDailyAt": "2026-11-23T00:00:00.000Z",
        "submittedOnDailyBy": {"fullname": "Chi Wu"},
        "upvotes": 41,
        "ai_summary": "Foxes.",
        "ai_keywords": ["foxes", "foxes", "dens"],
        "githubRepo": "https://github.com/example/foxes",
        "githubStars": 12,
    }
    organisation = {"name": "fox", "fullname": "Fox Lab"}
    item = {"numComments": 3, "submittedBy": {"fullname": "Dana Wu"}, "organization": organisation}
    return {"publishedAt": "2026-11-22T20:00:00.000Z", **item, "paper": {**paper, **changes}}


def of(*items: object) -> bytes:
    return json.dumps(items).encode()


def test_an_item_becomes_a_paper_with_its_facts() -> None:
    (sighting,) = parse_huggingface(of(an_item()), "huggingface", NOON).sightings

    paper, facts = sighting.paper, sighting.paper.facts
    assert (sighting.listed_on, paper.published) == (date(2026, 11, 23), datetime(2026, 11, 20, tzinfo=UTC))
    assert (paper.key, paper.title, paper.url) == ("arxiv:2611.00001", "On Foxes", "https://arxiv.org/abs/2611.00001")
    assert paper.authors == (Author("Ana Silva"), Author("Bo Lindqvist"))
    assert (facts.votes, facts.comments, facts.stars) == (41, 3, 12)
    assert (facts.organisation, facts.submitter, facts.repository) == ("Fox Lab", "Dana Wu", "https://github.com/example/foxes")
    assert (facts.summary, facts.keywords) == ("Foxes.", ("foxes", "dens"))


def test_the_recorded_list(test_data: Path) -> None:
    data = (test_data / "samples/hf_daily_papers/sotawhat_hf_daily_papers.json").read_bytes()

    batch = parse_huggingface(data, "huggingface", NOON)

    assert (len(batch.sightings), len(batch.dropped), batch.expected) == (30, 0, 30)
    first = batch.sightings[0]
    assert (first.listed_on, first.paper.published) == (date(2026, 6, 12), datetime(2026, 5, 30, tzinfo=UTC))
    assert (first.paper.facts.organisation, first.paper.facts.comments) == ("California institute of technology", 2)
    assert first.paper.facts.submitter == "Rafal Kocielnik"
    assert len([s for s in batch.sightings if s.paper.facts.repository]) == 16


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "not-an-id"}, "it has no arXiv id"),
        ({"id": None}, "it has no arXiv id"),
        ({"withdrawnAt": "2026-11-22T00:00:00Z"}, "it was withdrawn"),
    ],
)
def test_what_is_no_paper_is_dropped(changes: dict[str, object], reason: str) -> None:
    batch = parse_huggingface(of(an_item(**changes), an_item(id="2611.00002")), "huggingface", NOON)

    assert [d.reason for d in batch.dropped] == [reason]
    assert [s.paper.key for s in batch.sightings] == ["arxiv:2611.00002"]


@pytest.mark.parametrize(
    "field", ["title", "summary", "authors", "publishedAt", "submittedOnDailyAt", "upvotes", "ai_keywords", "githubRepo", "ai_summary"]
)
@pytest.mark.parametrize("value", [None, 7, -1, 10**40, "x", ["x"], {"x": 1}, [None, {"name": 7}], True, 1.5])
def test_a_field_of_another_type_costs_at_most_that_field(field: str, value: object) -> None:
    batch = parse_huggingface(of(an_item(**{field: value}), an_item(id="2611.00002")), "huggingface", NOON)

    assert "arxiv:2611.00002" in [s.paper.key for s in batch.sightings]
    assert batch.expected == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"{", b'{"error": "rate limited"}', b"{}", b"7", b'["x"]', b'[{"a": 1}]', b"[" * 200_000, b"\xff\xfe\x00", b"[1e999]",
     b"[" + b"9" * 10_000 + b"]", b"null"],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_what_is_no_daily_list_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceError):
        parse_huggingface(data, "huggingface", NOON)


def test_an_empty_list_is_a_quiet_day() -> None:
    assert parse_huggingface(b"[]", "huggingface", NOON).expected == 0


def test_the_services_own_error_is_told() -> None:
    with pytest.raises(SourceChanged, match="rate limited"):
        parse_huggingface(b'{"error": "rate limited"}', "huggingface", NOON)
