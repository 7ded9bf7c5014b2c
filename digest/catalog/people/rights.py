"""What one person may ask for: access to everything stored about them, moving it to another address, and erasure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, select, update

from ...addresses import folded, normal_email
from ...errors import NotFound, UsageError
from ...model import SubscriberStatus, Suppression, SuppressionReason
from ..doors import Doors, chunks
from ..letters.bounces import forget_move, note_move
from ..letters.inherited_picks import PAUSE, PORTION, hand_on
from ..letters.outbox import let_go
from ..papers.orphans import drop_orphans, remove_entries
from ..schema import (
    deliveries,
    feedback,
    issues,
    libraries,
    library_entries,
    library_names,
    papers,
    picks,
    seen,
    subscribers,
    subscriptions,
)
from ..schema.bounces import returns
from ..schema.people import listmonk_links
from . import suppressions as list_
from .active import LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many rows of each kind were erased; `before` is the line that the suppression list had for the address already.

    `lingers`: the rows can still be read in the database's log, since another process was reading it; forgetting again empties it.
    """

    counts: tuple[tuple[str, int], ...] = ()
    before: Suppression | None = None
    lingers: bool = False

    @property
    def is_anything(self) -> bool:
        """Whether anything was known."""
        return any(count for _, count in self.counts)


class Rights:
    """Access, another address, and erasure."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def about(self, email: str) -> dict[str, Any]:
        """All that the catalog holds of an address, as JSON by table; None and empty lists where it holds nothing.

        Subscriptions stand in it also where the operator removed them.
        """
        with self._doors.reading() as connection:
            lines = list_.suppressed(connection, [email]).get(folded(email), ())
            which = select(subscribers).where(subscribers.c.email_folded == folded(email))
            reader = connection.execute(which).mappings().one_or_none()
            own = _subscriptions_of(connection, reader["id"] if reader else 0)
            return {
                "subscriber": dict(reader) if reader else None,
                "subscriptions": _rows(connection, subscriptions, subscriptions.c.id.in_(own)),
                "listmonk_links": _rows(connection, listmonk_links, listmonk_links.c.subscription.in_(own)),
                "feedback": _rows(connection, feedback, feedback.c.subscription.in_(own), paper=feedback.c.paper),
                "libraries": _libraries(connection, own),
                "issues": _issues(connection, own),
                "papers_shown": _rows(connection, seen, seen.c.subscriber == (reader["id"] if reader else 0), paper=seen.c.paper),
                "returns": _rows(connection, returns, returns.c.subscriber == (reader["id"] if reader else 0)),
                "suppressions": [_line(line) for line in lines],
            }

    def subscription_ids(self, email: str) -> frozenset[int]:
        """The ids of all subscriptions an address ever had, removed ones too."""
        with self._doors.reading() as connection:
            reader = connection.scalar(select(subscribers.c.id).where(subscribers.c.email_folded == folded(email)))
            return frozenset(_subscriptions_of(connection, reader or 0))

    def is_configured(self, email: str) -> bool:
        """Whether the configuration file names this address."""
        with self._doors.reading() as connection:
            reader = connection.scalar(select(subscribers.c.id).where(subscribers.c.email_folded == folded(email)))
            return _is_configured(connection, reader or 0)

    def move(self, email: str, to: str, *, dry_run: bool = False) -> None:
        """Move everything stored about an address to another address of the same person; letters that wait go there, too.

        Bounces from the old address no longer count, past or future, and a reader suppressed only by them gets letters again. Raises
        NotFound; UsageError if the file names the old address, if either is on the suppression list, if the new one belongs to somebody who
        had letters, or if the file has a subscription there with the same name as one that would move.
        """
        address = normal_email(to)
        with self._doors.writing() as connection:
            which = select(subscribers).where(subscribers.c.email_folded == folded(email))
            reader = connection.execute(which).mappings().one_or_none()
            if reader is None:
                raise NotFound(email, "nothing is known about it", hint="`digest subscribers list` names who is known")
            if _is_configured(connection, reader["id"]):
                raise UsageError(email, "is from the configuration", hint=f"write {address} there instead, then move it")
            bounced = reader["suppressed"] == SuppressionReason.BOUNCED
            for name in (address,) if bounced else (email, address):
                list_.refuse(connection, name, "")
            other = _newcomer(connection, address, reader["id"])
            _check_names(connection, reader, other or 0, address)
            if dry_run:
                return
            if other is not None:
                _erase(connection, other)
            columns = {"email": address, "email_folded": folded(address), "suppressed": None}
            if reader["status"] == SubscriberStatus.PENDING:
                columns["invited_at"] = None  # whoever reads there was not asked
            connection.execute(update(subscribers).where(subscribers.c.id == reader["id"]).values(columns))
            list_.forgive(connection, folded(address))
            let_go(connection, subscribers.c.id == reader["id"])  # it may be written already, to the old address
            note_move(connection, reader["id"])

    def forget(self, email: str, now: datetime, origin: str = "digest subscribers forget") -> Erased:
        """Erase everything about an address but its hash on the suppression list; `origin` says how that was asked for.

        It survives a power cut, and what was erased is overwritten in the database's file and its log. Repeating it finds nothing.
        """
        name = folded(email)
        while self._hand_on(name):  # those of two years would keep letters from being settled for minutes
            time.sleep(PAUSE)
        with self._doors.writing(durable=True) as connection:
            before = next((line for line in list_.suppressed(connection, [name]).get(name, ()) if not line.subscription), None)
            reader = connection.scalar(select(subscribers.c.id).where(subscribers.c.email_folded == name))
            counts = _erase(connection, reader) if reader is not None else ()
            if counts or before is None:
                list_.suppress(connection, name, SuppressionReason.FORGOTTEN, now, origin, replaces=True)
        return Erased(counts=counts, before=before, lingers=not self._doors.scrub())

    def _hand_on(self, name: str) -> bool:
        """Hand some of the picks on that an address keeps for other readers; whether there may be more."""
        with self._doors.writing() as connection:
            reader = connection.scalar(select(subscribers.c.id).where(subscribers.c.email_folded == name))
            return hand_on(connection, _subscriptions_of(connection, reader or 0), PORTION)


def _is_configured(connection: Connection, reader: int) -> bool:
    live = (subscriptions.c.configured.is_(True), subscriptions.c.removed_at.is_(None))
    return bool(_ids(connection, subscriptions, and_(subscriptions.c.subscriber == reader, *live)))


def _newcomer(connection: Connection, address: str, reader: int) -> int | None:
    """Who is known by the address beside that reader: only somebody whom the file names and who had nothing yet. Raises UsageError."""
    found = _ids(connection, subscribers, and_(subscribers.c.email_folded == folded(address), subscribers.c.id != reader))
    if not found:
        return None
    (other,) = found
    own = _subscriptions_of(connection, other)
    kept = (_ids(connection, table, table.c.subscription.in_(own)) for table in (issues, feedback, libraries))
    if not _is_configured(connection, other) or any(kept):
        raise UsageError(address, "is known already", hint=f"where that may go: digest subscribers forget {quote(address)}")
    return other


def _check_names(connection: Connection, reader: RowMapping, other: int, address: str) -> None:
    """Raise UsageError where one of the file's would have a namesake from a command: every command after it would be refused."""
    name, twin = subscriptions.c.name, subscriptions.alias()
    pair = (twin.c.name == name, twin.c.subscriber == other, twin.c.removed_at.is_(None))
    both = connection.scalar(select(name).join(twin, and_(*pair)).where(subscriptions.c.subscriber == reader["id"], LIVE).limit(1))
    if both is not None:
        edit = f"digest subscribers edit {quote(reader['email'])} --name {quote(both)} --rename …"
        message = f"the configuration and what would move there both have a subscription {both!r}"
        raise UsageError(address, message, hint=f"`{edit}`, or give it another name in config.toml")


def _erase(connection: Connection, reader: int) -> tuple[tuple[str, int], ...]:
    """Delete a reader with everything that hangs on them, the leaves first."""
    own = _subscriptions_of(connection, reader)
    theirs = _ids(connection, libraries, libraries.c.subscription.in_(own))
    entries = _ids(connection, library_entries, library_entries.c.library.in_(theirs))
    made = _ids(connection, issues, issues.c.subscription.in_(own))
    hand_on(connection, own)  # those that were published since `forget` looked
    names = remove_entries(connection, entries)
    shown = connection.execute(delete(seen).where(seen.c.subscriber == reader)).rowcount
    connection.execute(update(issues).where(issues.c.subscription.in_(own)).values(picks_of=None))
    for some in chunks(made):
        connection.execute(delete(returns).where(returns.c.issue.in_(some)))
        connection.execute(delete(picks).where(picks.c.issue.in_(some)))
        connection.execute(delete(deliveries).where(deliveries.c.issue.in_(some)))
        connection.execute(delete(issues).where(issues.c.id.in_(some)))
    said = connection.execute(delete(feedback).where(feedback.c.subscription.in_(own))).rowcount
    connection.execute(delete(libraries).where(libraries.c.id.in_(theirs)))
    connection.execute(delete(listmonk_links).where(listmonk_links.c.subscription.in_(own)))
    connection.execute(delete(subscriptions).where(subscriptions.c.id.in_(own)))
    connection.execute(delete(subscribers).where(subscribers.c.id == reader))
    forget_move(connection, reader)
    orphans = drop_orphans(connection, names)
    rows = {"subscriber": 1, "subscriptions": len(own), "issues": len(made), "papers shown": shown, "feedback": said}
    return (*rows.items(), ("libraries", len(theirs)), ("entries of libraries", len(entries)), ("papers of theirs alone", orphans))


def _subscriptions_of(connection: Connection, reader: int) -> Sequence[int]:
    return _ids(connection, subscriptions, subscriptions.c.subscriber == reader)


def _ids(connection: Connection, table: Table, which: ColumnElement[bool]) -> Sequence[int]:
    return connection.scalars(select(table.c.id).where(which)).all()


def _rows(
    connection: Connection, table: Table, which: ColumnElement[bool], paper: ColumnElement[Any] | None = None
) -> list[dict[str, Any]]:
    """The rows as JSON, each with its paper's key and title where it has one."""
    wanted = select(table).where(which)
    if paper is not None:
        wanted = select(table, papers.c.key.label("paper_key"), papers.c.title).join_from(table, papers, paper == papers.c.id).where(which)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _libraries(connection: Connection, own: Sequence[int]) -> list[dict[str, Any]]:
    found = _rows(connection, libraries, libraries.c.subscription.in_(own))
    for library in found:
        library["entries"] = _rows(connection, library_entries, library_entries.c.library == library["id"])
        names: dict[int, list[str]] = {}
        for some in chunks(entry["id"] for entry in library["entries"]):
            which = select(library_names.c.entry, library_names.c.name).where(library_names.c.entry.in_(some))
            for entry, name in connection.execute(which):
                names.setdefault(entry, []).append(name)
        for entry in library["entries"]:
            entry["names"] = names.get(entry["id"], [])
    return found


def _issues(connection: Connection, own: Sequence[int]) -> list[dict[str, Any]]:
    """The issues with their papers by title, and what became of their letters."""
    columns = ("id", "subscription", "period", "made_at", "message_id", "subject", "considered", "picks_of")
    letters = [deliveries.c[name].label(f"letter_{name}") for name in ("status", "attempts", "settled_at", "reply", "reason")]
    which = select(*(issues.c[name] for name in columns), *letters).join_from(issues, deliveries, isouter=True)
    found = [dict(row) for row in connection.execute(which.where(issues.c.subscription.in_(own)).order_by(issues.c.id)).mappings()]
    told = select(picks.c.issue, papers.c.key, papers.c.title, picks.c.section, picks.c.score, picks.c.reasons).join_from(picks, papers)
    shown: dict[int, list[dict[str, Any]]] = {}
    for some in chunks({issue["picks_of"] or issue["id"] for issue in found}):
        for row in connection.execute(told.where(picks.c.issue.in_(some)).order_by(picks.c.issue, picks.c.position)).mappings():
            shown.setdefault(row["issue"], []).append({name: value for name, value in row.items() if name != "issue"})
    for issue in found:
        issue["picks"] = shown.get(issue["picks_of"] or issue["id"], [])
    return found


def _line(line: Suppression) -> dict[str, Any]:
    return {"hash": line.hash.hex(), "reason": str(line.reason), "at": line.at, "origin": line.origin, "subscription": line.subscription}
