"""Keep libraries, feedback and older letters, which refer to interests by name, attached to an interest that is renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, case, update

from ...model import Interest, Profile, Subscription
from ..schema import feedback, libraries


def renamed(before: Profile | None, after: Profile | None) -> Mapping[str, str]:
    """The new name of each renamed interest, by its old name: nothing of it is left under the old name, and one other interest got it.

    If several others got parts of it, it was split, and counts as renamed to none of them.
    """
    if before is None or after is None:
        return {}
    had, has = ({interest.name: _holds(interest) for interest in profile.interests} for profile in (before, after))
    found: dict[str, str] = {}
    for name, held in had.items():
        heirs = [other for other, holds in has.items() if (holds & held) - had.get(other, set())]
        if len(heirs) == 1 and not held & has.get(name, set()):
            found[name] = heirs[0]
    return found


def with_former_names(before: Profile | None, after: Profile | None) -> Profile | None:
    """The profile with the names that its interests had, save those that one of them has now: older letters name interests by these."""
    if before is None or after is None:
        return after
    names, taken = renamed(before, after), {interest.name for interest in after.interests}
    had: dict[str, list[str]] = {}
    for interest in before.interests:
        had.setdefault(names.get(interest.name, interest.name), []).extend((interest.name, *interest.former_names))

    def former(interest: Interest) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys((*interest.former_names, *had.get(interest.name, ()))) if name not in taken)

    return replace(after, interests=tuple(replace(interest, former_names=former(interest)) for interest in after.interests))


def name_today(profile: Profile | None, name: str) -> str:
    """What the interest of that name is called now; the name itself where none goes on from it."""
    interests = () if profile is None else profile.interests
    if any(interest.name == name for interest in interests):
        return name
    return next((interest.name for interest in interests if name in interest.former_names), name)


def keep_taught(connection: Connection, before: Subscription, after: Subscription) -> None:
    """Write the new names where the old ones stand; a library that was given to no interest stays so, its papers are grouped."""
    interests = () if after.profile is None else after.profile.interests
    # A group of likes has its name from a run: only the interest that it became says what it was called.
    former = {name: interest.name for interest in interests for name in interest.former_names if name}
    names = {**former, **renamed(before.profile, after.profile)}
    for table, some in ((feedback, names), (libraries, {old: new for old, new in names.items() if old})):
        if some:
            which = (table.c.subscription == before.id, table.c.interest.in_(some))
            connection.execute(update(table).where(*which).values(interest=case(some, value=table.c.interest)))


def _holds(interest: Interest) -> set[str]:
    return {*interest.topics, *interest.liked, *interest.homes}
