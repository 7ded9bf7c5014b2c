"""Where letters are written while they are delivered: their issues are read some at a time, and written one by one."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Delivery, Issue, Letter
from .dressing import Dressing
from .parts import Parts, Report

KEPT = 500
"""Issues that lie there at most: more than are in a worker's hands, and less than all to a domain that wants no more for a while."""


class Desk:
    """The letters of one run, in their themes; what failed of a theme stands in the report."""

    def __init__(self, parts: Parts, report: Report) -> None:
        self._issues = parts.catalog.issues
        self._dressing = Dressing(parts, report)
        self._laid_out: dict[int, Issue] = {}

    def lay_out(self, batch: Sequence[Delivery]) -> None:
        """Read the issues of these letters, and put away the oldest of those that were never written. Raises CatalogError."""
        self._laid_out.update(self._issues.load_all(delivery.issue for delivery in batch))
        for issue in tuple(self._laid_out)[:-KEPT]:
            del self._laid_out[issue]

    def write(self, delivery: Delivery) -> Letter:
        """The letter. Raises NotFound where there is no such issue, and what `Dressing.letter` raises."""
        issue = self._laid_out.pop(delivery.issue, None) or self._issues.load(delivery.issue)
        return self._dressing.letter(issue)
