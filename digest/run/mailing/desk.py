"""Where letters are written while they are delivered: their issues are read a batch at a time, and a few of them written at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ...errors import DigestError
from ...model import Delivery, Issue, Letter
from ..parts import Parts, Report
from .theming import Theming

Value = TypeVar("Value")
KEPT, WRITTEN = 500, 200
"""Issues and letters that lie there at most: more than are in a worker's hands, and less than all to a domain that wants no more for a
while."""
AHEAD = 8
"""Letters that are written before they are asked for: one by one while all wait for the server, else in one go, because while one is on the
wire the processor forgets how to write, and the next takes a tenth longer."""


class Desk:
    """The letters of one run, in their themes; what failed of a theme stands in the report."""

    def __init__(self, parts: Parts, report: Report) -> None:
        self._issues = parts.catalog.issues
        self._dressing = Theming(parts, report)
        self._laid_out: dict[int, Issue] = {}
        self._written: dict[int, Letter] = {}
        self._ahead = 0  # of the written ones, those that will be asked for next

    def lay_out(self, batch: Sequence[Delivery]) -> None:
        """Read the issues of these letters, and put away the oldest of those that were never written. Raises CatalogError.

        What was written of one that was given back and is claimed again was written long ago.
        """
        for delivery in batch:
            self._take(delivery)
        self._laid_out.update(self._issues.load_all(delivery.issue for delivery in batch))
        _put_away_oldest(self._laid_out, KEPT)

    def write(self, delivery: Delivery) -> Letter:
        """The letter. Raises NotFound where there is no such issue, and what `Theming.letter` raises."""
        letter = self._take(delivery)
        if letter is not None:
            return letter
        issue = self._laid_out.pop(delivery.issue, None) or self._issues.load(delivery.issue)
        letter = self._dressing.letter(issue)
        self._ahead = 0  # what was written is asked for later, or never: its domain has enough on the wire, or rests
        while self.write_ahead():
            pass
        return letter

    def write_ahead(self) -> bool:
        """Write the one that will be asked for next, unless there are enough; whether it was written.

        One that cannot be written is read again at its turn, and that is told then.
        """
        id_ = next(iter(self._laid_out), None)
        if id_ is None or self._ahead >= AHEAD:
            return False
        try:
            self._written[id_] = self._dressing.letter(self._laid_out.pop(id_))
        except DigestError:
            return False
        self._ahead += 1
        _put_away_oldest(self._written, WRITTEN)
        return True

    def _take(self, delivery: Delivery) -> Letter | None:
        letter = self._written.pop(delivery.issue, None)
        if letter is not None:
            self._ahead = max(0, self._ahead - 1)
        return letter


def _put_away_oldest(lying: dict[int, Value], most: int) -> None:
    for id_ in tuple(lying)[:-most]:
        del lying[id_]
