"""The work of one connection: offer a letter, record that it is being sent, hand it over, record the outcome."""

from __future__ import annotations

from contextlib import suppress

from ..errors import CatalogError, DeliveryError, SenderRefused, TransportUnreachable
from ..model import DeliveryStatus, Settled
from .shift import Ready, Shift
from .transport import Interrupted, Transport


class Courier:
    """Carries letters of a shift until there are none, over one connection.

    A letter's text leaves only after its row on disk says `sending`. If the letter before it was sent and the server's answer about this
    one is already here, both facts are written in one commit; any other outcome is written at once.
    """

    def __init__(self, shift: Shift, transport: Transport) -> None:
        self._shift, self._transport = shift, transport
        self._unwritten: tuple[Settled, ...] = ()
        self._held: list[Ready] = []  # taken, and not yet on the wire

    def work(self) -> None:
        """Send letters until none is left or the shift is over. Raises CatalogError."""
        try:
            while self._held or self._take(wait=True):
                self._carry(self._held[0])
        except (TransportUnreachable, SenderRefused) as error:
            self._put_down()
            self._shift.lose(error)
        except Interrupted:
            pass  # letters in hand are given back below
        except BaseException:
            with suppress(CatalogError):  # what cannot be given back now returns to the queue when its lease ends
                self._put_down()
            raise
        self._put_down()

    def _carry(self, ready: Ready) -> None:
        """Take one letter as far as it will go; the next may be in hand afterwards."""
        if not self._is_taken(ready):
            return
        following = self._take(wait=False)
        if self._shift.is_over or not self._shift.may_begin(ready):
            self._transport.abandon()
            self._put_back()
            return
        unwritten, self._unwritten = self._unwritten, ()
        may_go = self._shift.journal.write(*unwritten, begin=ready.delivery.id)
        self._held.remove(ready)
        if not may_go:  # its reader left while we held it, or this machine slept and another worker has claimed it
            self._transport.abandon()
            self._shift.forget(ready.delivery)
            return
        try:
            reply = self._transport.hand_over(following.letter if following else None)
        except (TransportUnreachable, SenderRefused, Interrupted):
            self._held.insert(0, ready)
            raise
        except DeliveryError as error:
            self._unwritten = self._shift.cannot_leave(ready, error)
        else:
            self._unwritten = self._shift.decided(ready, reply)
        # A refusal is written at once. A reply on another connection may explain it; written before it, that explanation would be lost.
        all_went = all(one.status is DeliveryStatus.SENT for one in self._unwritten)
        if not all_went or not self._transport.has_heard:
            self._write()

    def _take(self, *, wait: bool) -> Ready | None:
        if wait:
            self._write()
        ready = self._shift.take(wait=wait)
        if ready is not None:
            self._held.append(ready)
        return ready

    def _is_taken(self, ready: Ready) -> bool:
        """Offer the letter and say whether the server waits for its text; a refusal is recorded here."""
        try:
            refusal = self._transport.offer(ready.letter)
        except (TransportUnreachable, SenderRefused):
            raise
        except DeliveryError as error:
            self._settle(ready, *self._shift.cannot_leave(ready, error))
            return False
        if refusal is not None:
            self._settle(ready, *self._shift.decided(ready, refusal))
        return refusal is None

    def _settle(self, ready: Ready, *settled: Settled) -> None:
        self._held.remove(ready)
        self._write(*settled)

    def _put_back(self) -> None:
        """Record what is unwritten, and return the letters in hand to the front of the shift's queue."""
        held, self._held = self._held, []
        for ready in reversed(held):
            self._shift.put_first(ready)
        self._write()

    def _put_down(self) -> None:
        """Record what is unwritten, and release the letters in hand to the outbox, unchanged."""
        held, self._held = self._held, []
        self._write(*(settled for ready in held for settled in self._shift.give_back(ready.delivery)))

    def _write(self, *settled: Settled) -> None:
        unwritten, self._unwritten = (*self._unwritten, *settled), ()
        if unwritten:
            self._shift.journal.write(*unwritten)
