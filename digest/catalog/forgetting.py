"""Forgetting a reader: every row that says anything of one person, gone in one transaction.

What the configuration file says of them is its operator's to take out. Such a subscription stays as a bare row that was left, so that the
file does not bring its reader back; nothing else of them stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, delete, func, select, update

from ..errors import NotFound
from .outbox import withdraw
from .schema import deliveries, feedback, issues, libraries, library_entries, library_names, picks, seen, subscribers, subscriptions


def forget(connection: Connection, subscriber_id: int, now: datetime) -> bool:
    """Erase a reader, and say whether nothing is left: False where the configuration file still names them, and their letters end.

    A letter that is on the wire cannot be called back; its sender finds no row to settle, and goes on. Raises NotFound.
    """
    if connection.scalar(select(subscribers.c.id).where(subscribers.c.id == subscriber_id)) is None:
        raise NotFound("", "no such subscriber", hint="`digest subscribers list` names them")
    mine = select(subscriptions.c.id).where(subscriptions.c.subscriber == subscriber_id)
    withdraw(connection, subscriptions.c.subscriber == subscriber_id, now, reason="left")
    _forget_libraries(connection, mine)
    connection.execute(delete(feedback).where(feedback.c.subscription.in_(mine)))
    _forget_issues(connection, subscriber_id, mine)
    configured = subscriptions.c.configured.is_(True) & subscriptions.c.removed_at.is_(None)
    connection.execute(delete(subscriptions).where(subscriptions.c.subscriber == subscriber_id, ~configured))
    connection.execute(update(subscriptions).where(subscriptions.c.subscriber == subscriber_id).values(left_at=now))
    if connection.scalar(mine.limit(1)) is not None:
        connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(paused_until=None))
        return False
    connection.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))
    return True


def _forget_libraries(connection: Connection, mine: Select[tuple[int]]) -> None:
    theirs = select(libraries.c.id).where(libraries.c.subscription.in_(mine))
    entries = select(library_entries.c.id).where(library_entries.c.library.in_(theirs))
    connection.execute(delete(library_names).where(library_names.c.entry.in_(entries)))
    connection.execute(delete(library_entries).where(library_entries.c.library.in_(theirs)))
    connection.execute(delete(libraries).where(libraries.c.subscription.in_(mine)))


def _forget_issues(connection: Connection, subscriber_id: int, mine: Select[tuple[int]]) -> None:
    connection.execute(delete(seen).where(seen.c.subscriber == subscriber_id))
    ids = connection.scalars(select(issues.c.id).where(issues.c.subscription.in_(mine))).all()
    _hand_over_picks(connection, mine, ids)
    theirs = select(issues.c.id).where(issues.c.subscription.in_(mine))
    connection.execute(delete(deliveries).where(deliveries.c.issue.in_(theirs)))
    connection.execute(delete(picks).where(picks.c.issue.in_(theirs)))
    connection.execute(update(issues).where(issues.c.subscription.in_(mine)).values(picks_of=None))  # some name one another
    connection.execute(delete(issues).where(issues.c.subscription.in_(mine)))


def _hand_over_picks(connection: Connection, mine: Select[tuple[int]], ids: Sequence[int]) -> None:
    """Give the picks of an edition, which are kept with the first of its issues, to the first of another reader's."""
    others = issues.c.subscription.not_in(mine)
    first = select(issues.c.picks_of, func.min(issues.c.id)).where(issues.c.picks_of.is_not(None), others).group_by(issues.c.picks_of)
    own = frozenset(ids)
    for old, new in connection.execute(first).all():
        if old in own:
            connection.execute(update(picks).where(picks.c.issue == old).values(issue=new))
            connection.execute(update(issues).where(issues.c.picks_of == old, issues.c.id != new).values(picks_of=new))
            connection.execute(update(issues).where(issues.c.id == new).values(picks_of=None))
