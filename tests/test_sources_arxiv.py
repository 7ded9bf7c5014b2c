"""arXiv's feeds and answers become sightings, category by category."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest.errors import ConfigurationError, SourceChanged, SourceError
from digest.model import Author, Batch, Listing, SourceOptions
from digest.net import Net
from digest.sources.arxiv import Arxiv, make, parse_arxiv

from .http_faults import HttpFaults, page, turns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRY = """<entry><id>oai:arXiv.org:{id}v{version}</id><title>{title}</title><updated>2026-11-23T05:00:00+00:00</updated>
<link href="https://arxiv.org/abs/{id}" rel="alternate" type="text/html"/>
<summary>arXiv:{id}v{version} Announce Type: {kind} \nAbstract: {abstract}</summary>
<category term="cs.LG"/><category term="stat.ML"/><published>2026-11-23T00:00:00-05:00</published>{more}
<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>{authors}</dc:creator></entry>"""


def an_entry(**changes: object) -> str:
    fields: dict[str, object] = {"id": "2611.00001", "version": 1, "title": "On Foxes", "kind": "new", "more": ""}
    return ENTRY.format(**{**fields, "abstract": "We study foxes.", "authors": "Ana Silva, Bo Lindqvist", **changes})


def a_feed(*entries: str, title: str = "cs.LG updates on arXiv.org", updated: str = "2026-11-23T05:00:00+00:00") -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns:arxiv='http://arxiv.org/schemas/atom' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns='http://www.w3.org/2005/Atom'>"
        f"<id>http://rss.arxiv.org/atom/cs.LG</id><title>{title}</title><updated>{updated}</updated>{''.join(entries)}</feed>"
    ).encode()


@pytest.fixture
def net() -> Net:
    return Net(user_agent="digest-test", timeout=5, tries=1, sleep=lambda seconds: None)


def a_source(server: HttpFaults, net: Net, *categories: str) -> Arxiv:
    return make(SourceOptions(name="arxiv", kind="arxiv", url=server.url("/atom"), categories=categories, allow_private=True), net)


def keys(batch: Batch) -> list[str]:
    return [s.paper.key for s in batch.sightings]


# --- one feed ---------------------------------------------------------------------------------------------------------


def test_an_entry_becomes_a_paper() -> None:
    doi = "<arxiv:DOI>10.1000/ABC</arxiv:DOI><arxiv:journal_reference>J. Foxes 1 (2026)</arxiv:journal_reference>"
    (sighting,) = parse_arxiv(a_feed(an_entry(version=2, kind="cross", more=doi)), "arxiv", NOON).sightings

    paper = sighting.paper
    assert (sighting.kind, sighting.listed_on, sighting.source) == (Listing.CROSS, date(2026, 11, 23), "arxiv")
    assert (paper.key, paper.version, paper.ids) == ("arxiv:2611.00001", 2, ("arxiv:2611.00001", "doi:10.1000/abc"))
    assert (paper.title, paper.abstract) == ("On Foxes", "We study foxes.")
    assert paper.authors == (Author("Ana Silva"), Author("Bo Lindqvist"))
    assert paper.categories == ("cs.LG", "stat.ML")
    assert (paper.url, paper.pdf_url) == ("https://arxiv.org/abs/2611.00001", "https://arxiv.org/pdf/2611.00001")
    assert paper.published == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert paper.facts.journal == "J. Foxes 1 (2026)"


@pytest.mark.parametrize(
    ("announced", "kind"),
    [("new", Listing.NEW), ("cross", Listing.CROSS), ("replace", Listing.REPLACE), ("replace-cross", Listing.REPLACE)],
)
def test_new_cross_and_replace_are_kept_apart(announced: str, kind: Listing) -> None:
    in_a_field = an_entry(kind=announced).replace(f" Announce Type: {announced} \nAbstract:", "")
    in_the_text = an_entry(kind=announced, id="2611.00002").replace(f"<arxiv:announce_type>{announced}</arxiv:announce_type>", "")
    sightings = parse_arxiv(a_feed(in_a_field, in_the_text), "arxiv", NOON).sightings

    assert [(s.kind, s.paper.published is None) for s in sightings] == [(kind, kind is Listing.REPLACE)] * 2


def test_a_feed_that_ends_in_the_middle_says_so() -> None:
    whole = a_feed(an_entry(), an_entry(id="2611.00002"))

    cut = parse_arxiv(whole[:-300], "arxiv", NOON)

    assert (cut.is_broken_off, keys(cut)) == (True, ["arxiv:2611.00001"])
    assert not parse_arxiv(whole, "arxiv", NOON).is_broken_off


def test_the_date_of_a_replacement_is_not_the_papers() -> None:
    (sighting,) = parse_arxiv(a_feed(an_entry(kind="replace", version=3)), "arxiv", NOON).sightings

    assert (sighting.paper.published, sighting.paper.version) == (None, 3)


def test_mathematics_in_plain_text_survives() -> None:
    entry = an_entry(title="If $a&lt;b$ and x&lt;y&gt;z", abstract="Let $p&lt;0.05$ and &lt;y&gt; hold.")
    (sighting,) = parse_arxiv(a_feed(entry), "arxiv", NOON).sightings

    assert (sighting.paper.title, sighting.paper.abstract) == ("If $a<b$ and x<y>z", "Let $p<0.05$ and <y> hold.")


def test_a_feed_built_before_midnight_in_new_york_is_of_the_day_before() -> None:
    (sighting,) = parse_arxiv(a_feed(an_entry(), updated="2026-11-23T04:30:00+00:00"), "arxiv", NOON).sightings

    assert sighting.listed_on == date(2026, 11, 22)


@pytest.mark.parametrize("updated", ["2099-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "yesterday"])
def test_a_feed_that_lies_about_its_day_is_of_today(updated: str) -> None:
    feed = a_feed(an_entry().replace("2026-11-23T00:00:00-05:00", updated), updated=updated)

    (sighting,) = parse_arxiv(feed, "arxiv", NOON).sightings

    assert sighting.listed_on == date(2026, 11, 23)


def test_an_empty_channel_is_a_quiet_day() -> None:
    batch = parse_arxiv(a_feed(), "arxiv", NOON)

    assert (batch.sightings, batch.expected, batch.failures, batch.unchanged, batch.is_cut) == ((), 0, (), False, False)
    assert batch.listed_on == date(2026, 11, 23)


def test_a_feed_error_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="Feed error for query"):
        parse_arxiv(a_feed(title="Feed error for query: cs.XX"), "arxiv", NOON)


def test_a_full_listing_warns_that_it_was_cut() -> None:
    feed = a_feed(*(an_entry(id=f"2611.{n:05}") for n in range(1, 2001)))

    batch = parse_arxiv(feed, "arxiv", NOON, subject="arxiv cs.LG")

    assert (len(batch.sightings), batch.expected, batch.is_cut) == (2000, 2000, True)
    assert [(f.subject, "cut" in f.message) for f in batch.failures] == [("arxiv cs.LG", True)]


def test_an_entry_that_is_no_paper_is_dropped_and_the_others_stay() -> None:
    nameless = "<entry><title>A notice</title><link href='https://arxiv.org/help'/></entry>"
    batch = parse_arxiv(a_feed(an_entry(), an_entry(id="2611.00002", title=" "), nameless), "arxiv", NOON)

    assert keys(batch) == ["arxiv:2611.00001"]
    assert [(d.entry, d.reason) for d in batch.dropped] == [
        ("oai:arXiv.org:2611.00002v1", "it has no title"),
        ("A notice", "it has no arXiv id"),
    ]


def test_a_paper_listed_twice_in_one_feed_counts_by_its_better_announcement() -> None:
    batch = parse_arxiv(a_feed(an_entry(kind="replace"), an_entry(kind="new")), "arxiv", NOON)

    assert [(s.paper.key, s.kind) for s in batch.sightings] == [("arxiv:2611.00001", Listing.NEW)]
    assert (len(batch.dropped), batch.expected) == (1, 2)


# --- recordings -------------------------------------------------------------------------------------------------------


def test_what_is_announced_counts_each_new_paper_once_also_where_it_cannot_be_read() -> None:
    new, replaced = (an_entry(id="2611.00001"), an_entry(id="2611.00002")), an_entry(id="2611.00003", kind="replace")
    unread = (an_entry(id="2611.00004", title=""), an_entry(id="2611.00005", title=""))
    batch = parse_arxiv(a_feed(*new, an_entry(kind="cross"), replaced, *unread), "arxiv", NOON)

    assert batch.announced == 4


def test_a_broken_feed_is_asked_for_again() -> None:
    whole = a_feed(an_entry(), an_entry(id="2611.00002"))

    assert parse_arxiv(whole, "arxiv", NOON, cursor="etag").cursor == "etag"
    assert parse_arxiv(whole[:-40], "arxiv", NOON, cursor="etag").cursor == ""


def test_an_entry_within_which_the_feed_ends_is_no_paper() -> None:
    whole = a_feed(an_entry(), an_entry(id="2611.00002", abstract="We study foxes, and found that they sleep all day."))
    batch = parse_arxiv(whole[: whole.index(b" sleep all day")], "arxiv", NOON)

    assert keys(batch) == ["arxiv:2611.00001"]
    assert [one.reason for one in batch.dropped] == ["the feed ends within it"]


@pytest.mark.parametrize(("named", "version", "kind"), [("", 1, Listing.NEW), ("v1", 1, Listing.NEW), ("v2", 2, Listing.REPLACE)])
def test_a_later_version_that_the_api_tells_of_is_a_replacement_and_keeps_its_day(named: str, version: int, kind: Listing) -> None:
    told = "<arxiv:primary_category term='stat.ML'/><arxiv:journal_ref>J. Foxes 1</arxiv:journal_ref>"
    entry = an_entry(more=told).replace("arXiv:2611.00001v1 Announce Type: new \nAbstract: ", "").replace("00001v1", f"00001{named}")
    (sighting,) = parse_arxiv(a_feed(entry.replace("<arxiv:announce_type>new</arxiv:announce_type>", "")), "arxiv", NOON).sightings

    paper = sighting.paper
    assert (sighting.kind, paper.version, paper.published) == (kind, version, datetime(2026, 11, 23, 5, tzinfo=UTC))
    assert (paper.categories, paper.facts.journal) == (("stat.ML", "cs.LG"), "J. Foxes 1")


def test_a_pattern_of_addresses_without_categories_is_a_mistake(net: Net) -> None:
    with pytest.raises(ConfigurationError, match="names no categories"):
        make(SourceOptions(name="arxiv", kind="arxiv", url="https://example.org/{category}"), net)


def test_the_recorded_atom_feed(test_data: Path) -> None:
    data = (test_data / "samples/arxiv_rss/zotero-arxiv-daily_cs.AI_atom_2025-08-20.xml").read_bytes()

    batch = parse_arxiv(data, "arxiv", NOON)

    assert [str(s.kind) for s in batch.sightings].count("cross") == 5
    assert len(batch.sightings) == 7
    assert {s.listed_on for s in batch.sightings} == {date(2025, 8, 20)}
    first = batch.sightings[0].paper
    assert first.abstract.startswith("As large language models (LLMs) increasingly mediate")
    assert [a.name for a in first.authors] == ["Chunhua Liu", "Kabir Manandhar Shrestha", "Sukai Huang"]


@pytest.mark.parametrize("name", ["ai", "cl", "lg"])
def test_the_recorded_rss_feeds(test_data: Path, name: str) -> None:
    data = (test_data / f"samples/arxiv_rss/distill_rss2_cs_{name}_2026-04-27.xml").read_bytes()

    batch = parse_arxiv(data, "arxiv", NOON)

    assert [s.kind for s in batch.sightings] == [Listing.NEW] * 3
    assert {s.listed_on for s in batch.sightings} == {date(2026, 4, 27)}
    assert not any(s.paper.abstract.startswith("arXiv:") for s in batch.sightings)


def test_the_recorded_api_answer(test_data: Path) -> None:
    data = (test_data / "samples/arxiv_api/sotawhat_arxiv_transformer_query.xml").read_bytes()

    batch = parse_arxiv(data, "arxiv", NOON)

    first = batch.sightings[0].paper
    assert (first.key, first.categories[0], first.version) == ("arxiv:2606.13677", "cs.RO", 1)
    assert first.facts.comment == "Project Page: https://zhaohengyin.github.io/mana"
    assert (len(batch.sightings), len(batch.dropped)) == (5, 0)


def test_the_recorded_error_is_an_error(test_data: Path) -> None:
    body = json.loads(next((test_data / "samples/arxiv_api").glob("id_abc_*.json")).read_text(encoding="utf-8"))["body"]

    with pytest.raises(SourceChanged, match="incorrect id format for abc"):
        parse_arxiv(body.encode(), "arxiv", NOON)


def test_the_recorded_web_page_is_not_a_feed(test_data: Path) -> None:
    data = (test_data / "samples/arxiv_rss/polaris_list_new_sample.html").read_bytes()

    with pytest.raises(SourceChanged, match="not a feed"):
        parse_arxiv(data, "arxiv", NOON)


# --- several categories -----------------------------------------------------------------------------------------------


def test_every_category_is_asked_for_and_a_paper_in_two_is_one_sighting(server: HttpFaults, net: Net) -> None:
    server.pages["/atom/cs.LG"] = page(a_feed(an_entry(kind="cross"), an_entry(id="2611.00002")))
    server.pages["/atom/stat.ML"] = page(a_feed(an_entry(kind="new")))

    batch = a_source(server, net, "cs.LG", "stat.ML", "cs.LG").fetch("", NOON)

    assert server.targets == ["/atom/cs.LG", "/atom/stat.ML"]
    assert [(s.paper.key, s.kind) for s in batch.sightings] == [("arxiv:2611.00001", Listing.NEW), ("arxiv:2611.00002", Listing.NEW)]


def test_a_category_that_fails_is_a_failure_and_the_others_are_kept(server: HttpFaults, net: Net) -> None:
    server.pages["/atom/cs.LG"] = page(a_feed(an_entry()))
    server.pages["/atom/cs.CV"] = page(b"<html>maintenance</html>")

    batch = a_source(server, net, "cs.CV", "cs.XX", "cs.LG").fetch("", NOON)

    assert keys(batch) == ["arxiv:2611.00001"]
    assert [f.subject for f in batch.failures] == ["arxiv cs.CV", "arxiv cs.XX"]
    assert not batch.unchanged


def test_where_every_category_fails_the_source_fails(server: HttpFaults, net: Net) -> None:
    with pytest.raises(SourceError, match="404"):
        a_source(server, net, "cs.CV", "cs.LG").fetch("", NOON)


def test_what_has_not_changed_is_not_parsed_and_the_cursor_stays(server: HttpFaults, net: Net) -> None:
    server.pages["/atom/cs.LG"] = turns(page(a_feed(an_entry()), etag='"1"'), page(b"", "304 Not Modified"))
    server.pages["/atom/cs.CV"] = turns(page(a_feed(an_entry(id="2611.00002")), last_modified="x"), page(b"", "304 Not Modified"))
    source = a_source(server, net, "cs.LG", "cs.CV")

    first = source.fetch("", NOON)
    second = source.fetch(first.cursor, NOON)

    assert (len(first.sightings), first.unchanged) == (2, False)
    assert (second.sightings, second.unchanged, second.cursor) == ((), True, first.cursor)
    assert server.asked[2].headers["if-none-match"] == '"1"'


def test_a_category_that_fails_once_keeps_its_validators(server: HttpFaults, net: Net) -> None:
    server.pages["/atom/cs.LG"] = turns(page(a_feed(an_entry()), etag='"1"'), page(b"", "500 Oops"), page(b"", "304 Not Modified"))
    server.pages["/atom/cs.CV"] = page(a_feed(an_entry(id="2611.00002")))
    source = a_source(server, net, "cs.LG", "cs.CV")

    cursor = source.fetch(source.fetch("", NOON).cursor, NOON).cursor
    source.fetch(cursor, NOON)

    assert [asked.headers.get("if-none-match") for asked in server.asked if "LG" in asked.target] == [None, '"1"', '"1"']


def test_a_category_that_is_asked_alone_keeps_what_is_known_of_the_others(server: HttpFaults, net: Net) -> None:
    server.pages["/atom/cs.LG"] = turns(page(a_feed(an_entry()), etag='"1"'), page(b"", "304 Not Modified"))
    server.pages["/atom/cs.CV"] = page(a_feed(an_entry(id="2611.00002")), etag='"2"')
    source = a_source(server, net, "cs.LG", "cs.CV")

    cursor = source.fetch_part("cs.CV", source.fetch_part("cs.LG", "", NOON).cursor, NOON).cursor
    again = source.fetch_part("cs.LG", cursor, NOON)

    assert server.asked[2].headers["if-none-match"] == '"1"'
    assert (again.sightings, again.unchanged, again.cursor) == ((), True, cursor)


def test_a_category_whose_feed_broke_off_is_asked_for_all_of_it(server: HttpFaults, net: Net) -> None:
    whole = a_feed(an_entry(), an_entry(id="2611.00002"))
    server.pages["/atom/cs.LG"] = turns(page(whole, etag='"1"'), page(whole[:-200], etag='"2"'), page(whole))
    source = a_source(server, net, "cs.LG")

    cursor = source.fetch_part("cs.LG", source.fetch_part("cs.LG", "", NOON).cursor, NOON).cursor
    source.fetch_part("cs.LG", cursor, NOON)

    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"1"', None]


@pytest.mark.parametrize(
    "cursor",
    ["garbage", "[1]", '{"URL": 1}', '{"URL": {"etag": 7}}', '{"URL": {"etag": "' + 1001 * "x" + '"}}', "[" * 100_000],
    ids=["text", "list", "number", "etag", "long", "deep"],
)
def test_a_cursor_that_cannot_be_read_fetches_everything(server: HttpFaults, net: Net, cursor: str) -> None:
    server.pages["/atom/cs.LG"] = page(a_feed(an_entry()))

    batch = a_source(server, net, "cs.LG").fetch(cursor.replace("URL", server.url("/atom/cs.LG")), NOON)

    assert (keys(batch), server.asked[0].headers.get("if-none-match")) == (["arxiv:2611.00001"], None)


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "categories", "asked"),
    [
        (None, ("cs.LG",), ["https://rss.arxiv.org/atom/cs.LG"]),
        ("https://example.org/feed-{category}.xml", ("cs.LG", "q-bio.BM"), ["https://example.org/feed-cs.LG.xml", "https://example.org/feed-q-bio.BM.xml"]),
        ("https://example.org/atom/", ("cs.LG",), ["https://example.org/atom/cs.LG"]),
        ("https://example.org/atom?x=1", ("cs.LG",), ["https://example.org/atom/cs.LG?x=1"]),
        ("https://example.org/one.xml", (), ["https://example.org/one.xml"]),
        (None, ("../../x?y",), ["https://rss.arxiv.org/atom/..%2F..%2Fx%3Fy"]),
    ],
)  # fmt: skip
def test_the_options_say_what_is_asked_for(net: Net, url: str | None, categories: tuple[str, ...], asked: list[str]) -> None:
    source = make(SourceOptions(name="arxiv", kind="arxiv", url=url, categories=categories), net)

    assert [page.url for page in source.pages] == asked


def test_a_source_without_categories_or_address_is_a_mistake(net: Net) -> None:
    with pytest.raises(ConfigurationError, match="names no categories"):
        make(SourceOptions(name="arxiv", kind="arxiv"), net)
