"""Hugging Face's daily list becomes sightings with what its readers think of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from socket import socket
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.catalog import Catalog
from digest.errors import SourceChanged, SourceError, SourceTooLarge
from digest.model import Author, SourceOptions
from digest.net import Net
from digest.run import Report, fetch
from digest.sources.huggingface import HuggingFace, make, parse_huggingface
from tests.run_parts import parts_with

from .http_faults import Asked, HttpFaults, page, turns

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


def test_what_one_half_of_an_item_lacks_the_other_says() -> None:
    item = {**an_item(id="2611.00001v2", title=None, summary=None, organization={"name": "fox"}), "title": "On Dens", "summary": "Deep."}
    del item["organization"], item["submittedBy"]

    paper = parse_huggingface(of(item), "huggingface", NOON).sightings[0].paper

    assert (paper.key, paper.version, paper.title, paper.abstract) == ("arxiv:2611.00001", 2, "On Dens", "Deep.")
    assert (paper.facts.organisation, paper.facts.submitter) == ("fox", "Chi Wu")


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
    ("changes", "told"),
    [
        ({"id": "not-an-id"}, ("On Foxes", "it has no arXiv id")),
        ({"id": None}, ("On Foxes", "it has no arXiv id")),
        ({"title": " "}, ("2611.00001", "it has no title")),
        ({"withdrawnAt": "2026-11-22T00:00:00Z"}, ("On Foxes", "it was withdrawn")),
        ({"withdrawnAt": "2026-11-22T00:00:00Z", "title": None}, ("without a title", "it was withdrawn")),
    ],
)
def test_what_is_no_paper_is_dropped(changes: dict[str, object], told: tuple[str, str]) -> None:
    batch = parse_huggingface(of(an_item(**changes), an_item(id="2611.00002")), "huggingface", NOON)

    assert [(d.entry, d.reason) for d in batch.dropped] == [told]
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


def test_a_list_longer_than_one_can_be_is_refused() -> None:
    with pytest.raises(SourceTooLarge):
        parse_huggingface(of(*[{"paper": {}}] * 10_001), "huggingface", NOON)


def test_an_empty_list_is_a_quiet_day() -> None:
    assert parse_huggingface(b"[]", "huggingface", NOON).expected == 0


def test_the_services_own_error_is_told() -> None:
    with pytest.raises(SourceChanged, match="rate limited"):
        parse_huggingface(b'{"error": "rate limited"}', "huggingface", NOON)


# --- days gone by -----------------------------------------------------------------------------------------------------


def a_source(server: HttpFaults, query: str = "limit=100") -> HuggingFace:
    options = SourceOptions(name="huggingface", kind="huggingface", url=server.url(f"/daily?{query}"), allow_private=True)
    return make(options, Net(user_agent="digest-test", timeout=5, tries=1, sleep=lambda seconds: None))


def test_the_list_of_a_day_gone_by_is_asked_for_by_its_date(server: HttpFaults) -> None:
    server.pages["/daily"] = page(of(an_item()))

    batch = a_source(server, "limit=100&week=2026-W40&p=2").fetch_day(date(2026, 11, 20), NOON)

    assert (server.targets, len(batch.sightings)) == (["/daily?limit=100&date=2026-11-20"], 1)


def test_a_list_that_has_not_changed_is_not_read_again(server: HttpFaults) -> None:
    server.pages["/daily"] = turns(page(of(an_item()), etag='"1"'), page(b"", "304 Not Modified"))
    source = a_source(server)

    first = source.fetch("", NOON)
    again = source.fetch(first.cursor, NOON)

    assert (again.sightings, again.unchanged, again.cursor) == ((), True, first.cursor)
    assert server.asked[1].headers["if-none-match"] == '"1"'


def test_without_an_address_it_is_the_sites_own_list() -> None:
    made = make(SourceOptions(name="huggingface", kind="huggingface"), Net(user_agent="digest-test"))

    assert made.url == "https://huggingface.co/api/daily_papers?limit=100"


def test_days_that_were_missed_are_made_up_for_and_weekends_are_not(server: HttpFaults, catalog: Catalog) -> None:
    lists = {
        "2026-11-19": [an_item(submittedOnDailyAt="2026-11-19T00:00:00.000Z"), an_item(id="2611.00002", title="On Hounds")],
        "2026-11-20": [an_item(id="2611.00003", title="On Hens", submittedOnDailyAt="2026-11-20T00:00:00.000Z")],
        "": [an_item(id="2611.00004", title="On Dens")],  # a list that does not change
    }

    def play(connection: socket, asked: Asked) -> None:
        day = parse_qs(urlsplit(asked.target).query).get("date", [""])[0]
        page(of(*lists[day]))(connection, asked)

    server.pages["/daily"] = play
    parts = replace(parts_with(catalog), sources=(a_source(server),))
    thursday, monday = (Report(datetime(2026, 11, day, 12, tzinfo=UTC)) for day in (19, 23))
    fetch(parts, thursday)
    fetch(parts, monday)

    assert [target.partition("date=")[2] for target in server.targets] == ["", "2026-11-19", "2026-11-20", ""]
    assert monday.notes == ["huggingface: was not asked since 19 Nov, so its lists of the days between were read: 3 new papers"]
    assert {f"{line.day}": str(line.state) for line in catalog.ledger.since(date(2026, 11, 1))} == {
        "2026-11-19": "fresh",
        "2026-11-20": "fresh",
        "2026-11-23": "quiet",
    }


def test_a_day_gone_by_whose_list_is_refused_is_told_once_and_keeps_no_other_list_out(server: HttpFaults, catalog: Catalog) -> None:
    def play(connection: socket, asked: Asked) -> None:
        day = parse_qs(urlsplit(asked.target).query).get("date", [""])[0]
        number = f"2611.000{day[-2:] or 24}"
        answer = page(b"no list", "400 Bad Request") if day == "2026-11-20" else page(of(an_item(id=number, title=f"On fox {number}")))
        answer(connection, asked)

    server.pages["/daily"] = play
    parts = replace(parts_with(catalog), sources=(a_source(server),))
    thursday, tuesday, later = (Report(datetime(2026, 11, day, hour, tzinfo=UTC)) for day, hour in ((19, 12), (24, 12), (24, 13)))
    for report in (thursday, tuesday, later):
        fetch(parts, report)

    assert [report.sources[0].state for report in (thursday, tuesday, later)] == ["fresh"] * 3
    assert tuesday.notes == ["huggingface: was not asked since 19 Nov, so its lists of the days between were read: 2 new papers"]
    assert [(f.subject, f.message) for f in tuesday.failures] == [
        ("huggingface", "its list of 20 Nov, which was missed, cannot be read: answers 400 Bad Request")
    ]
    assert later.failures == []


def test_days_gone_by_are_made_up_for_later_where_the_list_is_out_of_reach(server: HttpFaults, catalog: Catalog) -> None:
    server.pages["/daily"] = page(of(an_item()))
    parts = replace(parts_with(catalog), sources=(a_source(server),))
    fetch(parts, Report(datetime(2026, 11, 19, 12, tzinfo=UTC)))
    server.pages["/daily"] = page(b"busy", "503 Service Unavailable")
    fetch(parts, away := Report(datetime(2026, 11, 24, 12, tzinfo=UTC)))
    server.pages["/daily"] = page(of(an_item()))
    fetch(parts, Report(datetime(2026, 11, 24, 13, tzinfo=UTC)))

    assert [failure.message for failure in away.failures] == ["answers 503 Service Unavailable"]
    assert [f"{line.day:%d}" for line in catalog.ledger.since(date(2026, 11, 1))] == ["19", "20", "23", "24"]
