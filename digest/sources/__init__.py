"""Where papers come from: one file each, with `make(options, net)` and a pure `parse_*(bytes)`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ..model import Batch


class Source(Protocol):
    """One listing that can be pulled; `name` is the one of the configuration."""

    @property
    def name(self) -> str: ...

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """What is listed now, and the cursor to store with it; `unchanged` where nothing is new since `cursor`.

        Raises SourceError where the listing did not come in; what failed in a part of it stands in the batch's failures.
        """
        ...
