"""Papers that readers were shown and that have changed since: a later version, accepted, withdrawn; each told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, or_, select, update

from ...model import Listing, Paper, Pick, Section
from ..doors import chunks
from ..letters.outbox import FREEING
from ..schema import NEW, deliveries, issues, papers, picks, seen, sightings, subscriptions
from .fates import fate_of
from .papers import load_papers

SHOWN_WITHIN = timedelta(days=60)
"""How long after it was shown a paper's reader is told what became of it."""
_VERSION = "updated:v"
_FATE = "updated:"


@dataclass(frozen=True, slots=True)
class Changed:
    """A paper that a reader was shown: the version they know (its own where there is no later one), and its fate where that is news."""

    paper: Paper
    saw: int
    fate: str = ""


def sections_of(pick: Pick) -> tuple[str, ...]:
    """The sections in which a paper is seen by being picked: "new", or as it stands when it is told of again."""
    if pick.section is not Section.UPDATED:
        return (NEW,)
    return _told_as(pick.paper.version, fate_of(pick.paper.abstract, pick.paper.facts))


def _told_as(version: int, fate: str) -> tuple[str, ...]:
    return (f"{_VERSION}{version}", *((f"{_FATE}{fate}",) if fate else ()))


def issues_since(connection: Connection, subscriber_ids: Iterable[int], moment: datetime) -> Sequence[int]:
    """The ids of the issues made for these subscribers from that moment on, newest first."""
    theirs = select(issues.c.id).join_from(subscriptions, issues, issues.c.subscription == subscriptions.c.id)
    theirs = theirs.where(subscriptions.c.subscriber.in_(subscriber_ids), issues.c.made_at >= moment)
    return connection.scalars(theirs.order_by(issues.c.id.desc())).all()


def note_shown(connection: Connection, issue_ids: Iterable[int]) -> None:
    """Keep with the picks of these issues what is known now of their papers' versions and fates: what their letters show."""
    now = {name: select(papers.c[name]).where(papers.c.id == picks.c.paper).scalar_subquery() for name in ("version", "fate")}
    for some in chunks(issue_ids):
        connection.execute(update(picks).where(picks.c.issue.in_(some)).values(now))


def changed(connection: Connection, subscriber_ids: Iterable[int], now: datetime) -> dict[int, tuple[Changed, ...]]:
    """What has changed of the papers each of these subscribers was shown in the last sixty days, and was not told yet; last shown first.

    A version counts where a source announced a replacement since, so that a list that knows no versions announces none.
    """
    found: dict[int, dict[int, tuple[int, str]]] = {}
    for some in chunks(sorted(set(subscriber_ids))):
        told = _told(connection, some)
        numbers = issues_since(connection, some, now - SHOWN_WITHIN)
        rows = [row for part in chunks(numbers) for row in connection.execute(_SHOWN.where(picks.c.issue.in_(part))).mappings()]
        for place, sections in _shown_twice(connection, {row["paper"] for row in rows}, numbers):
            told.setdefault(place, []).extend(sections)
        for row in rows:
            news = _news(row, told.get((row["subscriber"], row["paper"]), ()))
            if news is not None:
                found.setdefault(row["subscriber"], {}).setdefault(row["paper"], news)
    known = load_papers(connection, (paper for theirs in found.values() for paper in theirs))
    return {
        subscriber: tuple(Changed(known[paper], saw, fate) for paper, (saw, fate) in theirs.items()) for subscriber, theirs in found.items()
    }


def replaced(connection: Connection, subscriber_ids: Iterable[int], since: datetime, now: datetime) -> Iterator[str]:
    """The keys of papers shown to these subscribers of which a replacement was recorded at that time or later, each once."""
    wanted = set(subscriber_ids)
    again = select(sightings.c.paper).where(sightings.c.kind == Listing.REPLACE, sightings.c.recorded_at >= since)
    # From the few that were replaced to who saw them: asked of readers, all of their last sixty days would be read at every fetch.
    shown = select(papers.c.key, seen.c.subscriber).join_from(seen, papers, papers.c.id == seen.c.paper)
    shown = shown.join(issues, issues.c.id == seen.c.issue).where(seen.c.section == NEW, issues.c.made_at >= now - SHOWN_WITHIN)
    for some in chunks(sorted(set(connection.scalars(again))) if wanted else ()):
        rows = connection.execute(shown.where(seen.c.paper.in_(some)))
        yield from {key for key, subscriber in rows if subscriber in wanted}


# Asked of issues, each table has an index that leads to the next; asked of readers, all that they ever saw would be read.
_PICKED = (
    picks.join(issues, issues.c.id == picks.c.issue)
    .join(subscriptions, subscriptions.c.id == issues.c.subscription)
    .join(seen, and_(seen.c.subscriber == subscriptions.c.subscriber, seen.c.paper == picks.c.paper, seen.c.issue == picks.c.issue))
    .join(papers, papers.c.id == picks.c.paper)
)
_REPLACEMENT: ColumnElement[bool] = and_(sightings.c.paper == seen.c.paper, sightings.c.kind == Listing.REPLACE)
_IS_LATER = and_(
    picks.c.version > 0, papers.c.version > picks.c.version, exists().where(_REPLACEMENT, sightings.c.recorded_at > issues.c.made_at)
)
_SHOWN = (
    select(seen.c.subscriber, seen.c.paper, picks.c.version.label("saw"), papers.c.version, papers.c.fate, _IS_LATER.label("is_later"))
    .add_columns(picks.c.fate.label("saw_fate"))
    .select_from(_PICKED)
    .where(seen.c.section == NEW, or_(_IS_LATER, and_(papers.c.fate != "", papers.c.fate != picks.c.fate)))
    .order_by(seen.c.issue.desc(), picks.c.position)
)

_ARRIVING = (
    select(subscriptions.c.subscriber, picks.c.paper, picks.c.version, picks.c.fate)
    .select_from(picks.join(issues, issues.c.id == picks.c.issue).join(deliveries).join(subscriptions))
    .where(subscriptions.c.edition.is_(None), deliveries.c.status.not_in(FREEING), picks.c.section != Section.UPDATED)
)


def _told(connection: Connection, some: Sequence[int]) -> dict[tuple[int, int], list[str]]:
    """What these subscribers were told of papers since they saw them."""
    told: dict[tuple[int, int], list[str]] = {}
    which = select(seen.c.subscriber, seen.c.paper, seen.c.section).where(seen.c.subscriber.in_(some), seen.c.section != NEW)
    for subscriber, paper, section in connection.execute(which):
        told.setdefault((subscriber, paper), []).append(section)
    return told


def _shown_twice(
    connection: Connection, changed_papers: Iterable[int], issue_ids: Sequence[int]
) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
    """Of those of these papers that two proved to be: who was shown them by these issues, and as what stood in each letter.

    Of both only the first is noted as seen, and what the other letter showed is no news either.
    """
    for some in chunks(sorted(changed_papers)):
        joined = set(connection.scalars(select(papers.c.merged_into).where(papers.c.merged_into.in_(some))))
        for part in chunks(issue_ids if joined else ()):
            # The sum has no index, so it is asked of these issues, and not each time of all that ever showed the paper.
            for row in connection.execute(_ARRIVING.where(picks.c.issue.in_(part), (picks.c.paper + 0).in_(joined))):
                yield (row.subscriber, row.paper), _told_as(row.version, row.fate or "")


def _news(row: RowMapping, told: Sequence[str]) -> tuple[int, str] | None:
    """The version a reader knows and a fate they do not; None where nothing is news to them."""
    versions = [int(section.removeprefix(_VERSION)) for section in told if section.startswith(_VERSION)]
    saw = max((row["saw"], *versions)) if row["is_later"] else row["version"]
    is_told = row["fate"] == row["saw_fate"] or row["saw_fate"] is None or f"{_FATE}{row['fate']}" in told
    fate = "" if is_told else row["fate"] or ""
    return (saw, fate) if fate or row["version"] > saw else None
