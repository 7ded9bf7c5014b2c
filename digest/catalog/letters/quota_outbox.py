"""The outbox of a sender whose provider limits how much it takes: letters over the limit wait, and that is no failure."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from ...model import Allowance, DeliveryStatus, HeldBack, Rest
from ..doors import Doors, chunks, put
from ..schema import deliveries
from ..schema.sending import server_rests
from .outbox import Outbox, count_due, free
from .quota import Quota, allowed, record_days, taken_lately

_DAY = timedelta(days=1)


class QuotaOutbox(Outbox):
    """An outbox that hands out no more letters than the quota allows; letters that other workers hold count."""

    def __init__(self, doors: Doors, quota: Quota) -> None:
        super().__init__(doors)
        self._quota = quota

    def allowed(self, now: datetime) -> Allowance:
        """How many more may leave now, letters or invitations."""
        with self._doors.reading() as connection:
            return allowed(connection, self._quota, now)

    def _allowed(self, connection: Connection, now: datetime) -> Allowance:
        """What the quota allows; while volume is being ramped up, the readers who confirmed last come first."""
        record_days(connection, self._quota.sender, now)
        return allowed(connection, self._quota, now)

    def note_days(self, now: datetime) -> None:
        """Record the days on which this sender has sent; each claim does that, but inviting alone claims nothing."""
        with self._doors.writing() as connection:
            record_days(connection, self._quota.sender, now)

    def next_due(self, now: datetime) -> datetime | None:
        """When the next letter may be handed over: when it falls due, and not before the quota allows one."""
        due = super().next_due(now)
        if due is None:
            return None
        allowance = self.allowed(now)
        return due if allowance.letters != 0 or allowance.until is None else max(due, allowance.until)

    def held_back(self, now: datetime) -> HeldBack | None:
        """The letters that are due and must wait for the quota; None if nothing waits for it."""
        with self._doors.reading() as connection:
            allowance = allowed(connection, self._quota, now)
            if allowance.letters != 0 or allowance.until is None:
                return None
            letters = count_due(connection, now)
            until = _all_gone(connection, letters, now) if allowance.rolls else None
        return HeldBack(letters=letters, until=until or allowance.until, why=allowance.why) if letters else None

    def rest(self, rest: Rest) -> None:
        """Hand nothing over through this server until the rest ends, for any sender; `Waiting.retry` lifts it."""
        with self._doors.writing(durable=True) as connection:
            put(connection, server_rests, {"server": self._quota.server, "until": rest.until, "reply": rest.reply})

    def give_up(self, queued_before: datetime, now: datetime, reason: str) -> int:
        """Give up letters queued before that moment and free their papers, since no claim takes them; returns how many.

        A letter that may have arrived stays: its papers must not be shown again.
        """
        waiting = deliveries.c.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED))
        stale = [waiting, deliveries.c.was_unknown.is_(False), deliveries.c.queued_at < queued_before]
        with self._doors.writing(durable=True) as connection:
            values = {"status": DeliveryStatus.GIVEN_UP, "due": None, "settled_at": now, "reason": reason}
            ended = connection.scalars(update(deliveries).where(*stale).values(values).returning(deliveries.c.issue)).all()
            for some in chunks(ended):
                free(connection, some)
        return len(ended)


def _all_gone(connection: Connection, letters: int, now: datetime) -> datetime | None:
    """When as many sent letters as wait (or all there are) will be more than 24 hours old; None if none was sent."""
    at = taken_lately(now).c.at
    first = select(at).order_by(at).limit(letters).subquery()
    last: datetime | None = connection.scalar(select(func.max(first.c.at)))
    return None if last is None else last + _DAY
