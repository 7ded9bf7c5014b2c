"""Papers, where they were seen, and what a fetch of a source brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

KEPT_AUTHORS = 200
"""Authors of a paper that are kept, the first ones: papers of large collaborations have thousands, and no card shows them."""


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote a paper, as the source spells them."""

    name: str
    affiliations: tuple[str, ...] = ()
    orcid: str | None = None
    openalex_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What may be known about a paper beside its text; every field may be absent."""

    organisation: str | None = None
    repository: str | None = None
    stars: int | None = None
    votes: int | None = None
    comments: int | None = None
    submitter: str | None = None
    summary: str | None = None
    summary_by: str | None = None
    """The model that wrote it for this digest; None: Hugging Face's."""
    keywords: tuple[str, ...] = ()
    comment: str | None = None
    journal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One work, whatever the number of sources and versions it was seen in.

    `key` is the name it goes by ("arxiv:2604.21935", "doi:10.1/x", "url:https://…"); `ids` holds every such name known, key included.
    Titles, abstracts and names are plain text: sanitised when they came in, with TeX left as it was written.
    """

    key: str
    title: str
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    url: str | None = None
    pdf_url: str | None = None
    published: datetime | None = None
    version: int = 1
    categories: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    facts: Facts = Facts()

    @property
    def has_more_authors(self) -> bool:
        """Whether others than those that are kept may have written it."""
        return len(self.authors) >= KEPT_AUTHORS


class Listing(StrEnum):
    """How a source announced a paper."""

    NEW = "new"
    CROSS = "cross"
    """New in this category, announced earlier or elsewhere in another."""
    REPLACE = "replace"
    """A later version of a paper announced before; never shown as new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One paper in one listing of one source."""

    paper: Paper
    source: str
    listed_on: date
    kind: Listing = Listing.NEW


@dataclass(frozen=True, slots=True)
class Dropped:
    """An entry of a listing that could not become a paper, and why."""

    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong while the rest went on."""

    subject: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one fetch of a source returned.

    `cursor` is opaque to all but its source (positions, ETags); it is stored together with the papers and handed back at the next fetch.
    `unchanged` says that nothing was new since the cursor, so nothing was parsed. `listed_on` is the day that the listing says it is of,
    `announced` how many papers it says are new or cross-listed; with `is_cut` it left some out,
    and with `is_broken_off` it ends in the middle, so that nobody can say what is missing.
    """

    source: str
    sightings: tuple[Sighting, ...] = ()
    cursor: str = ""
    expected: int | None = None
    format: str = ""
    dropped: tuple[Dropped, ...] = ()
    failures: tuple[Failure, ...] = ()
    unchanged: bool = False
    listed_on: date | None = None
    announced: int | None = None
    is_cut: bool = False
    is_broken_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """One `[[sources]]` table of the configuration.

    `details_url` and `listing_url` say where a mirror of arXiv answers as its API and its /list pages do;
    `holidays` are evenings without an announcement that this version does not know.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    url: str | None = None
    details_url: str | None = None
    listing_url: str | None = None
    holidays: tuple[date, ...] = ()
    allow_private: bool = False
    paused: bool = False
