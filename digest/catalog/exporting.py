"""Everything that is known of one reader, as a document they can keep."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from ..errors import NotFound
from .schema import deliveries, feedback, issues, libraries, library_entries, papers, picks, seen, subscribers, subscriptions


def everything_of(connection: Connection, subscriber_id: int) -> dict[str, Any]:
    """What the catalog holds of a reader, ready to be written as JSON: times in ISO 8601 and UTC, papers by key and title.

    Subscriptions that were removed are in it as well, since what they taught is kept. Raises NotFound.
    """
    row = connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("", "no such subscriber", hint="`digest subscribers list` names them")
    mine = connection.execute(
        select(subscriptions).where(subscriptions.c.subscriber == subscriber_id).order_by(subscriptions.c.id)
    ).mappings()
    return {
        "subscriber": _plain(row, "email_folded"),
        "subscriptions": [_subscription(connection, one) for one in mine.all()],
        "papers_shown": _shown(connection, subscriber_id),
    }


def _subscription(connection: Connection, row: RowMapping) -> dict[str, Any]:
    return {
        **_plain(row, "subscriber"),
        "libraries": [_library(connection, one) for one in _of(connection, libraries, row["id"])],
        "feedback": _feedback(connection, row["id"]),
        "issues": _issues(connection, row["id"]),
    }


def _of(connection: Connection, table: Table, subscription_id: int) -> Iterable[RowMapping]:
    return connection.execute(select(table).where(table.c.subscription == subscription_id).order_by(table.c.id)).mappings().all()


def _library(connection: Connection, row: RowMapping) -> dict[str, Any]:
    # Where a key lies on the operator's machine is nothing of the reader's.
    entries = select(library_entries.c.entry, library_entries.c.title, library_entries.c.added)
    found = connection.execute(entries.where(library_entries.c.library == row["id"]).order_by(library_entries.c.place)).mappings()
    return {**_plain(row, "subscription", "key_file", "cursor"), "entries": [_plain(one) for one in found]}


def _feedback(connection: Connection, subscription_id: int) -> list[dict[str, Any]]:
    said = select(feedback, papers.c.key, papers.c.title).join(papers, papers.c.id == feedback.c.paper)
    rows = connection.execute(said.where(feedback.c.subscription == subscription_id).order_by(feedback.c.id)).mappings()
    return [_plain(row, "subscription", "paper") for row in rows]


def _issues(connection: Connection, subscription_id: int) -> list[dict[str, Any]]:
    columns = (issues.c.id, issues.c.period, issues.c.made_at, issues.c.subject, issues.c.considered, issues.c.picks_of)
    letters = select(*columns, deliveries.c.status, deliveries.c.settled_at, deliveries.c.reply).outerjoin(deliveries)
    rows = connection.execute(letters.where(issues.c.subscription == subscription_id).order_by(issues.c.id)).mappings().all()
    source = func.coalesce(issues.c.picks_of, issues.c.id)
    chosen = (
        select(issues.c.id, picks.c.section, picks.c.score, papers.c.key, papers.c.title)
        .join(picks, picks.c.issue == source)
        .join(papers, papers.c.id == picks.c.paper)
        .where(issues.c.subscription == subscription_id)
        .order_by(issues.c.id, picks.c.position)
    )
    by_issue: dict[int, list[dict[str, Any]]] = {}
    for one in connection.execute(chosen).mappings():
        by_issue.setdefault(one["id"], []).append(_plain(one, "id"))
    return [{**_plain(row, "picks_of"), "papers": by_issue.get(row["id"], [])} for row in rows]


def _shown(connection: Connection, subscriber_id: int) -> list[dict[str, Any]]:
    rows = select(papers.c.key, seen.c.section).join(papers, papers.c.id == seen.c.paper).where(seen.c.subscriber == subscriber_id)
    return [_plain(row) for row in connection.execute(rows.order_by(papers.c.key, seen.c.section)).mappings()]


def _plain(row: RowMapping, *without: str) -> dict[str, Any]:
    """A row as JSON has it, without some of its columns."""
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in row.items() if name not in without}
