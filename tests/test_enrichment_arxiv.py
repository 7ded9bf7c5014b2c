"""What arXiv's API says of single papers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.enrichment.arxiv_details import ArxivDetails, parse_details
from digest.errors import SourceChanged, SourceError, SourceRefused
from digest.model import Author, Paper
from digest.net import Net

from .http_faults import HttpFaults, page, turns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_entry(identifier: str = "2611.00001", more: str = "", title: str = "On\n  Foxes") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{identifier}v2</id><title>{title}</title><summary>  Code at github.com/a/b.</summary>"
        "<published>2026-11-20T17:00:00Z</published>"
        "<author><name>Ana Silva</name><arxiv:affiliation>Lab, Oslo</arxiv:affiliation></author><author><name>Bo</name></author>"
        f"<arxiv:primary_category term='cs.LG'/><category term='cs.AI'/><category term='cs.LG'/>{more}</entry>"
    )


def an_answer(*entries: str) -> bytes:
    head = "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:arxiv='http://arxiv.org/schemas/atom'>"
    return f"{head}<title>arXiv Query</title>{''.join(entries)}</feed>".encode()


def details(server: HttpFaults) -> ArxivDetails:
    net = Net(user_agent="digest-test", timeout=5, tries=1)
    return ArxivDetails(net, url=server.url("/api/query"), allow_private=True)


def had(service: ArxivDetails, ids: Sequence[str]) -> tuple[Paper, ...]:
    return tuple(paper for some in service.batches(ids) for paper in some)


def test_an_entry_gives_the_facts_that_the_feeds_lack() -> None:
    more = (
        "<arxiv:comment>Accepted at NeurIPS. Code: https://github.com/example/foxes</arxiv:comment>"
        "<arxiv:journal_ref>J. Foxes 1</arxiv:journal_ref><arxiv:doi>10.1000/ABC, 10.1000/b</arxiv:doi>"
    )
    (paper,) = parse_details(an_answer(an_entry(more=more)), NOON)

    assert (paper.key, paper.version, paper.title) == ("arxiv:2611.00001", 2, "On Foxes")
    assert paper.ids == ("arxiv:2611.00001", "doi:10.1000/abc")
    assert paper.facts.comment == "Accepted at NeurIPS. Code: https://github.com/example/foxes"
    assert (paper.facts.journal, paper.facts.repository) == ("J. Foxes 1", "https://github.com/example/foxes")
    assert paper.authors == (Author("Ana Silva", ("Lab, Oslo",)), Author("Bo"))
    assert paper.categories == ("cs.LG", "cs.AI")
    assert paper.published == datetime(2026, 11, 20, 17, tzinfo=UTC)


def test_code_that_only_the_abstract_names_is_found() -> None:
    (paper,) = parse_details(an_answer(an_entry()), NOON)

    assert (paper.facts.comment, paper.facts.repository) == (None, "https://github.com/a/b")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("id_1605.08386_*", ["arxiv:1605.08386"]),
        ("id_astro-ph_0601001_*", ["arxiv:astro-ph/0601001"]),
        ("id_quant-ph_0201082v1_*", ["arxiv:quant-ph/0201082"]),
        ("id_0000.0000_*", []),
    ],
)
def test_the_recorded_answers(test_data: Path, name: str, keys: list[str]) -> None:
    body = json.loads(next((test_data / "samples/arxiv_api").glob(f"{name}.json")).read_text(encoding="utf-8"))["body"]

    assert [paper.key for paper in parse_details(body.encode(), NOON)] == keys


def test_the_recorded_error_is_an_error(test_data: Path) -> None:
    body = json.loads(next((test_data / "samples/arxiv_api").glob("id_abc_*.json")).read_text(encoding="utf-8"))["body"]

    with pytest.raises(SourceChanged, match="incorrect id format for abc"):
        parse_details(body.encode(), NOON)


def test_papers_come_in_the_order_asked_for_and_unknown_ones_are_absent(server: HttpFaults) -> None:
    server.pages["/api/query"] = page(an_answer(an_entry("2611.00001"), an_entry("2611.00002")))

    papers = had(details(server), ["2611.00002", "2611.99999", "2611.00001v1", "2611.00002", "nonsense", "", "2611.00003&max_results=1"])

    assert [paper.key for paper in papers] == ["arxiv:2611.00002", "arxiv:2611.00001"]
    assert parse_qs(urlsplit(server.targets[0]).query)["id_list"] == ["2611.00002,2611.99999,2611.00001"]


def test_a_hundred_ids_are_asked_for_at_a_time(server: HttpFaults) -> None:
    server.pages["/api/query"] = page(an_answer())

    assert had(details(server), [f"2611.{n:05}" for n in range(1, 251)]) == ()

    queries = [parse_qs(urlsplit(target).query) for target in server.targets]
    assert [query["max_results"] for query in queries] == [["100"], ["100"], ["50"]]


def test_a_paper_that_a_request_did_not_name_is_not_taken_from_its_answer(server: HttpFaults) -> None:
    renamed = an_answer(an_entry("2611.00001", title="Buy Hens"), an_entry("2611.00101"), an_entry("2611.77777"))
    server.pages["/api/query"] = turns(page(an_answer(an_entry("2611.00001"))), page(renamed))

    papers = had(details(server), [f"2611.{n:05}" for n in range(1, 102)])

    assert [(paper.key, paper.title) for paper in papers] == [("arxiv:2611.00001", "On Foxes"), ("arxiv:2611.00101", "On Foxes")]


def test_what_came_before_a_request_that_fails_is_had(server: HttpFaults) -> None:
    server.pages["/api/query"] = turns(page(an_answer(an_entry("2611.00001"))), page(b"", "500 Oops"))
    batches = details(server).batches([f"2611.{n:05}" for n in range(1, 102)])

    first = next(batches)

    assert [paper.key for paper in first] == ["arxiv:2611.00001"]
    with pytest.raises(SourceError):
        next(batches)


def test_long_ids_are_asked_for_in_addresses_that_can_be_asked_for(server: HttpFaults) -> None:
    server.pages["/api/query"] = page(an_answer())

    assert had(details(server), ["a" * 2_000 + "/0601001", "b" * 2_000 + "/0601001", "c" * 3_000 + "/0601001", "2611.00001"]) == ()

    asked = [parse_qs(urlsplit(target).query)["id_list"][0] for target in server.targets]
    assert asked == ["a" * 2_000 + "/0601001", "b" * 2_000 + "/0601001,2611.00001"]


def test_nothing_to_ask_for_asks_nothing(server: HttpFaults) -> None:
    assert had(details(server), ["nonsense"]) == ()
    assert server.connections == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"<html></html>", b"<html><br></html>", b"{}", an_answer(an_entry())[:300], b"\xff\xfe", b"<feed/>", b"<a>" * 100_000,
     an_answer(an_entry(title="Error").replace("/abs/", "/api/errors#"))],
)  # fmt: skip
def test_what_is_no_answer_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceChanged):
        parse_details(data, NOON)


def test_a_document_type_is_refused() -> None:
    with pytest.raises(SourceRefused):
        parse_details(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + an_answer(an_entry()), NOON)


def test_a_server_that_fails_is_a_source_error(server: HttpFaults) -> None:
    server.pages["/api/query"] = page(b"", "500 Oops")

    with pytest.raises(SourceError):
        had(details(server), ["2611.00001"])
