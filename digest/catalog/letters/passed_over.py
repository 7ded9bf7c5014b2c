"""The papers that an issue passed over: stored as ids, loaded with only what a line with a title needs."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from ...model import Paper
from ..doors import chunks
from ..papers.paper_cache import PaperCache
from ..schema import papers

_TITLES = select(*(papers.c[name] for name in ("id", "key", "title", "url", "categories", "merged_into")))
_REMEMBERED = 20_000
"""How many titles are kept in memory: a busy month's."""


def packed(ids: Sequence[int]) -> bytes | None:
    """Ids of papers as uint32, lowest byte first; None for none."""
    return struct.pack(f"<{len(ids)}I", *ids) if ids else None


def unpacked(data: bytes | None) -> tuple[int, ...]:
    """The ids that `packed` packed, in their order."""
    return struct.unpack(f"<{len(data) // 4}I", data) if data else ()


class Titles:
    """What a line says of a paper, cached, since all letters of a day name the same hundreds."""

    def __init__(self) -> None:
        self._known = PaperCache(_read, _REMEMBERED)

    def of(self, connection: Connection, data: Mapping[int, bytes | None]) -> dict[int, tuple[Paper, ...]]:
        """The papers packed for each of these issues, in order and each once; a paper merged since is replaced by the one it became.

        They have only title, address, categories and key, since a letter has one line for each of hundreds.
        """
        ids = {issue: unpacked(packed_ids) for issue, packed_ids in data.items()}
        found = self._known.of(connection, {id_ for some in ids.values() for id_ in some})
        return {issue: tuple({found[id_].key: found[id_] for id_ in some if id_ in found}.values()) for issue, some in ids.items()}


def _read(connection: Connection, ids: Iterable[int]) -> dict[int, Paper]:
    """The papers that these ids stand for, after merging, by the id given."""
    found: dict[int, Paper] = {}
    moved: dict[int, int] = {}
    for some in chunks(sorted(ids)):
        for row in connection.execute(_TITLES.where(papers.c.id.in_(some))):
            if row.merged_into is not None:
                moved[row.id] = row.merged_into
            else:
                found[row.id] = _paper(row)
    if moved:
        become = _read(connection, set(moved.values()))
        found.update((id_, become[kept]) for id_, kept in moved.items())
    return found


def _paper(row: Row[Any]) -> Paper:
    return Paper(key=row.key, title=row.title, url=row.url, categories=tuple(row.categories), ids=(row.key,))
