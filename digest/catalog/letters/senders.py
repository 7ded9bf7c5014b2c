"""Mail servers that refused a sender address of its own for each letter (VERP), so that each is asked only once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ..doors import Doors, put
from ..schema import plain_senders


class PlainSenders:
    """The servers by host name."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def reply(self, host: str) -> str | None:
        """What that server answered to such a sender; None if it never refused one."""
        with self._doors.reading() as connection:
            return connection.scalar(select(plain_senders.c.reply).where(plain_senders.c.host == host.lower()))

    def remember(self, host: str, reply: str, now: datetime) -> bool:
        """Record that the server refused such a sender and took the plain one; False, and no change, if that was known."""
        with self._doors.writing() as connection:
            if connection.scalar(select(plain_senders.c.host).where(plain_senders.c.host == host.lower())) is not None:
                return False
            put(connection, plain_senders, {"host": host.lower(), "refused_at": now, "reply": reply})
            return True
