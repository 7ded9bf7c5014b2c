"""Readers' likes without a home, grouped by likeness: worked out once for the same likes, and kept in the catalog.

Kept, because the same likes would be grouped a little differently against each day's papers, and a heading that changes daily is none.
What is kept says where in the sorted likes and topics those of a group stand, not which they are: it outlives readers who are erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from ...catalog import Catalog
from ...model import Interest, Profile
from ...naming import text_key
from ...ranking import Ground, Grouped, group_likes, with_groups

GROUPING = "groups-2"
"""Names the rules by which likes are grouped: others, another name."""

RICH = 300
"""Papers to measure against from which a grouping is kept for good. Against fewer it is much of it chance: kept until there are more."""
YOUNG = f"{GROUPING}-young"


class Loose(NamedTuple):
    """The known likes and the topics without a home of one profile, sorted: what a grouping is made of."""

    liked: tuple[str, ...]
    topics: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """What their grouping is kept by: a paper that becomes known later makes another."""
        return text_key(json.dumps(self))


def as_grouped(catalog: Catalog, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles with their likes in the groups that a ranking found, as far as there are any."""
    known = catalog.papers.find({key for profile in profiles for key in _loose(profile).liked})
    loose = [loose_in(profile, known.keys()) for profile in profiles]
    return _with_groups(profiles, loose, _kept(catalog, YOUNG, loose) | _kept(catalog, GROUPING, loose))


def regrouped(catalog: Catalog, ground: Ground, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The same, after grouping those likes that were not grouped before."""
    loose = [loose_in(profile, ground.library.keys()) for profile in profiles]
    is_young = ground.usual.stop - ground.usual.start < RICH
    found = (_kept(catalog, YOUNG, loose) if is_young else {}) | _kept(catalog, GROUPING, loose)
    new: dict[Loose, tuple[Grouped, ...]] = {}
    for profile, its in zip(profiles, loose, strict=True):
        if its not in found and its not in new and _loose(profile).liked:
            new[its] = group_likes(ground, _loose(profile))
    if new:
        catalog.vectors.put(YOUNG if is_young else GROUPING, {its.key: written(groups, its) for its, groups in new.items()})
    return _with_groups(profiles, loose, found | new)


def _with_groups(
    profiles: Sequence[Profile], loose: Sequence[Loose], found: Mapping[Loose, tuple[Grouped, ...]]
) -> tuple[Profile, ...]:
    return tuple(with_groups(profile, found.get(its, ())) for profile, its in zip(profiles, loose, strict=True))


def _kept(catalog: Catalog, under: str, loose: Iterable[Loose]) -> dict[Loose, tuple[Grouped, ...]]:
    wanted = {its.key: its for its in loose}
    return {wanted[key]: _read(data, wanted[key]) for key, data in catalog.vectors.get(under, wanted).items()}


def _loose(profile: Profile) -> Interest:
    """What stands under no name."""
    return next((interest for interest in profile.interests if not interest.name), Interest())


def loose_in(profile: Profile, known: Set[str]) -> Loose:
    """Those of a profile; `known` are the names of the papers that are there."""
    loose = _loose(profile)
    return Loose(tuple(sorted(known & set(loose.liked))), tuple(sorted(loose.topics)))


def written(groups: Sequence[Grouped], loose: Loose) -> bytes:
    """The groups as they are kept."""
    liked, topics = ({name: place for place, name in enumerate(names)} for names in loose)
    return json.dumps([[one.name, [liked[name] for name in one.liked], [topics[name] for name in one.topics]] for one in groups]).encode()


def _read(data: bytes, loose: Loose) -> tuple[Grouped, ...]:
    return tuple(
        Grouped(name, tuple(loose.liked[place] for place in liked), tuple(loose.topics[place] for place in topics))
        for name, liked, topics in json.loads(data)
    )
