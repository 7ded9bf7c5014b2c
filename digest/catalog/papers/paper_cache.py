"""A cache of papers, valid until any paper changes: the letters of a day show the same papers again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection, select

from ...model import Paper
from ..schema import marks
from .recording import CHANGES

_CHANGES = select(marks.c.value).where(marks.c.name == CHANGES)


class PaperCache:
    """Papers by id as `read` gives them, read once and kept until any paper changes; at most about `limit` of them."""

    def __init__(self, read: Callable[[Connection, Iterable[int]], dict[int, Paper]], limit: int) -> None:
        self._read, self._limit = read, limit
        self._known: tuple[int | None, dict[int, Paper]] = (None, {})

    def of(self, connection: Connection, wanted: set[int]) -> Mapping[int, Paper]:
        """The papers of at least these ids, without unknown ones."""
        if not wanted:
            return {}
        changes = connection.scalar(_CHANGES)
        as_of, known = self._known
        if changes != as_of or len(known) > self._limit:
            known = {}
            self._known = (changes, known)
        known.update(self._read(connection, wanted - known.keys()))
        return known
