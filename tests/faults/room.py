"""A folder with readers and queued letters, commands that run in it, and the books: what a server stored beside what the catalog says."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.wire import Kept, Wire
from tests.forge import Done, Forge, Orders, Running

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HELD = ("claimed", "sending")


@dataclass(frozen=True, slots=True)
class Books:
    """What became of the letters: readers without one, repeats nobody can excuse, and repeats of letters whose answer was never heard."""

    lost: tuple[str, ...]
    inexcusable: tuple[str, ...]
    excusable: tuple[str, ...]


def books(readers: Sequence[str], kept: Sequence[Kept], in_doubt: Collection[str] = ()) -> Books:
    """A repeat is excusable where the server stored the letter before and could not say so, or the sender died before it could note it.

    Every copy is the same, octet for octet. `in_doubt` are the Message-IDs of letters that dead processes had on the wire.
    """
    copies: dict[str, list[Kept]] = defaultdict(list)
    for letter in kept:
        copies[letter.to].append(letter)
    assert set(copies) <= set(readers), "a letter went to a stranger"
    for to, same in copies.items():
        assert len({(copy.message_id, copy.content) for copy in same}) == 1, f"{to} got two different letters"
    repeats = [(before, copy) for same in copies.values() for before, copy in zip(same, same[1:], strict=False)]
    return Books(
        lost=tuple(reader for reader in readers if reader not in copies),
        inexcusable=tuple(copy.to for before, copy in repeats if before.is_told and copy.message_id not in in_doubt),
        excusable=tuple(copy.to for before, copy in repeats if not before.is_told or copy.message_id in in_doubt),
    )


class Room:
    """The folder. `readers` are their addresses."""

    def __init__(self, folder: Path, forge: Forge, readers: Sequence[str]) -> None:
        self.folder, self.readers, self._forge = folder, tuple(readers), forge
        self.database = folder / "digest.db"

    def configure(self, wire: Wire, *, connections: int = 1, delivery: str = "", smtp: str = "") -> None:
        """Letters go to that server."""
        text = (
            f'database = "digest.db"\n[sender]\nfrom = "digest@example.org"\n[delivery]\nconnections = {connections}\n{delivery}'
            f'[smtp]\nhost = "127.0.0.1"\nport = {wire.port}\nsecurity = "none"\nverp = false\n{smtp}'
            f'[[sources]]\nname = "papers"\nkind = "digest.sources.sample:make"\nurl = "{self.folder / "listing.json"}"\n'
        )
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def start(self, *arguments: str, after: timedelta = timedelta(0), orders: Orders | None = None) -> Running:
        """A command, so long after noon."""
        command = ("--config", str(self.folder / "config.toml"), *arguments, "--now", (NOON + after).isoformat())
        return self._forge.start(self.folder, *command, orders=orders or Orders())

    def digest(self, *arguments: str, after: timedelta = timedelta(0), orders: Orders | None = None, seconds: float = 60.0) -> Done:
        """The same, when it has ended."""
        return self.start(*arguments, after=after, orders=orders).ended(seconds)

    def deliver_all(self, *, runs: int = 12, after: timedelta = timedelta(0), orders: Orders | None = None) -> list[Done]:
        """Deliver, and again when all that wait have fallen due, until none waits."""
        done = [self.digest("deliver", after=after, orders=orders)]
        while (due := self.last_due()) is not None and len(done) < runs:
            after = max(due - NOON, after) + timedelta(seconds=1)
            done.append(self.digest("deliver", after=after, orders=orders))
        return done

    def last_due(self) -> datetime | None:
        """When all letters that wait have fallen due."""
        (due,) = self.rows("select max(due) from deliveries where due is not null")[0]
        return None if due is None else datetime.fromisoformat(str(due)).replace(tzinfo=UTC)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database answers, as another program would read it."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def statuses(self) -> dict[str, int]:
        """How many letters there are of each status."""
        return {str(status): int(str(n)) for status, n in self.rows("select status, count(*) from deliveries group by status")}

    def in_doubt(self, pid: int) -> set[str]:
        """The letters that a killed process had on the wire, so that nobody can know whether they arrived."""
        return {str(m) for (m,) in self.rows(f"select message_id from deliveries where status = 'sending' and worker like '%:{pid}:%'")}

    def require_sound(self, wire: Wire) -> None:
        """What holds at every moment, also after a death: nothing doubled, and what a server has was written down before it had it."""
        assert self.rows("pragma integrity_check") == [("ok",)]
        assert self.rows("select subscription, period from issues group by 1, 2 having count(*) > 1") == []
        assert self.rows("select issue from deliveries group by 1 having count(*) > 1") == []
        assert self.rows("select issue from picks where issue not in (select issue from deliveries)") == []
        rows = {str(message_id): (status, attempts) for message_id, status, attempts in self.rows(LETTERS)}
        without = [rows[kept.message_id] for kept in wire.kept if not rows[kept.message_id][1] or rows[kept.message_id][0] == "queued"]
        assert without == [], "a letter arrived of which nothing was written down"
        stored = {kept.message_id for kept in wire.kept}
        assert [m for m, (status, _) in rows.items() if status == "sent" and m not in stored] == [], "said to be sent, and never arrived"

    def require_settled(self, wire: Wire, in_doubt: Collection[str] = ()) -> Books:
        """What holds at the end: the catalog says of every letter what the server says, and nobody holds any."""
        self.require_sound(wire)
        assert not set(self.statuses()) & set(HELD)
        stored = {kept.message_id for kept in wire.kept}
        sent = {str(message_id) for (message_id,) in self.rows("select message_id from deliveries where status in ('sent', 'unknown')")}
        assert stored <= sent, "the server has letters of which the catalog says that they failed"
        return books(self.readers, wire.kept, in_doubt)


LETTERS = "select message_id, status, attempts from deliveries"
