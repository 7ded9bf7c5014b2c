"""The picks of an edition are kept with the first of its issues: handed on to the next, where that one goes with its reader."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, select, update

from ..schema import issues, picks

PORTION = 5_000
"""Issues in one transaction, or those of one day if they are more: a tenth of a second, so that no letter waits for long to be settled."""

PAUSE = 0.1
"""Seconds between two: as long as SQLite lets others wait before they try again, who would hardly ever meet a shorter one."""


def hand_on(connection: Connection, own: Sequence[int], most: int | None = None) -> bool:
    """Give the picks that issues of these subscriptions keep for others to the first of those; whether there may be more of them.

    It ends after the day with which `most` issues have been told where their picks are. Every issue shows the same before and after.
    """
    kept = issues.alias()
    is_shared = exists().where(issues.c.picks_of == kept.c.id, issues.c.subscription.not_in(own))
    told = 0
    for issue in connection.scalars(select(kept.c.id).where(kept.c.subscription.in_(own), is_shared)).all():
        told += _hand_on(connection, own, issue)
        if most is not None and told >= most:
            return True
    return False


def _hand_on(connection: Connection, own: Sequence[int], issue: int) -> int:
    """The same for one issue, which has the picks from its heir then; gives how many issues were told."""
    theirs = select(issues.c.id).where(issues.c.picks_of == issue, issues.c.subscription.not_in(own))
    heir = connection.execute(theirs.order_by(issues.c.id).limit(1)).scalar_one()
    others = connection.scalar(select(issues.c.others).where(issues.c.id == issue))
    connection.execute(update(picks).where(picks.c.issue == issue).values(issue=heir))
    connection.execute(update(issues).where(issues.c.id == heir).values(picks_of=None, others=others))
    connection.execute(update(issues).where(issues.c.id == issue).values(picks_of=heir, others=None))
    return connection.execute(update(issues).where(issues.c.picks_of == issue).values(picks_of=heir)).rowcount
