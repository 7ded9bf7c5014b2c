"""Move shared picks: an edition's picks are stored with the first of its issues, and pass to another if that one's reader is erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, select, update

from ..schema import issues, picks

PORTION = 5_000
"""Issues in one transaction (or one day's, if more): it takes a tenth of a second, so that no letter waits long to be settled."""

PAUSE = 0.1
"""Seconds between two transactions: as long as SQLite's waiters sleep before they try again, since they would miss a shorter gap."""


def hand_on(connection: Connection, own: Sequence[int], most: int | None = None) -> bool:
    """Pass the picks that issues of these subscriptions hold for others' issues to the first of these; True if more may be left.

    It stops after the day with which `most` issues have been updated. Every issue shows the same before and after.
    """
    kept = issues.alias()
    is_shared = exists().where(issues.c.picks_of == kept.c.id, issues.c.subscription.not_in(own))
    updated = 0
    for issue in connection.scalars(select(kept.c.id).where(kept.c.subscription.in_(own), is_shared)).all():
        updated += _hand_on(connection, own, issue)
        if most is not None and updated >= most:
            return True
    return False


def _hand_on(connection: Connection, own: Sequence[int], issue: int) -> int:
    """Pass one issue's picks to its heir, which the issue then refers to; returns how many issues were updated."""
    theirs = select(issues.c.id).where(issues.c.picks_of == issue, issues.c.subscription.not_in(own))
    heir = connection.execute(theirs.order_by(issues.c.id).limit(1)).scalar_one()
    others = connection.scalar(select(issues.c.others).where(issues.c.id == issue))
    connection.execute(update(picks).where(picks.c.issue == issue).values(issue=heir))
    connection.execute(update(issues).where(issues.c.id == heir).values(picks_of=None, others=others))
    connection.execute(update(issues).where(issues.c.id == issue).values(picks_of=heir, others=None))
    return connection.execute(update(issues).where(issues.c.picks_of == issue).values(picks_of=heir)).rowcount
