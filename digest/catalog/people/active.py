"""Which subscriptions get letters now, and which of them have no issue yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, String, exists, or_, select, tuple_, type_coerce

from ...errors import NotFound
from ...model import Cadence, SubscriberStatus
from ..doors import chunks
from ..encoding import cadence_of
from ..schema import issues, subscribers, subscriptions

Period = Callable[[Cadence, str], str | None]
"""Given a cadence and a time zone: the name of the period reached, None for none."""
LIVE = subscriptions.c.removed_at.is_(None)
GOING_ON = (
    LIVE,
    subscriptions.c.left_at.is_(None),
    subscribers.c.status == SubscriberStatus.ACTIVE,
    subscribers.c.suppressed.is_(None),
)
"""The conditions under which letters go out, apart from pauses."""


def active(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which letters go out now."""
    return (*GOING_ON, or_(subscribers.c.paused_until.is_(None), subscribers.c.paused_until <= now))


def ids_of(*which: ColumnElement[bool]) -> Select[tuple[int]]:
    """A query for the ids of the subscriptions that meet the conditions."""
    return select(subscriptions.c.id).join(subscribers, subscribers.c.id == subscriptions.c.subscriber).where(*which)


def without_issue(connection: Connection, period: Period, now: datetime) -> tuple[int, ...]:
    """See `Subscribers.without_issue`. Of a hundred thousand readers there are some hundred cadences and zones."""
    rhythm = (type_coerce(subscriptions.c.cadence, String), subscriptions.c.zone)
    named: dict[str, list[tuple[str, str]]] = {}
    together = select(*rhythm).join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
    for cadence, zone in connection.execute(together.where(*active(now)).distinct()).all():
        if name := period(cadence_of(json.loads(cadence)), zone):
            named.setdefault(name, []).append((cadence, zone))
    found: list[int] = []
    for name, rhythms in named.items():
        has_it = exists().where(issues.c.subscription == subscriptions.c.id, issues.c.period == name)
        for some in chunks(rhythms):
            found += connection.scalars(ids_of(*active(now), tuple_(*rhythm).in_(some), ~has_it))
    return tuple(sorted(found))


def first_of_all(what: Column[Any], limit: int) -> Select[Any]:
    """A query for one column of the alphabetically first subscribers who have a subscription.

    With a join or "exists" SQLite would start from the subscriptions, and read everybody.
    """
    one = select(subscriptions.c.id).where(subscriptions.c.subscriber == subscribers.c.id, LIVE).limit(1).scalar_subquery()
    return select(what).where(one.is_not(None)).order_by(subscribers.c.email_folded).limit(limit)


def require_subscription(connection: Connection, subscription_id: int) -> None:
    """Raise NotFound if the subscription does not exist: it may have been erased since it was looked up."""
    if connection.scalar(select(subscriptions.c.id).where(subscriptions.c.id == subscription_id)) is None:
        raise NotFound("", "no such subscription", hint="`digest subscribers list` names them")
