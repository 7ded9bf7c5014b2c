"""Mail that arrives: one message, and how far a mailbox was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as far as it was read: all of it, or its header alone. `name` is what its mailbox calls it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was read: up to `next`, which is the next message's number while its numbering is `numbering` (0: not yet read).

    On a server these are UIDNEXT and UIDVALIDITY (RFC 3501 section 2.3.1.1); a folder of files is numbered by their times.
    """

    numbering: int = 0
    next: int = 0
