"""A source that somebody else wrote: its papers are made harmless like ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pytest

from digest.catalog import Catalog
from digest.errors import SourceError
from digest.model import Batch, Failure, Listing
from digest.sources.foreign import Foreign

from .builders import NOON, a_batch, a_paper


@dataclass(frozen=True)
class Lab:
    batch: Batch
    name: str = "lab"

    def fetch(self, cursor: str, now: datetime) -> Batch:
        return self.batch


def test_a_foreign_sources_papers_are_made_harmless() -> None:
    paper = a_paper("lab:1", "A\ud800 title\x00 with \u202etricks", url="javascript:alert(1)")

    batch = Foreign("lab", lambda: Lab(a_batch(paper, source="lab"))).fetch("", NOON)

    (sighting,) = batch.sightings
    assert sighting.paper.title == "A title with tricks"
    assert sighting.paper.url is None


def test_a_foreign_paper_without_a_title_or_a_key_is_dropped_and_the_others_stay() -> None:
    papers = (a_paper("lab:1", "\u200b"), a_paper("\u200b", "On Foxes"), a_paper("lab:3", "On Dens"))

    batch = Foreign("lab", lambda: Lab(a_batch(*papers, source="lab"))).fetch("", NOON)

    assert [s.paper.key for s in batch.sightings] == ["lab:3"]
    assert [(d.entry, d.reason) for d in batch.dropped] == [(name, "it has no title or no key") for name in ("lab:1", "without a key")]


def raises(error: BaseException) -> Callable[[], Any]:
    def make() -> Any:
        raise error

    return make


GOOD = a_batch(a_paper("lab:1", "A title"), source="lab")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (raises(KeyError("url")), "KeyError: 'url'"),
        (raises(SystemExit("usage: lab [-h] FILE")), "SystemExit: usage: lab [-h] FILE"),
        (lambda: Lab(None), "AttributeError: 'NoneType'"),  # type: ignore[arg-type]
        (lambda: Lab(replace(GOOD, sightings=({"title": "x"},))), "AttributeError: 'dict'"),  # type: ignore[arg-type]
        (lambda: Lab(replace(GOOD, sightings=(replace(GOOD.sightings[0], listed_on="today"),))), "listed_on is 'today', not a date"),  # type: ignore[arg-type]
        (lambda: Lab(replace(GOOD, sightings=(replace(GOOD.sightings[0], kind="old"),))), "'old' is not a valid Listing"),  # type: ignore[arg-type]
        (lambda: Lab(a_batch(a_paper("lab:1", "A title", version=float("nan")))), "cannot convert float NaN"),
        (lambda: Lab(replace(GOOD, failures=("page 2",))), "'page 2' is no Failure"),  # type: ignore[arg-type]
        (lambda: Lab(replace(GOOD, dropped=("entry 3",))), "'entry 3' is no Dropped"),  # type: ignore[arg-type]
    ],
)
def test_a_mistake_in_a_foreign_source_is_its_own_failure_and_says_what_it_was(make: Callable[[], Any], told: str) -> None:
    with pytest.raises(SourceError) as failed:
        Foreign("lab", make).fetch("", NOON)

    assert (failed.value.subject, told in failed.value.message) == ("lab", True)


def test_what_a_foreign_source_nearly_says_is_understood() -> None:
    nearly = replace(GOOD.sightings[0], listed_on=NOON, kind="cross", source="other")  # type: ignore[arg-type]

    batch = Foreign("lab", lambda: Lab(replace(GOOD, source="other", sightings=(nearly,)))).fetch("", NOON)

    (sighting,) = batch.sightings
    assert (batch.source, sighting.source, sighting.listed_on, type(sighting.listed_on)) == ("lab", "lab", NOON.date(), date)
    assert sighting.kind is Listing.CROSS


def test_what_a_foreign_batch_says_of_itself_is_text_whatever_it_was(catalog: Catalog) -> None:
    odd = replace(GOOD, format=7, failures=(Failure("lab", ValueError("page 2\x1b")),))  # type: ignore[arg-type]

    batch = Foreign("lab", lambda: Lab(odd)).fetch("", NOON)

    assert (batch.format, batch.failures) == ("", (Failure("lab", "page 2"),))
    assert catalog.papers.record(batch, NOON) == 1


@pytest.mark.parametrize(("told", "kept"), [(None, ""), (7, "7")])
def test_no_cursor_of_a_foreign_source_is_none_at_its_next_fetch(told: object, kept: str) -> None:
    assert Foreign("lab", lambda: Lab(replace(GOOD, cursor=told))).fetch("", NOON).cursor == kept  # type: ignore[arg-type]
