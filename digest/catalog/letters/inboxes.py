"""How far each mailbox was read, and which mails were carried out, so that none is read or carried out twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from ...model import Place
from ..doors import Doors, put
from ..schema import marks

_KEPT = timedelta(days=400)
"""How long a mail that was carried out is remembered: nobody delivers one again after that."""


class Inboxes:
    """What is remembered of mail that arrived; mails are identified by a hash, mailboxes by a name the caller chooses."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def place(self, mailbox: str) -> Place:
        """How far that mailbox was read."""
        names = _names(mailbox)
        with self._doors.reading() as connection:
            rows = connection.execute(select(marks.c.name, marks.c.value).where(marks.c.name.in_(names)))
            known = {row.name: row.value for row in rows}
        return Place(*(known.get(name, 0) for name in names))

    def remember(self, mailbox: str, place: Place) -> None:
        """Write down how far that mailbox was read."""
        with self._doors.writing() as connection:
            for name, value in zip(_names(mailbox), (place.numbering, place.next), strict=True):
                put(connection, marks, {"name": name, "value": value})

    def is_done(self, mail: str) -> bool:
        """Whether that mail was carried out before."""
        with self._doors.reading() as connection:
            return connection.scalar(select(marks.c.value).where(marks.c.name == f"mail {mail}")) is not None

    def done(self, mail: str, now: datetime) -> None:
        """Write down that a mail was carried out."""
        with self._doors.writing() as connection:
            old = int((now - _KEPT).timestamp())
            connection.execute(delete(marks).where(marks.c.name.between("mail ", "mail~"), marks.c.value < old))
            put(connection, marks, {"name": f"mail {mail}", "value": int(now.timestamp())})


def _names(mailbox: str) -> tuple[str, str]:
    return f"inbox {mailbox}: numbering", f"inbox {mailbox}: next"
