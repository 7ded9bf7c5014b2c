"""What an interest was taught stays its own under a new name: libraries, picks and readers' words name the interest they belong to."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, case, select, update

from ..model import Interest, Profile, Subscription
from .schema import feedback, issues, libraries, picks


def renamed(before: Profile | None, after: Profile | None) -> Mapping[str, str]:
    """The name under which each interest goes on that has another: the one so called has nothing of it any more, and another came to.

    Where several did, it was divided, and nobody can say whose the rest is.
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


def keep_taught(connection: Connection, before: Subscription, after: Subscription) -> None:
    """Write the new names where the old ones stand; a library that was given to no interest stays so, its papers are grouped."""
    names = renamed(before.profile, after.profile)
    if names:  # what is said of them from now on, too
        theirs = picks.c.issue.in_(select(issues.c.id).where(issues.c.subscription == before.id))
        new = case(names, value=picks.c.interest)
        connection.execute(update(picks).where(theirs, picks.c.interest.in_(names)).values(interest=new))
    for table, some in ((feedback, names), (libraries, {old: new for old, new in names.items() if old})):
        if some:
            which = (table.c.subscription == before.id, table.c.interest.in_(some))
            connection.execute(update(table).where(*which).values(interest=case(some, value=table.c.interest)))


def _holds(interest: Interest) -> set[str]:
    return {*interest.topics, *interest.liked, *interest.homes}
