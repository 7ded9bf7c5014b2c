"""What becomes of each letter after a reply: refusals are held until it is clear whether they blame the mailboxes or us (`suspicion`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Delivery, DeliveryStatus
from .policy import Settlement
from .suspicion import HELD, HINT, KEPT, REASON, WAITS, Heard, Suspicion
from .verdicts import Reply


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one letter; `is_held` where that is not clear yet, `is_again` where it was, and nobody has it in hands since."""

    delivery: int
    to: str
    decided: Settlement
    is_held: bool = False
    is_again: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether nothing more is tried."""
        return self.decided.status is not DeliveryStatus.SENT and self.decided.due is None


class Refusals:
    """The refusals of one delivery, told in the order in which they arrive."""

    def __init__(self) -> None:
        self._suspicion = Suspicion()
        self._decided: dict[int, Settlement] = {}
        self._doubt: tuple[str, str] | None = None  # what is told where no letter is accepted after one that named us was refused

    @property
    def is_suspicious(self) -> bool:
        """Whether no letter is to be begun but one that asks."""
        return self._suspicion.is_suspicious

    @property
    def pause(self) -> timedelta:
        """How long to wait before one asks."""
        return self._suspicion.pause

    @property
    def trouble(self) -> tuple[str, str]:
        """What to tell the operator after a stop, and what to do about it."""
        return self._doubt or (f"{REASON}: {self._suspicion.says}", HINT)

    def claimed(self, batch: Iterable[Delivery]) -> None:
        """These letters are in hands, maybe once more: none of them is held any longer."""
        self._suspicion.claimed({delivery.id for delivery in batch})

    def would_tell(self, delivery: Delivery) -> bool:
        """Whether this letter is a good one to ask with."""
        return self._suspicion.would_tell(delivery.recipient, delivery.reply)

    def asks(self, delivery: Delivery) -> None:
        """This letter is the one that asks."""
        self._suspicion.asks(delivery.id)

    def heard(self, delivery: Delivery, to: str, reply: Reply, decided: Settlement, now: datetime) -> tuple[bool, Sequence[Fate]]:
        """Whether the delivery stops, and the fates that the reply decides: that of its own letter first."""
        if decided.names_us:
            self._doubt = f"the server takes no mail from us now: {reply}", decided.hint
            return self._suspicion.named(delivery.id, to, reply), (Fate(delivery.id, to, decided),)
        self._doubt = None if decided.status is DeliveryStatus.SENT else self._doubt
        self._decided[delivery.id] = decided
        heard = self._suspicion.heard(delivery.id, to, reply, before=delivery.reply)
        if heard.is_held:
            own = replace(decided, status=DeliveryStatus.DEFERRED, due=now + HELD, reason=WAITS)
            return heard.stops, (Fate(delivery.id, to, own, is_held=True), *self._fates(heard, now))
        fates = self._fates(heard, now)
        own_fates = [replace(fate, is_again=False) for fate in fates if fate.delivery == delivery.id]
        others = [fate for fate in fates if fate.delivery != delivery.id]
        self._decided.pop(delivery.id, None)
        return heard.stops, (*(own_fates or [Fate(delivery.id, to, decided)]), *others)

    def ended(self, now: datetime, *, is_cut_short: bool) -> tuple[bool, Sequence[Fate]]:
        """As `heard`, when there are no more letters, or when the delivery `is_cut_short`."""
        heard = self._suspicion.ended(is_cut_short=is_cut_short)
        return heard.stops, self._fates(heard, now)

    def _fates(self, heard: Heard, now: datetime) -> list[Fate]:
        stand = [Fate(held.delivery, held.recipient, self._decided.pop(held.delivery), is_again=True) for held in heard.refused]
        kept = []
        for held in heard.kept:
            decided = replace(self._decided.pop(held.delivery), status=DeliveryStatus.DEFERRED, due=now + KEPT, reason=REASON)
            kept.append(Fate(held.delivery, held.recipient, decided, is_again=True))
        return [*stand, *kept]
