"""Readers' likes without a home, grouped by likeness: worked out once for the same likes, and kept in the catalog.

Kept, because the same likes would be grouped a little differently against each day's papers, and a heading that changes daily is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set

from ..catalog import Catalog
from ..model import Interest, Profile
from ..naming import text_key
from ..ranking import Ground, Grouped, group_likes, with_groups

GROUPING = "groups-1"
"""Names the rules by which likes are grouped: others, another name."""

RICH = 300
"""Papers to measure against from which a grouping is kept for good. Against fewer it is much of it chance: kept until there are more."""
YOUNG = f"{GROUPING}-young"


def as_grouped(catalog: Catalog, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles with their likes in the groups that a ranking found, as far as there are any."""
    known = catalog.papers.find({key for profile in profiles for key in _loose(profile).liked})
    keys = [_key(profile, known.keys()) for profile in profiles]
    kept = _kept(catalog, YOUNG, keys) | _kept(catalog, GROUPING, keys)
    return tuple(with_groups(profile, kept.get(key, ())) for profile, key in zip(profiles, keys, strict=True))


def regrouped(catalog: Catalog, ground: Ground, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The same, after grouping those likes that were not grouped before."""
    keys = [_key(profile, ground.library.keys()) for profile in profiles]
    is_young = ground.usual.stop - ground.usual.start < RICH
    found = (_kept(catalog, YOUNG, keys) if is_young else {}) | _kept(catalog, GROUPING, keys)
    new: dict[bytes, tuple[Grouped, ...]] = {}
    for profile, key in zip(profiles, keys, strict=True):
        if key not in found and key not in new and _loose(profile).liked:
            new[key] = group_likes(ground, _loose(profile))
    if new:
        catalog.vectors.put(YOUNG if is_young else GROUPING, {key: _written(groups) for key, groups in new.items()})
    found |= new
    return tuple(with_groups(profile, found.get(key, ())) for profile, key in zip(profiles, keys, strict=True))


def _kept(catalog: Catalog, under: str, keys: Iterable[bytes]) -> dict[bytes, tuple[Grouped, ...]]:
    return {key: _read(data) for key, data in catalog.vectors.get(under, set(keys)).items()}


def _loose(profile: Profile) -> Interest:
    """What stands under no name."""
    return next((interest for interest in profile.interests if not interest.name), Interest())


def _key(profile: Profile, known: Set[str]) -> bytes:
    """Of the likes that are known, and the topics: a paper that becomes known later makes another grouping."""
    loose = _loose(profile)
    return text_key(json.dumps([sorted(known & set(loose.liked)), sorted(loose.topics)]))


def _written(groups: Sequence[Grouped]) -> bytes:
    return json.dumps([[group.name, group.liked, group.topics] for group in groups]).encode()


def _read(data: bytes) -> tuple[Grouped, ...]:
    return tuple(Grouped(name, tuple(liked), tuple(topics)) for name, liked, topics in json.loads(data))
