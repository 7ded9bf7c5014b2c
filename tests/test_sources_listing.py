"""What all listings share: of two announcements the better one, and no page whose fault or silence costs another its papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.errors import SourceError
from digest.model import Batch, Listing
from digest.sources.feed import parse_feed
from digest.sources.listing import Gathering, Page, Validators, joined_batches, pull, written_cursor

from .builders import a_batch, a_paper

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOXES, HENS = Page("foxes", "https://example.org/foxes"), Page("hens", "https://example.org/hens")
KNOWN = written_cursor({FOXES.url: ("1", None), HENS.url: ("2", None)})


def answering(*answers: Batch | SourceError | None) -> Callable[[Page, Validators], Batch | None]:
    given = iter(answers)

    def ask(page: Page, validators: Validators) -> Batch | None:
        answer = next(given)
        if isinstance(answer, SourceError):
            raise answer
        return answer

    return ask


def test_of_two_versions_in_one_document_the_later_one_stays() -> None:
    gathering = Gathering()
    (first,) = a_batch(a_paper("arxiv:2611.00001", "On Foxes")).sightings
    for version in (1, 3, 2):
        gathering.add(replace(first, paper=replace(first.paper, version=version)))

    assert [one.paper.version for one in gathering.batch("arxiv", "atom10").sightings] == [3]


@pytest.mark.parametrize("kinds", [(Listing.NEW, Listing.CROSS), (Listing.CROSS, Listing.NEW)])
def test_of_two_listings_the_better_announcement_of_a_paper_stays(kinds: tuple[Listing, Listing]) -> None:
    first, second = (a_batch(a_paper("arxiv:2611.00001", "On Foxes"), kind=kind) for kind in kinds)

    joined = joined_batches("arxiv", (first, second))

    assert [one.kind for one in joined.sightings] == [Listing.NEW]


@pytest.mark.parametrize(("entry", "told"), [(" ", "without a title"), ("On\n\x1b[31mFoxes", "On [31mFoxes"), (300 * "x", 199 * "x" + "…")])
def test_what_is_dropped_is_told_in_a_line(entry: str, told: str) -> None:
    gathering = Gathering()
    gathering.drop(entry, "it has no title")

    assert [one.entry for one in gathering.batch("arxiv", "atom10").dropped] == [told]


def test_a_page_that_fails_beside_one_without_news_is_a_failure_and_keeps_what_is_known() -> None:
    batch = pull("journal", (FOXES, HENS), KNOWN, answering(SourceError("foxes", "no answer"), None))

    assert ([one.subject for one in batch.failures], batch.unchanged, batch.cursor) == (["foxes"], False, KNOWN)


def test_where_all_pages_fail_the_first_fault_is_told() -> None:
    with pytest.raises(SourceError, match="no answer"):
        pull("journal", (FOXES, HENS), "", answering(SourceError("foxes", "no answer"), SourceError("hens", "gone")))


def an_entry(more: str, title: str = "On Foxes") -> bytes:
    entry = f"<entry><title>{title}</title>{more}</entry>"
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A journal</title>{entry}</feed>'.encode()


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ("<updated>2026-11-20T00:00:00Z</updated>", datetime(2026, 11, 20, tzinfo=UTC)),
        ("<published>2026-11-19T00:00:00Z</published><updated>2026-11-20T00:00:00Z</updated>", datetime(2026, 11, 19, tzinfo=UTC)),
        ("<published>2026-11-24T00:00:00Z</published>", datetime(2026, 11, 24, tzinfo=UTC)),
    ],
)
def test_a_paper_is_of_the_day_it_was_published_else_of_its_last_change(dates: str, published: datetime) -> None:
    (sighting,) = parse_feed(an_entry(f'<link href="https://example.org/foxes"/>{dates}'), "journal", NOON).sightings

    assert (sighting.paper.published, sighting.listed_on) == (published, min(published, NOON).date())


def test_an_entry_without_a_link_leads_to_where_its_name_is_found() -> None:
    (sighting,) = parse_feed(an_entry("<id>doi:10.1234/foxes</id>"), "journal", NOON).sightings

    assert sighting.paper.url == "https://doi.org/10.1234/foxes"


def test_a_description_that_only_says_the_title_is_no_abstract() -> None:
    (sighting,) = parse_feed(an_entry('<link href="https://example.org/foxes"/><summary>On Foxes</summary>'), "journal", NOON).sightings

    assert sighting.paper.abstract == ""
