"""The protocol of a transport: what can carry letters away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..model import Letter
from .verdicts import Reply


class Interrupted(Exception):
    """We were asked to stop while waiting for the server; no letter was handed over."""


class Transport(Protocol):
    """Carries letters away, one at a time."""

    def stop_when(self, is_stopped: Callable[[], bool]) -> None:
        """Call this during every wait for a server: once true, `offer` raises Interrupted and `hand_over` waits only seconds."""

    def offer(self, letter: Letter) -> Reply | None:
        """Offer the letter: None if it is accepted, else the refusal. Until `hand_over` it can still be abandoned.

        Raises DeliveryError for a letter that cannot be carried; TransportUnreachable or SenderRefused if none can.
        """

    def hand_over(self, following: Letter | None = None) -> Reply:
        """Hand over the letter offered last and give the final reply; `following` is the one to be offered next.

        Raises what `offer` raises.
        """

    def send(self, letter: Letter) -> Reply:
        """Offer one letter and hand it over; gives the final reply. Raises what `offer` raises."""

    def ready(self) -> None:
        """Open the connection, if there is one to open. Raises TransportUnreachable or SenderRefused."""

    def abandon(self) -> None:
        """Withdraw the letter offered last, which has not left."""

    @property
    def has_heard(self) -> bool:
        """Whether the next `offer` can answer at once."""

    def close(self) -> None:
        """Release the connection; a later `offer` opens it again."""
