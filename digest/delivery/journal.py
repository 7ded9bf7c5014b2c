"""What is written down of letters on the wire: those who have something to say at the same moment share a commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..model import Settled
from .turns import let_others


class Exchange(Protocol):
    """Where it is written."""

    def exchange(self, settled: Sequence[Settled], begin: Sequence[int], worker: str) -> frozenset[int]:
        """Write down what became of some letters and that others may be on the wire from now on; gives those that may be sent."""


@dataclass(slots=True, eq=False)
class _Entry:
    settled: tuple[Settled, ...]
    begin: int | None
    is_written: bool = False
    may_begin: bool = False
    error: BaseException | None = None


class Journal:
    """Records outcomes for many couriers, with all entries of one round of turns in a single write.

    No outcome is dropped: one that could not be written (full disk, database locked for long) is tried again with the next write, since a
    letter whose reply was not recorded would be sent again.
    """

    def __init__(self, outbox: Exchange, worker: str) -> None:
        self._outbox, self._worker = outbox, worker
        self._waiting: list[_Entry] = []
        self._owed: list[Settled] = []

    @property
    def owes(self) -> bool:
        """Whether anything is still unwritten."""
        return bool(self._owed or self._waiting)

    def write(self, *settled: Settled, begin: int | None = None) -> bool:
        """Write the outcomes, and say whether the letter `begin` may be sent (False without one). Raises CatalogError."""
        entry = _Entry(settled, begin)
        self._waiting.append(entry)
        let_others()
        if not entry.is_written:
            self._write_all()
        if entry.error is not None:
            raise entry.error
        return entry.may_begin

    def _write_all(self) -> None:
        entries, self._waiting = self._waiting, []
        self._owed += [settled for entry in entries for settled in entry.settled]
        try:
            begin = [entry.begin for entry in entries if entry.begin is not None]
            begun = self._outbox.exchange(tuple(self._owed), begin, self._worker)
            self._owed.clear()
            for entry in entries:
                entry.may_begin = entry.begin in begun
        except BaseException as error:  # noqa: BLE001  each waiting `write` raises it to its own caller
            for entry in entries:
                entry.error = error
        for entry in entries:
            entry.is_written = True
