"""arXiv's pages of listings: the newest, those of the last days, those of a month; and what is none of them."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.errors import DigestError, SourceChanged
from digest.model import Author, Batch, Listing, SourceOptions
from digest.net import Net
from digest.sources.arxiv import Arxiv, make
from digest.sources.arxiv_pages import newest_of, past_of, read_page

from .http_faults import Asked, HttpFaults, page
from .listing_pages import an_item, month_page, newest_page, past_page

MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 20)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def newest(data: bytes) -> Batch:
    return newest_of([read_page(data, "arxiv cs.LG")], "arxiv", "cs.LG", NOON)


def keys(batch: Batch) -> list[str]:
    return [sighting.paper.key for sighting in batch.sightings]


@pytest.fixture
def source(server: HttpFaults) -> Arxiv:
    net = Net(user_agent="digest-test", timeout=5, tries=1, sleep=lambda seconds: None)
    options = SourceOptions(
        name="arxiv", kind="arxiv", categories=("cs.LG",), url=server.url("/atom"), listing_url=server.url("/list"), allow_private=True
    )
    return make(options, net)


# --- the newest listing -----------------------------------------------------------------------------------------------


def test_an_item_becomes_a_paper() -> None:
    link = '12 pages. Code at <a href="https://github.com/foxes/den" rel="external">this https URL</a>'
    told = {"abstract": "We study foxes.<br>At length.", "comments": link, "journal": "J. Foxes 1 (2026)"}
    item = an_item(1, "If $a&lt;b$, then Schr&ouml;dinger", **told, version=1)

    (sighting,) = newest(newest_page(MONDAY, ("New submissions", [item]))).sightings

    paper = sighting.paper
    assert (sighting.kind, sighting.listed_on, paper.key, paper.version) == (Listing.NEW, MONDAY, "arxiv:2611.00001", 1)
    assert (paper.title, paper.abstract) == ("If $a<b$, then Schrödinger", "We study foxes. At length.")
    assert paper.authors == (Author("Ana Silva"), Author("Bo Li"))
    assert paper.categories == ("cs.LG", "stat.ML")
    assert (paper.facts.comment, paper.facts.repository) == ("12 pages. Code at this https URL", "https://github.com/foxes/den")
    assert paper.facts.journal == "J. Foxes 1 (2026)"
    assert paper.published == datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_the_sections_say_what_is_new_cross_listed_and_replaced() -> None:
    batch = newest(
        newest_page(
            MONDAY,
            ("New submissions", [an_item(1)]),
            ("Cross submissions", [an_item(2, kind="(cross-list from cs.AI)", subjects="AI (cs.AI)", version=2)]),
            ("Replacement submissions", [an_item(3, kind="(replaced)", version=4), an_item(4, kind="(replaced)")]),
        )
    )

    assert [(s.paper.key[-1], s.kind, s.paper.version) for s in batch.sightings] == [
        ("1", Listing.NEW, 1),
        ("2", Listing.CROSS, 2),
        ("3", Listing.REPLACE, 4),
    ]
    assert [d.reason for d in batch.dropped] == ["the page does not say which version replaces it"]
    assert (batch.listed_on, batch.announced, batch.expected, batch.is_cut, batch.failures) == (MONDAY, 2, 4, False, ())


def test_the_version_that_replaces_a_paper_of_an_old_id_is_told() -> None:
    replaced = an_item(3, kind="(replaced)", version=4).replace("2611.00003", "hep-th/9901001")

    batch = newest(newest_page(MONDAY, ("Replacement submissions", [replaced])))

    assert [(s.paper.key, s.paper.version) for s in batch.sightings] == [("arxiv:hep-th/9901001", 4)]


def test_an_item_without_an_id_or_a_title_is_dropped_and_the_others_stay() -> None:
    items = [an_item(1).replace("/abs/", "/gone/"), an_item(2, ""), an_item(3)]
    batch = newest(newest_page(MONDAY, ("New submissions", items)))

    assert keys(batch) == ["arxiv:2611.00003"]
    assert [(d.entry[:8], d.reason) for d in batch.dropped] == [("On Foxes", "it has no arXiv id"), ("[2] arXi", "it has no title")]


def test_the_categories_of_a_paper_are_those_in_brackets() -> None:
    subjects = "Biomolecules (q-bio.BM); Statistical Finance (q-fin.ST); High Energy Physics - Theory (hep-th); Optics (physics.optics)"

    (sighting,) = newest(newest_page(MONDAY, ("New submissions", [an_item(1, subjects=subjects)]))).sightings

    assert sighting.paper.categories == ("q-bio.BM", "q-fin.ST", "hep-th", "physics.optics")


def test_a_page_without_papers_says_of_which_day_it_is() -> None:
    batch = newest(newest_page(MONDAY))

    assert (batch.sightings, batch.listed_on, batch.announced, batch.failures) == ((), MONDAY, 0, ())


def test_a_page_that_states_more_than_can_be_read_is_told_of() -> None:
    batch = newest(newest_page(MONDAY, ("New submissions", [an_item(1)]), of=[3]))

    assert (batch.announced, batch.is_cut) == (3, True)
    assert [f.message for f in batch.failures] == ["the page says 3 papers and 1 could be read"]
    assert batch.expected == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>Log in to continue</body></html>",
        b"<h3>Showing new listings for Monday, 31 Foo 2026</h3>",
        b"<h3>Showing new listings for Monday, 99 November 2026</h3>",
        past_page((MONDAY, [an_item(1)])),
        newest_page(MONDAY, ("New submissions", [an_item(1), an_item(2)]))[:-900],
        bytes(range(256)) * 100,
    ],
    ids=["empty", "another page", "no month", "no day", "earlier days", "half of it", "binary"],
)
def test_what_is_no_page_of_the_newest_listing_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceChanged) as raised:
        newest(data)

    assert raised.value.hint


@pytest.mark.parametrize(
    "data",
    [
        b"<h3" * 400_000,
        b"<h3>" * 400_000,
        b"<h3>Showing new listings for Monday, 23 November 2026</h3>" + b"<dt " * 400_000,
        b"<h3>Showing new listings for Monday, 23 November 2026</h3><h3>New submissions (showing 1 of 1 entries)</h3><dt>"
        + b"<div class='list-title'>" * 100_000,
        b"<h3>Showing new listings for Monday, 23 November 2026</h3><h3>New submissions (showing 1 of 1 entries)</h3>"
        + b"<dt>href='/abs/" * 100_000,
    ],
    ids=["tags that never end", "headings", "items", "titles", "links"],
)
def test_no_page_takes_long(data: bytes) -> None:
    began = time.monotonic()
    with suppress(DigestError):
        newest(data)

    assert time.monotonic() - began < 5


def test_a_recorded_page_is_read(test_data: Path) -> None:
    recorded = (test_data / "samples" / "arxiv_rss" / "polaris_list_new_sample.html").read_bytes()

    batch = newest_of([read_page(recorded, "arxiv cs.AI")], "arxiv", "cs.AI", NOON)

    assert (batch.listed_on, batch.announced, batch.dropped, batch.failures) == (date(2026, 8, 12), 4, (), ())
    assert [(s.paper.key, str(s.kind), s.paper.version) for s in batch.sightings] == [
        ("arxiv:2608.09949", "new", 1),
        ("arxiv:2608.09967", "new", 1),
        ("arxiv:2505.11635", "cross", 2),
        ("arxiv:2607.28646", "cross", 1),
        ("arxiv:2112.07752", "replace", 5),
        ("arxiv:2505.23399", "replace", 2),
    ]
    assert all(sighting.paper.abstract and sighting.paper.authors and sighting.paper.categories for sighting in batch.sightings)
    assert batch.sightings[5].paper.facts.repository == "https://github.com/jushengzhang/Gam-Agent"


# --- earlier ones -----------------------------------------------------------------------------------------------------


def test_the_last_days_come_apart() -> None:
    data = past_page((MONDAY, [an_item(3), an_item(2, kind="(cross-list from cs.AI)")]), (FRIDAY, [an_item(1)]), (date(2026, 11, 19), []))

    days = past_of([read_page(data, "arxiv cs.LG")], "arxiv", "cs.LG", NOON)

    assert {day: keys(batch) for day, batch in days.items()} == {
        MONDAY: ["arxiv:2611.00003", "arxiv:2611.00002"],
        FRIDAY: ["arxiv:2611.00001"],
        date(2026, 11, 19): [],
    }
    assert [s.kind for s in days[MONDAY].sightings] == [Listing.NEW, Listing.CROSS]
    assert days[FRIDAY].sightings[0].listed_on == FRIDAY


# --- over the network -------------------------------------------------------------------------------------------------


def test_a_listing_of_several_pages_is_read_to_its_end(server: HttpFaults, source: Arxiv) -> None:
    def play(connection: object, asked: Asked) -> None:
        skip = int(parse_qs(urlsplit(asked.target).query)["skip"][0])
        items = [an_item(n) for n in range(skip + 1, min(skip + 3, 6))]
        page(newest_page(MONDAY, ("New submissions", items), of=[5]))(connection, asked)  # type: ignore[arg-type]  # a socket

    server.pages["/list/cs.LG/new"] = play

    batch = source.fetch_newest("cs.LG", NOON)

    assert keys(batch) == [f"arxiv:2611.0000{n}" for n in range(1, 6)]
    assert server.targets == [f"/list/cs.LG/new?skip={skip}&show=2000" for skip in (0, 2, 4)]
    assert batch.failures == ()


def test_a_listing_that_promises_more_and_more_pages_ends(server: HttpFaults, source: Arxiv) -> None:
    server.pages["/list/cs.LG/new"] = page(newest_page(MONDAY, ("New submissions", [an_item(1)]), of=[999_999]))

    batch = source.fetch_newest("cs.LG", NOON)

    assert (len(server.asked), len(batch.sightings), batch.is_cut) == (10, 1, True)


def test_pages_that_end_early_end_the_reading(server: HttpFaults, source: Arxiv) -> None:
    server.pages["/list/cs.LG/pastweek"] = page(past_page((MONDAY, []), total=400))

    days = source.fetch_past("cs.LG", NOON)

    assert (len(server.asked), list(days)) == (1, [MONDAY])


def test_a_month_is_read_without_days(server: HttpFaults, source: Arxiv) -> None:
    server.pages["/list/cs.LG/2026-11"] = page(month_page([an_item(1), an_item(2)], 2))

    assert keys(source.fetch_month("cs.LG", MONDAY, NOON)) == ["arxiv:2611.00001", "arxiv:2611.00002"]


@pytest.mark.parametrize("ask", ["past", "month"])
def test_another_page_in_place_of_earlier_days_is_no_day_without_papers(ask: str, server: HttpFaults, source: Arxiv) -> None:
    for what in ("pastweek", "2026-11"):
        server.pages[f"/list/cs.LG/{what}"] = page(b"<html><body>Log in to continue</body></html>")

    with pytest.raises(SourceChanged, match="not a page of arXiv's listings"):
        source.fetch_past("cs.LG", NOON) if ask == "past" else source.fetch_month("cs.LG", MONDAY, NOON)


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Gone", "429 Slow", "500 Oops", "503 Busy"])
@pytest.mark.parametrize("ask", ["newest", "past", "month"])
def test_a_page_that_is_refused_is_an_error_of_ours(status: str, ask: str, server: HttpFaults, source: Arxiv) -> None:
    for what in ("new", "pastweek", "2026-11"):
        server.pages[f"/list/cs.LG/{what}"] = page(b"busy", status)
    questions = {"newest": source.fetch_newest, "past": source.fetch_past, "month": lambda part, now: source.fetch_month(part, MONDAY, now)}

    with pytest.raises(DigestError):
        questions[ask]("cs.LG", NOON)


def test_a_mirror_without_pages_is_not_asked_for_any(server: HttpFaults) -> None:
    options = SourceOptions(name="arxiv", kind="arxiv", categories=("cs.LG",), url=server.url("/atom"), allow_private=True)

    assert make(options, Net(user_agent="digest-test")).has_pages is False


def test_arxiv_itself_has_its_pages_where_they_are() -> None:
    made = make(SourceOptions(name="arxiv", kind="arxiv", categories=("cs.LG", "math.PR")), Net(user_agent="digest-test"))

    assert (made.listings, made.has_pages, made.parts) == ("https://arxiv.org/list", True, ("cs.LG", "math.PR"))
