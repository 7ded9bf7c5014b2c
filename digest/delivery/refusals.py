"""Decide each letter's fate after a reply: a refusal is held until it is clear whether it is about the mailbox or us (`suspicion`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Delivery, DeliveryStatus
from .policy import Settlement
from .suspicion import HELD_REASON, HELD_RETRY_DELAY, HINT, KEPT_REASON, KEPT_RETRY_DELAY, Finding, Suspicion
from .verdicts import Reply


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one letter.

    `is_held`: not clear yet, so the letter is deferred for now. `is_again`: it was held and is now settled again; no courier holds it.
    """

    delivery: int
    to: str
    decided: Settlement
    is_held: bool = False
    is_again: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether the letter was not sent and will not be tried again."""
        return self.decided.status is not DeliveryStatus.SENT and self.decided.due is None


class Refusals:
    """The refusals of one delivery, in the order in which they arrive."""

    def __init__(self) -> None:
        self._suspicion = Suspicion()
        self._decided: dict[int, Settlement] = {}
        # Message and hint for the operator, from a refusal that named our address; cleared when a letter is accepted.
        self._doubt: tuple[str, str] | None = None

    @property
    def is_suspicious(self) -> bool:
        """Whether only the probe letter may be begun."""
        return self._suspicion.is_suspicious

    @property
    def pause(self) -> timedelta:
        """How long to wait before sending the probe letter."""
        return self._suspicion.pause

    @property
    def trouble(self) -> tuple[str, str]:
        """What to tell the operator after a stop, and what to do about it."""
        return self._doubt or (f"{KEPT_REASON}: {self._suspicion.says}", HINT)

    def claimed(self, batch: Iterable[Delivery]) -> None:
        """These letters were claimed, perhaps for a second time: none of them counts as held any longer."""
        self._suspicion.claimed({delivery.id for delivery in batch})

    def is_good_probe(self, delivery: Delivery) -> bool:
        """Whether this letter makes a good probe."""
        return self._suspicion.is_good_probe(delivery.recipient, delivery.reply)

    def probe_with(self, delivery: Delivery) -> None:
        """Make this letter the probe."""
        self._suspicion.probe_with(delivery.id)

    def heard(self, delivery: Delivery, to: str, reply: Reply, decided: Settlement, now: datetime) -> tuple[bool, Sequence[Fate]]:
        """Whether the delivery stops, and every fate that the reply decides, its own letter's first."""
        if decided.names_us:
            self._doubt = f"the server takes no mail from us now: {reply}", decided.hint
            return self._suspicion.named(delivery.id, to, reply), (Fate(delivery.id, to, decided),)
        self._doubt = None if decided.status is DeliveryStatus.SENT else self._doubt
        self._decided[delivery.id] = decided
        heard = self._suspicion.heard(delivery.id, to, reply, before=delivery.reply)
        if heard.is_held:
            own = replace(decided, status=DeliveryStatus.DEFERRED, due=now + HELD_RETRY_DELAY, reason=HELD_REASON)
            return heard.stops, (Fate(delivery.id, to, own, is_held=True), *self._fates(heard, now))
        fates = self._fates(heard, now)
        own_fates = [replace(fate, is_again=False) for fate in fates if fate.delivery == delivery.id]
        others = [fate for fate in fates if fate.delivery != delivery.id]
        self._decided.pop(delivery.id, None)
        return heard.stops, (*(own_fates or [Fate(delivery.id, to, decided)]), *others)

    def ended(self, now: datetime, *, is_cut_short: bool) -> tuple[bool, Sequence[Fate]]:
        """The same as `heard`, for when there are no more letters or the delivery `is_cut_short`."""
        heard = self._suspicion.ended(is_cut_short=is_cut_short)
        return heard.stops, self._fates(heard, now)

    def _fates(self, heard: Finding, now: datetime) -> list[Fate]:
        stand = [Fate(held.delivery, held.recipient, self._decided.pop(held.delivery), is_again=True) for held in heard.refused]
        kept = []
        for held in heard.kept:
            refused, due = self._decided.pop(held.delivery), now + KEPT_RETRY_DELAY
            decided = replace(refused, status=DeliveryStatus.DEFERRED, due=due, reason=KEPT_REASON)
            kept.append(Fate(held.delivery, held.recipient, decided, is_again=True))
        return [*stand, *kept]
