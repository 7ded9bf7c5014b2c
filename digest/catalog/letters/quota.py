"""How many letters a claim may take: counted in the claim's own transaction, so that two runs at once share one allowance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, exists, func, or_, select, true, union_all

from ...model import Allowance, DeliveryStatus, Handed
from ..doors import put
from ..schema import deliveries, issues, subscribers, subscriptions
from ..schema.sending import sender_days, server_rests

_DAY = timedelta(days=1)
_MEMORY = timedelta(days=7)
"""How long a reader who lost a letter to a limit is served before others."""
IN_HANDS = (DeliveryStatus.CLAIMED, DeliveryStatus.SENDING)
# Letters of any other status were sent or may have been; a bounced one was sent too.
_NOT_SENT = (
    *IN_HANDS,
    DeliveryStatus.QUEUED,
    DeliveryStatus.DEFERRED,
    DeliveryStatus.REFUSED,
    DeliveryStatus.GIVEN_UP,
    DeliveryStatus.CANCELLED,
)


class Quota(Protocol):
    """What one sender may send through one server."""

    @property
    def sender(self) -> str: ...

    @property
    def server(self) -> str: ...

    def allowance(self, handed: Handed, now: datetime, /) -> Allowance: ...


def allowed(connection: Connection, quota: Quota, now: datetime) -> Allowance:
    """What may be claimed now."""
    return quota.allowance(handed(connection, quota, now), now)


def in_order(connection: Connection, due: Select[Any], allowance: Allowance, now: datetime) -> Select[Any]:
    """The query ordered as letters are claimed: those due first, or (`newest_first`) those of readers who confirmed last.

    Under a limit, readers who lost letters to it this week come first. So readers take turns if the limit is always too low; ordered by
    due time alone, the same readers would never get a letter.
    """
    if allowance.newest_first:
        due = due.order_by(func.coalesce(subscriptions.c.consented_at, subscriptions.c.made_at).desc())
    lost = _lost(now)
    # If nobody lost any, as nearly always, the index gives the order, and the waiting letters need no sorting for each batch.
    if allowance.letters is not None and connection.scalar(select(exists(lost))):
        due = due.outerjoin(lost, lost.c.subscription == subscriptions.c.id).order_by(func.coalesce(lost.c.letters, 0).desc())
    return due.order_by(deliveries.c.due, deliveries.c.id)


def _lost(now: datetime) -> Subquery:
    """By subscription: how many letters were given up this week without having been tried."""
    gone, of = deliveries.alias(), issues.alias()
    untried = gone.c.status == DeliveryStatus.GIVEN_UP, gone.c.attempts == 0, gone.c.settled_at > now - _MEMORY
    counted = select(of.c.subscription, func.count().label("letters")).select_from(gone.join(of)).where(*untried)
    return counted.group_by(of.c.subscription).subquery()


def handed(connection: Connection, quota: Quota, now: datetime) -> Handed:
    """How many letters and invitations were sent, may have been, or are in workers' hands.

    A letter counts at the time it was settled. Letters that were erased with their readers do not count.
    """
    rest = connection.execute(select(server_rests).where(server_rests.c.server == quota.server, still_rests(now))).one_or_none()
    rested = Handed(rests_until=rest.until if rest else None, reply=rest.reply if rest else "")
    if quota.allowance(Handed(), now).letters is None:  # no limit at all, so nothing is counted: a day may have 100,000 letters
        return rested
    in_hands = connection.scalar(select(func.count()).where(deliveries.c.status.in_(IN_HANDS))) or 0
    at = taken_lately(now).c.at
    since_midnight = func.coalesce(func.sum(case((at >= _midnight(now), 1), else_=0)), 0)
    last_day, today, oldest = connection.execute(select(func.count(), since_midnight, func.min(at))).one()
    day = str(now.astimezone(UTC).date())
    earlier = select(func.count()).where(sender_days.c.sender == quota.sender, sender_days.c.day < day)
    return replace(
        rested,
        last_day=last_day + in_hands,
        today=today + in_hands,
        days=connection.scalar(earlier) or 0,
        oldest=oldest,
    )


def still_rests(now: datetime) -> ColumnElement[bool]:
    """Servers that accept no more for now. No rest lasts a day (`delivery/hints.py`): a later end was written by a wrong clock."""
    return and_(server_rests.c.until > now, server_rests.c.until < now + _DAY)


def taken_lately(now: datetime) -> Subquery:
    """The moments (`at`) when letters and invitations were sent, or may have been, in the 24 hours before `now`.

    Moments up to a day in the future count: a clock that was fast by hours wrote them, and the provider counts those letters. Later ones
    do not: what a clock sent "next month" was sent long ago. A letter that may have arrived counts when it was last tried.
    """
    settled, asked = deliveries.c.settled_at, subscribers.c.invited_at
    may_have = or_(deliveries.c.status.not_in(_NOT_SENT), and_(deliveries.c.was_unknown, deliveries.c.status.not_in(IN_HANDS)))
    letters = select(settled.label("at")).where(settled > now - _DAY, settled < now + _DAY, may_have)
    return union_all(letters, select(asked.label("at")).where(asked > now - _DAY, asked < now + _DAY)).subquery()


def record_days(connection: Connection, sender: str, now: datetime) -> None:
    """Record the days on which letters or invitations were sent since the last record, as days of this sender.

    The first time, everything ever sent counts as this sender's: a catalog older than this table had only one sender.
    A record later than `now`, written by a wrong clock, is ignored: otherwise nothing would be recorded until then.
    """
    noted = sender_days.c.recorded_at
    newest = select(sender_days.c.sender, noted).where(noted <= now).order_by(noted.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    # "not in" instead of "is sent": with the latter SQLite would read all letters by the index of statuses.
    is_sent = deliveries.c.status.not_in((*_NOT_SENT, DeliveryStatus.UNKNOWN))
    for moment, which in ((deliveries.c.settled_at, is_sent), (subscribers.c.invited_at, true())):
        days = select(func.date(moment)).where(which, moment.is_not(None)).distinct()
        if last is not None:
            # The sender of the last record may have sent more at that same moment.
            days = days.where(moment >= last.recorded_at if last.sender == sender else moment > last.recorded_at)
        for day in connection.scalars(days).all():
            put(connection, sender_days, {"sender": sender, "day": str(day), "recorded_at": now})


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)
