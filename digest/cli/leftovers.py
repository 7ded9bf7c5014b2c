"""Files and folders that a process left half written because it was killed: whoever writes the same next clears them away."""

from __future__ import annotations

from contextlib import suppress
from glob import escape
from pathlib import Path
from shutil import rmtree
from time import time

STALE = 3600
"""Seconds after which nobody is still writing one."""


def clear(folder: Path, beginning: str) -> None:
    """Remove what begins with that name and nobody has written to for an hour."""
    for left in folder.glob(f"{escape(beginning)}*"):
        with suppress(OSError):  # another process may have removed it
            if time() - left.stat().st_mtime > STALE:
                rmtree(left) if left.is_dir() else left.unlink()
