"""What happens to letters in the outbox, one at a time: whoever holds one begins it, and says what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from digest.catalog.letters.outbox import Outbox
from digest.catalog.schema import deliveries
from digest.model import DeliveryStatus, Settled


def began(outbox: Outbox, delivery: int, now: datetime, worker: str | None = None) -> bool:
    """Its text may be on the wire from now on: whether it may be sent. `worker` is its holder by default."""
    return delivery in outbox.exchange((), (delivery,), holder(outbox, delivery) if worker is None else worker)


def settled(
    outbox: Outbox,
    delivery: int,
    status: DeliveryStatus,
    now: datetime,
    reply: str | None = None,
    due: datetime | None = None,
    reason: str | None = None,
    worker: str | None = None,
) -> None:
    """What became of it; of one that nobody holds it is told once more."""
    who = holder(outbox, delivery) if worker is None else worker
    outbox.exchange((Settled(delivery, status, now, reply, due, reason, is_again=not who),), (), who)


def holder(outbox: Outbox, delivery: int) -> str:
    """The worker that holds it; "" for none."""
    with outbox._doors.reading() as connection:
        return connection.scalar(select(deliveries.c.worker).where(deliveries.c.id == delivery)) or ""


def waiting(outbox: Outbox) -> int:
    """How many letters are still to be handed over, or in somebody's hands."""
    held = deliveries.c.status.in_((DeliveryStatus.CLAIMED, DeliveryStatus.SENDING))
    with outbox._doors.reading() as connection:
        return connection.scalar(select(func.count()).where(or_(held, deliveries.c.due.is_not(None)))) or 0
