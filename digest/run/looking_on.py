"""How far the letters are, told to whoever looks on."""

from __future__ import annotations

from ..model import DeliveryStatus
from .parts import Report


class Watched:
    """Counts each letter in the report's tally as it is settled, and says that it has."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str, recipient: str, /) -> None:
        self._report.tally.settled(delivery_id, status, reply, recipient)
        self._report.letters(self._report.tally)
