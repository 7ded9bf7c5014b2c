"""The letters on their way: which worker holds which, and their status.

Claiming is one transaction that survives a power cut; `exchange` is one that survives the death of the process, and is synced later, once
for a batch (`sync`). If a worker dies, no letter is lost, and only a letter that was `sending` may be sent twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, and_, case, delete, exists, func, or_, select, update

from ...errors import CatalogError
from ...model import REPEATS, Allowance, Delivery, DeliveryStatus, Section, Settled
from ..doors import Doors, chunks
from ..moments import stored
from ..people.active import LIVE, active
from ..schema import NEW, deliveries, issues, marks, papers, picks, seen, subscribers, subscriptions
from ..workers import is_gone, is_here
from .quota import IN_HANDS, in_order

log = logging.getLogger(__name__)

BACK = frozenset({DeliveryStatus.BOUNCED, DeliveryStatus.COMPLAINED})
"""The statuses of letters that came back after they were sent."""
ENDED = frozenset({DeliveryStatus.SENT, DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP, DeliveryStatus.CANCELLED}) | BACK
FREEING = frozenset({DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP, DeliveryStatus.CANCELLED, DeliveryStatus.BOUNCED})
"""The statuses of letters that their readers did not get: their papers may be shown in the next issue."""
_WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED, DeliveryStatus.UNKNOWN)
_LONGEST = timedelta(days=1)
_LEFT = or_(subscriptions.c.left_at.is_not(None), subscribers.c.suppressed.is_not(None))
_FREE = {"worker": None, "lease_until": None}
# The two changes that nearly every letter goes through, as plain SQL for the database driver.
_BEGIN = "update deliveries set status = 'sending', attempts = attempts + 1 where id = ? and status = 'claimed' and worker = ?"
_SENT = """
update deliveries set status = 'sent', reply = ?, reason = null, settled_at = ?, due = null, worker = null, lease_until = null
where id = ? and status = 'sending' and worker = ?
"""
OF_READER = deliveries.join(issues).join(subscriptions).join(subscribers)


class Outbox:
    """The letters to be handed over."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def recover(self, now: datetime, worker: str = "") -> int:
        """Release the letters held by dead workers, and by `worker`, which is about to start; returns how many.

        A worker is dead when its lease has ended, or at once if it ran on this host and its process is gone. A worker of another host also
        counts as dead if its lease is longer than any lease is: its clock was ahead. Letters it had claimed are queued again; one that may
        have been on the wire becomes unknown, and is due again, `REPEATS` times at most.
        Letters put off for more than a day are made due, since only a wrong clock does that.
        """
        with self._doors.writing() as connection:
            letters = take_back(connection, now, worker)
        if letters:
            log.warning("letters of a dead worker recovered", extra={"letters": letters})
        return letters

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta) -> tuple[Delivery, ...]:
        """Claim up to `limit` letters that are due, in the order of `quota.in_order`; nobody else gets them until the lease has ended.

        `worker` is "host:pid:anything". Each letter is returned with the status it had before (unknown: it may have arrived already).
        Letters of readers who left or were removed are skipped, and cancelled when nothing else is due; those of paused or inactive readers
        wait. The claim, and everything settled before it, is on disk before this returns.
        """
        with self._doors.writing(durable=True) as connection:
            allowance = self._allowed(connection, now)
            limit = limit if allowance.letters is None else min(limit, allowance.letters)
            due = select(deliveries, subscribers.c.email_folded).select_from(OF_READER).where(deliverable(now), deliveries.c.due <= now)
            rows = connection.execute(in_order(connection, due, allowance, now).limit(limit)).mappings().all()
            if not rows:  # too slow to do for every batch; until then these letters only wait
                withdraw(connection, _LEFT, now, reason="left")
                withdraw(connection, ~LIVE, now, reason="operator")
            held = {"status": DeliveryStatus.CLAIMED, "worker": worker, "lease_until": now + lease}
            for some in chunks(row["id"] for row in rows):
                connection.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(held))
        return tuple(_delivery(row) for row in rows)

    def _allowed(self, connection: Connection, now: datetime) -> Allowance:
        """How many letters may be claimed, counted in the transaction that claims them; here without limit."""
        return Allowance()

    def exchange(self, settled: Sequence[Settled], begin: Sequence[int], worker: str) -> frozenset[int]:
        """Settle some letters, and mark others (`begin`) as being sent, in one transaction.

        Letters that begin count as tried. Returns those that may be sent: not if the reader has left, or another worker holds the letter.

        Settling as refused, given up or cancelled frees the letter's papers for the reader's next issue. Settling as queued, or with the
        status and `due` it had before, gives it back untried. A letter that has ended or is no longer this worker's stays as it is, unless
        it is settled as sent. One that does not exist was erased with its reader, and is skipped.

        On a full disk this works as long as SQLite's log can start again in the space it has: no page is added here.
        """
        try:
            return self._exchanged(settled, begin, worker)
        except CatalogError as error:
            if "full" not in error.message:
                raise
            self._doors.fold()
            return self._exchanged(settled, begin, worker)

    def _exchanged(self, settled: Sequence[Settled], begin: Sequence[int], worker: str) -> frozenset[int]:
        if self._exchange_swiftly(settled, begin, worker):
            return frozenset(begin)
        with self._doors.writing() as connection:
            for one in settled:
                _settle(connection, one, worker)
            mine = deliveries.c.id.in_(begin), deliveries.c.worker == worker
            begun = update(deliveries).where(*mine, deliveries.c.status == DeliveryStatus.CLAIMED)
            connection.execute(begun.values(status=DeliveryStatus.SENDING, attempts=deliveries.c.attempts + 1))
            return frozenset(connection.scalars(select(deliveries.c.id).where(*mine, deliveries.c.status == DeliveryStatus.SENDING)))

    def _exchange_swiftly(self, settled: Sequence[Settled], begin: Sequence[int], worker: str) -> bool:
        """Exchange by plain SQL if all letters were sent and all may begin, as nearly always; else change nothing and return False."""
        sent = [(s.reply, stored(s.at), s.delivery, worker) for s in settled if s.status is DeliveryStatus.SENT]
        if len(sent) != len(settled):
            return False
        with self._doors.swiftly() as driver:
            for statement, rows in ((_SENT, sent), (_BEGIN, [(id_, worker) for id_ in begin])):
                if rows and driver.executemany(statement, rows).rowcount != len(rows):
                    driver.rollback()
                    return False
        return True

    def sync(self) -> None:
        """Make everything settled so far survive a power cut."""
        with self._doors.writing(durable=True) as connection:
            # Only a commit that wrote something syncs the log.
            connection.execute(update(marks).where(marks.c.name == "synced").values(value=marks.c.value + 1))

    def counts(self) -> dict[DeliveryStatus, int]:
        """How many letters there are of each status, zeros included."""
        with self._doors.reading() as connection:
            rows = connection.execute(select(deliveries.c.status, func.count()).group_by(deliveries.c.status))
            found: dict[str, int] = dict(rows.all())
        return {status: found.get(str(status), 0) for status in DeliveryStatus}

    def next_due(self, now: datetime) -> datetime | None:
        """When the next waiting letter is due, even if that is past; None if none waits for an active reader."""
        with self._doors.reading() as connection:
            due: datetime | None = connection.scalar(select(func.min(deliveries.c.due)).select_from(OF_READER).where(deliverable(now)))
        return due


def _settle(connection: Connection, settled: Settled, worker: str) -> None:
    row = connection.execute(select(deliveries).where(deliveries.c.id == settled.delivery)).mappings().one_or_none()
    if row is None:
        log.info("a letter was erased in its worker's hands", extra={"delivery": settled.delivery})
        return
    is_ours = row["worker"] == (None if settled.is_again else worker)
    if row["status"] in BACK or ((row["status"] in ENDED or not is_ours) and settled.status is not DeliveryStatus.SENT):
        # A laptop that slept through its lease must not give back a letter that another worker has begun since.
        more = {"delivery": settled.delivery, "status": str(settled.status)}
        log.warning("an ended letter or another worker's was settled again", extra=more)
        return
    values = _settled_values(row, settled.status, settled.at, settled.due)
    # A letter that may have arrived keeps the time it was sent, even if it was claimed since and left alone, or put off: limits and
    # bounces count from then.
    is_left_alone = settled.status is DeliveryStatus.UNKNOWN and row["status"] == DeliveryStatus.CLAIMED
    is_older = is_left_alone or (row["was_unknown"] and settled.status in (DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED))
    at = row["settled_at"] if is_older else settled.at
    if settled.was_tried and row["status"] == DeliveryStatus.CLAIMED:
        values["attempts"] = row["attempts"] + 1
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == settled.delivery)
        .values(status=settled.status, reply=settled.reply, reason=settled.reason, settled_at=at, **_FREE, **values)
    )
    if settled.status in FREEING:
        free(connection, [row["issue"]])


def take_back(connection: Connection, now: datetime, worker: str = "") -> int:
    """See `Outbox.recover`; inside the transaction that is open."""
    found = connection.execute(select(deliveries).where(deliveries.c.status.in_(IN_HANDS))).mappings()
    rows = [row for row in found if _is_lease_over(row, now) or row["worker"] == worker]
    for row in rows:
        connection.execute(update(deliveries).where(deliveries.c.id == row["id"]).values(**_FREE, **_recovered_values(row, now)))
    late = deliveries.c.due > now + _LONGEST, deliveries.c.status.not_in(IN_HANDS)
    connection.execute(update(deliveries).where(*late).values(due=now))
    return len(rows)


def let_go(connection: Connection, whose: ColumnElement[bool]) -> None:
    """Unclaim the letters that workers have claimed for these readers; the workers learn of it before they send (`exchange`)."""
    claimed = select(deliveries.c.id).select_from(OF_READER).where(whose, deliveries.c.status == DeliveryStatus.CLAIMED)
    status = case((deliveries.c.was_unknown, str(DeliveryStatus.UNKNOWN)), else_=str(DeliveryStatus.QUEUED))
    connection.execute(update(deliveries).where(deliveries.c.id.in_(claimed)).values(**_FREE, status=status))


def withdraw(connection: Connection, whose: ColumnElement[bool], now: datetime, *, reason: str) -> None:
    """Cancel the letters that wait for these readers and free their papers; a letter that may be on the wire stays as it is.

    A claimed letter is cancelled too: its worker learns of it before it sends (`exchange`). A letter whose answer was lost may have
    arrived: it stays unknown, and is not repeated.
    """
    cancel_these(connection, cancellable(connection, whose), now, reason=reason)


def cancellable(connection: Connection, which: ColumnElement[bool]) -> Sequence[Row[int, int, bool]]:
    """The letters that meet the condition and that `withdraw` would cancel: id, issue, and whether it may have arrived."""
    waiting = select(deliveries.c.id, deliveries.c.issue, deliveries.c.was_unknown).select_from(OF_READER)
    held_back = (*_WAITING, DeliveryStatus.CLAIMED)
    return connection.execute(waiting.where(which, deliveries.c.status.in_(held_back), deliveries.c.due.is_not(None))).all()


def cancel_these(connection: Connection, found: Iterable[Row[int, int, bool]], now: datetime, *, reason: str) -> None:
    """Cancel letters found by `cancellable`; one that may have arrived becomes unknown and keeps its papers."""
    gone = {**_FREE, "status": DeliveryStatus.CANCELLED, "reason": reason, "due": None, "settled_at": now}
    for some in chunks(found):
        certain = [row for row in some if not row.was_unknown]
        uncertain = [row.id for row in some if row.was_unknown]
        connection.execute(update(deliveries).where(deliveries.c.id.in_([row.id for row in certain])).values(gone))
        free(connection, [row.issue for row in certain])
        kept = {**_FREE, "status": DeliveryStatus.UNKNOWN, "due": None}
        connection.execute(update(deliveries).where(deliveries.c.id.in_(uncertain)).values(kept))


def free(connection: Connection, lost: Sequence[int]) -> None:
    """Let the papers of these issues, whose letters ended as in `FREEING`, be shown again, except those that a later letter shows too.

    A later letter can show one if two papers, each shown by one of the letters, were merged: then only the first letter has a `seen` row.
    """
    is_joined = exists().where(papers.c.merged_into == seen.c.paper)  # true of very few, so all others cost only this check
    joined = select(seen.c.subscriber, seen.c.paper).where(seen.c.issue.in_(lost), seen.c.section == NEW, is_joined)
    for reader, paper in connection.execute(joined).all():
        theirs = select(func.min(issues.c.id)).select_from(OF_READER.join(picks, picks.c.issue == issues.c.id))
        theirs = theirs.where(subscribers.c.id == reader, subscriptions.c.edition.is_(None), deliveries.c.status.not_in(FREEING))
        # The sum keeps SQLite from beginning with all the readers who were shown that paper.
        heir = connection.scalar(theirs.where(picks.c.paper + 0 == paper, picks.c.section != Section.UPDATED))
        if heir is not None:
            row = (seen.c.subscriber == reader, seen.c.paper == paper, seen.c.section == NEW)
            connection.execute(update(seen).where(*row).values(issue=heir))
    connection.execute(delete(seen).where(seen.c.issue.in_(lost)))


def _is_lease_over(row: RowMapping, now: datetime) -> bool:
    worker, until = row["worker"] or "", row["lease_until"]
    # No lease is so long, so a clock was ahead. For a worker on this host it is known whether it lives, whatever the clock says.
    is_of_wrong_clock = until is not None and until > now + _LONGEST and not is_here(worker)
    return until is None or until <= now or is_of_wrong_clock or is_gone(worker)


def _recovered_values(row: RowMapping, now: datetime) -> dict[str, object]:
    """The new values of a letter whose worker died."""
    if row["status"] == DeliveryStatus.CLAIMED:
        return {"status": DeliveryStatus.UNKNOWN if row["was_unknown"] else DeliveryStatus.QUEUED}
    is_last = row["was_unknown"] and row["attempts"] > REPEATS
    return {"status": DeliveryStatus.UNKNOWN, "was_unknown": True, "due": None if is_last else now, "settled_at": now}


def _settled_values(row: RowMapping, status: DeliveryStatus, now: datetime, due: datetime | None) -> dict[str, object]:
    """The values of `due`, `attempts` and `was_unknown` after settling."""
    given_back = status is DeliveryStatus.QUEUED or (status in _WAITING and due is not None and due == row["due"])
    if given_back:
        begun = row["status"] == DeliveryStatus.SENDING
        return {"due": due or row["due"] or now, "attempts": row["attempts"] - 1 if begun else row["attempts"]}
    match status:
        case DeliveryStatus.DEFERRED:
            return {"due": due or now}
        case DeliveryStatus.UNKNOWN:
            return {"due": due, "was_unknown": True}
        case _:
            return {"due": None}


def deliverable(now: datetime) -> ColumnElement[bool]:
    """Letters that wait for a reader who gets letters now; a condition on `OF_READER`."""
    return and_(
        deliveries.c.status.not_in(IN_HANDS),  # ended letters have no `due`, so the index of `due` alone finds the letters due first
        deliveries.c.due.is_not(None),
        *active(now),
    )


def count_due(connection: Connection, now: datetime) -> int:
    """How many letters are due for readers who get letters now."""
    return connection.scalar(select(func.count()).select_from(OF_READER).where(deliverable(now), deliveries.c.due <= now)) or 0


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        issue=row["issue"],
        # If its repeat was put off, it may still have arrived the first time: it is never given up, which would show its papers again.
        status=DeliveryStatus.UNKNOWN if row["was_unknown"] else DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        due=row["due"],
        queued_at=row["queued_at"],
        message_id=row["message_id"],
        reply=row["reply"],
        reason=row["reason"],
        recipient=row["email_folded"],
        is_asked_for=row["was_unknown"] and row["status"] != DeliveryStatus.UNKNOWN,
    )
