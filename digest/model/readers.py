"""Readers: what they follow, when they get letters, and what they say of papers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum

from .papers import Paper


class SubscriberStatus(StrEnum):
    """Whether a subscriber gets letters."""

    PENDING = "pending"
    ACTIVE = "active"
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
    suppressed: str = ""
    """Why nothing goes to this address whatever its status, as a `SuppressionReason` says; "": something may."""
    invited_at: datetime | None = None
    """When they were asked by mail whether they want letters; nobody is asked twice."""
    id: int = 0


class SuppressionReason(StrEnum):
    """Why nobody writes to an address any more."""

    UNSUBSCRIBED = "unsubscribed"
    BLOCKLISTED = "blocklisted"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FORGOTTEN = "forgotten"
    """They asked to be erased."""
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One line of the list of those who get nothing; it holds no address.

    `hash` is the HMAC-SHA256, under `key`, of the folded address. With a `subscription` only the one of that name is meant.
    `link` is the SHA-256 of the uuid by which an old listmonk link names them; empty where there is none.
    """

    hash: bytes
    key: bytes
    reason: SuppressionReason
    at: datetime
    origin: str
    subscription: str = ""
    link: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class No:
    """What a list of people says of somebody who wants no letters: why, since when, and from which subscription ("": from all)."""

    reason: SuppressionReason
    at: datetime | None = None
    subscription: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What a list of people says of one address.

    `uuid` is listmonk's name of them, `links` says by which of their subscriptions (its name) and uuid an old link of it speaks.
    `origin` is which list it was; `is_ours`: an export of ours, whose yes that is later than a no was said in the knowledge of it.
    """

    email: str
    subscriptions: tuple[Subscription, ...] = ()
    noes: tuple[No, ...] = ()
    uuid: str = ""
    links: tuple[tuple[str, str], ...] = ()
    origin: str = ""
    is_ours: bool = False


FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a pause without an end."""

EVERYTHING_ELSE = "everything else"
"""What the interest without a name is called where people read of it; no other may be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What one person follows under one heading; `liked` and `disliked` are paper keys, most recent first.

    A profile has at most one without a name. One of `weight` 2 gets twice the share of an issue that one of 1 gets; it is above 0.
    `homes` are keys of papers that belong here as long as the reader has them in a library or said that they like them,
    `former_names` are what it was called before, which letters of that time say.
    """

    name: str = ""
    topics: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    weight: float = 1.0
    homes: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it has neither a topic nor a paper, so that it is none."""
        return not (self.topics or self.liked or self.disliked or self.homes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a reader wants to see: at most `limit` papers a letter, none scoring under `floor` (None: no floor).

    With `explore` there is one paper from outside the profile besides, and one from the archive. With `others` a letter names by title
    what it passed over, with `updates` it tells what became of papers it showed before.
    """

    interests: tuple[Interest, ...] = ()
    keywords: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    limit: int = 12
    floor: float | None = None
    explore: bool = False
    others: bool = True
    updates: bool = False

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of all its interests, each once."""
        return tuple(dict.fromkeys(topic for interest in self.interests for topic in interest.topics))

    @property
    def liked(self) -> tuple[str, ...]:
        """The liked papers of all its interests."""
        return tuple(key for interest in self.interests for key in interest.liked)

    @property
    def disliked(self) -> tuple[str, ...]:
        """The disliked papers of all its interests."""
        return tuple(key for interest in self.interests for key in interest.disliked)

    @property
    def is_thin(self) -> bool:
        """Nothing to rank by: no topic, keyword, liked paper or author."""
        return not (self.keywords or self.authors or self.topics or self.liked)

    @property
    def names_people_alone(self) -> bool:
        """Nothing to choose other people's papers by: no topic, keyword, liked paper or category beside the people to follow."""
        return bool(self.authors) and not (self.keywords or self.topics or self.liked or self.categories)


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


class FeedbackKind(StrEnum):
    """What a reader says of a paper."""

    MORE = "more"
    """A liked paper from now on."""
    LESS = "less"
    """A disliked one."""
    SEEN = "seen"
    """Known already: never shown, and otherwise nothing."""
    SAVE = "save"
    """Kept in the reader's list, and liked."""
    FOLLOW = "follow"
    """Its author is followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One thing a reader said of one paper, which teaches the interest that brought it.

    `subscription` is the subscription's id; `author` is whom a `follow` follows; `origin` is how it was said: "cli", "link" or "mail".
    `filed_at` is when a saved paper was written to the reader's own library.
    """

    id: int
    subscription: int
    paper: Paper
    kind: FeedbackKind
    at: datetime
    interest: str = ""
    author: str = ""
    origin: str = "cli"
    undone_at: datetime | None = None
    filed_at: datetime | None = None


class Format(StrEnum):
    """What a letter is made of."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A reader's own yes to telling their group how many of it saved a paper: since when, how they said it, and when they took it back."""

    since: datetime | None = None
    origin: str = ""
    ended_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether their saves count now, and they are told of the others'."""
        return self.since is not None and self.ended_at is None


UNNAMED = "main"
"""What a subscription is called for which nobody chose a name."""


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
    removed_at: datetime | None = None
    """When the operator ended it; such a one is shown only where everything is, as in an export."""
    consented_at: datetime | None = None
    consent_origin: str = ""
    """How its reader agreed to it: "a command", "the configuration", "listmonk: ML weekly", "invitation, by mail"."""
    group: str = ""
    """Whose readers may tell each other how many of them saved a paper, as the operator calls them; "": none."""
    share_saves: bool = False
    """Whether the reader wants that, by the file or the command that says it; of a stored one whether their yes stands."""
    sharing: Sharing = Sharing()
    id: int = 0

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories it names: its profile's, or the name of its edition."""
        if self.profile is not None:
            return self.profile.categories
        return (self.edition.name,) if self.edition is not None else ()

    def known_as(self, site: str) -> str:
        """What its reader knows it by: its name, or, where nobody gave it one, the name of the whole `site` ("": none)."""
        return site if site and self.name == UNNAMED else self.name
