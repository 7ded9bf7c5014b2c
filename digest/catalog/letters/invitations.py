"""People who are invited by mail to subscribe: each is asked once, and becomes active only by accepting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, select, update

from ...addresses import folded
from ...errors import NotFound
from ...model import SubscriberStatus, Subscription
from ..doors import Doors, chunks
from ..people import suppressions as list_
from ..people.readers import SUBSCRIPTIONS, subscription_of
from ..schema import subscribers, subscriptions
from ..schema.people import listmonk_links
from .outbox import withdraw

_NOT_ENDED = (subscriptions.c.removed_at.is_(None), subscriptions.c.left_at.is_(None))
"""The condition that nobody ended the subscription."""


class Invitations:
    """Who is to be invited, who was, and what they answered; and the old listmonk links by which some unsubscribe."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def open(self, emails: Iterable[str] | None = None) -> tuple[Subscription, ...]:
        """The first subscription of each reader who waits for an invitation, among these addresses or all.

        Such readers are pending, were not asked yet, and are not on the suppression list.
        """
        found: dict[int, Subscription] = {}
        waiting = (subscribers.c.status == SubscriberStatus.PENDING, subscribers.c.invited_at.is_(None))
        live = (subscribers.c.suppressed.is_(None), *_NOT_ENDED)
        which = SUBSCRIPTIONS.where(*waiting, *live).order_by(subscriptions.c.id)
        some = (
            [which]
            if emails is None
            else [which.where(subscribers.c.email_folded.in_(names)) for names in chunks({folded(email) for email in emails})]
        )
        with self._doors.reading() as connection:
            for each in some:
                for row in connection.execute(each).mappings():
                    found.setdefault(row["subscriber"], subscription_of(row))
        return tuple(sorted(found.values(), key=lambda one: one.id))

    def begin(self, subscriber_id: int, now: datetime) -> bool:
        """Note that the invitation may be on the wire from now on; the note outlasts a power cut.

        False if they were asked before, or have got onto the suppression list or left everything since `open` was called.
        """
        unasked = (subscribers.c.invited_at.is_(None), subscribers.c.status == SubscriberStatus.PENDING)
        # An old listmonk link can end a pending subscription at any time, even while a long list is being invited.
        live = exists().where(subscriptions.c.subscriber == subscribers.c.id, *_NOT_ENDED)
        which = (subscribers.c.id == subscriber_id, *unasked, subscribers.c.suppressed.is_(None), live)
        with self._doors.writing(durable=True) as connection:
            return connection.execute(update(subscribers).where(*which).values(invited_at=now)).rowcount == 1

    def take_back(self, subscriber_id: int) -> None:
        """Note that the server did not take the invitation, so that they may be asked again."""
        with self._doors.writing() as connection:
            connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(invited_at=None))

    def accept(self, subscription_id: int, now: datetime, how: str) -> bool:
        """Accept for all of the reader's subscriptions that wait for it; False if that changes nothing, as when it is repeated.

        It revives nobody who has left since or is on the suppression list, and no subscription that the operator removed; the others begin.
        Raises NotFound for a subscription that never existed.
        """
        which = select(subscriptions.c.left_at, subscribers.c.id, subscribers.c.status, subscribers.c.suppressed)
        which = which.join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
        with self._doors.writing(durable=True) as connection:
            row = connection.execute(which.where(subscriptions.c.id == subscription_id)).one_or_none()
            if row is None:
                raise NotFound("", "no such subscription", hint="`digest subscribers list` names them")
            goes_on = connection.scalar(select(exists().where(subscriptions.c.subscriber == row.id, *_NOT_ENDED)))
            is_over = row.suppressed is not None or row.left_at is not None or not goes_on
            if row.status != SubscriberStatus.PENDING or is_over:
                return False
            connection.execute(update(subscribers).where(subscribers.c.id == row.id).values(status=str(SubscriberStatus.ACTIVE)))
            waiting = (subscriptions.c.subscriber == row.id, subscriptions.c.consented_at.is_(None), *_NOT_ENDED)
            connection.execute(update(subscriptions).where(*waiting).values(consented_at=now, consent_origin=how))
        return True

    def by_link(self, uuid: str) -> tuple[Subscription, ...] | None:
        """The subscriptions that an old listmonk link names; empty for somebody on the suppression list, None for an unknown link."""
        with self._doors.reading() as connection:
            theirs = select(listmonk_links.c.subscription).where(listmonk_links.c.uuid == uuid.lower())
            rows = connection.execute(SUBSCRIPTIONS.where(subscriptions.c.id.in_(theirs)).order_by(subscriptions.c.id)).mappings().all()
            if not rows and not list_.link_is_known(connection, uuid):
                return None
        return tuple(subscription_of(row) for row in rows)

    def leave_by_link(self, uuid: str, now: datetime) -> bool:
        """End the subscriptions that an old listmonk link names; repeating it does no harm. False for an unknown link."""
        with self._doors.writing(durable=True) as connection:
            theirs = connection.scalars(select(listmonk_links.c.subscription).where(listmonk_links.c.uuid == uuid.lower())).all()
            which = subscriptions.c.id.in_(theirs)
            connection.execute(update(subscriptions).where(which, subscriptions.c.left_at.is_(None)).values(left_at=now))
            withdraw(connection, which, now, reason="left")
            return bool(theirs) or list_.link_is_known(connection, uuid)
