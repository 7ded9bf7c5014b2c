"""Groups of readers: who agreed that their saves count there, and how many of them saved a paper. Nothing here reveals a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from ...addresses import folded
from ...errors import NotFound
from ...model import FeedbackKind, Sharing, Subscription
from ..doors import Doors, chunks
from ..papers.papers import paper_ids
from ..schema import feedback, subscribers, subscriptions
from .active import GOING_ON

CONFIGURATION, COMMAND = "the configuration", "a command"
FEWEST = 2
"""How many others must have saved a paper before a count is shown: with one, it could be guessed who."""


class Groups:
    """Groups, each known by its name, which the operator spells alike for all its subscriptions."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def share(self, subscription_id: int, now: datetime, origin: str) -> None:
        """Record the reader's own consent from now on; consent in force stays as it is. Raises NotFound."""
        this = select(subscriptions).where(subscriptions.c.id == subscription_id)
        with self._doors.writing(durable=True) as connection:
            row = connection.execute(this).mappings().one_or_none()
            if row is None:
                raise _unknown()
            if not sharing_of(row).stands:
                said = sharing_row(Sharing(since=now, origin=origin))
                connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(said))

    def withdraw(self, subscription_id: int, now: datetime) -> None:
        """Withdraw the reader's consent at once, until they give it again; when it was given stays known. Raises NotFound.

        It holds for all their subscriptions in that group: none of their saves counts there. It survives a power cut.
        """
        theirs = select(subscriptions.c.subscriber, subscriptions.c.group_name).where(subscriptions.c.id == subscription_id)
        with self._doors.writing(durable=True) as connection:
            row = connection.execute(theirs).one_or_none()
            if row is None:
                raise _unknown()
            same = subscriptions.c.subscriber == row.subscriber, subscriptions.c.group_name == row.group_name
            connection.execute(update(subscriptions).where(*same, subscriptions.c.share_ended_at.is_(None)).values(share_ended_at=now))

    def saves(self, subscription: Subscription, keys: Iterable[str]) -> dict[str, int]:
        """How many other readers of the subscription's group saved each of these papers, by key; only what may be told to its reader.

        Both must have agreed, as things stand in the catalog now, and nobody counts who left, is not active or gets nothing any more; a
        pause is not an end. Papers that fewer than two saved are absent.
        """
        with self._doors.reading() as connection:
            group = connection.scalar(select(subscriptions.c.group_name).where(subscriptions.c.id == subscription.id, *_SHARING))
            if not group:
                return {}
            ids = paper_ids(connection, keys)
            counted: dict[int, int] = {}
            others = _savers(group).where(subscriptions.c.subscriber != subscription.subscriber.id)
            for some in chunks(sorted(set(ids.values()))):
                counted.update(connection.execute(others.where(feedback.c.paper.in_(some))).all())
        return {key: counted[id_] for key, id_ in ids.items() if counted.get(id_, 0) >= FEWEST}

    def of_others(self, email: str) -> frozenset[str]:
        """The groups that readers with other addresses are in."""
        theirs = select(subscriptions.c.group_name).join(subscribers, subscriptions.c.subscriber == subscribers.c.id).distinct()
        named = (subscriptions.c.group_name > "", subscriptions.c.removed_at.is_(None))
        with self._doors.reading() as connection:
            return frozenset(connection.scalars(theirs.where(*named, subscribers.c.email_folded != folded(email))))


def _unknown() -> NotFound:
    return NotFound("", "no such subscription", hint="`digest subscribers list` names them")


def sharing_of(row: RowMapping | Mapping[str, Any]) -> Sharing:
    """The consent stored in a row."""
    return Sharing(since=row["shared_at"], origin=row["share_origin"], ended_at=row["share_ended_at"])


def sharing_row(sharing: Sharing) -> dict[str, Any]:
    """The consent as columns."""
    return {"shared_at": sharing.since, "share_origin": sharing.origin, "share_ended_at": sharing.ended_at}


def taken_back(connection: Connection, email: str, group: str) -> datetime | None:
    """When the reader of that address took back what they had said to that group, by whichever of their subscriptions; None: never."""
    theirs = select(func.max(subscriptions.c.share_ended_at)).join(subscribers, subscriptions.c.subscriber == subscribers.c.id)
    which = (subscribers.c.email_folded == folded(email), subscriptions.c.group_name == group)
    ended: datetime | None = connection.scalar(theirs.where(*which))
    return ended


def sharing_after(
    before: Subscription | None, wanted: Subscription, origin: str, now: datetime, ended_at: datetime | None = None
) -> Sharing:
    """A reader's consent after `origin` (the file, or a command) has defined their subscription anew.

    Consent is for one group: a change of group ends it, unless it is given again. If the file does not mention it, only consent from the
    file ends. Neither origin restores consent that the reader has withdrawn; `ended_at` is when they did so by another subscription.
    """
    said = before.sharing if before is not None else Sharing()
    is_elsewhere = before is not None and before.group != wanted.group
    if said.ended_at is not None:
        return said
    if wanted.group and wanted.share_saves and (said.since is None or is_elsewhere):
        return Sharing(since=now, origin=origin) if ended_at is None else Sharing(ended_at=ended_at)
    if is_elsewhere or (not wanted.share_saves and not (origin == CONFIGURATION and said.origin != CONFIGURATION)):
        return Sharing()
    return said


def file_says_more(before: Subscription, wanted: Subscription) -> bool:
    """Whether the file changes that consent."""
    return sharing_after(before, wanted, CONFIGURATION, datetime.max.replace(tzinfo=UTC)) != before.sharing


def _savers(group: str) -> Select[int, int]:
    """How many readers who share in that group saved each paper."""
    counted = func.count(subscriptions.c.subscriber.distinct())
    saved = (feedback.c.kind == FeedbackKind.SAVE, feedback.c.undone_at.is_(None))
    return (
        select(feedback.c.paper, counted)
        .join_from(feedback, subscriptions, feedback.c.subscription == subscriptions.c.id)
        .join(subscribers, subscriptions.c.subscriber == subscribers.c.id)
        .where(subscriptions.c.group_name == group, *_SHARING, *GOING_ON, *saved)
        .group_by(feedback.c.paper)
    )


_SHARING = (subscriptions.c.shared_at.is_not(None), subscriptions.c.share_ended_at.is_(None))
