"""What an interest was taught stays its own under a new name: libraries and what readers say of papers name the interest they belong to."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, case, update

from ..model import Interest, Profile, Subscription
from .schema import feedback, libraries


def renamed(before: Profile | None, after: Profile | None) -> Mapping[str, str]:
    """The new name of each interest that has another now: none is so called any more, and one that is new has a topic or a paper of it.

    Where several new ones have, it was divided, and nobody can say whose the rest is.
    """
    if before is None or after is None:
        return {}
    names, were = ({interest.name for interest in profile.interests} for profile in (after, before))
    new = [interest for interest in after.interests if interest.name not in were]
    found: dict[str, str] = {}
    for interest in (interest for interest in before.interests if interest.name not in names):
        heirs = [one.name for one in new if _holds(one) & _holds(interest)]
        if len(heirs) == 1:
            found[interest.name] = heirs[0]
    return found


def keep_taught(connection: Connection, before: Subscription, after: Subscription) -> None:
    """Write the new names where the old ones stand; a library that was given to no interest stays so, its papers are grouped."""
    names = renamed(before.profile, after.profile)
    for table, some in ((feedback, names), (libraries, {old: new for old, new in names.items() if old})):
        if some:
            which = (table.c.subscription == before.id, table.c.interest.in_(some))
            connection.execute(update(table).where(*which).values(interest=case(some, value=table.c.interest)))


def _holds(interest: Interest) -> set[str]:
    return {*interest.topics, *interest.liked, *interest.homes}
