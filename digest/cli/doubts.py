"""What a command doubts aloud of what somebody asked for."""

from __future__ import annotations

from datetime import datetime

from ..catalog import Catalog
from ..model import Profile
from .frame import say


def say_misspelt(catalog: Catalog, profile: Profile | None, now: datetime, *, before: Profile | None = None) -> None:
    """Words of topics that no recent paper says, and which may be slips; not of topics that were there `before`."""
    from ..run.doubting import misspelt_in

    for word, near in misspelt_in(catalog, profile, now, before=before).items():
        say(f"no recent paper says {word!r}; did you mean {near!r}?")
