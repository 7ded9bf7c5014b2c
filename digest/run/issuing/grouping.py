"""Group likes that belong to no named interest by likeness: computed once for the same likes, and stored in the catalog.

They are stored because each day's papers would group them a little differently, and a heading that changes daily is useless.
What is stored is the positions of a group's members in the sorted likes and topics, not their names: it outlives readers who are erased.
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
"""Names the rules by which likes are grouped; change it when the rules change."""

RICH = 300
"""With this many background papers a grouping is kept for good. With fewer it is largely chance, and kept only until there are more."""
YOUNG = f"{GROUPING}-young"
"""The name under which groupings made with fewer are kept."""


class Loose(NamedTuple):
    """The known likes and the topics of one profile that belong to no named interest, sorted: what is grouped."""

    liked: tuple[str, ...]
    topics: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """The key under which their grouping is stored; a liked paper that becomes known later changes it."""
        return text_key(json.dumps(self))


def as_grouped(catalog: Catalog, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles with their likes in the groups that an earlier ranking stored; without such groups, as they are."""
    known = catalog.papers.find({key for profile in profiles for key in _unnamed_interest(profile).liked})
    loose = [loose_in(profile, known.keys()) for profile in profiles]
    return _with_groups(profiles, loose, _stored_groups(catalog, YOUNG, loose) | _stored_groups(catalog, GROUPING, loose))


def regrouped(catalog: Catalog, ground: Ground, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles with their likes in groups; likes that have no stored groups yet are grouped now, and the result stored."""
    loose = [loose_in(profile, ground.library.keys()) for profile in profiles]
    is_young = ground.usual.stop - ground.usual.start < RICH
    found = (_stored_groups(catalog, YOUNG, loose) if is_young else {}) | _stored_groups(catalog, GROUPING, loose)
    new: dict[Loose, tuple[Grouped, ...]] = {}
    for profile, its in zip(profiles, loose, strict=True):
        if its not in found and its not in new and _unnamed_interest(profile).liked:
            new[its] = group_likes(ground, _unnamed_interest(profile))
    if new:
        catalog.vectors.put(YOUNG if is_young else GROUPING, {its.key: written(groups, its) for its, groups in new.items()})
    return _with_groups(profiles, loose, found | new)


def _with_groups(
    profiles: Sequence[Profile], loose: Sequence[Loose], found: Mapping[Loose, tuple[Grouped, ...]]
) -> tuple[Profile, ...]:
    return tuple(with_groups(profile, found.get(its, ())) for profile, its in zip(profiles, loose, strict=True))


def _stored_groups(catalog: Catalog, under: str, loose: Iterable[Loose]) -> dict[Loose, tuple[Grouped, ...]]:
    wanted = {its.key: its for its in loose}
    return {wanted[key]: _read(data, wanted[key]) for key, data in catalog.vectors.get(under, wanted).items()}


def _unnamed_interest(profile: Profile) -> Interest:
    """The interest without a name; an empty one if the profile has none."""
    return next((interest for interest in profile.interests if not interest.name), Interest())


def loose_in(profile: Profile, known: Set[str]) -> Loose:
    """The loose likes and topics of a profile; `known` are the names of the papers that the catalog has."""
    loose = _unnamed_interest(profile)
    return Loose(tuple(sorted(known & set(loose.liked))), tuple(sorted(loose.topics)))


def written(groups: Sequence[Grouped], loose: Loose) -> bytes:
    """The groups as bytes for the catalog; `_read` is the inverse."""
    liked, topics = ({name: place for place, name in enumerate(names)} for names in loose)
    return json.dumps([[one.name, [liked[name] for name in one.liked], [topics[name] for name in one.topics]] for one in groups]).encode()


def _read(data: bytes, loose: Loose) -> tuple[Grouped, ...]:
    return tuple(
        Grouped(name, tuple(loose.liked[place] for place in liked), tuple(loose.topics[place] for place in topics))
        for name, liked, topics in json.loads(data)
    )
