"""The outbox of a sender whose provider takes only so much: what may not be handed over now waits, without being anybody's failure."""

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
    """An outbox that gives out no more letters than the quota allows; of several workers each sees what the others hold."""

    def __init__(self, doors: Doors, quota: Quota) -> None:
        super().__init__(doors)
        self._quota = quota

    def allowed(self, now: datetime) -> Allowance:
        """How many more may leave now, letters or invitations."""
        with self._doors.reading() as connection:
            return allowed(connection, self._quota, now)

    def _allowed(self, connection: Connection, now: datetime) -> Allowance:
        """What the quota allows; while a ramp holds, the letters of those who confirmed last come first."""
        record_days(connection, self._quota.sender, now)
        return allowed(connection, self._quota, now)

    def note_days(self, now: datetime) -> None:
        """Write down on which days this sender has sent, as each claim does: who only invites claims nothing."""
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
        """The letters that are due and must wait for the quota; None where nothing waits for it."""
        with self._doors.reading() as connection:
            allowance = allowed(connection, self._quota, now)
            if allowance.letters != 0 or allowance.until is None:
                return None
            letters = count_due(connection, now)
            until = _all_gone(connection, letters, now) if allowance.rolls else None
        return HeldBack(letters=letters, until=until or allowance.until, why=allowance.why) if letters else None

    def rest(self, rest: Rest) -> None:
        """Hand nothing over through this server until then, whoever asks; `Waiting.retry` lifts it."""
        with self._doors.writing(durable=True) as connection:
            put(connection, server_rests, {"server": self._quota.server, "until": rest.until, "reply": rest.reply})

    def give_up(self, queued_before: datetime, now: datetime, reason: str) -> int:
        """Give up letters that wait since before then and free their papers: nobody claims them who could. Gives their number.

        One that may have arrived stays: its papers must not be shown again.
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
    """When as many as letters wait, or all there are, have left the 24 hours that count; None where none was sent."""
    at = taken_lately(now).c.at
    first = select(at).order_by(at).limit(letters).subquery()
    last: datetime | None = connection.scalar(select(func.max(first.c.at)))
    return None if last is None else last + _DAY
