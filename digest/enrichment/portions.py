"""Split names into requests: at most so many at a time, and no more than fit into an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

ROOM = 3_000
"""Characters of an address that names may take: `net` refuses one of more than 4,000, and the rest of it needs room as well."""


def portions(names: Iterable[str], most: int) -> Iterator[tuple[str, ...]]:
    """These names in order, at most `most` at a time and `ROOM` characters once joined; a single longer one is left out."""
    some: list[str] = []
    length = 0
    for name in names:
        size = len(joined([name])) + 1  # the comma
        if size > ROOM:
            continue
        if len(some) == most or length + size > ROOM:
            yield tuple(some)
            some, length = [], 0
        some.append(name)
        length += size
    if some:
        yield tuple(some)


def joined(names: Iterable[str]) -> str:
    """The names for an address, separated by commas."""
    return quote(",".join(names), safe=",:/")
