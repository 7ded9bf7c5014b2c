"""The ledger of listings: a line for each source, part and day, written in one transaction with the papers that the listing brought."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, update

from ...model import LedgerLine, ListingState, Trouble, Way
from ..doors import Doors, put
from ..schema.ledger import ledger, troubles

MARKED = timedelta(days=15)
"""How long the marks of a listing are kept: no feed was seen to show an older one again."""
_SINCE = (
    select(*(column for column in ledger.c if column.name != "marks"))
    .where(ledger.c.day >= bindparam("first"))
    .order_by(ledger.c.source, ledger.c.part, ledger.c.day)
)
_PLAIN = tuple(f.name for f in fields(LedgerLine) if f.name not in ("state", "way", "marks"))


class Ledger:
    """The result of asking for each listing, and which sources keep failing."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def lines(self, source: str, part: str, since: date) -> tuple[LedgerLine, ...]:
        """The lines of a part of a source from that day on, by day, with their marks."""
        which = (ledger.c.source == source, ledger.c.part == part, ledger.c.day >= since)
        wanted = select(ledger).where(*which).order_by(ledger.c.day)
        with self._doors.reading() as connection:
            return tuple(_line(row, _unpacked(row["marks"])) for row in connection.execute(wanted).mappings())

    def since(self, day: date) -> tuple[LedgerLine, ...]:
        """All lines from that day on, by source, part and day, without their marks."""
        with self._doors.reading() as connection:
            return tuple(_line(row, frozenset()) for row in connection.execute(_SINCE, {"first": day}).mappings().all())

    def write(self, lines: Iterable[LedgerLine]) -> None:
        """Write lines of listings that brought no papers."""
        given = list(lines)
        if given:
            with self._doors.writing() as connection:
                write(connection, given)

    def troubles(self) -> dict[str, Trouble]:
        """The sources that failed when they were last asked, by name."""
        with self._doors.reading() as connection:
            return {row["source"]: Trouble(**row) for row in connection.execute(select(troubles)).mappings()}

    def trouble(self, found: Trouble) -> None:
        """Note that a source failed once more."""
        with self._doors.writing() as connection:
            names = ("source", "failures", "since", "silent_until", "message")
            put(connection, troubles, {name: getattr(found, name) for name in names})

    def mended(self, source: str) -> None:
        """Forget that a source failed: it answers again."""
        with self._doors.writing() as connection:
            mended(connection, source)


def mended(connection: Connection, source: str) -> None:
    """See `Ledger.mended`; inside the transaction that is open."""
    connection.execute(delete(troubles).where(troubles.c.source == source))


def write(connection: Connection, lines: Iterable[LedgerLine]) -> None:
    """Write lines in the open transaction, replacing those of the same day; marks older than `MARKED` are dropped."""
    for line in lines:
        values = {name: getattr(line, name) for name in _PLAIN}
        put(connection, ledger, {**values, "state": str(line.state), "way": str(line.way), "marks": _packed(line.marks)})
        old = (ledger.c.source == line.source) & (ledger.c.part == line.part) & (ledger.c.day < line.day - MARKED)
        connection.execute(update(ledger).where(old, ledger.c.marks.is_not(None)).values(marks=None))


def _line(row: RowMapping, marks: frozenset[str]) -> LedgerLine:
    plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
    return LedgerLine(**plain, state=ListingState(row["state"]), way=Way(row["way"]), marks=marks)


def _packed(marks: frozenset[str]) -> bytes | None:
    return zlib.compress("\n".join(sorted(marks)).encode()) if marks else None


def _unpacked(packed: bytes | None) -> frozenset[str]:
    return frozenset(zlib.decompress(packed).decode().split("\n")) if packed else frozenset()
