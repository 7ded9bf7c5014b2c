"""Publish issues: store them with their picks and what each reader is thereby shown, and queue their letters, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, Table, bindparam, select, update

from ...errors import NotFound
from ...model import DeliveryStatus, Issue, Paper
from ..doors import chunks, insert_new, insert_plain
from ..encoding import looked_row, reasons_text
from ..papers.papers import paper_ids
from ..papers.updates import note_shown, sections_of
from ..people.active import active, ids_of
from ..schema import NEW, deliveries, issues, picks, seen, subscriptions
from .passed_over import packed

Seen = tuple[int, int, str]
"""A subscriber, a paper and the section in which they have seen it."""
_SEEN = ("subscriber", "paper", "section", "issue")


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue to be published, and the newest sighting that was considered for it (`cutoff`).

    `is_first`: its subscription has had no letter, and none is on its way.
    """

    issue: Issue
    cutoff: int
    is_first: bool = False


def store(connection: Connection, drafts: Sequence[Draft], now: datetime) -> tuple[Issue, ...]:
    """Store the drafts that `Issues.publish` does not leave out; see there."""
    fresh = _unpublished(connection, drafts, now)
    ids = paper_ids(connection, {paper.key for draft in fresh for paper in _papers(draft.issue)})
    picked = {ids[pick.paper.key] for draft in fresh for pick in draft.issue.picks if pick.paper.key in ids}
    shown = _seen_by(connection, {draft.issue.subscription.subscriber.id for draft in fresh}, picked)
    published = tuple(_without_seen(draft.issue, ids, shown) for draft in fresh)
    rows = [_row(issue, draft.cutoff) for issue, draft in zip(published, fresh, strict=True)]
    if not rows:
        return ()
    made = connection.execute(issues.insert().returning(issues.c.id, sort_by_parameter_order=True), rows)
    numbered = tuple(replace(issue, id=id_) for issue, id_ in zip(published, made.scalars(), strict=True))
    _store_picks(connection, numbered, ids)
    _queue(connection, [issue for issue in numbered if issue.has_letter], now)
    return numbered


def _unpublished(connection: Connection, drafts: Sequence[Draft], now: datetime) -> list[Draft]:
    """The drafts whose subscription gets letters now and has no issue of the period, each period once."""
    wanted = {draft.issue.subscription.id for draft in drafts}
    periods = {draft.issue.period.name for draft in drafts}
    done: set[tuple[int, str]] = set()
    live: set[int] = set()
    for some in chunks(sorted(wanted)):
        theirs = select(issues.c.subscription, issues.c.period).where(issues.c.subscription.in_(some), issues.c.period.in_(periods))
        done |= {(subscription, period) for subscription, period in connection.execute(theirs)}
        live |= set(connection.scalars(ids_of(*active(now), subscriptions.c.id.in_(some))))
    fresh = []
    for draft in drafts:
        place = (draft.issue.subscription.id, draft.issue.period.name)
        if place not in done and place[0] in live:
            done.add(place)
            fresh.append(draft)
    return fresh


def _seen_by(connection: Connection, readers: set[int], shown: set[int]) -> set[Seen]:
    """Which of these papers these subscribers have seen."""
    found: set[Seen] = set()
    for some_readers in chunks(sorted(readers)):
        for some in chunks(sorted(shown)):
            which = select(seen.c.subscriber, seen.c.paper, seen.c.section)
            rows = connection.execute(which.where(seen.c.subscriber.in_(some_readers), seen.c.paper.in_(some)))
            found |= {(reader, paper, section) for reader, paper, section in rows}
    return found


def _without_seen(issue: Issue, ids: dict[str, int], shown: set[Seen]) -> Issue:
    """The issue as it is stored: a profile's without papers its reader has seen, an edition's with its whole list, a held one's empty.

    The papers that are left are added to `shown`. If only extra picks are left, the issue shows nothing and names no others, since it did
    have papers above the floor.
    """
    unknown = [paper.key for paper in _papers(issue) if paper.key not in ids]
    if unknown:
        raise NotFound(unknown[0], "a pick that the catalog does not know")
    if issue.held:
        return replace(issue, picks=(), others=(), subject="")
    if issue.subscription.edition is not None:
        return issue
    reader = issue.subscription.subscriber.id
    kept = []
    for pick in issue.picks:
        places = {(reader, ids[pick.paper.key], section) for section in sections_of(pick)}
        if not places <= shown:
            shown |= places
            kept.append(pick)
    if len(kept) == len(issue.picks):
        return issue
    if all(pick.section.is_beside for pick in kept):
        kept = []
    return replace(issue, picks=tuple(kept), others=issue.others if kept else (), subject="")


def _papers(issue: Issue) -> Iterator[Paper]:
    """All papers that the issue names."""
    return chain((pick.paper for pick in issue.picks), issue.others)


def _row(issue: Issue, cutoff: int) -> dict[str, object]:
    return {
        "subscription": issue.subscription.id,
        "period": issue.period.name,
        "period_start": issue.period.start,
        "period_end": issue.period.end,
        "made_at": issue.made_at,
        "message_id": issue.message_id,
        "subject": issue.subject,
        "considered": issue.considered,
        "sources": list(issue.sources),
        "notes": list(issue.notes),
        "looked": looked_row(issue.looked),
        "late": list(issue.late),
        "held": issue.held,
        "cutoff": cutoff,
    }


def _store_picks(connection: Connection, published: Sequence[Issue], ids: dict[str, int]) -> None:
    """Store the picks and others, an edition's once for all its readers, and what each reader was shown."""
    first_of: dict[str, list[Issue]] = {}
    rows: list[tuple[object, ...]] = []
    seen_rows: list[tuple[int, int, str, int]] = []
    shared, passed = [], []
    for issue in published:
        edition = issue.subscription.edition
        if edition is not None and issue.picks:
            same = first_of.setdefault(edition.name, [])
            first = next((one for one in same if one.picks == issue.picks and one.others == issue.others), None)
            if first is not None:
                shared.append({"which": issue.id, "first": first.id})
                continue
            same.append(issue)
        if issue.others:
            passed.append({"which": issue.id, "passed": packed([ids[paper.key] for paper in issue.others])})
        for position, pick in enumerate(issue.picks):
            paper = ids[pick.paper.key]
            rows.append((issue.id, position, paper, str(pick.section), pick.score, reasons_text(pick.reasons), pick.interest))
            if edition is None:
                seen_rows.extend((issue.subscription.subscriber.id, paper, section, issue.id) for section in sections_of(pick))
    insert_plain(connection, picks, ("issue", "position", "paper", "section", "score", "reasons", "interest"), rows)
    note_shown(connection, [issue.id for issue in published if issue.picks])
    insert_plain(connection, seen, _SEEN, [row for row in seen_rows if row[2] == NEW])
    # Updates may have been told before, so rows that exist are left.
    insert_new(connection, seen, [dict(zip(_SEEN, row, strict=True)) for row in seen_rows if row[2] != NEW])
    of_issue = update(issues).where(issues.c.id == bindparam("which"))
    if shared:
        connection.execute(of_issue.values(picks_of=bindparam("first")), shared)
    if passed:
        connection.execute(of_issue.values(others=bindparam("passed")), passed)


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        connection.execute(table.insert(), list(rows))


def _queue(connection: Connection, published: Sequence[Issue], now: datetime) -> None:
    fresh = {"status": DeliveryStatus.QUEUED, "attempts": 0, "was_unknown": False, "due": now, "queued_at": now}
    _insert(connection, deliveries, [{**fresh, "issue": issue.id, "message_id": issue.message_id} for issue in published])
