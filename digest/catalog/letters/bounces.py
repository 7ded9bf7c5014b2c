"""Letters that came back: which letter and reader, the points that count against the reader, and suppression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from ...model import (
    DeliveryStatus,
    Mark,
    Refusal,
    ReturnedKind,
    SentLetter,
    SubscriberStatus,
    SuppressionReason,
)
from ..doors import Doors, put
from ..people import suppressions as list_
from ..schema import deliveries, issues, marks, subscribers, subscriptions
from ..schema.bounces import FORGIVEN, returns
from .outbox import free

_LETTERS = (
    select(
        subscribers.c.id.label("subscriber"),
        subscriptions.c.id.label("subscription"),
        issues.c.id.label("issue"),
        subscribers.c.email.label("address"),
        deliveries.c.settled_at.label("settled_at"),
        deliveries.c.queued_at.label("queued_at"),
    )
    .select_from(deliveries)
    .join(issues)
    .join(subscriptions)
    .join(subscribers)
)
_S = DeliveryStatus
_HANDED_OVER = or_(deliveries.c.status.in_((_S.SENDING, _S.SENT, _S.UNKNOWN, _S.BOUNCED, _S.COMPLAINED)), deliveries.c.was_unknown)
"""Letters that were handed over, or may have been: only they can come back."""

_MESSAGE_ID = re.compile(r"<(?P<period>[0-9]{4}-[0-9W-]{3,5})\.(?P<subscription>[0-9]{1,18})\.[^@]+@")
"""How the Message-IDs of letters begin: `<2026-11-23.7.` for the issue of that day of subscription 7."""


class Bounces:
    """The returned letters, one row for each."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def letter(self, subscription: int, issue: int) -> SentLetter | None:
        """The letter of this subscription and issue; None if there is none, or it was never handed over."""
        return self._find(issues.c.id == issue, subscriptions.c.id == subscription)

    def letter_called(self, message_ids: Sequence[str]) -> SentLetter | None:
        """The letter that has one of these Message-IDs, each of which is hard to guess."""
        for message_id in message_ids:
            # Found by the issue that our Message-IDs name: otherwise each report on somebody else's mail would scan all letters.
            if (named := _MESSAGE_ID.match(message_id)) is not None:
                which = (issues.c.period == named["period"], issues.c.subscription == int(named["subscription"]))
                if (found := self._find(*which, deliveries.c.message_id == message_id)) is not None:
                    return found
        return None

    def is_forgiven(self, letter: SentLetter) -> bool:
        """Whether its return no longer counts, since its reader is written to again."""
        with self._doors.reading() as connection:
            return connection.scalar(select(returns.c.kind).where(returns.c.issue == letter.issue)) == FORGIVEN

    def went_elsewhere(self, letter: SentLetter) -> bool:
        """Whether it went to a former address of its reader."""
        with self._doors.reading() as connection:
            last = connection.scalar(select(marks.c.value).where(marks.c.name == _moved_mark(letter.subscriber)))
        return last is not None and letter.issue <= last

    def record(self, letter: SentLetter, kind: ReturnedKind, refusal: Refusal, points: float, now: datetime) -> bool:
        """Record that a letter came back; False if that was known and this report is no worse, or the letter was erased meanwhile.

        A bounce frees the letter's papers for its reader's next issue.
        """
        row = {
            "issue": letter.issue,
            "subscriber": letter.subscriber,
            "kind": str(kind),
            "cause": str(refusal.cause),
            "points": points,
            "code": refusal.status,
            "said": refusal.said,
            "left_at": letter.sent_at,
            "read_at": now,
        }
        with self._doors.writing() as connection:
            if connection.scalar(select(issues.c.id).where(issues.c.id == letter.issue)) is None:
                return False
            known = connection.execute(select(returns.c.kind, returns.c.points).where(returns.c.issue == letter.issue)).one_or_none()
            if known is not None and not _is_worse(row, known.kind, known.points):
                return False
            connection.execute(delete(returns).where(returns.c.issue == letter.issue))
            connection.execute(returns.insert().values(row))
            _settle_returned(connection, letter.issue, kind, refusal)
            return True

    def history(self, subscriber: int) -> tuple[tuple[Mark, ...], tuple[datetime, ...]]:
        """The marks of this subscriber's returned letters, and when their other letters were sent, each oldest first."""
        came = select(returns.c.left_at, returns.c.points).where(returns.c.subscriber == subscriber).order_by(returns.c.left_at)
        theirs = select(deliveries.c.settled_at).select_from(deliveries).join(issues).join(subscriptions)
        arrived = theirs.where(subscriptions.c.subscriber == subscriber, deliveries.c.status == DeliveryStatus.SENT)
        with self._doors.reading() as connection:
            marks = tuple(Mark(at=row.left_at, points=row.points) for row in connection.execute(came))
            others = connection.scalars(arrived.order_by(deliveries.c.settled_at)).all()
        return marks, tuple(at for at in others if at is not None)

    def stop(self, subscriber: int, reason: SuppressionReason, now: datetime, origin: str) -> bool:
        """Suppress a subscriber's address; one that bounced gets the status `bouncing`. False if it was suppressed already, or is gone."""
        with self._doors.writing(durable=True) as connection:
            email = connection.scalar(select(subscribers.c.email).where(subscribers.c.id == subscriber))
            if email is None or not list_.suppress(connection, email, reason, now, origin):
                return False
            if reason is SuppressionReason.BOUNCED:
                connection.execute(update(subscribers).where(subscribers.c.id == subscriber).values(status=str(SubscriberStatus.BOUNCING)))
            return True

    def _find(self, *which: ColumnElement[bool]) -> SentLetter | None:
        with self._doors.reading() as connection:
            row = connection.execute(_LETTERS.where(*which, _HANDED_OVER).limit(1)).one_or_none()
        if row is None:
            return None
        return SentLetter(
            subscriber=row.subscriber,
            subscription=row.subscription,
            issue=row.issue,
            address=row.address,
            sent_at=row.settled_at or row.queued_at,
        )


def note_move(connection: Connection, subscriber: int) -> None:
    """Note that the letters handed over so far went to a former address of this reader."""
    letters = select(func.max(issues.c.id)).select_from(deliveries).join(issues).join(subscriptions)
    last = connection.scalar(letters.where(subscriptions.c.subscriber == subscriber, _HANDED_OVER))
    put(connection, marks, {"name": _moved_mark(subscriber), "value": last or 0})


def forget_move(connection: Connection, subscriber: int) -> None:
    """Erase that note."""
    connection.execute(delete(marks).where(marks.c.name == _moved_mark(subscriber)))


def _moved_mark(subscriber: int) -> str:
    """The name of the mark that holds the last issue sent to the former address."""
    return f"moved {subscriber}"


def _is_worse(row: dict[str, Any], kind: str, points: float) -> bool:
    is_complaint, was_complaint = row["kind"] == str(ReturnedKind.COMPLAINT), kind == str(ReturnedKind.COMPLAINT)
    return is_complaint > was_complaint or (is_complaint == was_complaint and float(row["points"]) > points)


def _settle_returned(connection: Connection, issue: int, kind: ReturnedKind, refusal: Refusal) -> None:
    which = (deliveries.c.issue == issue, _HANDED_OVER)
    if kind is ReturnedKind.COMPLAINT:
        connection.execute(update(deliveries).where(*which).values(status=DeliveryStatus.COMPLAINED, due=None))
    else:
        said = refusal.said if refusal.said.startswith(refusal.status) else f"{refusal.status} {refusal.said}"
        connection.execute(update(deliveries).where(*which).values(status=DeliveryStatus.BOUNCED, due=None, reply=said[:300]))
        free(connection, [issue])
