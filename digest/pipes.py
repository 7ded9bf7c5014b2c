"""Opens what may be a pipe: one that nobody writes into is not waited for."""

from __future__ import annotations

import os


def at_once(path: str, flags: int) -> int:
    """Open a file for reading, as an `opener`. A pipe that nobody writes into, whose opening would wait for ever, is an empty file."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)  # somebody who does write into it is waited for
    return descriptor
