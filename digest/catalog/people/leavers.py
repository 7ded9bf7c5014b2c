"""Readers who have left, here or according to an imported list: a subscription that the configuration adds for them counts as left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from ..doors import chunks
from ..schema import subscribers, subscriptions
from .suppressions import suppressed


class Leavers:
    """When readers of these (folded) addresses ended subscriptions, as far as the catalog knows."""

    def __init__(self, connection: Connection, names: Collection[str]) -> None:
        self._left = _left(connection, names)
        self._noes = {
            (name, line.subscription): line.at
            for name, lines in suppressed(connection, names).items()
            for line in sorted(lines, key=lambda line: line.at)  # of those of several lists the last
            if line.subscription
        }

    def left_at(self, place: tuple[str, str], before: RowMapping | None) -> datetime | None:
        """When the reader of that address left the subscription of that name, of which `before` is the row where there is one."""
        left_at, no = self._left.get(place[0]), self._noes.get(place)
        if before is None:
            return left_at or no
        ended: datetime | None = before["left_at"]
        if ended is not None or before["removed_at"] is None:
            return ended
        if left_at is not None and before["removed_at"] <= left_at:  # it was gone when they left
            return left_at
        return no if no is not None and (before["consented_at"] is None or before["consented_at"] <= no) else None


def _left(connection: Connection, names: Collection[str]) -> dict[str, datetime]:
    """Those of these addresses that ended a subscription and have none that goes on, with the moment of the last end."""
    found: dict[str, datetime] = {}
    going_on: set[str] = set()
    told = (subscribers.c.email_folded, subscriptions.c.left_at, subscriptions.c.removed_at)
    theirs = select(*told).join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
    for some in chunks(sorted(names)):
        for name, left_at, removed_at in connection.execute(theirs.where(subscribers.c.email_folded.in_(some))):
            if left_at is not None:
                found[name] = max(left_at, found.get(name, left_at))
            elif removed_at is None:
                going_on.add(name)
    return {name: left_at for name, left_at in found.items() if name not in going_on}
