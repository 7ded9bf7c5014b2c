"""The catalog: papers, people and letters in one database; each public method that writes is one transaction.

`open_catalog` returns a `Catalog`. The folders `papers`, `people` and `letters` (with the issues) have the code for each of these,
`schema` the tables; all access to the database goes through `doors`.
"""

from __future__ import annotations

import logging
import secrets as random_secrets
from contextlib import AbstractContextManager
from types import TracebackType

from sqlalchemy import Connection, false, select, update

from .doors import PATIENCE, Doors
from .leases import Lease, Leases
from .letters.bounces import Bounces
from .letters.inboxes import Inboxes
from .letters.invitations import Invitations
from .letters.issues import Issues, Standing
from .letters.outbox import Outbox
from .letters.publishing import Draft
from .letters.quota import Quota
from .letters.quota_outbox import QuotaOutbox
from .letters.senders import PlainSenders
from .letters.themes import GoodTheme, Themes
from .letters.waiting import Line, Moved, Waiting, Which
from .migrating import HEAD, migrate, revision
from .papers.fates import ACCEPTED, WITHDRAWN, accepted_where
from .papers.first_day import Resuming
from .papers.ledger import Ledger
from .papers.libraries import Libraries, Library, Owned, Recorded, Wanted
from .papers.own_sources import OwnSources
from .papers.papers import Listed, Papers
from .papers.sighted import CANDIDATE, Sighted
from .papers.sources import Sources, SourceState
from .papers.summaries import Summaries
from .papers.updates import Changed
from .papers.vectors import Vectors
from .people.alike import Alike
from .people.feedback import Feedbacks
from .people.groups import Groups
from .people.intake import Intake, Taken
from .people.rights import Erased, Rights
from .people.subscribers import Subscribers
from .people.suppressions import Suppressions
from .schema import marks, secrets

__all__ = [
    "ACCEPTED",
    "CANDIDATE",
    "WITHDRAWN",
    "Alike",
    "Catalog",
    "Changed",
    "Draft",
    "Erased",
    "GoodTheme",
    "Lease",
    "Library",
    "Line",
    "Listed",
    "Moved",
    "Outbox",
    "Owned",
    "QuotaOutbox",
    "Recorded",
    "Sighted",
    "SourceState",
    "Standing",
    "Taken",
    "Wanted",
    "Which",
    "accepted_where",
    "open_catalog",
]

log = logging.getLogger(__name__)

_SECRET_BYTES = 32


def open_catalog(database: str, *, patience: float = PATIENCE) -> Catalog:
    """Open the catalog in a database (a path, or an SQLAlchemy URL of an SQLite file); a new file is readable by its owner only.

    An older database is migrated to this version's schema first; several processes may try that at once. `patience` is how many seconds
    a transaction waits for another process that writes. Raises CatalogError if the database cannot be opened or written, or is newer.
    """
    doors = Doors(database, patience=patience)
    try:
        with doors.reading() as connection:
            found = revision(connection)
        with doors.writing() as connection:
            # Checked again: another process may have migrated it in between.
            if found != HEAD and (found := revision(connection)) != HEAD:
                migrate(connection)
            # Changes nothing, but fails for a read-only file: SQLite starts a write transaction there, and reports it at the first change.
            connection.execute(update(marks).where(false()).values(value=0))
    except BaseException:
        doors.close()
        raise
    if found not in (None, HEAD):
        log.warning("the database is of this version now: restart `digest serve` and `digest schedule`; an older digest refuses it")
    return Catalog(doors)


class Catalog:
    """An open catalog; a context manager that closes it."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self.papers = Papers(doors)
        self.sources = Sources(doors)
        self.ledger = Ledger(doors)
        self.own_sources = OwnSources(doors)
        self.subscribers = Subscribers(doors)
        self.intake = Intake(doors)
        self.invitations = Invitations(doors)
        self.rights = Rights(doors)
        self.resuming = Resuming(doors)
        self.suppressions = Suppressions(doors)
        self.libraries = Libraries(doors)
        self.feedback = Feedbacks(doors)
        self.groups = Groups(doors)
        self.issues = Issues(doors)
        self.inboxes = Inboxes(doors)
        self.leases = Leases(doors)
        self.outbox = Outbox(doors)
        self.waiting = Waiting(doors)
        self.bounces = Bounces(doors)
        self.plain_senders = PlainSenders(doors)
        self.vectors = Vectors(doors)
        self.summaries = Summaries(doors)
        self.themes = Themes(doors)

    @property
    def database(self) -> str:
        """The database's URL, with which another process can open it."""
        return self._doors.database

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees the catalog as it is now, for the length of a `with`."""
        return self._doors.reading()

    def writing(self, *, durable: bool = False) -> AbstractContextManager[Connection]:
        """A connection that alone may write, for the length of a `with`: one transaction, undone by an exception."""
        return self._doors.writing(durable=durable)

    def quota_outbox(self, quota: Quota) -> QuotaOutbox:
        """The outbox for a sender whose sending is limited by a quota."""
        return QuotaOutbox(self._doors, quota)

    def secrets(self) -> tuple[bytes, ...]:
        """The keys that sign links, newest first; the first call makes one."""
        newest_first = select(secrets.c.key).order_by(secrets.c.id.desc())
        with self._doors.reading() as connection:
            found = tuple(connection.scalars(newest_first))
        if found:
            return found
        with self._doors.writing(durable=True) as connection:
            if not connection.scalar(newest_first.limit(1)):
                connection.execute(secrets.insert().values(key=random_secrets.token_bytes(_SECRET_BYTES)))
            return tuple(connection.scalars(newest_first))

    def close(self) -> None:
        """Close the database."""
        self._doors.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
