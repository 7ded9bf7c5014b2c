"""Readers' likes without a home, grouped by likeness: worked out once for the same likes, and kept in the catalog.

Kept, because the same likes would be grouped a little differently against each day's papers, and a heading that changes daily is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..catalog import Catalog
from ..model import Interest, Profile
from ..naming import text_key
from ..ranking import Ground, Grouped, group_likes, with_groups

GROUPING = "groups-1"
"""Names the rules by which likes are grouped: others, another name."""


def as_grouped(catalog: Catalog, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles with their likes in the groups that a ranking found, as far as there are any."""
    kept = _kept(catalog, profiles)
    return tuple(with_groups(profile, kept.get(_key(profile), ())) for profile in profiles)


def regrouped(catalog: Catalog, ground: Ground, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The same, after grouping those likes that were not grouped before."""
    kept = _kept(catalog, profiles)
    new: dict[bytes, tuple[Grouped, ...]] = {}
    for profile in profiles:
        key = _key(profile)
        if _loose(profile).liked and key not in kept and key not in new:
            new[key] = group_likes(ground, _loose(profile))
    if new:
        catalog.vectors.put(GROUPING, {key: _written(groups) for key, groups in new.items()})
    found = {**kept, **new}
    return tuple(with_groups(profile, found.get(_key(profile), ())) for profile in profiles)


def _kept(catalog: Catalog, profiles: Sequence[Profile]) -> Mapping[bytes, tuple[Grouped, ...]]:
    stored = catalog.vectors.get(GROUPING, {_key(profile) for profile in profiles if _loose(profile).liked})
    return {key: _read(data) for key, data in stored.items()}


def _loose(profile: Profile) -> Interest:
    """What stands under no name."""
    return next((interest for interest in profile.interests if not interest.name), Interest())


def _key(profile: Profile) -> bytes:
    loose = _loose(profile)
    return text_key(json.dumps([sorted(loose.liked), sorted(loose.topics)]))


def _written(groups: Sequence[Grouped]) -> bytes:
    return json.dumps([[group.name, group.liked, group.topics] for group in groups]).encode()


def _read(data: bytes) -> tuple[Grouped, ...]:
    return tuple(Grouped(name, tuple(liked), tuple(topics)) for name, liked, topics in json.loads(data))
