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
"""Readers, papers or issues of one kind that a report speaks of one by one."""
PORTION = 1_000
"""Readers who are read and looked at in one go: of very many only what is needed of all is kept."""


class Works(Protocol):
    """Where papers are looked up by their ids (arXiv's, or DOIs), some at a time: for their facts, and those no source ever listed."""

    def batches(self, ids: Sequence[str], /) -> Iterator[tuple[Paper, ...]]: ...


class Summariser(Protocol):
    """A language model that sums up papers; `name` is how letters call it. `write` gives "" for an answer of no use, raises ModelError."""

    @property
    def name(self) -> str: ...

    def write(self, title: str, abstract: str, /) -> str: ...


class Shelf(Protocol):
    """A reader's library, opened. All raise DigestError; `check_saving` where it is known beforehand that papers cannot be saved there."""

    def fetch(self, cursor: str) -> Changes: ...

    def check_saving(self, collection: str) -> None: ...

    def save(self, paper: Paper, collection: str) -> str: ...


class Mailbox(Protocol):
    """Where readers' mails arrive, opened: those that may be commands, and the `place` up to which all were taken (none yet: `Place()`).

    All raise DigestError. `name` is what its place is remembered by.
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
    """Whose letters these are: From, Reply-To, the envelope's address, and where mailed actions go.

    `verp` says whether each letter has an envelope's address of its own, `server` which host takes them.
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

    `base_url` has no "/" at its end, and is empty where no letter can link to a page; `base_url_reach` is "public" or "internal".
    `daily_summaries` are made at most between one midnight (UTC) and the next. With `attach_bibtex` a letter brings its papers as a file.
    """

    catalog: Catalog
    sources: tuple[Source, ...]
    """Those that were to be asked when the parts were made, or `renewed`."""
    press: Callable[[str, str], Press]
    connect: Callable[[], Transport]
    policy: Policy
    sender: Sender
    secrets: tuple[bytes, ...]
    worker: str
    name: str = "digest"
    """What letters and pages are called by."""
    quota: Quota | None = None
    """How much may be sent; None where letters go nowhere that counts them."""
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
    """Points at which an address that letters come back from is suppressed."""
    awaited: Awaiting = nothing_awaited
    """Which sources still owe a listing that was due by a moment."""
    options: tuple[SourceOptions, ...] = ()
    """What the sources were made of."""
    renewed: Callable[[Parts], Parts] = lambda parts: parts
    """Parts that stay open, with the sources as commands and readers would have them now; those very parts where nothing changed."""
    wait: timedelta = timedelta(0)
    """How long an issue that is due waits for them."""
    themes: Presses | None = None
    """Where `press` comes from; None where no theme is an operator's, so that none can be broken by one."""
    notes: tuple[str, ...] = ()
    """Sentences that stand in every issue ("these papers are samples")."""
    letters: Path | None = None
    """The folder that letters are written into, or were before a server took them: those to a reader go with the reader."""
    maildir: Path | None = None
    """The inbox, where it is a folder here: likewise."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How one source did: fresh, unchanged or failed, and how many papers were new."""

    name: str
    state: str
    new: int


@dataclass(frozen=True, slots=True)
class StandIn:
    """A letter that was written in another theme than its own, because that is broken; `used` says which."""

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
    """Why somebody gets nothing, one sentence each."""
    notes: list[str] = field(default_factory=list)
    """What an operator should know though nothing failed, one sentence each."""
    watch: Tell = silent
    """Hears how far the model is with the new papers."""
    tally: Tally = field(default_factory=Tally)
    """How the letters of the last delivery went."""
    letters: Callable[[Tally], None] = lambda _: None
    """Hears of each letter that is settled."""
    is_brief: bool = False
    """Nobody reads whose letter is not due yet: a schedule, which looks every minute, need not say so of everybody."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn a DigestError into a reported failure; a bug passes through."""
        try:
            yield
        except DigestError as error:
            log.info("a run went on without something", extra={"kind": error.kind})
            self.failures.append(Failure(error.subject, error.message, error.hint))

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str, recipient: str, /) -> None:
        """Count what became of a letter, and tell whoever looks on."""
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
    """A sentence for each of these; of many for the first, and how many `others` there are: a run of cron is mailed to its operator.

    Where there are more of them than are given, `count` says how many; one more than `NAMED` is enough then.
    """
    more = (len(some) if count is None else count) - NAMED
    if more < 2:
        return tuple(map(said, some))
    return (*map(said, some[:NAMED]), f"and {more:,} more {others}")
