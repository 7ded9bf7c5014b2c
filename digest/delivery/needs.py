"""What a delivery needs of others: an outbox to claim from, a desk where letters are written, and somebody who looks on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from ..model import Delivery, DeliveryStatus, Letter
from .journal import Exchange


class Claims(Exchange, Protocol):
    """The outbox in a worker's hands; each call survives the death of the process, a claim and all before it a power cut too."""

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta) -> Sequence[Delivery]:
        """Letters that are due, now held by this worker: status and attempts as they were before (unknown: it may have arrived before)."""


class Watch(Protocol):
    """Somebody who looks on."""

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str, recipient: str, /) -> None:
        """Hear what became of a letter, with what was said or why; the recipient is "" where nothing was sent."""


class Desk(Protocol):
    """Where letters are written."""

    def lay_out(self, batch: Sequence[Delivery], /) -> None:
        """Fetch what these letters are written from. Raises CatalogError."""

    def write(self, delivery: Delivery, /) -> Letter:
        """The letter. Raises DigestError where it cannot be written: DeliveryError where it never can, NotFound where it is no more."""

    def write_ahead(self) -> bool:
        """Write one that will be asked for soon, while everybody waits for the server; whether there was one."""
