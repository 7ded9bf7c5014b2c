"""Group our own export's subscriptions by reader, on disk: a reader's second record may be anywhere after the first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any

from ..errors import UsageError
from .persons import Entry


class Sorted:
    """Records by reader, in an unnamed file that vanishes when this is closed or the process ends."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")
        self._rows.execute("create table readers (number integer primary key, folded text unique, email text)")
        self._rows.execute("create table records (reader integer, place text, fields text)")

    def __enter__(self) -> Sorted:
        return self

    def __exit__(self, *failure: object) -> None:
        self._rows.close()

    def add(self, email: str, entry: Entry) -> None:
        """Add a record of this reader, whose address may be in any case. Raises UsageError if the disk is full."""
        with _room():
            self._rows.execute("insert or ignore into readers (folded, email) values (?, ?)", (email.casefold(), email))
            stored = "insert into records select number, ?, ? from readers where folded = ?"
            self._rows.execute(stored, (entry.place, json.dumps(dict(entry.fields)), email.casefold()))

    def readers(self) -> Iterator[tuple[str, list[Entry]]]:
        """Each reader's address with all their records: readers in the file's order, and their records too."""
        told = "select number, email, place, fields from records join readers on number = reader order by number, records.rowid"
        with _room():
            for (_, email), theirs in groupby(self._rows.execute(told), itemgetter(0, 1)):
                yield email, [Entry(place, _fields(fields)) for _, _, place, fields in theirs]


def _fields(text: str) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = json.loads(text)
    return fields


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        hint = "name a folder with room for the file in the environment's TMPDIR"
        raise UsageError("the import", f"cannot be sorted: {error}", hint=hint) from error
