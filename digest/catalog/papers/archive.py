"""The archive: papers that a source had once and that are offered no more, of which some are drawn for each day."""

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


def drawn(connection: Connection, now: datetime, limit: int) -> list[int]:
    """The ids of so many papers of the archive, others every day, oldest first; fewer only where there are no more.

    No more is looked at than it takes to find them, however much the catalog holds.
    """
    last, when = connection.scalar(select(func.max(papers.c.id))) or 0, {"oldest": now - ARCHIVE, "newest": now - CANDIDATE}
    few = connection.scalars(_ARCHIVED.limit(CHUNK), when).all()
    if len(few) < CHUNK:  # of a young catalog, all of whose papers would be looked at for them
        return sorted(sorted(few, key=shuffling(last, now.date()))[:limit])
    numbers, found = shuffled(last, now.date()), list[int]()
    while len(found) < limit and (some := list(islice(numbers, CHUNK))):
        there = set(connection.scalars(_ARCHIVED.where(papers.c.id.in_(some)), when))
        found += [number for number in some if number in there]
    return sorted(found[:limit])


def shuffled(last: int, day: date) -> Iterator[int]:
    """Every number from 0 to `last` or some more, each once, in an order of that day's own.

    They go up to a power of two, so that the order stays when papers come.
    """
    return map(shuffling(last, day), range(1 << _bits(last)))


def shuffling(last: int, day: date) -> Callable[[int], int]:
    """What maps those numbers onto themselves, by steps that each do so: no list of them is ever made."""
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


# What was joined with another paper has no sighting of its own any more.
_ARCHIVED = select(papers.c.id).where(
    or_(papers.c.listed_at.is_(None), papers.c.listed_at < bindparam("newest", type_=papers.c.listed_at.type)),
    papers.c.published >= bindparam("oldest", type_=papers.c.published.type),
    papers.c.published < bindparam("newest", type_=papers.c.published.type),
    exists().where(sightings.c.paper == papers.c.id),
    # What was announced before the first day of a catalog that was begun anew may have been sent.
    ~exists().where(sightings.c.paper == papers.c.id, sightings.c.kind.in_(KNOWN_KINDS)),
)
