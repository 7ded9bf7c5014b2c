"""The issues: published once for each subscription and period, and loaded as they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Text, cast, exists, func, or_, select

from ...cadence import Reached, week_of
from ...errors import NotFound
from ...model import Issue, Paper, Period, Pick, Section, Subscription
from ..doors import Doors, chunks
from ..encoding import looked_of, reasons_of
from ..papers.paper_cache import PaperCache
from ..papers.papers import load_papers, paper_ids
from ..papers.sighted import FIRST_ISSUE
from ..papers.updates import Changed, changed, issues_since, note_shown, replaced
from ..people.readers import SUBSCRIPTIONS, subscription_of
from ..schema import NEW, deliveries, issues, papers, picks, seen, sightings, subscriptions
from .outbox import FREEING
from .passed_over import Titles
from .publishing import Draft, store

# Older papers are no longer candidates; `publish` still checks every paper a reader was ever shown.
_REMEMBERED = timedelta(days=60)
_FREED = timedelta(days=14)
_REMEMBERED_PAPERS = 3000
"""How many whole papers are kept in memory: about a day's picks."""
_CLOCKS_DIFFER = timedelta(days=1)
_MAY_ARRIVE = deliveries.c.status.not_in(FREEING)
_NOT_FREED = tuple(section for section in Section if not section.is_new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a subscription's issues have come, and what its reader was shown.

    `cutoff` is that of its last issue that was not held back: None before the first issue; if all were held back, the one before the papers
    of the first. `seen` holds the keys of papers shown in the last sixty days. `freed` are papers from letters of that time that never
    arrived and ended in the last two weeks or after the last issue not held back, without archive picks and updates.
    """

    cutoff: int | None = None
    seen: frozenset[str] = frozenset()
    freed: tuple[Paper, ...] = ()
    has_letter: bool = False
    """Whether it ever had a letter that its reader got or may still get; an issue with nothing to show has none."""


class Issues:
    """All issues that were ever published."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._titles = Titles()
        self._papers = PaperCache(load_papers, _REMEMBERED_PAPERS)

    def standing(self, subscription_ids: Iterable[int], *, with_seen: bool = True) -> dict[int, Standing]:
        """The `Standing` of each of these subscriptions, in a few queries for all of them; an unknown id is as before its first issue.

        Reading `seen` is most of the work; it stays empty unless `with_seen`.
        """
        wanted = list(dict.fromkeys(subscription_ids))
        found: dict[int, Standing] = {}
        with self._doors.reading() as connection:
            newest = max(filter(None, connection.execute(_NEWEST).one()), default=None)
            for some in chunks(wanted):
                found.update(_standing(connection, some, newest, self._papers, with_seen=with_seen))
        return found

    def reached(self, subscription_ids: Iterable[int], now: datetime) -> dict[int, Reached]:
        """The last period that each of these subscriptions has an issue of; absent before the first.

        An issue of a future day counts, since the clock may be behind now; but not once listings have come in after it that are a day old
        by the same clock: then the clock was ahead when that issue was made.
        """
        with self._doors.reading() as connection:
            return {id_: reached for some in chunks(subscription_ids) for id_, reached in _reached(connection, some, now).items()}

    def decided(self, periods: Iterable[tuple[int, str]]) -> frozenset[tuple[int, str]]:
        """Which of these pairs (subscription id, name of a period) have their issue already."""
        with self._doors.reading() as connection:
            return _decided(connection, set(periods))

    def publish(self, drafts: Sequence[Draft], now: datetime) -> tuple[Issue, ...]:
        """Store these issues and queue their letters, all or none; returns the new ones, with their ids.

        Issues are left out if the subscription already has one of that period, or has ended or paused meanwhile. A paper that its reader
        has seen is dropped from a profile's issue; an edition shows its whole list. `Issue.has_letter` says whether a letter is queued.
        Raises NotFound for a pick the catalog does not know.
        """
        with self._doors.writing() as connection:
            return store(connection, drafts, now)

    def load(self, issue_id: int) -> Issue:
        """The issue of that id as it was published, its papers as they are known now. Raises NotFound.

        Its `others` have only what a line with a title needs: no abstract, no authors, no facts, and the key as their only name.
        """
        with self._doors.reading() as connection:
            found = self._load(connection, [issue_id])
        if not found:
            raise NotFound("", "no such issue", hint="`digest status` shows what was published")
        return found[0]

    def load_all(self, issue_ids: Iterable[int]) -> dict[int, Issue]:
        """The issues with these ids as `load` gives one, in a few queries for all of them; unknown ones are left out."""
        wanted = list(dict.fromkeys(issue_ids))
        with self._doors.reading() as connection:
            return {issue.id: issue for issue in self._load(connection, wanted)}

    def latest(self, limit: int, subscription_id: int | None = None) -> tuple[Issue, ...]:
        """The last issues published, of one subscription or of all, newest first."""
        newest = select(issues.c.id).order_by(issues.c.id.desc()).limit(limit)
        with self._doors.reading() as connection:
            which = newest if subscription_id is None else newest.where(issues.c.subscription == subscription_id)
            return self._load(connection, connection.scalars(which).all())

    def seen(self, subscriber_ids: Iterable[int], keys: Iterable[str]) -> dict[int, frozenset[str]]:
        """Which of the papers with these keys each of these subscribers was ever shown; subscribers shown none are absent."""
        found: dict[int, set[str]] = {}
        with self._doors.reading() as connection:
            # By id, as in `seen`: by key, everything these readers ever saw would be read.
            wanted = {id_: key for key, id_ in paper_ids(connection, keys).items()}
            for readers in chunks(sorted(set(subscriber_ids))):
                for some in chunks(sorted(wanted)):
                    which = (seen.c.subscriber.in_(readers), seen.c.paper.in_(some))
                    for reader, paper in connection.execute(select(seen.c.subscriber, seen.c.paper).where(*which)):
                        found.setdefault(reader, set()).add(wanted[paper])
        return {reader: frozenset(keys) for reader, keys in found.items()}

    def of_paper(self, subscriber_id: int, paper_key: str) -> Issue | None:
        """The issue in which this subscriber was shown the paper; None if they were not."""
        with self._doors.reading() as connection:
            paper = paper_ids(connection, [paper_key]).get(paper_key)
            which = select(seen.c.issue).where(seen.c.subscriber == subscriber_id, seen.c.paper == paper, seen.c.section == NEW)
            found = self._load(connection, connection.scalars(which).all())
        return found[0] if found else None

    def changed(self, subscriber_ids: Iterable[int], now: datetime) -> dict[int, tuple[Changed, ...]]:
        """Changes to papers shown to these subscribers in the last sixty days that they were not told of yet, last shown first."""
        with self._doors.reading() as connection:
            return changed(connection, subscriber_ids, now)

    def replaced(self, subscriber_ids: Iterable[int], since: datetime, now: datetime) -> tuple[str, ...]:
        """The keys of papers shown to these subscribers in the last sixty days that were replaced at or after `since`."""
        with self._doors.reading() as connection:
            return tuple(sorted(set(replaced(connection, subscriber_ids, since, now))))

    def note_shown(self, issue_ids: Iterable[int]) -> None:
        """Store the versions and fates that these issues' letters show, if more was learned since they were published.

        What a reader saw in a letter is not reported to them later as an update.
        """
        with self._doors.writing() as connection:
            note_shown(connection, issue_ids)

    def _load(self, connection: Connection, ids: Sequence[int]) -> tuple[Issue, ...]:
        """The issues with these ids, in that order; unknown ones are left out."""
        found: dict[int, Issue] = {}
        for some in chunks(ids):
            rows = connection.execute(select(issues).where(issues.c.id.in_(some))).mappings().all()
            owners = connection.execute(SUBSCRIPTIONS.where(subscriptions.c.id.in_({row["subscription"] for row in rows}))).mappings()
            owner = {row["id"]: subscription_of(row) for row in owners}
            chosen, joined = _picks(connection, self._papers, {row["picks_of"] or row["id"] for row in rows})
            passed = self._titles.of(connection, _packed_others(connection, rows))
            for row in rows:
                held = row["picks_of"] or row["id"]
                issue = _issue(row, owner[row["subscription"]], chosen.get(held, ()), passed.get(held, ()))
                found[row["id"]] = replace(issue, subject="") if held in joined else issue  # the stored subject counts merged papers twice
        return tuple(found[id_] for id_ in ids if id_ in found)


# --- standing ---------------------------------------------------------------------------------------------------------

_NEWEST = select(select(func.max(issues.c.made_at)).scalar_subquery(), select(func.max(papers.c.listed_at)).scalar_subquery())


def _standing(
    connection: Connection, some: Sequence[int], newest: datetime | None, known: PaperCache, *, with_seen: bool
) -> dict[int, Standing]:
    owners = select(subscriptions.c.id, subscriptions.c.subscriber).where(subscriptions.c.id.in_(some))
    readers = dict(connection.execute(owners).all())
    cutoffs = {id_: row.cutoff for id_, row in _last_issues(connection, some, issues.c.held.is_(False)).items()}
    cutoffs |= _cutoffs_before_first(connection, [id_ for id_ in some if id_ not in cutoffs])
    keys = _seen_keys(connection, set(readers.values()), newest) if with_seen else {}
    freed = _freed(connection, some, newest, known)
    # "exists" for each subscription stops at its first letter; any other form would read all issues.
    written = exists().where(issues.c.subscription == subscriptions.c.id, deliveries.c.issue == issues.c.id, _MAY_ARRIVE)
    lettered = set(connection.scalars(select(subscriptions.c.id).where(subscriptions.c.id.in_(some), written)))
    return {
        id_: Standing(
            cutoff=cutoffs.get(id_),
            seen=frozenset(keys.get(readers.get(id_, 0), ())),
            freed=freed.get(id_, ()),
            has_letter=id_ in lettered,
        )
        for id_ in some
    }


def _last_issues(connection: Connection, some: Sequence[int], *which: ColumnElement[bool]) -> dict[int, Row[Any]]:
    """The newest issue of each of these subscriptions that meets the conditions."""
    # Asked for each by itself, the newest is the last in the index; grouped, all issues would be read, every minute.
    newest = select(func.max(issues.c.id)).where(issues.c.subscription == subscriptions.c.id, *which).correlate(subscriptions)
    ids = connection.scalars(select(newest.scalar_subquery()).select_from(subscriptions).where(subscriptions.c.id.in_(some))).all()
    wanted = (issues.c[name] for name in ("subscription", "period", "period_start", "period_end", "cutoff", "held"))
    rows = connection.execute(select(*wanted).where(issues.c.id.in_([id_ for id_ in ids if id_ is not None])))
    return {row.subscription: row for row in rows}


def _cutoffs_before_first(connection: Connection, some: Sequence[int]) -> dict[int, int]:
    """For subscriptions that have issues, the newest sighting before the papers of their first one."""
    which = select(issues.c.subscription, func.min(issues.c.made_at)).where(issues.c.subscription.in_(some))
    made = dict(connection.execute(which.group_by(issues.c.subscription)).all()) if some else {}
    newest = select(sightings.c.id).order_by(sightings.c.recorded_at.desc(), sightings.c.id.desc()).limit(1)
    found = {at: connection.scalar(newest.where(sightings.c.recorded_at < at - FIRST_ISSUE)) or 0 for at in set(made.values())}
    return {id_: found[at] for id_, at in made.items()}


def _reached(connection: Connection, some: Sequence[int], now: datetime) -> dict[int, Reached]:
    rows = _last_issues(connection, some)
    wrong = [id_ for id_, row in rows.items() if row.period_end > now and _has_gone_on(connection, row.cutoff, now)]
    if wrong:
        believed = _last_issues(connection, wrong, issues.c.period_end <= now)
        rows = {id_: row for id_, row in rows.items() if id_ not in wrong} | believed
    days = {id_: week_of(date.fromisoformat(row.period)) for id_, row in rows.items() if "W" not in row.period}
    weeks = dict(_decided(connection, set(days.items())))
    return {
        id_: Reached(row.period, row.period_end, row.period_start if row.held else row.period_end, weeks.get(id_, ""))
        for id_, row in rows.items()
    }


def _decided(connection: Connection, wanted: Set[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    names = sorted({name for _, name in wanted})
    for some in chunks(sorted({subscription for subscription, _ in wanted})):
        theirs = select(issues.c.subscription, issues.c.period).where(issues.c.subscription.in_(some), issues.c.period.in_(names))
        found |= {(row.subscription, row.period) for row in connection.execute(theirs)}
    return frozenset(found & wanted)


def _has_gone_on(connection: Connection, cutoff: int, now: datetime) -> bool:
    """Whether papers came in after that sighting and at least a day ago; sightings are numbered in order, whatever the clock says."""
    after = sightings.c.id > cutoff, sightings.c.recorded_at <= now - _CLOCKS_DIFFER
    return bool(connection.scalar(select(exists().where(*after))))


def _seen_keys(connection: Connection, readers: set[int], newest: datetime | None) -> dict[int, set[str]]:
    keys: dict[int, set[str]] = {}
    if newest is None:
        return keys
    # By their recent issues: by readers, everything they ever saw would be read, paper by paper.
    which = select(seen.c.subscriber, papers.c.key).join_from(seen, papers, seen.c.paper == papers.c.id)
    which = which.where(papers.c.listed_at >= newest - _REMEMBERED)
    for some in chunks(issues_since(connection, sorted(readers), newest - _REMEMBERED)):
        for reader, key in connection.execute(which.where(seen.c.issue.in_(some))):
            keys.setdefault(reader, set()).add(key)
    return keys


def _freed(connection: Connection, some: Sequence[int], newest: datetime | None, known: PaperCache) -> dict[int, tuple[Paper, ...]]:
    if newest is None:
        return {}
    shown = exists().where(seen.c.subscriber == subscriptions.c.subscriber, seen.c.paper == picks.c.paper, seen.c.section == NEW)
    later = issues.alias()
    # While its reader pauses, a letter (or the next issue) may wait for weeks, longer than `_FREED`.
    has_next = exists().where(
        later.c.subscription == issues.c.subscription, later.c.held.is_(False), later.c.made_at > deliveries.c.settled_at
    )
    lost = (
        select(issues.c.subscription, picks.c.paper)
        .select_from(picks.join(issues, picks.c.issue == issues.c.id).join(deliveries).join(subscriptions))
        .where(issues.c.subscription.in_(some), issues.c.made_at >= newest - _REMEMBERED, deliveries.c.status.in_(FREEING))
        .where(or_(deliveries.c.settled_at >= newest - _FREED, ~has_next))
        .where(subscriptions.c.edition.is_(None), ~shown, picks.c.section.not_in(_NOT_FREED))
        .order_by(picks.c.issue, picks.c.position)
    )
    rows = [(subscription, paper) for subscription, paper in connection.execute(lost)]
    found = known.of(connection, {paper for _, paper in rows})
    freed: dict[int, dict[int, Paper]] = {}
    for subscription, paper in rows:
        freed.setdefault(subscription, {})[paper] = found[paper]
    return {subscription: tuple(by_id.values()) for subscription, by_id in freed.items()}


# --- reading ----------------------------------------------------------------------------------------------------------


def _packed_others(connection: Connection, rows: Sequence[RowMapping]) -> dict[int, bytes | None]:
    """The packed ids of papers passed over, by the issue that holds them: the edition's first issue, or the issue itself."""
    data = {row["id"]: row["others"] for row in rows}
    if elsewhere := {row["picks_of"] for row in rows if row["picks_of"]} - data.keys():
        data.update(connection.execute(select(issues.c.id, issues.c.others).where(issues.c.id.in_(elsewhere))).all())
    return data


def _picks(connection: Connection, known: PaperCache, ids: set[int]) -> tuple[dict[int, tuple[Pick, ...]], set[int]]:
    """The picks of these issues, in order, and the issues in which two picks have since been merged; of such two the first is given."""
    columns = (picks.c[name] for name in ("issue", "paper", "section", "score", "interest"))
    which = select(*[*columns, cast(picks.c.reasons, Text)])
    rows = connection.execute(which.where(picks.c.issue.in_(ids)).order_by(picks.c.issue, picks.c.position)).all()
    found = known.of(connection, {paper for _, paper, *_ in rows})
    reasons = json.loads(f"[{','.join(row[-1] for row in rows)}]")  # all at once: one by one it takes twice as long
    chosen: dict[int, dict[int, Pick]] = {}
    joined: set[int] = set()
    for row, why in zip(rows, reasons, strict=True):
        issue, paper, section, score, interest, _ = row
        pick = Pick(paper=found[paper], section=Section(section), score=score, reasons=reasons_of(why), interest=interest)
        if chosen.setdefault(issue, {}).setdefault(paper, pick) is not pick:
            joined.add(issue)
    return {issue: tuple(by_paper.values()) for issue, by_paper in chosen.items()}, joined


def _issue(row: RowMapping, subscription: Subscription, chosen: tuple[Pick, ...], passed: tuple[Paper, ...]) -> Issue:
    shown = {pick.paper.key for pick in chosen}
    return Issue(
        subscription=subscription,
        period=Period(row["period_start"], row["period_end"], row["period"]),
        picks=chosen,
        made_at=row["made_at"],
        message_id=row["message_id"],
        subject=row["subject"],
        considered=row["considered"],
        sources=tuple(row["sources"]),
        notes=tuple(row["notes"]),
        looked=looked_of(row["looked"]),
        late=tuple(row["late"]),
        held=row["held"],
        others=tuple(paper for paper in passed if paper.key not in shown),  # some may have proved to be one with a pick
        id=row["id"],
    )
