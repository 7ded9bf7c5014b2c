"""The outbox for the operator: letters are listed with the reason, made due now, or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Select, and_, delete, func, or_, select, update

from ...model import DeliveryStatus, Rest
from ..doors import Doors, chunks
from ..schema import deliveries, issues, subscribers, subscriptions
from ..schema.sending import server_rests
from .outbox import BACK, OF_READER, cancel_these, cancellable, count_due, deliverable, take_back
from .quota import still_rests

_S = DeliveryStatus
SHOWN = (_S.UNKNOWN, _S.REFUSED, _S.GIVEN_UP, _S.BOUNCED, _S.COMPLAINED, _S.DEFERRED, _S.SENDING, _S.CLAIMED, _S.QUEUED)
"""The statuses that a list shows by default, in this order: first those that somebody may have to act on."""
_ENDED_BADLY = (_S.REFUSED, _S.GIVEN_UP, _S.BOUNCED, _S.COMPLAINED, _S.CANCELLED)
_PLAIN = (_S.QUEUED, _S.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One letter, its reader and what has happened to it."""

    id: int
    address: str
    subscription: str
    issue: str
    status: DeliveryStatus
    attempts: int
    due: datetime | None
    queued_at: datetime
    settled_at: datetime | None
    reply: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """The letters a command is about: by number, by status, by the name of their period ("2026-11-23"), or all that wait."""

    ids: tuple[int, ...] = ()
    status: DeliveryStatus | None = None
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """How many letters a command moved; `left` names those it was asked for by number and did not move, each with the reason."""

    letters: int
    left: tuple[tuple[int, str], ...] = ()
    stale: int = 0
    """How many of the letters are too old to be sent: the next run gives them up."""
    uncertain: int = 0
    """How many of them may have arrived."""


class Waiting:
    """The operator's view of the outbox, and the operator's changes to it.

    Changes first release what dead workers held: otherwise the next run would do so and send it, whatever was changed here.
    """

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def lines(self, statuses: Sequence[DeliveryStatus], limit: int, *, ended_since: datetime) -> tuple[Line, ...]:
        """Up to `limit` letters, in the order of these statuses, and within each by due time.

        Letters that have ended are given only if settled after `ended_since`, newest first.
        """
        found: list[Line] = []
        with self._doors.reading() as connection:
            for status in statuses:
                rows = connection.execute(_listed(status, ended_since).limit(limit - len(found))).mappings()
                found.extend(_line(row) for row in rows)
        return tuple(found)

    def fate(self, issue_id: int) -> DeliveryStatus | None:
        """The status of an issue's letter; None if it has none."""
        with self._doors.reading() as connection:
            found = connection.scalar(select(deliveries.c.status).where(deliveries.c.issue == issue_id))
        return None if found is None else DeliveryStatus(found)

    def due(self, now: datetime) -> int:
        """How many letters are due for readers who get letters now."""
        with self._doors.reading() as connection:
            return count_due(connection, now)

    def put_off(self, now: datetime, queued_before: datetime) -> int:
        """How many letters queued before that moment were put off by servers that have taken no letter since these were queued.

        Only letters of readers who get letters now count, since others are not tried again; and none that could not be written, since no
        server has seen it.
        """
        taken = select(func.max(deliveries.c.settled_at)).where(deliveries.c.status.in_((_S.SENT, *BACK))).scalar_subquery()
        which = deliveries.c.status == _S.DEFERRED, deliveries.c.reply.is_not(None), deliveries.c.queued_at < queued_before
        with self._doors.reading() as connection:
            none_since = or_(taken.is_(None), deliveries.c.queued_at > taken)
            return connection.scalar(select(func.count()).select_from(OF_READER).where(*which, deliverable(now), none_since)) or 0

    def ended(self, since: datetime) -> dict[DeliveryStatus, int]:
        """How many letters were refused, given up or cancelled after that moment, or left after it and came back or were complained of."""
        which = deliveries.c.status.in_(_ENDED_BADLY), deliveries.c.settled_at > since
        with self._doors.reading() as connection:
            rows = connection.execute(select(deliveries.c.status, func.count()).where(*which).group_by(deliveries.c.status))
            found: dict[str, int] = dict(rows.all())
        return {status: found.get(str(status), 0) for status in _ENDED_BADLY}

    def rests(self, now: datetime) -> dict[str, Rest]:
        """The servers that accept no more from us for now."""
        with self._doors.reading() as connection:
            rows = connection.execute(select(server_rests).where(still_rests(now)))
            return {row.server: Rest(row.until, row.reply) for row in rows}

    def retry(self, which: Which, now: datetime, queued_after: datetime, *, dry_run: bool) -> Moved:
        """Make queued and deferred letters due now; if there are any, servers' rests are lifted.

        A letter that may have arrived is included only if its number or its status is named: it goes out once more, with the same
        Message-ID, whatever `[delivery] unknown` says. It is not if it was queued before `queued_after`, since it would be given up and its
        papers shown again. Letters that have ended or are in a worker's hands stay.
        """
        named = bool(which.ids) or which.status is _S.UNKNOWN
        may = deliveries.c.status.in_(_PLAIN) & deliveries.c.was_unknown.is_(False)
        uncertain = and_(deliveries.c.status.in_((*_PLAIN, _S.UNKNOWN)), deliveries.c.was_unknown, deliveries.c.queued_at >= queued_after)
        movable = or_(may, uncertain) if named else may
        values = {"status": _S.QUEUED, "due": now}
        with self._doors.writing(durable=True) as connection:
            take_back(connection, now)
            columns = select(deliveries.c.id, deliveries.c.was_unknown, deliveries.c.queued_at)
            found = connection.execute(columns.select_from(OF_READER).where(_meant(which), movable)).all()
            ids = [row.id for row in found]
            left = self._left(which, ids, connection.execute(_fates(which)).mappings().all(), "retried")
            for some in chunks(ids):
                connection.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(values))
            if ids:
                connection.execute(delete(server_rests))
            if dry_run:
                connection.rollback()
        return Moved(
            len(found),
            left,
            stale=sum(row.queued_at < queued_after for row in found),
            uncertain=sum(row.was_unknown for row in found),
        )

    def cancel(self, which: Which, now: datetime, *, dry_run: bool = False) -> Moved:
        """Cancel these letters and free their papers; one that may have arrived is not sent again, and keeps its papers.

        A letter that a worker has claimed is cancelled too: the worker learns of it before it sends. A letter on the wire stays.
        """
        with self._doors.writing(durable=True) as connection:
            take_back(connection, now)
            found = cancellable(connection, _meant(which))
            left = self._left(which, [row.id for row in found], connection.execute(_fates(which)).mappings().all(), "cancelled")
            cancel_these(connection, found, now, reason="operator")
            if dry_run:
                connection.rollback()
        return Moved(len(found), left)

    @staticmethod
    def _left(which: Which, moved: Sequence[int], fates: Sequence[RowMapping], verb: str) -> tuple[tuple[int, str], ...]:
        """The letters that were named by number and not moved, each with the reason."""
        known, done = {row["id"]: row for row in fates}, set(moved)
        return tuple((id_, _why(known.get(id_), verb)) for id_ in which.ids if id_ not in done)


def _meant(which: Which) -> ColumnElement[bool]:
    """The letters a command is about, as a condition on `OF_READER`."""
    conditions: list[ColumnElement[bool]] = [deliveries.c.id.is_not(None)]
    if which.ids:
        conditions.append(deliveries.c.id.in_(which.ids))
    if which.status:
        conditions.append(deliveries.c.status == which.status)
    if which.issue:
        conditions.append(issues.c.period == which.issue)
    return and_(*conditions)


def _fates(which: Which) -> Select[tuple[int, str, bool]]:
    return select(deliveries.c.id, deliveries.c.status, deliveries.c.was_unknown).where(deliveries.c.id.in_(which.ids))


def _why(row: RowMapping | None, verb: str) -> str:
    if row is None:
        return "there is no such letter"
    match DeliveryStatus(row["status"]):
        case _S.SENT | _S.BOUNCED | _S.COMPLAINED:
            return f"was sent, and cannot be {verb}"
        case _S.REFUSED | _S.GIVEN_UP | _S.CANCELLED as status:
            return f"is {status.replace('_', ' ')}: its papers are free for the reader's next issue"
        case _S.SENDING | _S.CLAIMED:
            return f"is in a worker's hands, and cannot be {verb} now"
        case _:
            return "may have arrived and is too old to be sent again" if verb == "retried" else "is not sent again anyway"


def _listed(status: DeliveryStatus, ended_since: datetime) -> Select[tuple[int, str, str, str]]:
    columns = (deliveries.c[name] for name in ("id", "status", "attempts", "due", "queued_at", "settled_at", "reply", "reason"))
    listed = select(*columns, subscribers.c.email, subscriptions.c.name, issues.c.period).select_from(OF_READER)
    listed = listed.where(deliveries.c.status == status)
    if status in (*_ENDED_BADLY, _S.SENT):
        return listed.where(deliveries.c.settled_at > ended_since).order_by(deliveries.c.settled_at.desc(), deliveries.c.id.desc())
    return listed.order_by(deliveries.c.due, deliveries.c.id)


def _line(row: RowMapping) -> Line:
    return Line(
        id=row["id"],
        address=row["email"],
        subscription=row["name"],
        issue=row["period"],
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        due=row["due"],
        queued_at=row["queued_at"],
        settled_at=row["settled_at"],
        reply=row["reply"],
        reason=row["reason"],
    )
