"""What Crossref says of works, from answers in the shape of the recorded one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.enrichment.crossref import Crossref, parse_works
from digest.errors import SourceChanged, SourceUnreachable
from digest.model import Paper
from digest.net import Net

from .http_faults import HttpFaults, page, turns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def an_item(doi: str = "10.1000/Foxes", **more: object) -> dict[str, object]:
    return {"DOI": doi, "title": ["On the habits of <i>urban</i> foxes"], "author": [{"given": "Ana", "family": "Silva"}], **more}


def an_answer(*items: dict[str, object]) -> bytes:
    return json.dumps({"status": "ok", "message": {"items": list(items)}}).encode()


def a_crossref(server: HttpFaults) -> Crossref:
    return Crossref(Net(user_agent="test", tries=1), server.url("/works"), allow_private=True)


def had(service: Crossref, ids: Sequence[str]) -> tuple[Paper, ...]:
    return tuple(paper for some in service.batches(ids) for paper in some)


def test_a_work_has_its_title_authors_and_abstract_as_plain_text() -> None:
    told = "<jats:title>Abstract</jats:title><jats:p>Forty <jats:italic>foxes</jats:italic> lived.</jats:p><jats:p>They ate.</jats:p>"

    (paper,) = parse_works(an_answer(an_item(abstract=told, issued={"date-parts": [[2024, 5]]})), NOON)

    assert (paper.key, paper.title) == ("doi:10.1000/foxes", "On the habits of urban foxes")
    assert paper.abstract == "Forty foxes lived. They ate."
    assert [author.name for author in paper.authors] == ["Ana Silva"]
    assert paper.published == datetime(2024, 5, 1, tzinfo=UTC)


def test_a_tag_without_an_end_takes_no_time() -> None:
    started = process_time()
    (paper,) = parse_works(an_answer(an_item(abstract="Foxes rest. <jats:" + "p" * 50_000)), NOON)

    assert paper.abstract.startswith("Foxes rest. ")
    assert process_time() - started < 4  # it was nine seconds


@pytest.mark.parametrize(
    ("parts", "day"),
    [([2024, 13, 40], (2024, 1, 1)), ([2024, 10**12], (2024, 1, 1)), ([2024, 2, 30], (2024, 2, 1)), ([2024, 3, 10**20], (2024, 3, 1))],
)
def test_of_a_date_that_cannot_be_as_much_is_taken_as_can(parts: list[int], day: tuple[int, int, int]) -> None:
    (paper,) = parse_works(an_answer(an_item(issued={"date-parts": [parts]})), NOON)

    assert paper.published == datetime(*day, tzinfo=UTC)


@pytest.mark.parametrize("parts", [[[None]], [], [[]], 7, [[10**20]], [[None, 5]]])
def test_a_date_that_is_none_is_left_out(parts: object) -> None:
    (paper,) = parse_works(an_answer(an_item(issued={"date-parts": parts})), NOON)

    assert paper.published is None


@pytest.mark.parametrize(
    "item",
    [
        *({}, {"DOI": "10.1000/x"}, {"DOI": "x", "title": ["On foxes"]}, {"DOI": "10.1000/x", "title": [""]}),
        *({"DOI": "10.1000/x", "title": [None]}, {"DOI": "10.1000/x", "title": [{"en": "On foxes"}]}),
    ],
)
def test_a_work_without_a_title_or_a_doi_is_left_out(item: dict[str, object]) -> None:
    assert parse_works(an_answer(item), NOON) == ()


def test_a_name_that_is_no_text_is_nobodys() -> None:
    people = [{"name": {"en": "Ana Silva"}}, {"given": ["Bo"], "family": "Li"}, {"given": None, "family": True}]

    (paper,) = parse_works(an_answer(an_item(author=people)), NOON)

    assert [author.name for author in paper.authors] == ["Bo Li"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": {"items": 3}}', b'{"message": []}', b"[" * 100_000])
def test_what_is_no_answer_is_told(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="not an answer of its API"):
        parse_works(body, NOON)


def test_works_are_asked_for_in_portions_with_an_address_to_write_to(server: HttpFaults) -> None:
    server.pages["/works"] = page(an_answer(an_item("10.1000/7")))
    crossref = Crossref(Net(user_agent="test"), server.url("/works"), mail="digest@example.org", allow_private=True)

    found = had(crossref, [f"10.1000/{n}" for n in range(41)] + ["10.48550/arxiv.2302.09664", "10.1000/a,b"])

    asked = [parse_qs(urlsplit(one.target).query) for one in server.asked]
    assert [len(query["filter"][0].split(",")) for query in asked] == [40, 1]
    assert asked[0]["mailto"] == ["digest@example.org"]
    assert [paper.key for paper in found] == ["doi:10.1000/7"]


def test_works_that_nobody_asked_for_are_not_taken(server: HttpFaults) -> None:
    server.pages["/works"] = page(an_answer(an_item("10.1000/FOXES"), an_item("10.1000/hens"), an_item("10.1000/ge\u200bese")))

    found = had(a_crossref(server), ["10.1000/Foxes", "10.1000/foxes", "10.1000/owls"])

    assert [paper.key for paper in found] == ["doi:10.1000/foxes"]
    assert parse_qs(urlsplit(server.targets[0]).query)["filter"] == ["doi:10.1000/foxes,doi:10.1000/owls"]


def test_long_dois_are_asked_for_in_addresses_that_can_be_asked_for(server: HttpFaults) -> None:
    server.pages["/works"] = page(an_answer())
    dois = [f"10.1000/{n}" + "<" * 300 for n in range(1, 6)]

    assert had(a_crossref(server), [*dois, "10.1000/" + "x" * 3_000]) == ()

    asked = [parse_qs(urlsplit(target).query)["filter"][0] for target in server.targets]
    assert asked == [f"doi:{dois[0]},doi:{dois[1]},doi:{dois[2]}", f"doi:{dois[3]},doi:{dois[4]}"]


def test_what_came_before_a_request_that_fails_is_had(server: HttpFaults) -> None:
    server.pages["/works"] = turns(page(an_answer(an_item("10.1000/1"))), page(b"", "500 Oops"))
    batches = a_crossref(server).batches([f"10.1000/{n}" for n in range(41)])

    first = next(batches)

    assert [paper.key for paper in first] == ["doi:10.1000/1"]
    with pytest.raises(SourceUnreachable):
        next(batches)


def test_a_server_that_fails_is_told(server: HttpFaults) -> None:
    server.pages["/works"] = page(b"", "500 Oops")

    with pytest.raises(SourceUnreachable):
        had(a_crossref(server), ["10.1000/foxes"])


def test_the_recorded_answer_is_read(test_data: Path) -> None:
    body = (test_data / "samples" / "crossref" / "swiss_crossref_works.json").read_bytes()

    papers = parse_works(body, NOON)

    assert [paper.key for paper in papers] == ["doi:10.5040/9781350960350", papers[1].key]
    assert papers[0].title == "Glacier Calving"
