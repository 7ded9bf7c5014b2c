"""For readers who want to explore: one paper from outside their profile, and one from the archive, beside those chosen for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ...catalog import Catalog
from ...model import Pick, Profile
from ...ranking import Flags, Ground, Ranking, from_archive, order, outside

DRAWN = 1_000
"""Papers of the archive that are looked at in a day; the next day others are."""


@dataclass(frozen=True)
class Exploration:
    """What a block of readers who explore share: in how many lists each new paper was, the ranked archive, and what of it each has seen.

    `place` is where in the archive's ranking a reader of the block stands; `seen` is by subscriber.
    """

    sightings: Mapping[str, int]
    archive: Ranking
    place: Mapping[int, int]
    seen: Mapping[int, frozenset[str]]

    def picks(
        self, new: Ranking, reader: int, subscriber: int, *, among: Flags, known: Collection[str]
    ) -> tuple[Pick, ...]:
        """What a reader of the block is shown besides, at most two papers; none where they do not explore.

        `among` (papers,) are the new ones for them; `known` are the keys of any that they know or that stand in the issue.
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
    """For a block of profiles and their subscribers, in one order; `archive` is the ground on which the archive's papers are ranked."""
    exploring = [number for number, profile in enumerate(profiles) if profile.explore]
    keys = [paper.key for paper in archive.papers] if exploring else ()
    return Exploration(
        sightings=sightings,
        archive=order(archive, [profiles[number] for number in exploring]),
        place={number: place for place, number in enumerate(exploring)},
        seen=catalog.issues.seen((subscribers[number] for number in exploring), keys),
    )
