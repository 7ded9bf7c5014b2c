"""Write letters while they are delivered: issues are read a batch at a time, and a few letters are written ahead of their turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ...errors import DigestError
from ...model import Delivery, Issue, Letter
from ..parts import Parts, Report
from .theming import Theming

Value = TypeVar("Value")
KEPT, WRITTEN = 500, 200
"""The most issues and letters kept in memory: more than a worker has claimed at once, and fewer than may wait for a domain that accepts no
more mail for a while."""
AHEAD = 8
"""How many letters are written before they are asked for: one by one while all connections wait for the server, else in one go, since
sending in between empties the processor's caches, and writing the next letter then takes a tenth longer."""


class Desk:
    """Writes the letters of one run in their themes; themes that fail are named in the report."""

    def __init__(self, parts: Parts, report: Report) -> None:
        self._issues = parts.catalog.issues
        self._theming = Theming(parts, report)
        self._issues_read: dict[int, Issue] = {}
        self._written: dict[int, Letter] = {}
        self._ahead = 0  # how many of the written letters will be asked for next

    def lay_out(self, batch: Sequence[Delivery]) -> None:
        """Read the issues of these letters, and drop the oldest issues that were never written. Raises CatalogError.

        A letter of the batch that is written already was given back and claimed again: it is dropped and written anew, since it is old.
        """
        for delivery in batch:
            self._take(delivery)
        self._issues_read.update(self._issues.load_all(delivery.issue for delivery in batch))
        _drop_oldest(self._issues_read, KEPT)

    def write(self, delivery: Delivery) -> Letter:
        """The letter; writes more ahead. Raises NotFound if there is no such issue, and what `Theming.letter` raises."""
        letter = self._take(delivery)
        if letter is not None:
            return letter
        issue = self._issues_read.pop(delivery.issue, None) or self._issues.load(delivery.issue)
        letter = self._theming.letter(issue)
        self._ahead = 0  # the letters written ahead were passed over: their domain has enough on the wire, or accepts no more for now
        while self.write_ahead():
            pass
        return letter

    def write_ahead(self) -> bool:
        """Write the letter that will be asked for next, unless enough are written; True if one was written.

        If it cannot be written, its issue is read again at its turn, and the failure is reported then.
        """
        id_ = next(iter(self._issues_read), None)
        if id_ is None or self._ahead >= AHEAD:
            return False
        try:
            self._written[id_] = self._theming.letter(self._issues_read.pop(id_))
        except DigestError:
            return False
        self._ahead += 1
        _drop_oldest(self._written, WRITTEN)
        return True

    def _take(self, delivery: Delivery) -> Letter | None:
        letter = self._written.pop(delivery.issue, None)
        if letter is not None:
            self._ahead = max(0, self._ahead - 1)
        return letter


def _drop_oldest(entries: dict[int, Value], most: int) -> None:
    for id_ in tuple(entries)[:-most]:
        del entries[id_]
