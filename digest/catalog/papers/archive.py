"""The archive: papers that a source had once and that are offered no more, of which a few are drawn each day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random

from sqlalchemy import Connection, bindparam, exists, func, or_, select

from ..doors import CHUNK
from ..schema import papers, sightings
from .sighted import CANDIDATE, KNOWN_KINDS

ARCHIVE = timedelta(days=5 * 365)


def draw_ids(connection: Connection, now: datetime, limit: int) -> list[int]:
    """The ids of `limit` papers drawn from the archive, a different draw each day, sorted; fewer only if there are no more.

    It reads no more rows than it takes to find them, however large the catalog is.
    """
    last, when = connection.scalar(select(func.max(papers.c.id))) or 0, {"oldest": now - ARCHIVE, "newest": now - CANDIDATE}
    few = connection.scalars(_ARCHIVED.limit(CHUNK), when).all()
    if len(few) < CHUNK:  # a young catalog: drawing from it would read all its papers
        return sorted(sorted(few, key=shuffling(last, now.date()))[:limit])
    numbers, found = shuffled(last, now.date()), list[int]()
    while len(found) < limit and (some := list(islice(numbers, CHUNK))):
        there = set(connection.scalars(_ARCHIVED.where(papers.c.id.in_(some)), when))
        found += [number for number in some if number in there]
    return sorted(found[:limit])


def shuffled(last: int, day: date) -> Iterator[int]:
    """Every number from 0 to at least `last`, each once, in an order that depends on the day.

    The numbers fill a power of two, so that the order rarely changes when papers are added.
    """
    return map(shuffling(last, day), range(1 << _bits(last)))


def shuffling(last: int, day: date) -> Callable[[int], int]:
    """A permutation of the numbers of `shuffled`, composed of invertible steps, so that no list of them is ever made."""
    bits = _bits(last)
    mask, half, chance = (1 << bits) - 1, (bits + 1) // 2, Random(day.isoformat())
    start, first, second = chance.getrandbits(bits), chance.getrandbits(bits) | 1, chance.getrandbits(bits) | 1

    def shuffle(number: int) -> int:
        mixed = (number ^ start) * first & mask
        mixed = (mixed ^ mixed >> half) * second & mask
        return mixed ^ mixed >> half

    return shuffle


def _bits(last: int) -> int:
    return max(last.bit_length(), 1)


# A paper that was merged into another has no sighting of its own any more, so it is left out.
_ARCHIVED = select(papers.c.id).where(
    or_(papers.c.listed_at.is_(None), papers.c.listed_at < bindparam("newest", type_=papers.c.listed_at.type)),
    papers.c.published >= bindparam("oldest", type_=papers.c.published.type),
    papers.c.published < bindparam("newest", type_=papers.c.published.type),
    exists().where(sightings.c.paper == papers.c.id),
    # Papers announced before the catalog's first day may have been sent by an earlier catalog that was lost.
    ~exists().where(sightings.c.paper == papers.c.id, sightings.c.kind.in_(KNOWN_KINDS)),
)
