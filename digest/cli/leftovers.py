"""Files that a process left half written because it was killed: whoever writes the same file next clears them away."""

from __future__ import annotations

from contextlib import suppress
from glob import escape
from pathlib import Path
from time import time

STALE = 3600
"""Seconds after which nobody is still writing one."""


def clear(folder: Path, beginning: str) -> None:
    """Remove the files whose names begin so and that nobody has written to for an hour."""
    for left in folder.glob(f"{escape(beginning)}*"):
        with suppress(OSError):  # another process may have removed it
            if time() - left.stat().st_mtime > STALE:
                left.unlink()
