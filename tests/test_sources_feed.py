"""Any feed: what its papers are called, what of it is believed, and that no document breaks or delays the reading of it."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.catalog import Catalog
from digest.errors import ConfigurationError, DigestError, SourceChanged, SourceRefused, SourceTooLarge
from digest.model import Batch, Listing, SourceOptions
from digest.net import Net
from digest.sources.arxiv import parse_arxiv
from digest.sources.feed import Feed, make, parse_feed

from .http_faults import HttpFaults, page, turns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRISM = "http://prismstandard.org/namespaces/basic/2.0/"


def rss(*items: str, head: str = "", attributes: str = "") -> bytes:
    channel = f"<channel><title>A journal</title>{''.join(f'<item>{item}</item>' for item in items)}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0"{attributes}>{channel}</rss>'.encode()


def atom(*entries: str) -> bytes:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A journal</title>{inside}</feed>'.encode()


def an_item(title: str = "On Foxes", link: str = "https://example.org/foxes", guid: str = "g1", more: str = "") -> str:
    return f"<title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>{more}"


def keys(batch: Batch) -> list[str]:
    return [s.paper.key for s in batch.sightings]


def parse(data: bytes) -> Batch:
    return parse_feed(data, "journal", NOON)


# --- papers -----------------------------------------------------------------------------------------------------------


def test_an_item_becomes_a_paper() -> None:
    more = (
        "<description>&lt;p&gt;We study &lt;b&gt;foxes&lt;/b&gt; &amp;amp; dens.&lt;/p&gt;</description>"
        "<author>ana@example.org (Ana Silva)</author><category>zoology</category><pubDate>Fri, 20 Nov 2026 23:30:00 -0500</pubDate>"
    )
    batch = parse(rss(an_item(more=more)))

    (sighting,) = batch.sightings
    paper = sighting.paper
    assert (batch.format, sighting.kind, sighting.source) == ("rss20", Listing.NEW, "journal")
    assert (paper.title, paper.abstract, paper.categories) == ("On Foxes", "We study foxes & dens.", ("zoology",))
    assert [a.name for a in paper.authors] == ["Ana Silva"]
    assert (paper.key, paper.url) == ("url:https://example.org/foxes", "https://example.org/foxes")
    assert paper.ids == ("url:https://example.org/foxes", "guid:journal#g1")
    assert (paper.published, sighting.listed_on) == (datetime(2026, 11, 21, 4, 30, tzinfo=UTC), date(2026, 11, 21))


def test_text_in_atom_is_text_and_markup_is_markup() -> None:
    batch = parse(
        atom(
            "<id>a</id><title>If $a&lt;b$ and x&lt;y&gt;z</title><summary>&lt;b&gt; stays</summary>",
            "<id>b</id><title type='html'>A &lt;b&gt;bold&lt;/b&gt; claim</title>"
            "<summary type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>In <em>XHTML</em>.</div></summary>",
        )
    )

    assert [s.paper.title for s in batch.sightings] == ["If $a<b$ and x<y>z", "A bold claim"]
    assert [s.paper.abstract for s in batch.sightings] == ["<b> stays", "In XHTML."]


def test_several_authors_each_keep_their_name() -> None:
    people = "<author><name>Ana Silva</name></author><author><name>Lindqvist, Bo</name></author>"

    (sighting,) = parse(atom(f"<id>a</id><title>T</title>{people}")).sightings

    assert [a.name for a in sighting.paper.authors] == ["Ana Silva", "Lindqvist, Bo"]


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("ana@lab.science (Ana Silva)", ["Ana Silva"]),
        ("Ana Silva &lt;ana@lab.science&gt;", ["Ana Silva"]),
        ("ana@example.org (Silva, Ana; Lindqvist, Bo)", ["Ana Silva", "Bo Lindqvist"]),
        ("ana@lab.science", []),
        ("ana@example.org", []),
        ("Ana Silva (Lisbon)", ["Ana Silva (Lisbon)"]),
    ],
)
def test_an_authors_address_is_no_part_of_the_name(author: str, names: list[str]) -> None:
    (sighting,) = parse(rss(an_item(more=f"<author>{author}</author>"))).sightings

    assert [a.name for a in sighting.paper.authors] == names


@pytest.mark.parametrize(
    ("item", "key"),
    [
        (an_item(link="https://arxiv.org/abs/2604.21935v2"), "arxiv:2604.21935"),
        (an_item(link="https://huggingface.co/papers/2604.21935"), "arxiv:2604.21935"),
        (an_item(guid="https://doi.org/10.48550/arXiv.2604.21935"), "arxiv:2604.21935"),
        (an_item(link="https://www.biorxiv.org/content/10.1101/2026.11.01.123456v1?rss=1"), "doi:10.1101/2026.11.01.123456"),
        (an_item(more=f"<p:doi xmlns:p='{PRISM}'>10.1000/ABC</p:doi>"), "doi:10.1000/abc"),
        (an_item(more="<dc:identifier xmlns:dc='http://purl.org/dc/elements/1.1/'>doi:10.1000/ABC</dc:identifier>"), "doi:10.1000/abc"),
        (an_item(link="", guid="tag:example.org,2026:1"), "guid:journal#tag:example.org,2026:1"),
        (an_item(link="javascript:alert(1)"), "guid:journal#g1"),
        (an_item(link="https://example.org/"), "guid:journal#g1"),
        (an_item(link="", guid="arXiv:2604.21935"), "arxiv:2604.21935"),
        (an_item(link="https://EXAMPLE.org/a?utm_source=x#y"), "url:https://example.org/a"),
    ],
)
def test_a_paper_goes_by_the_widest_known_of_its_names(item: str, key: str) -> None:
    assert keys(parse(rss(item))) == [key]


def test_a_paper_that_is_dated_anew_or_renamed_is_the_same_paper() -> None:
    first = parse(rss(an_item(more="<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>")))
    again = parse(rss(an_item(title="On foxes, revised", more="<pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate>")))

    assert keys(first) == keys(again)


def test_a_link_that_every_entry_has_identifies_none() -> None:
    batch = parse(rss(an_item("One", guid="1"), an_item("Two", guid="2")))

    assert keys(batch) == ["guid:journal#1", "guid:journal#2"]


@pytest.mark.parametrize(("guids", "names"), [(("1", "2"), ("1", "2")), (("", ""), ("https://example.org/notes#1", "https://example.org/notes#2"))])
def test_entries_that_are_places_on_one_page_are_told_apart(guids: tuple[str, str], names: tuple[str, str]) -> None:
    batch = parse(rss(*(an_item(f"No. {n}", link=f"https://example.org/notes#{n}", guid=guid) for n, guid in enumerate(guids, 1))))

    assert keys(batch) == [f"guid:journal#{name}" for name in names]
    assert [s.paper.url for s in batch.sightings] == ["https://example.org/notes#1", "https://example.org/notes#2"]


def test_a_page_that_is_listed_beside_a_place_on_it_keeps_its_address_for_a_name() -> None:
    items = (an_item(title, link=f"https://example.org/1{place}", guid="") for title, place in (("Foxes", ""), ("A comment", "#c3")))
    batch = parse(rss(*items))

    assert keys(batch) == ["url:https://example.org/1", "guid:journal#https://example.org/1#c3"]


def test_a_guid_that_every_entry_has_identifies_none() -> None:
    batch = parse(rss(*(an_item(f"No. {n}", link=f"https://example.org/{n}", guid="same") for n in range(500))))

    assert len(batch.sightings) == 500
    assert batch.sightings[7].paper.ids == ("url:https://example.org/7",)


def test_an_entry_without_title_or_identity_is_counted_and_never_a_paper() -> None:
    batch = parse(rss(an_item(title=""), "<title>A rumour</title>", an_item("A rumour with an empty link", link="", guid="")))

    assert batch.sightings == ()
    assert [(d.entry, d.reason) for d in batch.dropped] == [
        ("g1", "it has no title"),
        ("A rumour", "it has no link or id of its own"),
        ("A rumour with an empty link", "it has no link or id of its own"),
    ]
    assert batch.expected == 3


def test_an_entry_that_stands_twice_is_one_paper() -> None:
    batch = parse(rss(an_item(), an_item()))

    assert (len(batch.sightings), len(batch.dropped), batch.expected) == (1, 1, 2)


@pytest.mark.parametrize("when", ["Thu, 01 Jan 2099 00:00:00 GMT", "Mon, 01 Jan 1900 00:00:00 GMT", "yesterday", "0000-00-00", "9" * 5000])
def test_a_date_that_cannot_be_is_none_and_the_paper_is_of_today(when: str) -> None:
    (sighting,) = parse(rss(an_item(more=f"<pubDate>{when}</pubDate>"))).sightings

    assert (sighting.paper.published, sighting.listed_on) == (None, date(2026, 11, 23))


def test_relative_links_are_relative_to_the_feeds_address() -> None:
    batch = parse_feed(rss(an_item(link="/papers/1")), "journal", NOON, address="https://example.org/feed.xml")

    assert [s.paper.url for s in batch.sightings] == ["https://example.org/papers/1"]


def test_a_feed_of_arxivs_keeps_its_announcements_whatever_the_source_is_called() -> None:
    entry = (
        "<id>oai:arXiv.org:2611.00001v3</id><title>T</title><link href='https://arxiv.org/abs/2611.00001'/>"
        "<summary>arXiv:2611.00001v3 Announce Type: replace \nAbstract: Text.</summary>"
    )

    (sighting,) = parse_feed(atom(entry), "journal", NOON, address="https://rss.arxiv.org/atom/cs.LG").sightings

    assert (sighting.kind, sighting.paper.abstract, sighting.paper.version) == (Listing.REPLACE, "Text.", 3)


@pytest.mark.parametrize(
    "entry",
    [
        "<id>https://arxiv.org/abs/2611.00001v999</id><title>Buy Gold</title><link href='https://gold.example.org/'/>",
        "<id>g1</id><title>Paper of the week</title><link href='https://arxiv.org/abs/2611.00001v999'/>",
        "<id>oai:arXiv.org:2611.00001v999</id><title>Buy Gold</title><summary>arXiv:2611.00001v999 Announce Type: new</summary>",
    ],
)
@pytest.mark.parametrize("address", ["https://gold.example.org/feed", "https://arxiv.org.example.org/feed", "https://notarxiv.org/feed"])
def test_a_feed_that_names_a_later_version_of_arxivs_paper_does_not_rename_it(catalog: Catalog, entry: str, address: str) -> None:
    own = (
        "<id>oai:arXiv.org:2611.00001v2</id><title>On Foxes</title><link href='https://arxiv.org/abs/2611.00001'/>"
        "<summary>arXiv:2611.00001v2 Announce Type: replace \nAbstract: Text.</summary>"
    )
    catalog.papers.record(parse_feed(atom(entry), "blog", NOON, address=address), NOON)
    catalog.papers.record(parse_arxiv(atom(own), "arxiv", NOON), NOON)
    catalog.papers.record(parse_feed(atom(entry), "blog", NOON, address=address), NOON)

    paper = catalog.papers.find(["arxiv:2611.00001"])["arxiv:2611.00001"]

    assert (paper.title, paper.url, paper.version) == ("On Foxes", "https://arxiv.org/abs/2611.00001", 2)


def test_what_is_hostile_in_a_field_comes_out_harmless() -> None:
    title = "Click &#x202e;cod&#8203;e &#27;[31m&lt;script&gt;"
    item = an_item(title=title, link="http://ana:secret@example.org/x", more="<author>A\u202eB, =?utf-8?q?=0D=0ABcc:x?=</author>")

    (sighting,) = parse(rss(item)).sightings

    assert sighting.paper.title == "Click code \ufffd[31m<script>"
    assert sighting.paper.url is None
    assert sighting.paper.key == "guid:journal#g1"


# --- what is no feed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"% mine\n@Article{silva,\n  title = {On foxes}\n}", "this is a library of papers: `digest subscribers import-library"),
        (b"TY  - JOUR\nTI  - On foxes\nER  - \n", "import-library"),
        (b"", "try again"),
        (b"  \n ", "try again"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b"<html><head><title>503</title></head></html>", "web page"),
        (b'{"items": []}', "huggingface"),
        (b'{"html": "<item><title>T</title><link>https://example.org/1</link></item>"}', "huggingface"),
        (b"Not found", "browser"),
        (b"\x00" * 1000, "browser"),
        (bytes(range(256)), "browser"),
        (b"<?xml version='1.0'?><opml version='2.0'><body/></opml>", "browser"),
        (b"\x1f\x8b\x08\x00garbage", "browser"),
        (b"<" * 1000, "browser"),
    ],
)
def test_what_is_no_feed_is_a_clear_error_and_never_an_empty_success(data: bytes, hint: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        parse(data)

    assert hint in caught.value.hint
    assert str(caught.value).isprintable()


def test_an_empty_feed_is_a_quiet_day() -> None:
    assert parse(rss()).expected == 0


@pytest.mark.parametrize("size", [30, 60, 75, 90])
def test_a_feed_cut_before_its_first_entry_is_no_quiet_day(size: int) -> None:
    with pytest.raises(SourceChanged):
        parse(rss(an_item())[:size])


def test_a_feed_that_ends_in_the_middle_is_told_about_and_fetched_again() -> None:
    whole = rss(an_item(), an_item("Two", "https://example.org/2", "g2"))

    batch = parse_feed(whole[:-40], "journal", NOON, cursor='{"x": {"etag": "1"}}')

    assert keys(batch) == ["url:https://example.org/foxes"]
    assert [(d.entry, d.reason) for d in batch.dropped] == [("Two", "the feed ends within it")]
    assert [(f.subject, f.message) for f in batch.failures] == [("journal", "the feed ends in the middle: 1 entries could be read")]
    assert batch.cursor == ""


def test_of_a_feed_that_ends_after_an_entry_all_entries_are_whole() -> None:
    whole = rss(an_item(), an_item("Two", "https://example.org/2", "g2"))

    batch = parse(whole[: -len("</channel></rss>")])

    assert keys(batch) == ["url:https://example.org/foxes", "url:https://example.org/2"]
    assert [f.message for f in batch.failures] == ["the feed ends in the middle: 2 entries could be read"]


@pytest.mark.parametrize(("address", "version"), [("https://export.arxiv.org/api/query", 2), ("https://example.org/feed", 1)])
def test_only_of_arxivs_own_servers_a_version_is_believed(address: str, version: int) -> None:
    entry = "<id>http://arxiv.org/abs/2611.00001v2</id><title>On Foxes</title><link href='https://arxiv.org/abs/2611.00001v2'/>"

    (sighting,) = parse_feed(atom(entry), "journal", NOON, address=address).sightings

    assert (sighting.paper.key, sighting.paper.version) == ("arxiv:2611.00001", version)


@pytest.mark.parametrize(("kind", "pdf"), [("application/pdf", "https://example.org/foxes.pdf"), ("audio/mpeg", None)])
def test_what_is_attached_is_the_paper_where_it_is_a_pdf(kind: str, pdf: str | None) -> None:
    (sighting,) = parse(rss(an_item(more=f"<enclosure url='https://example.org/foxes.pdf' type='{kind}' length='1'/>"))).sightings

    assert sighting.paper.pdf_url == pdf


def test_an_error_of_arxivs_api_is_no_paper() -> None:
    with pytest.raises(SourceChanged, match="incorrect id"):
        parse(atom("<id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>incorrect id format for x</summary>"))


# --- hostile documents ------------------------------------------------------------------------------------------------

LOL = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "data",
    [
        rss(an_item(title="&b;"), head=LOL),
        rss(an_item(title="&a;"), head=FILE),
        rss(an_item(), head='<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd">%p;]>'),
        rss(an_item(title="&a;"), head=FILE).decode().replace("utf-8", "utf-16").encode("utf-16"),
    ],
)
def test_entities_are_refused(data: bytes) -> None:
    with pytest.raises(SourceRefused, match="declares XML entities"):
        parse(data)


def test_a_harmless_document_type_is_none_of_our_business() -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'

    assert keys(parse(rss(an_item(), head=head))) == ["url:https://example.org/foxes"]


@pytest.mark.parametrize(
    "data",
    [
        rss(attributes="".join(f' a{n}="x"' for n in range(100_000))),
        rss("<x>" * 100_000 + "</x>" * 100_000),
        rss("<x>" * 100_000),
        rss("".join(f"<category>c{n}</category>" for n in range(20_000))),
        rss("".join(f"<category>c{n}</category>" for n in range(20_000)), "<broken"),
        rss("<x:keywords xmlns:x='http://www.itunes.com/dtds/podcast-1.0.dtd'>" + ",".join(map(str, range(20_000))) + "</x:keywords>"),
        rss(*["<title/>"] * 13_000),
        rss(*[f"<author>{'a' * 599}</author>"] * 2_000),
        b"<" * 400_000 + rss(),
        rss("".join(f"<a xmlns:n{n}='http://example.org/{n}'/>" for n in range(500))),
        b"<rss version='2.0'>" + b" " * (17 << 20),
        b"<!DOCTYPE x\n" * 20_000 + rss(),
        rss(an_item(title="a\n" * 1_500_000)),
        rss(an_item(title="a\r" * 1_500_000)),
        rss(an_item(title="&" * 2_000_000)),
    ],
    ids=["attributes", "nesting", "unclosed nesting", "categories", "categories, malformed", "keywords", "entries", "words", "tags",
         "namespaces", "bytes", "document types", "lines", "lines of a Mac", "references"],
)  # fmt: skip
def test_what_would_take_long_is_refused_fast(data: bytes) -> None:
    began = time.process_time()

    with pytest.raises(SourceTooLarge):
        parse(data)

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "data",
    [
        rss(an_item(more=f"<author>{'a' * 200_000}@</author>")),
        b"\n" * 500_000 + rss(an_item()),
        b"<?xml version='1.0'?><!-- " + b"\n<" * 100_000 + b" -->" + rss(an_item())[38:],
        rss(an_item(more=f"<description>{'&lt;div&gt;' * 50_000}</description>")),
        rss(an_item(title="w" * 1_000_000)),
        rss(an_item(more="<author>" + ", ".join(f"Ana{n} Silva" for n in range(5_000)) + "</author>")),
        rss(an_item(more=f"<description>data:image/png;base64,{'QUJD' * 100_000}</description>")),
        rss(an_item(more=f"<author>Ana Silva{' ' * 100_000}Bo Lind</author>")),
        rss(an_item(), head="<!-- -->" + " " * 100_000),
    ],
    ids=["author", "blank lines", "comment", "escaped nesting", "title", "authors", "picture", "blanks", "blanks before the root"],
)
def test_what_is_only_odd_is_read_fast(data: bytes) -> None:
    began = time.process_time()

    batch = parse(data)

    assert time.process_time() - began < 2
    assert len(batch.sightings) == 1


def test_a_document_on_one_endless_line_is_searched_for_its_encoding_fast() -> None:
    with pytest.raises(SourceChanged):
        parse(b"<?xml " + b"encoding='" * 50_000)


@pytest.mark.parametrize("reference", ["&#xD800;", "&#55296;", "&#57343 ", "&#0;", "&#x110000;", "&#9999999999999999;", "&#xFFFE;", "&#8;"])
@pytest.mark.parametrize("broken", ["", "<br>"])
def test_references_to_no_character_become_a_sign_for_one(reference: str, broken: str) -> None:
    (sighting,) = parse(rss(an_item(title=f"a{reference}b") + broken)).sightings

    sighting.paper.title.encode()
    assert sighting.paper.title.startswith("a\ufffd")


@pytest.mark.parametrize("encoding", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "zlib", "undefined", "rot13"])
def test_an_encoding_that_no_text_is_written_in_is_refused(encoding: str) -> None:
    with pytest.raises(SourceChanged, match="declares the encoding"):
        parse(rss(an_item()).replace(b"utf-8", encoding.encode()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "iso-8859-1", "windows-1252", "utf-8-sig"])
def test_a_feed_is_read_in_the_encoding_it_declares(encoding: str) -> None:
    data = rss(an_item(title="Füchse")).decode().replace("utf-8", encoding.removesuffix("-sig")).encode(encoding)

    assert [s.paper.title for s in parse(data).sightings] == ["Füchse"]


@pytest.mark.parametrize("declared", ["utf-8", "x-klingon"])
def test_a_feed_that_declares_the_wrong_encoding_is_read_as_well_as_can_be(declared: str) -> None:
    data = rss(an_item(title="Füchse")).decode().replace("utf-8", declared).encode("windows-1252")

    assert [s.paper.title for s in parse(data).sightings] == ["Füchse"]


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE", "UTF-32"])
@pytest.mark.parametrize("padding", ["", " "])
def test_an_encoding_of_two_bytes_a_letter_is_not_believed_where_it_is_declared_in_one(declared: str, padding: str) -> None:
    data = rss(an_item(title="Füchse")).decode().replace("utf-8", declared).encode() + padding.encode()

    assert [s.paper.title for s in parse(data).sightings] == ["Füchse"]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    outcome = read_or_refuse(b"<rss version='2.0'><channel><item>" + data)

    assert outcome is not None


@given(st.integers(0, 1200), st.binary(min_size=1, max_size=4))
def test_no_damage_breaks_the_reader(place: int, damage: bytes) -> None:
    whole = atom("<id>a</id><title type='html'>x &amp;amp; y</title><author><name>Ana</name></author><updated>2026-11-23</updated>" * 3)

    assert read_or_refuse(whole[:place] + damage + whole[place + len(damage) :]) is not None


def read_or_refuse(data: bytes) -> Batch | DigestError:
    try:
        return parse(data)
    except DigestError as error:
        return error


def test_the_suite_of_feed_files_is_read_as_feedparser_reads_it(test_data: Path) -> None:
    folder = test_data / "feeds"
    files = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    counts: Counter[tuple[str, bool]] = Counter()

    for file in files:
        outcome = read_or_refuse((folder / file["path"]).read_bytes())
        counts[file["kind"], isinstance(outcome, Batch) and len(outcome.sightings) + len(outcome.dropped) == file["expected_entries"]] += 1

    assert len(files) == 2107
    assert counts["wellformed", False] <= 0.01 * (counts["wellformed", True] + counts["wellformed", False])
    assert counts["hostile", False] == 0


# --- fetching ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def net() -> Net:
    return Net(user_agent="digest-test", timeout=5, tries=1)


def test_a_feed_that_has_not_changed_is_unchanged(server: HttpFaults, net: Net) -> None:
    server.pages["/feed"] = turns(page(rss(an_item(link="/foxes")), etag='"1"'), page(b"", "304 Not Modified"))
    source = make(SourceOptions(name="journal", kind="feed", url=server.url("/feed"), allow_private=True), net)

    first = source.fetch("", NOON)
    second = source.fetch(first.cursor, NOON)

    assert (len(first.sightings), first.unchanged) == (1, False)
    assert (second.sightings, second.unchanged, second.cursor) == ((), True, first.cursor)
    assert server.asked[0].headers["accept"].startswith("application/atom+xml")


class Moved:
    """A network in which a feed has moved."""

    def get(self, address: str, **options: object) -> SimpleNamespace:
        found = {"body": rss(an_item(link="foxes")), "url": "https://example.org/new/feed"}
        return SimpleNamespace(**found, not_modified=False, etag=None, last_modified=None)


def test_links_are_relative_to_where_a_feed_has_moved() -> None:
    batch = Feed("journal", "https://example.org/feed", Moved()).fetch("", NOON)  # type: ignore[arg-type]  # of a Net, `get`

    assert [s.paper.url for s in batch.sightings] == ["https://example.org/new/foxes"]


def test_a_feed_in_a_private_network_is_refused_unless_allowed(server: HttpFaults, net: Net) -> None:
    server.pages["/feed"] = page(rss(an_item()))
    source = make(SourceOptions(name="journal", kind="feed", url=server.url("/feed")), net)

    with pytest.raises(SourceRefused, match="public internet"):
        source.fetch("", NOON)

    assert server.connections == 0


def test_a_feed_without_an_address_is_a_mistake(net: Net) -> None:
    with pytest.raises(ConfigurationError, match="has no address"):
        make(SourceOptions(name="journal", kind="feed"), net)
