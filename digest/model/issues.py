"""Issues, the letters they become, and what becomes of those."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from .ledger import Newest
from .papers import Paper
from .readers import Period, Subscription

PASSED_OVER = 250
"""Papers that an issue names without showing them, at most: no letter has room for the titles of more."""


IN_OTHER_WORDS = "(in other words)"
"""How the note on a topic ends if the paper has none of its words."""
_ON_TOPIC = 20.0
"""Points from which such a paper is on the topic all the same; with fewer it is only somewhat nearer than usual."""


class Reason(NamedTuple):
    """A part of a score: `points` may be negative; all of a pick's points sum to its score.

    One whose signal is the pick's section has no points: it says why the paper is there. A tuple, because a letter has fifty.
    """

    signal: str
    points: float
    note: str

    @property
    def is_whole_topic(self) -> bool:
        """Whether it names a topic of which the paper has enough words; else the note on a topic ends with a bracket."""
        return self.signal == "topics" and not self.note.endswith(")")

    @property
    def is_vague(self) -> bool:
        """Whether it names a topic that the paper has no word of and is only somewhat nearer than usual."""
        return self.points < _ON_TOPIC and self.note.endswith(IN_OTHER_WORDS)


class Section(StrEnum):
    """Where in an issue a paper stands."""

    PICKS = "picks"
    FOLLOWED = "followed"
    ASKED = "asked"
    """One of those a new reader is asked about."""
    OUTSIDE = "outside"
    """One that is far from the profile, for who wants to explore."""
    ARCHIVE = "archive"
    """One of years past, for the same readers."""
    UPDATED = "updated"
    """One its reader was shown before and that has changed since; the reason of that signal says how."""

    @property
    def is_beside(self) -> bool:
        """Whether a paper there is shown beside those that were chosen for the reader."""
        return self not in (Section.PICKS, Section.FOLLOWED)

    @property
    def is_new(self) -> bool:
        """Whether a paper there is one of those that an issue considers; the archive is drawn from again, and an update is told again."""
        return self not in (Section.ARCHIVE, Section.UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A paper chosen for an issue, and why. `interest` names the interest that brought it; "" for the one without a name, and for none."""

    paper: Paper
    section: Section = Section.PICKS
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    interest: str = ""
    saves: int = 0
    """How many others of the reader's group saved it, where that may be told; known when a letter is written, and never stored."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at for an issue under one name, a category's or else a source's.

    `announced` papers stood in its listings as far as the source said so, `read` of them were read, `shown` of those stand in the issue.
    `newest` says whether its newest listing is in; None where nobody can say.
    """

    name: str
    announced: int
    read: int
    shown: int
    newest: Newest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What one subscription gets for one period: the stored truth from which a letter is rendered, again and again alike.

    `considered` papers from `sources` were looked at, `looked` tells them apart; `notes` are sentences for the reader ("your profile is
    empty, so …"). `others` are papers that were looked at and passed over, the best first, as many as a letter may have room to name.
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
    looked: tuple[Looked, ...] = ()
    others: tuple[Paper, ...] = ()
    late: tuple[str, ...] = ()
    """The sources whose listing was due for it and had not come when it was made."""
    held: bool = False
    """Nothing in it was as good as its reader asks for (`Cadence.only_above`): no letter goes out, and its papers are for the next."""
    id: int = 0

    @property
    def has_letter(self) -> bool:
        """Whether a letter goes out: with its papers or, to who wants to hear of that as well, with the best that was not good enough."""
        if self.held:
            return False
        return bool(self.picks) or (bool(self.considered and self.others) and not self.subscription.cadence.skip_empty)


class WireText(bytes):
    """Octets that can go over SMTP as they are: each line ends with CRLF, and none begins with a dot. Who makes one sees to that.

    Other octets are looked through, and changed where they must be, which takes a tenth of the time that a letter takes.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An issue as it goes over the wire.

    `sender` is the envelope's. Where that is the letter's own, `plain_sender` is the one to fall back on if a server refuses it; "": none.
    """

    sender: str
    to: str
    message_id: str
    content: bytes = field(repr=False)
    plain_sender: str = ""


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
    """Handed over, the answer never heard: retried with the same Message-ID, `REPEATS` times at most, or held."""
    CANCELLED = "cancelled"
    BOUNCED = "bounced"
    """It was handed over, and came back."""
    COMPLAINED = "complained"
    """Its reader called it spam."""


REPEATS = 4
"""How often a letter that may have arrived is sent again at most: within some hours a server recovers that had stored none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A letter to be handed over, and what has happened to it so far; `issue` is the issue's id.

    One that may have arrived is unknown; `is_asked_for` where it is to go out once more, whatever `[delivery] unknown` says.
    """

    id: int
    issue: int
    status: DeliveryStatus
    attempts: int
    due: datetime
    queued_at: datetime
    message_id: str
    reply: str | None = None
    reason: str | None = None
    recipient: str = ""
    is_asked_for: bool = False

    @property
    def domain(self) -> str:
        """The recipient's, to spare a server that asks for it."""
        return self.recipient.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the letter of that delivery, and when: as `Delivery` says it, `due` where it waits again.

    `was_tried` says that this was an attempt even if the letter's text never left; `is_again` that it was settled before, and is in
    nobody's hands since.
    """

    delivery: int
    status: DeliveryStatus
    at: datetime
    reply: str | None = None
    due: datetime | None = None
    reason: str | None = None
    was_tried: bool = False
    is_again: bool = False
