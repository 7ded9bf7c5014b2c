"""One connection's work: offer a letter, write down that it may be on the wire, hand it over, write down what became of it."""

from __future__ import annotations

from contextlib import suppress

from ..errors import CatalogError, DeliveryError, SenderRefused, TransportUnreachable
from ..model import DeliveryStatus, Settled
from .shift import Ready, Shift
from .transport import Interrupted, Transport


class Courier:
    """Carries letters of a shift until there are none, over one connection.

    A letter's text leaves only after its row says so on disk. That the letter before was sent is written with that in one commit, where the
    server's answer about the next one is there already; else, and whatever else became of it, at once.
    """

    def __init__(self, shift: Shift, transport: Transport) -> None:
        self._shift, self._transport = shift, transport
        self._unwritten: tuple[Settled, ...] = ()
        self._held: list[Ready] = []  # taken, and not yet on the wire

    def work(self) -> None:
        """Until nothing is left to take, or the shift is over. Raises CatalogError."""
        try:
            while self._held or self._take(wait=True):
                self._carry(self._held[0])
        except (TransportUnreachable, SenderRefused) as error:
            self._put_down()
            self._shift.lose(error)
        except Interrupted:
            pass  # what is in hand is put down as at the end
        except BaseException:
            with suppress(CatalogError):  # what cannot be given back now is taken back when its lease has ended
                self._put_down()
            raise
        self._put_down()

    def _carry(self, ready: Ready) -> None:
        """One letter as far as it comes; the next may be in hand afterwards."""
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
        if not may_go:  # its reader left while it waited in our hands, or another worker has it since we slept
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
        # A refusal does not wait: what explains it, heard over another connection, would be written before it, and lost.
        all_went = all(one.status is DeliveryStatus.SENT for one in self._unwritten)
        if following is None or not all_went or not self._transport.has_heard:
            self._write()

    def _take(self, *, wait: bool) -> Ready | None:
        if wait:
            self._write()
        ready = self._shift.take(wait=wait)
        if ready is not None:
            self._held.append(ready)
        return ready

    def _is_taken(self, ready: Ready) -> bool:
        """Whether the server waits for the letter's text; what it refused is written down."""
        try:
            refusal = self._transport.offer(ready.letter)
        except (TransportUnreachable, SenderRefused):
            raise
        except DeliveryError as error:
            self._settle(ready, *self._shift.cannot_leave(ready, error))
            return False
        if refusal is not None:
            self._settle(ready, *self._shift.decided(ready, refusal, was_tried=True))
        return refusal is None

    def _settle(self, ready: Ready, *settled: Settled) -> None:
        self._held.remove(ready)
        self._write(*settled)

    def _put_back(self) -> None:
        """Write down what is to be written, and let what is in hand wait for whoever takes it next."""
        held, self._held = self._held, []
        for ready in reversed(held):
            self._shift.put_first(ready)
        self._write()

    def _put_down(self) -> None:
        """Write down what is to be written, and give back what is in hand: nothing has happened to it."""
        held, self._held = self._held, []
        self._write(*(settled for ready in held for settled in self._shift.give_back(ready.delivery)))

    def _write(self, *settled: Settled) -> None:
        unwritten, self._unwritten = (*self._unwritten, *settled), ()
        if unwritten:
            self._shift.journal.write(*unwritten)
