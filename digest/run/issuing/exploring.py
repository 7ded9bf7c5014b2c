"""For readers who want to explore: one paper from outside their profile, and one from the archive, beside those chosen for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ...catalog import Catalog
from ...model import Pick, Profile
from ...ranking import Flags, Ground, Ranking, from_archive, order, outside

DRAWN = 1_000
"""Papers drawn from the archive each day; the next day's draw is another."""


@dataclass(frozen=True)
class Exploration:
    """What the exploring readers of a block share.

    `sightings` says in how many lists each new paper was, `archive` is the ranked archive, `place` maps a reader's number in the block to
    their row in that ranking, and `seen` holds the keys of archive papers that each subscriber has seen, by subscriber.
    """

    sightings: Mapping[str, int]
    archive: Ranking
    place: Mapping[int, int]
    seen: Mapping[int, frozenset[str]]

    def picks(
        self, new: Ranking, reader: int, subscriber: int, *, among: Flags, known: Collection[str]
    ) -> tuple[Pick, ...]:
        """The extra papers that a reader of the block is shown, at most two; none for a reader who does not explore.

        `among` (papers,) flags the papers that are new to them; `known` holds the keys of papers they know or that are in the issue.
        """
        place = self.place.get(reader)
        if place is None:
            return ()
        hidden = {*known, *self.seen.get(subscriber, ())}
        found = (
            outside(new, reader, excluded=known, among=among, sightings=self.sightings),
            from_archive(self.archive, place, excluded=hidden),
        )
        return tuple(pick for pick in found if pick is not None)


def exploration(
    catalog: Catalog, profiles: Sequence[Profile], subscribers: Sequence[int], sightings: Mapping[str, int], archive: Ground
) -> Exploration:
    """Rank the archive for the exploring profiles of a block; `profiles` and `subscribers` are in the same order."""
    exploring = [number for number, profile in enumerate(profiles) if profile.explore]
    keys = [paper.key for paper in archive.papers] if exploring else ()
    return Exploration(
        sightings=sightings,
        archive=order(archive, [profiles[number] for number in exploring]),
        place={number: place for place, number in enumerate(exploring)},
        seen=catalog.issues.seen((subscribers[number] for number in exploring), keys),
    )
