"""Files and folders that a process left half written because it was killed: whoever writes the same next clears them away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from glob import escape
from pathlib import Path
from time import time

STALE = 3600
"""Seconds after which nobody is still writing one."""
_AT_RANDOM = "[a-z0-9_]" * 8
"""How `tempfile` ends a name."""


def clear(folder: Path, beginning: str, remove: Callable[[Path], object]) -> None:
    """Remove what `tempfile` named with that beginning and nobody has written to for an hour.

    `remove` raises OSError for what is of another kind (a folder, where files are left), which stays.
    """
    for left in folder.glob(escape(beginning) + _AT_RANDOM):
        with suppress(OSError):  # another process may have removed it
            if time() - left.stat().st_mtime > STALE:
                remove(left)
