"""Load subscriptions from their rows: a few at once, or very many in portions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, RowMapping, String, select, type_coerce

from ...model import Cadence, Edition, Format, Profile, Subscriber, SubscriberStatus, Subscription
from ..doors import CHUNK, Doors, chunks
from ..encoding import cadence_of, edition_of, profile_of
from ..moments import UTCDateTime
from ..schema import subscribers, subscriptions
from .groups import sharing_of

_OF_READER = ("email", "status", "paused_until", "suppressed", "invited_at")
_COLUMNS = (*subscriptions.c, *(subscribers.c[name] for name in _OF_READER))
_NAMES = tuple(column.name for column in _COLUMNS)
_MOMENTS = tuple(column.name for column in _COLUMNS if isinstance(column.type, UTCDateTime))
_TOGETHER = subscriptions.join(subscribers, subscriptions.c.subscriber == subscribers.c.id)
SUBSCRIPTIONS = select(*_COLUMNS).select_from(_TOGETHER)
"""Selects what `subscription_of` reads."""
_AS_STORED = select(*(type_coerce(c, String) if isinstance(c.type, JSON | UTCDateTime) else c for c in _COLUMNS)).select_from(_TOGETHER)
"""The same columns as text, so that values which many rows share are parsed once."""


def one_by_one(doors: Doors, *which: ColumnElement[bool]) -> Iterator[Subscription]:
    """The subscriptions that meet the conditions, oldest first, read in portions: they are never all in memory.

    No transaction is open while the caller handles one.
    """
    last = 0
    while some := _part(doors, subscriptions.c.id > last, *which):
        yield from some
        last = some[-1].id


def these(doors: Doors, ids: Iterable[int], *which: ColumnElement[bool]) -> Iterator[Subscription]:
    """The subscriptions of these ids that meet the conditions, in the order of the ids, read in portions."""
    for some in chunks(ids):
        found = {subscription.id: subscription for subscription in _part(doors, subscriptions.c.id.in_(some), *which)}
        yield from (found[id_] for id_ in some if id_ in found)


def _part(doors: Doors, *which: ColumnElement[bool]) -> tuple[Subscription, ...]:
    """The first portion of the subscriptions that meet the conditions."""
    with doors.reading() as connection:
        return select_subscriptions(connection, *which, limit=CHUNK)


def select_subscriptions(connection: Connection, *which: ColumnElement[bool], limit: int | None = None) -> tuple[Subscription, ...]:
    """The subscriptions that meet the conditions, oldest first, at most `limit`."""
    return tuple(map(_of_text, connection.execute(_AS_STORED.where(*which).order_by(subscriptions.c.id).limit(limit)).all()))


def subscription_of(row: RowMapping) -> Subscription:
    """The subscription in a row of `SUBSCRIPTIONS`."""
    return _subscription(row, profile_of(row["profile"]), edition_of(row["edition"]), cadence_of(row["cadence"]))


def _of_text(stored: Sequence[Any]) -> Subscription:
    """The subscription in a row of `_AS_STORED`; what many have alike is made once for all of them."""
    row = dict(zip(_NAMES, stored, strict=True))
    row.update((name, _moment(row[name])) for name in _MOMENTS if row[name] is not None)
    return _subscription(row, profile_of(json.loads(row["profile"] or "null")), _edition(row["edition"]), _cadence(row["cadence"]))


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def _edition(text: str | None) -> Edition | None:
    return edition_of(json.loads(text or "null"))


@lru_cache(maxsize=4096)
def _cadence(text: str) -> Cadence:
    return cadence_of(json.loads(text))


def _subscription(
    row: RowMapping | Mapping[str, Any], profile: Profile | None, edition: Edition | None, cadence: Cadence
) -> Subscription:
    reader = Subscriber(
        email=row["email"],
        name=row["reader_name"],
        status=SubscriberStatus(row["status"]),
        paused_until=row["paused_until"],
        zone=row["zone"],
        language=row["language"],
        suppressed=row["suppressed"] or "",
        invited_at=row["invited_at"],
        id=row["subscriber"],
    )
    sharing = sharing_of(row)
    return Subscription(
        subscriber=reader,
        name=row["name"],
        profile=profile,
        edition=edition,
        cadence=cadence,
        theme=row["theme"],
        format=Format(row["format"]),
        configured=row["configured"],
        left_at=row["left_at"],
        removed_at=row["removed_at"],
        consented_at=row["consented_at"],
        consent_origin=row["consent_origin"],
        group=row["group_name"],
        share_saves=sharing.stands,
        sharing=sharing,
        id=row["id"],
    )
