"""What delivery needs of a way for letters to leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..model import Letter
from .verdicts import Reply


class Interrupted(Exception):
    """Somebody asked to stop while the server kept us waiting; no letter was handed over."""


class Transport(Protocol):
    """A way for letters to leave, one at a time."""

    def heed(self, is_stopped: Callable[[], bool]) -> None:
        """Ask this while a server keeps us waiting: once it is true, `offer` raises Interrupted, and `hand_over` waits seconds only."""

    def offer(self, letter: Letter) -> Reply | None:
        """Ask whether the letter is taken: None where it is, else the refusal. Until `hand_over` it can still be abandoned.

        Raises DeliveryError for a letter that cannot be carried; TransportUnreachable or SenderRefused where none can.
        """

    def hand_over(self, following: Letter | None = None) -> Reply:
        """Hand over the letter offered last and give the reply that decides about it; `following` is the one offered next.

        Raises as `offer`.
        """

    def send(self, letter: Letter) -> Reply:
        """Offer one letter and hand it over; gives the reply that decides about it. Raises as `offer`."""

    def ready(self) -> None:
        """Open what a letter needs to leave. Raises TransportUnreachable or SenderRefused where none can."""

    def abandon(self) -> None:
        """Take back the letter offered last; it has not left."""

    @property
    def has_heard(self) -> bool:
        """Whether the next `offer` can answer at once."""

    def close(self) -> None:
        """Let go of what is held open; a later `offer` opens it again."""
