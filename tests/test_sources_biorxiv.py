"""bioRxiv's and medRxiv's pages become sightings. The answers are made up, as api.biorxiv.org documents them; none was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from socket import socket
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceChanged, SourceError, SourceTooLarge
from digest.model import Author, Batch, Listing, SourceOptions
from digest.net import Net
from digest.sources.biorxiv import Biorxiv, parse_biorxiv
from digest.sources.medrxiv import make as make_medrxiv

from .http_faults import Asked, HttpFaults, page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


def an_item(number: int = 1, **changes: object) -> dict[str, object]:
    item: dict[str, object] = {
        "doi": f"10.1101/2026.11.20.{number:06}",
        "title": f"On Foxes, part {number}",
        "authors": "Silva, A.; Lindqvist, B. C.",
        "author_corresponding": "Ana Silva",
        "date": "2026-11-22",
        "version": "1",
        "type": "new results",
        "license": "cc_by",
        "category": "cell biology",
        "abstract": "We study foxes.",
        "published": "NA",
        "server": "bioRxiv",
    }
    return {**item, **changes}


def of(*items: object, total: object = None, status: str = "ok") -> bytes:
    messages = [{"status": status, "count": len(items), "total": str(len(items)) if total is None else total, "cursor": 0}]
    return json.dumps({"messages": messages, "collection": items}).encode()


def parse(data: bytes) -> Batch:
    return parse_biorxiv(data, "biorxiv", NOON)


def test_an_item_becomes_a_paper() -> None:
    (sighting,) = parse(of(an_item(published="10.1000/Foxes"))).sightings

    paper = sighting.paper
    assert (sighting.kind, sighting.listed_on, paper.version) == (Listing.NEW, date(2026, 11, 22), 1)
    assert (paper.key, paper.ids) == ("doi:10.1101/2026.11.20.000001", ("doi:10.1101/2026.11.20.000001", "doi:10.1000/foxes"))
    assert paper.authors == (Author("A. Silva"), Author("B. C. Lindqvist"))
    assert (paper.abstract, paper.categories) == ("We study foxes.", ("cell biology",))
    assert paper.url == "https://www.biorxiv.org/content/10.1101/2026.11.20.000001v1"
    assert paper.published == datetime(2026, 11, 22, tzinfo=UTC)


def test_title_and_abstract_are_plain_text() -> None:
    item = an_item(title="On <i>Vulpes</i>", abstract="AO_SCPLOWBSTRACTC_SCPLOWFoxes like TGF-{beta}.\n\nMethodsWe asked them.")

    paper = parse(of(item)).sightings[0].paper

    assert (paper.title, paper.abstract) == ("On Vulpes", "Foxes like TGF-β. Methods: We asked them.")


@pytest.mark.parametrize("title", ["AbstractNet: a tool for foxes", "Abstract2Vec", "Abstract", "MethodsMaster for foxes"])
def test_no_word_of_a_title_is_a_heading(title: str) -> None:
    assert [sighting.paper.title for sighting in parse(of(an_item(title=title))).sightings] == [title]


def test_a_later_version_is_a_replacement_and_a_date_may_lack_its_zeros() -> None:
    (sighting,) = parse(of(an_item(version="3", date="2026-6-3", server="medRxiv"))).sightings

    assert (sighting.kind, sighting.listed_on, sighting.paper.version) == (Listing.REPLACE, date(2026, 6, 3), 3)
    assert (sighting.paper.published, sighting.paper.url) == (None, "https://www.medrxiv.org/content/10.1101/2026.11.20.000001v3")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " "}, ("10.1101/2026.11.20.000001", "it has no title")),
        ({"doi": None}, ("On Foxes, part 1", "it has no DOI")),
        ({"doi": "11.1/x"}, ("On Foxes, part 1", "it has no DOI")),
        ({"doi": "10.1101"}, ("On Foxes, part 1", "it has no DOI")),
    ],
)
def test_what_has_no_title_or_no_doi_is_dropped_and_the_others_stay(changes: dict[str, object], told: tuple[str, str]) -> None:
    batch = parse(of(an_item(1, **changes), an_item(2)))

    assert [(d.entry, d.reason) for d in batch.dropped] == [told]
    assert [s.paper.title for s in batch.sightings] == ["On Foxes, part 2"]


def test_a_paper_is_of_the_day_it_was_posted_as_far_as_that_has_been() -> None:
    batch = parse(of(an_item(1, date="2026-12-01"), an_item(2, date="", version="")))

    assert [(s.listed_on, s.paper.version) for s in batch.sightings] == [(NOON.date(), 1)] * 2


@pytest.mark.parametrize(
    ("published", "others"), [("10.1000/X", ("doi:10.1000/x",)), ("NA", ()), ("10.1000", ()), ("in press/2", ()), ("10.1101/2026.A", ())]
)
def test_a_paper_goes_by_its_journals_doi_as_well_each_in_lower_case(published: str, others: tuple[str, ...]) -> None:
    (sighting,) = parse(of(an_item(doi="10.1101/2026.A", published=published))).sightings

    assert (sighting.paper.key, sighting.paper.ids[1:]) == ("doi:10.1101/2026.a", others)


def test_two_versions_on_one_page_are_one_new_paper() -> None:
    batch = parse(of(an_item(version="2"), an_item(version="1")))

    assert [(s.kind, s.paper.version) for s in batch.sightings] == [(Listing.NEW, 1)]


def test_a_day_without_posts_is_a_quiet_one() -> None:
    assert parse(of(status="no posts found")).expected == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"null", b"7", b"[]", b"{}", b'{"collection": 7}', of(status="invalid category"), b"[" * 200_000, b"\xff\xfe"],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_page_is_an_error(data: bytes) -> None:
    with pytest.raises(SourceError) as raised:
        parse(data)

    assert raised.value.hint


def test_a_page_longer_than_one_can_be_is_refused() -> None:
    with pytest.raises(SourceTooLarge):
        parse(of(*[{}] * 1_001))


@given(st.dictionaries(st.sampled_from(sorted(an_item())), VALUES))
def test_no_value_of_a_field_breaks_the_reading(changes: dict[str, object]) -> None:
    batch = parse(of(an_item(1, **changes), an_item(2)))

    assert "doi:10.1101/2026.11.20.000002" in [s.paper.key for s in batch.sightings]


# --- fetching ---------------------------------------------------------------------------------------------------------


class Service(HttpFaults):
    """Pages of at most two items out of `items`, whatever `total` says."""

    items: tuple[dict[str, object], ...] = ()
    total: object = None
    pauses: list[float]

    def play(self, connection: socket, asked: Asked) -> None:
        place = int(asked.target.partition("?")[0].split("/")[-2])
        page(of(*self.items[place : place + 2], total=len(self.items) if self.total is None else self.total))(connection, asked)


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as running:
        running.pauses = []
        for place in range(0, 8):
            running.pages[f"/details/2026-11-21/2026-11-23/{place}/json"] = running.play
            running.pages[f"/details/2026-11-23/2026-11-24/{place}/json"] = running.play
        yield running


def a_source(service: Service, *categories: str) -> Biorxiv:
    net = Net(user_agent="digest-test", timeout=5, tries=1, sleep=lambda seconds: None)
    return Biorxiv("biorxiv", service.url("/details"), net, categories, allow_private=True, sleep=service.pauses.append)


def test_pages_are_read_by_what_they_hold_until_all_are(service: Service) -> None:
    service.items = tuple(an_item(n) for n in range(5))

    batch = a_source(service).fetch("", NOON)

    assert len(batch.sightings) == 5
    assert [target.split("/")[-2] for target in service.targets] == ["0", "2", "4"]
    assert service.pauses == [0.5, 0.5]


def test_a_total_that_promises_too_much_ends_with_an_empty_page(service: Service) -> None:
    service.items, service.total = tuple(an_item(n) for n in range(2)), "900"

    assert len(a_source(service).fetch("", NOON).sightings) == 2
    assert len(service.asked) == 2


@pytest.mark.parametrize("total", ["", "many", "0"])
def test_pages_without_a_total_are_read_until_an_empty_one(total: str, service: Service) -> None:
    service.items, service.total = tuple(an_item(n) for n in range(5)), total

    assert len(a_source(service).fetch("", NOON).sightings) == 5


def test_the_next_day_goes_on_from_the_last_and_an_hour_later_nothing_is_asked(service: Service) -> None:
    service.items = (an_item(1),)
    source = a_source(service)

    first = source.fetch("", NOON)
    soon = source.fetch(first.cursor, NOON + timedelta(hours=1))
    source.fetch(first.cursor, NOON + timedelta(days=1))

    assert (soon.unchanged, soon.cursor) == (True, first.cursor)
    assert [target.split("/")[2] for target in service.targets] == ["2026-11-21", "2026-11-23"]


def test_a_day_is_not_over_before_it_is_in_america(service: Service) -> None:
    service.pages["/details/2026-11-21/2026-11-23/0/json"] = page(of())

    batch = a_source(service).fetch("", NOON - timedelta(hours=3))

    assert json.loads(batch.cursor)["day"] == "2026-11-22"


@pytest.mark.parametrize(
    ("day", "first"),
    [("2026-11-20", "2026-11-20"), ("2026-01-01", "2026-10-24"), ("2026-12-24", "2026-11-23")],
    ids=["days", "months", "ahead"],
)
def test_at_most_a_month_is_made_up_for_and_a_clock_that_was_ahead_skips_nothing(day: str, first: str, service: Service) -> None:
    service.pages[f"/details/{first}/2026-11-23/0/json"] = page(of())

    a_source(service).fetch(json.dumps({"day": day, "asked": f"{day}T12:00:00+00:00"}), NOON)

    assert service.targets == [f"/details/{first}/2026-11-23/0/json"]


class Endless:
    """A service with one more preprint on each page, for ever; it is asked without a network."""

    asked = 0

    def get(self, address: str, **options: object) -> SimpleNamespace:
        self.asked += 1
        return SimpleNamespace(body=of(an_item(self.asked), total="999999"))


def test_pages_without_end_end_and_the_failure_says_what_to_do() -> None:
    net = Endless()

    batch = Biorxiv("biorxiv", "https://example.org", net, sleep=lambda seconds: None).fetch("", NOON)  # type: ignore[arg-type]  # of a Net, `get`

    assert (net.asked, len(batch.sightings)) == (300, 300)
    assert [(f.message, f.hint) for f in batch.failures] == [("has more than 300 pages since 2026-11-21", "name categories = [...] for it")]


def test_categories_are_asked_one_by_one(service: Service) -> None:
    service.items = (an_item(1),)

    a_source(service, "Cell Biology", "genomics").fetch("", NOON)

    assert [target.partition("?")[2] for target in service.targets] == ["category=cell_biology", "category=genomics"]


@pytest.mark.parametrize("status", ["204 No Content", "404 Gone", "429 Slow", "500 Oops"])
def test_a_page_in_the_middle_that_fails_is_an_error_and_all_is_asked_again(status: str, service: Service) -> None:
    service.items = tuple(an_item(n) for n in range(4))
    service.pages["/details/2026-11-21/2026-11-23/2/json"] = page(b"", status)

    with pytest.raises(SourceError):
        a_source(service).fetch("", NOON)


def test_medrxiv_is_the_same_service_under_another_name() -> None:
    made = make_medrxiv(SourceOptions(name="medrxiv", kind="medrxiv"), Net(user_agent="digest-test"))

    assert made.url == "https://api.biorxiv.org/details/medrxiv"


def test_an_address_that_is_none_is_said_so() -> None:
    with pytest.raises(SourceChanged, match="invalid category"):
        parse(of(status="invalid category"))
