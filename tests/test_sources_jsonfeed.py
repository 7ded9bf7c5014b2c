"""JSON Feeds become sightings as other feeds do. The feeds are made up, by the specification's field names."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DigestError, SourceChanged, SourceTooLarge
from digest.model import Author
from digest.sources.feed import parse_feed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


def of(*items: object, version: str = "https://jsonfeed.org/version/1.1", **more: object) -> bytes:
    return json.dumps({"version": version, "title": "Foxes", "items": list(items), **more}).encode()


def an_item(**changes: object) -> dict[str, object]:
    item: dict[str, object] = {
        "id": "https://example.org/foxes",
        "url": "https://example.org/foxes",
        "title": "On Foxes",
        "content_text": "We study $a<b$ foxes.",
        "authors": [{"name": "Ana Silva"}, {"name": "Bo Lindqvist", "url": "https://example.org/bo"}],
        "date_published": "2026-11-20T07:00:00+01:00",
        "tags": ["foxes", "dens"],
        "attachments": [{"url": "https://example.org/foxes.pdf", "mime_type": "application/pdf"}],
    }
    return {**item, **changes}


def test_an_item_becomes_a_paper() -> None:
    batch = parse_feed(of(an_item()), "journal", NOON)

    ((sighting,), paper) = (batch.sightings, batch.sightings[0].paper)
    assert (batch.format, sighting.listed_on, paper.key) == ("jsonfeed 1.1", date(2026, 11, 20), "url:https://example.org/foxes")
    assert (paper.title, paper.abstract) == ("On Foxes", "We study $a<b$ foxes.")
    assert paper.authors == (Author("Ana Silva"), Author("Bo Lindqvist"))
    assert (paper.published, paper.categories) == (datetime(2026, 11, 20, 6, tzinfo=UTC), ("foxes", "dens"))
    assert paper.pdf_url == "https://example.org/foxes.pdf"


def test_mark_up_is_taken_off_and_version_one_has_one_author() -> None:
    item = an_item(content_text=None, content_html="<p>We study <em>foxes</em>.</p>", authors=None, author={"name": "Ana Silva"})

    (sighting,) = parse_feed(of(item, version="https://jsonfeed.org/version/1"), "journal", NOON).sightings

    assert (sighting.paper.abstract, sighting.paper.authors) == ("We study foxes.", (Author("Ana Silva"),))


@pytest.mark.parametrize(
    ("told", "abstract"),
    [
        ({"content_html": "<p>Foxes.</p>", "content_text": "All of it."}, "All of it."),
        ({"content_html": "<p>Foxes.</p>", "content_text": None, "summary": "A teaser."}, "Foxes."),
        ({"content_text": None, "summary": "A teaser."}, "A teaser."),
    ],
)
def test_the_whole_text_goes_before_a_summary_and_plain_text_before_mark_up(told: dict[str, object], abstract: str) -> None:
    (sighting,) = parse_feed(of(an_item(**told)), "journal", NOON).sightings

    assert sighting.paper.abstract == abstract


def test_what_is_attached_is_the_paper_where_it_is_a_pdf_and_a_date_without_zone_is_in_utc() -> None:
    item = an_item(attachments=[{"url": "https://example.org/foxes.mp3", "mime_type": "audio/mpeg"}], date_published="2026-11-20T07:00:00")

    (sighting,) = parse_feed(of(item), "journal", NOON).sightings

    assert (sighting.paper.pdf_url, sighting.paper.published) == (None, datetime(2026, 11, 20, 7, tzinfo=UTC))


def test_the_paper_that_a_blog_points_to_is_what_it_is_about() -> None:
    item = an_item(url="https://blog.example.org/7", external_url="https://arxiv.org/abs/2611.00001v2")

    (sighting,) = parse_feed(of(item), "blog", NOON).sightings

    assert (sighting.paper.key, sighting.paper.version) == ("arxiv:2611.00001", 1)


def test_a_feed_whose_slashes_are_escaped_as_php_does_is_read() -> None:
    batch = parse_feed(of(an_item()).replace(b"/", rb"\/"), "journal", NOON)

    assert [sighting.paper.key for sighting in batch.sightings] == ["url:https://example.org/foxes"]


def test_addresses_are_relative_to_where_the_feed_lies() -> None:
    item = an_item(id="7", url="/foxes", attachments=[{"url": "foxes.pdf", "mime_type": "application/pdf"}])

    (sighting,) = parse_feed(of(item), "journal", NOON, address="https://example.org/feeds/new.json").sightings

    assert (sighting.paper.url, sighting.paper.pdf_url) == ("https://example.org/foxes", "https://example.org/feeds/foxes.pdf")


def test_a_broken_address_costs_its_item_the_link_alone() -> None:
    (sighting,) = parse_feed(of(an_item(id="7", url="http://[")), "journal", NOON, address="https://example.org/new.json").sightings

    assert (sighting.paper.title, sighting.paper.url) == ("On Foxes", None)


def test_an_item_that_is_no_paper_is_dropped_and_the_others_stay() -> None:
    batch = parse_feed(of(an_item(), {"id": "2", "content_text": "a note"}, {"title": "no link"}, 7, None), "journal", NOON)

    assert [sighting.paper.title for sighting in batch.sightings] == ["On Foxes"]
    assert [dropped.reason for dropped in batch.dropped] == ["it has no title", "it has no link or id of its own"]


def test_a_feed_may_say_last_what_it_is() -> None:
    data = json.dumps({"items": [an_item(content_text="Foxes. " * 2_000)], "version": "https://jsonfeed.org/version/1.1"}).encode()

    assert [sighting.paper.title for sighting in parse_feed(data, "journal", NOON).sightings] == ["On Foxes"]


def test_a_feed_without_items_is_a_quiet_day() -> None:
    assert parse_feed(of(), "journal", NOON).expected == 0


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (of(items=None), SourceChanged),
        (of(an_item())[:-20], SourceChanged),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 200_000, SourceTooLarge),
        (of(*[{}] * 12_001), SourceTooLarge),
        (b'{"version": 1, "items": []}', SourceChanged),
        (b'{"items": []}', SourceChanged),
        (b'{"see": "https://jsonfeed.org/version/1.1", "version": "2", "items": []}', SourceChanged),
    ],
    ids=["no items", "cut", "deep", "long", "another version", "other JSON", "JSON that names it"],
)
def test_what_is_no_json_feed_is_an_error(data: bytes, error: type[DigestError]) -> None:
    with pytest.raises(error):
        parse_feed(data, "journal", NOON)


@given(st.dictionaries(st.sampled_from(sorted(an_item())), VALUES))
def test_no_value_of_a_field_breaks_the_reading(changes: dict[str, object]) -> None:
    batch = parse_feed(of(an_item(**changes), an_item(id="https://example.org/b", url="https://example.org/b")), "journal", NOON)

    assert len(batch.sightings) + len(batch.dropped) == 2


def test_the_example_of_feedparser_has_two_posts_one_of_them_without_a_title(test_data: Path) -> None:
    data = (test_data / "feeds" / "feedparser" / "json" / "example.json").read_bytes()

    batch = parse_feed(data, "example", NOON)

    assert [sighting.paper.title for sighting in batch.sightings] == ["post 2"]
    assert [(dropped.entry, dropped.reason) for dropped in batch.dropped] == [("1", "it has no title")]
