"""Who gets letters, and which of them are alike: the same thing is due for thousands, so it need be worked out only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Select, String, case, exists, func, or_, select, type_coerce

from ...model import Every
from ..doors import Doors
from ..moments import UTCDateTime
from ..schema import issues, subscribers, subscriptions
from .active import GOING_ON

_PORTION = 5_000


class Alike(NamedTuple):
    """A subscription in a list of very many.

    Of two with equal `rhythm` the same issue is due, or the next at the same time; if one is due and they are equal in `reads` too, it
    waits for the same listings.
    """

    id: int
    email: str
    name: str
    zone: str
    rhythm: tuple[object, ...]
    reads: tuple[object, ...]


def alike(doors: Doors, now: datetime) -> Iterator[Sequence[Alike]]:
    """Those that get letters, unless paused, oldest first, in portions."""
    last, which = 0, _query(now)
    while True:
        with doors.reading() as connection:
            rows = connection.execute(which.where(subscriptions.c.id > last).limit(_PORTION)).all()
        if not rows:
            return
        yield [Alike(id_, email, name, zone, (zone, *like[:-2]), tuple(like[-2:])) for id_, email, name, zone, *like in rows]
        last = rows[-1].id


def _query(now: datetime) -> Select[Any]:
    """The columns of `Alike`: those of its rhythm are its zone and all that follow but the last two."""
    newest = select(func.max(issues.c.id)).where(issues.c.subscription == subscriptions.c.id).correlate(subscriptions).scalar_subquery()
    before = issues.alias()
    # A clock that was ahead or a changed cadence: then more matters than the last issue, and this one is like no other.
    is_later = before.c.subscription == subscriptions.c.id, before.c.period > issues.c.period, before.c.id < issues.c.id
    is_of_old_cadence = issues.c.period.contains("W") != (subscriptions.c.cadence["every"].as_string() == Every.WEEKLY)
    is_odd = or_(issues.c.period_end > now, is_of_old_cadence, exists().where(*is_later))
    rhythm = (subscriptions.c.cadence, subscribers.c.paused_until, issues.c.period, issues.c.period_start, issues.c.period_end)
    return (
        select(subscriptions.c.id, subscribers.c.email, subscriptions.c.name, subscriptions.c.zone, *map(_text, rhythm), issues.c.held)
        .add_columns(case((is_odd, subscriptions.c.id)), _text(subscriptions.c.profile["categories"]), _text(subscriptions.c.edition))
        .select_from(subscriptions.join(subscribers).outerjoin(issues, issues.c.id == newest))
        .where(*GOING_ON)
        .order_by(subscriptions.c.id)
    )


def _text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as it is stored, which is all that a comparison needs."""
    return type_coerce(column, String) if isinstance(column.type, JSON | UTCDateTime) else column
