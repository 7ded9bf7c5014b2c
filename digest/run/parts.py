"""What a run works with, and what it reports."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from ..catalog import Catalog, Library
from ..delivery import Policy, Transport
from ..delivery.allowance import Quota
from ..delivery.dkim import Signer
from ..delivery.tally import Tally
from ..delivery.verp import Verp
from ..embedding import Embedder, Tell, silent
from ..errors import DigestError, UsageError
from ..model import Changes, DeliveryStatus, Failure, Mail, Paper, Place, SourceOptions
from ..rendering import Press
from ..rendering.presses import Presses
from ..sources import Source
from .issuing.waiting import Awaiting, nothing_awaited

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Subject = TypeVar("Subject")

NAMED = 20
"""How many readers, papers or issues of one kind a report names one by one."""
PORTION = 1_000
"""Readers that are loaded at a time: with very many, only what is needed of all of them is kept in memory."""


class Works(Protocol):
    """A service that looks papers up by their ids (arXiv's, or DOIs), in batches: for more facts, and for papers no source ever listed."""

    def batches(self, ids: Sequence[str], /) -> Iterator[tuple[Paper, ...]]: ...


class Summariser(Protocol):
    """A language model that summarises papers; `name` is shown in letters. `write` returns "" for a useless answer, raises ModelError."""

    @property
    def name(self) -> str: ...

    def write(self, title: str, abstract: str, /) -> str: ...


class Shelf(Protocol):
    """A reader's opened library. All methods raise DigestError; `check_saving` does if it is clear beforehand that saving cannot work."""

    def fetch(self, cursor: str) -> Changes: ...

    def check_saving(self, collection: str) -> None: ...

    def save(self, paper: Paper, collection: str) -> str: ...


class Mailbox(Protocol):
    """The opened mailbox that readers write to: its mails that may be commands, and the `place` up to which all were read.

    `Place()` means that none was read yet; a place is stored under the mailbox's `name`. All methods raise DigestError.
    """

    @property
    def name(self) -> str: ...

    @property
    def place(self) -> Place: ...

    def mails(self, since: Place, now: datetime, /) -> Iterator[Mail]: ...

    def mark_read(self, mail: Mail, /) -> None: ...


def _no_library(library: Library, now: datetime) -> Shelf:
    raise UsageError(library.address, "libraries cannot be opened here", hint="use the parts that `wiring.build` makes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends the letters: From, Reply-To, the envelope sender (`bounce_address`), and the `inbox` for mailed commands.

    `verp` says whether each letter gets an envelope sender of its own; `server` is the host that accepts the letters.
    """

    address: str
    name: str = "digest"
    reply_to: str | None = None
    bounce_address: str | None = None
    inbox: str | None = None
    verp: Verp = Verp.OFF
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The ready parts of a run; `wiring.build` makes them from the configuration.

    `base_url` has no trailing "/", and is empty if letters cannot link to pages; `base_url_reach` is "public" or "internal".
    At most `daily_summaries` are made per day (UTC). With `attach_bibtex` each letter has its papers attached as a BibTeX file.
    """

    catalog: Catalog
    sources: tuple[Source, ...]
    """The sources to ask, as of when the parts were made or last `renewed`."""
    press: Callable[[str, str], Press]
    connect: Callable[[], Transport]
    policy: Policy
    sender: Sender
    secrets: tuple[bytes, ...]
    worker: str
    name: str = "digest"
    """The product name in letters and on pages."""
    colours: tuple[tuple[str, str], ...] = ()
    """The operator's colours (name, "#rrggbb"), of which pages take the accents; letters have theirs from `press`."""
    quota: Quota | None = None
    """How much may be sent; None if the transport has no limit."""
    signers: tuple[Signer, ...] = ()
    details: Works | None = None
    works: Works | None = None
    library: Callable[[Library, datetime], Shelf] = _no_library
    inbox: Callable[[], AbstractContextManager[Mailbox]] | None = None
    embedder: Embedder | None = None
    summariser: Summariser | None = None
    daily_summaries: int = 200
    base_url: str = ""
    base_url_reach: str = "public"
    attach_bibtex: bool = False
    bounce_threshold: float = 3.0
    """Bounce points at which an address is suppressed."""
    awaited: Awaiting = nothing_awaited
    """The listings that were due by a given moment and have not come."""
    options: tuple[SourceOptions, ...] = ()
    """The options that `sources` were made from."""
    renewed: Callable[[Parts], Parts] = lambda parts: parts
    """The given parts with the sources that commands and readers ask for by now; the very same parts if nothing changed."""
    wait: timedelta = timedelta(0)
    """How long an issue that is due waits for `awaited` listings."""
    themes: Presses | None = None
    """The themes that `press` comes from; None if the operator has no themes of their own, which could be broken."""
    notes: tuple[str, ...] = ()
    """Sentences to show in every issue ("these papers are samples")."""
    letters: Path | None = None
    """The folder that letters are written to, or were before a server was used; erasing a reader also removes their letters there."""
    maildir: Path | None = None
    """The inbox, if it is a local folder; erasing a reader also removes their commands there."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How one source did: fresh, unchanged or failed, and how many papers were new."""

    name: str
    state: str
    new: int


@dataclass(frozen=True, slots=True)
class StandIn:
    """A letter that was rendered with the theme `used` because its own `theme` is broken."""

    address: str
    subscription: str
    theme: str
    used: str


@dataclass(slots=True)
class Report:
    """What a run did, and everything that failed while the rest went on."""

    now: datetime
    sources: list[SourceLine] = field(default_factory=list)
    issues: int = 0
    deliveries: Counter[DeliveryStatus] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    stand_ins: list[StandIn] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)
    """Sentences on why somebody gets no letter."""
    notes: list[str] = field(default_factory=list)
    """Sentences on what an operator should know although nothing failed."""
    watch: Tell = silent
    """Called with the model's progress on new papers."""
    tally: Tally = field(default_factory=Tally)
    """The outcomes of the last delivery's letters."""
    letters: Callable[[Tally], None] = lambda _: None
    """Called after each letter that is settled."""
    is_brief: bool = False
    """Leave out whose letters are not due yet: a schedule, which checks every minute, has nobody who reads that."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Report a DigestError as a failure and go on; any other exception is a bug and passes through."""
        try:
            yield
        except DigestError as error:
            log.info("a run went on without something", extra={"kind": error.kind})
            self.failures.append(Failure(error.subject, error.message, error.hint))

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str, recipient: str, /) -> None:
        """Count a letter's outcome, and call `letters`."""
        self.tally.settled(delivery_id, status, reply, recipient)
        self.letters(self.tally)

    def as_json(self) -> dict[str, object]:
        """The shape that scripts rely on (`run --json`)."""
        return {
            "now": self.now.isoformat(),
            "sources": [{"name": s.name, "state": s.state, "new": s.new} for s in self.sources],
            "issues": self.issues,
            "deliveries": {str(status): n for status, n in sorted(self.deliveries.items()) if n},
            "stand_ins": [asdict(stand_in) for stand_in in self.stand_ins],
            "failures": [{"subject": f.subject, "message": f.message, "hint": f.hint} for f in self.failures],
        }


def in_short(some: Sequence[Subject], said: Callable[[Subject], str], others: str, count: int | None = None) -> tuple[str, ...]:
    """A sentence for each subject, or for the first `NAMED` and then how many `others` there are: cron mails all output to the operator.

    If not all are given, `count` says how many there are; giving one more than `NAMED` is enough.
    """
    more = (len(some) if count is None else count) - NAMED
    if more < 2:
        return tuple(map(said, some))
    return (*map(said, some[:NAMED]), f"and {more:,} more {others}")
