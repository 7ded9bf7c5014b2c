"""Protocols for what a delivery needs of other stages: an outbox to claim from, a writer of letters, and an observer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from ..model import Delivery, DeliveryStatus, Letter
from .journal import Exchange


class Claims(Exchange, Protocol):
    """The outbox as a worker uses it. Every call survives the death of the process; a claim, and all before it, also a power cut."""

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta) -> Sequence[Delivery]:
        """Claim due letters for this worker, with status and attempts as before the claim (`unknown`: it may have arrived already)."""


class Observer(Protocol):
    """Follows a delivery's progress."""

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str, recipient: str, /) -> None:
        """Note what became of a letter; `reply` is the server's reply or the reason, `recipient` is "" if nothing was sent."""


class LetterWriter(Protocol):
    """Writes letters."""

    def lay_out(self, batch: Sequence[Delivery], /) -> None:
        """Load what these letters are written from. Raises CatalogError."""

    def write(self, delivery: Delivery, /) -> Letter:
        """Write the letter. Raises DigestError if it cannot be written: DeliveryError if it never can, NotFound if it no longer exists."""

    def write_ahead(self) -> bool:
        """Write a letter that will be needed soon, while everybody waits for the server; says whether there was one."""
