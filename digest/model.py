"""The words of digest: what travels between its rooms, as frozen values.

Tuples, never lists; every datetime is aware and in UTC; `None` means absent, never failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

# --- papers -----------------------------------------------------------------------------------------------------------


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
    `unchanged` says that nothing was new since the cursor, so nothing was parsed.
    """

    source: str
    sightings: tuple[Sighting, ...] = ()
    cursor: str = ""
    expected: int | None = None
    format: str = ""
    dropped: tuple[Dropped, ...] = ()
    failures: tuple[Failure, ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """One `[[sources]]` table of the configuration."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    url: str | None = None
    details_url: str | None = None
    allow_private: bool = False
    paused: bool = False


# --- readers' own libraries -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry of a reader's own library, as the library has it; plain text, as a paper's is.

    `entry` is what the library calls it (a BibTeX key, a Zotero item), the same at every reading. `ids` are names as `parse_name` gives
    them, best first. `added` is when it came into the library, where that is told.
    """

    entry: str
    title: str = ""
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    ids: tuple[str, ...] = ()
    year: int | None = None
    added: datetime | None = None
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a library has, or what changed in it since the cursor.

    `whole`: `references` are all there is, so what is not among them has left it; else `removed` names the entries that left.
    `cursor` is opaque to all but the library; `unchanged` says that nothing was new since the last one.
    """

    references: tuple[Reference, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = True
    cursor: str = ""
    dropped: tuple[Dropped, ...] = ()
    unchanged: bool = False


# --- readers ----------------------------------------------------------------------------------------------------------


class SubscriberStatus(StrEnum):
    """Whether a subscriber gets letters."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    BOUNCING = "bouncing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person who gets letters; `id` is 0 until the catalog has stored them."""

    email: str
    name: str | None = None
    status: SubscriberStatus = SubscriberStatus.ACTIVE
    paused_until: datetime | None = None
    zone: str = "UTC"
    language: str = "en"
    id: int = 0


EVERYTHING_ELSE = "everything else"
"""What the interest without a name is called where people read of it; no other may be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What one person follows under one heading; `liked` and `disliked` are paper keys, most recent first.

    A profile has at most one without a name. One of `weight` 2 gets twice the share of an issue that one of 1 gets; it is above 0.
    """

    name: str = ""
    topics: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a reader wants to see: at most `limit` papers a letter, none scoring under `floor` (None: no floor)."""

    interests: tuple[Interest, ...] = ()
    keywords: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    limit: int = 12
    floor: float | None = None

    @property
    def is_thin(self) -> bool:
        """Nothing to rank by: no topic, keyword, liked paper or author."""
        return not (self.keywords or self.authors or any(i.topics or i.liked for i in self.interests))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A list without a profile ("trending", or a category such as "cs.LG"), the same for all its readers."""

    name: str
    limit: int = 20


class Every(StrEnum):
    """On which local days a letter is due."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"
    DAYS = "days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When letters are due, in the subscriber's zone. `days` (0 = Monday): the chosen ones, or the day of a weekly letter."""

    every: Every = Every.DAILY
    days: tuple[int, ...] = ()
    at: time = time(7)
    only_above: float | None = None
    skip_empty: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch one letter covers; `name` is its local day ("2026-11-23") or week ("2026-W48")."""

    start: datetime
    end: datetime
    name: str


class Format(StrEnum):
    """What a letter is made of."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one subscriber gets, under one name: a profile or an edition, never both. One person may hold several."""

    subscriber: Subscriber
    name: str
    profile: Profile | None = None
    edition: Edition | None = None
    cadence: Cadence = Cadence()
    theme: str = ""
    format: Format = Format.HTML
    configured: bool = False
    """True where the configuration file says it, False where a command added it."""
    left_at: datetime | None = None
    """When its reader unsubscribed from it; such a subscription gets nothing until somebody resumes it."""
    id: int = 0


# --- issues and letters -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a score: `points` may be negative; all of a pick's points sum to its score."""

    signal: str
    points: float
    note: str


class Section(StrEnum):
    """Where in an issue a paper stands."""

    PICKS = "picks"
    FOLLOWED = "followed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A paper chosen for an issue, and why. `interest` names the interest that brought it; "" for the one without a name, and for none."""

    paper: Paper
    section: Section = Section.PICKS
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    interest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What one subscription gets for one period: the stored truth from which a letter is rendered, again and again alike.

    `considered` papers from `sources` were looked at; `notes` are sentences for the reader ("your profile is empty, so …").
    """

    subscription: Subscription
    period: Period
    picks: tuple[Pick, ...]
    made_at: datetime
    message_id: str = ""
    subject: str = ""
    """Kept, because a title may change between two tries of one letter; empty: the theme makes it."""
    considered: int = 0
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An issue as it goes over the wire."""

    sender: str
    to: str
    message_id: str
    content: bytes = field(repr=False)


class DeliveryStatus(StrEnum):
    """What became of a letter; a closed vocabulary."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    """A worker holds it under a lease; nothing was handed over yet."""
    SENDING = "sending"
    """Its DATA may be on the wire; after a death it becomes unknown."""
    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"
    """Handed over, the answer never heard: retried once with the same Message-ID, or held."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A letter to be handed over, and what has happened to it so far; `issue` is the issue's id."""

    id: int
    issue: int
    status: DeliveryStatus
    attempts: int
    due: datetime
    queued_at: datetime
    message_id: str
    reply: str | None = None
    reason: str | None = None
