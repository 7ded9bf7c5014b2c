"""How many names go into one request: as many as are asked for at a time, and as fit into an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

ROOM = 3_000
"""Characters of an address that names may take: `net` refuses one of more than 4,000, and the rest of it needs room as well."""


def portions(names: Iterable[str], most: int) -> Iterator[tuple[str, ...]]:
    """These names in their order, at most `most` at a time and `ROOM` characters once joined; one that alone is longer is left out."""
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
    """The names as a part of an address, with commas between them."""
    return quote(",".join(names), safe=",:/")
