"""Publish the issues that are due, block by block: in this process or, for many readers, in several."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain, takewhile
from typing import NamedTuple

from ...catalog import Catalog, Draft, open_catalog
from ...errors import WorkerDied
from ...model import Failure, Issue, ListingState
from ...ranking.processes import by_several
from ..parts import NAMED, Parts, Report, in_short
from .composing import Maker, compose
from .dues import (
    ZONE_HINT,
    Appointment,
    Owed,
    called,
    due_now,
    missing_sources,
    owed_to,
    read,
    who_is_due,
    with_lateness_notes,
    with_unknown_zone,
)
from .gathering import Day, Due, gather

BLOCK = 128
"""Subscriptions composed and published at a time: one matrix, one transaction."""
MANY = 2_000
"""With this many subscriptions, starting more processes saves more time than it takes."""
MOST = 4
"""The most processes to start: only one can write at a time, and writing is a quarter of the work."""


class Block(NamedTuple):
    """Subscriptions that are composed together; `late` holds the listings missing when an issue was due, by the subscription's id."""

    due: tuple[Due, ...]
    late: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The result of publishing one block, or several.

    `issues` are the ids of all issues, `shown` of those with papers; `letters` counts the issues that have a letter; `papers` are the keys
    of the papers shown, each once, in the order of the issues and their picks. `late` counts the issues made without a listing, by the
    source's name; `nothing` has a sentence for each issue without papers that says why.
    """

    issues: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()
    letters: int = 0
    papers: tuple[str, ...] = ()
    late: Counter[str] = field(default_factory=Counter)
    nothing: tuple[str, ...] = ()


def publish(
    parts: Parts, report: Report, *, processes: int | None = None, is_stopped: Callable[[], bool] = lambda: False
) -> Published:
    """Decide and store the issue of every subscription that is due at `report.now`, and queue its letter.

    If `processes` is None, few readers get one process, and many get one for each core, up to `MOST`. Issues not yet made when
    `is_stopped` says so stay due.
    """
    unplaced = with_unknown_zone(parts, report.now)
    if report.is_brief:
        due = due_now(parts, report.now)
    else:
        due, told = who_is_due(parts, unplaced, report.now)
        report.quiet.extend(told)
    report.notes.extend(
        f"{address}: the configuration names it, and the suppression list too ({why}), so nothing goes there; take it out of config.toml"
        for address, why in parts.catalog.suppressions.configured()
    )
    report.failures.extend(_unknown_zone_failures(parts, unplaced))
    published = _combined(_publish_blocks(parts, due, report, _processes(len(due)) if processes is None else processes, is_stopped))
    report.quiet.extend(without_papers(published))
    report.notes.extend(_missing_listings_note(published.late))
    # A failing model is asked more than once: for new papers, for the archive, and again if a process died.
    report.failures[:] = dict.fromkeys(report.failures)
    report.quiet[:] = dict.fromkeys(report.quiet)
    return published


def _unknown_zone_failures(parts: Parts, ids: Sequence[int]) -> Iterator[Failure]:
    """The subscriptions that get no letter because their time zone is not known here: the first by name, the rest as a number."""
    for one in parts.catalog.subscribers.these(ids[:NAMED]):
        yield Failure(called(one), f"{one.subscriber.zone!r}: no such time zone is known here, so no letter is made", ZONE_HINT)
    if more := len(ids[NAMED:]):
        yield Failure(f"{more:,} more", "their time zones are not known here either, so no letters are made", ZONE_HINT)


def publish_these(catalog: Catalog, drafts: Sequence[Draft], now: datetime) -> Published:
    """Store the issues of these drafts, and queue their letters."""
    issues = catalog.issues.publish(drafts, now)
    return Published(
        issues=tuple(issue.id for issue in issues),
        shown=tuple(issue.id for issue in issues if issue.picks),
        letters=sum(issue.has_letter for issue in issues),
        papers=tuple(dict.fromkeys(pick.paper.key for issue in issues for pick in issue.picks)),
        late=Counter(name for issue in issues for name in issue.late),
        nothing=tuple(_why_nothing(issue) for issue in issues if not issue.picks),
    )


def composed(parts: Parts, due: Sequence[Appointment], report: Report) -> Iterator[Issue]:
    """The issues that these appointments would get; nothing is stored."""
    if due:
        day = gather(parts, read(parts.catalog, due), report)
        for some in _blocks(due):
            yield from (draft.issue for draft in compose(parts, tuple(read(parts.catalog, some)), day))


def without_papers(published: Published) -> tuple[str, ...]:
    """Sentences that say why issues have no papers, shortened if there are many."""
    return in_short(published.nothing, str, "issues without a paper")


# --- processes --------------------------------------------------------------------------------------------------------


class _WorkerMaker(NamedTuple):
    """A worker's `Maker`."""

    catalog: Catalog
    secrets: tuple[bytes, ...]


def _publish_blocks(
    parts: Parts, due: Sequence[Appointment], report: Report, processes: int, is_stopped: Callable[[], bool]
) -> Iterable[Published]:
    """Publish all blocks and give their results, in the order of `due`. Blocks left by a worker that died are done in this process."""
    owed, blocks = owed_to(parts), tuple(_blocks(due))
    made: dict[int, Published] = {}

    def done(number: int, published: Published) -> None:
        made[number] = published
        report.issues += published.letters  # counted at once, so that the report is right even if a bug ends the run

    def wanted(numbers: Iterable[int]) -> Iterator[int]:
        return takewhile(lambda _: not is_stopped(), numbers)

    def gathered(numbers: Iterable[int]) -> Day:
        """The shared `Day`; incomplete once stopped, and then no block is made with it."""
        return gather(parts, chain.from_iterable(read(parts.catalog, blocks[number]) for number in wanted(numbers)), report)

    def block(number: int) -> Block:
        return _with_late(tuple(read(parts.catalog, blocks[number])), owed)

    everything = range(len(blocks))
    if processes > 1:
        start = partial(_worker, parts.catalog.database, parts.secrets)
        try:
            for number, published in by_several(lambda: gathered(everything), start, map(block, wanted(everything)), processes):
                done(number, published)
        except WorkerDied as error:
            report.notes.append(f"{error}: what was left was composed by one process")
    left = [number for number in everything if number not in made]
    if left and not is_stopped():
        day = gathered(left)
        for number in wanted(left):
            done(number, _publish_block(parts, day, block(number)))
    return [made[number] for number in sorted(made)]


@contextmanager
def _worker(database: str, secrets: tuple[bytes, ...], day: Day) -> Iterator[Callable[[Block], Published]]:
    with open_catalog(database) as catalog:
        yield partial(_publish_block, _WorkerMaker(catalog, secrets), day)


def _publish_block(maker: Maker, day: Day, block: Block) -> Published:
    drafts = [with_lateness_notes(draft, block.late.get(draft.issue.subscription.id, ())) for draft in compose(maker, block.due, day)]
    return publish_these(maker.catalog, drafts, day.now)


def _processes(count: int) -> int:
    if count < MANY:
        return 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST)


# --- blocks -----------------------------------------------------------------------------------------------------------


def _blocks(due: Sequence[Appointment]) -> Iterator[tuple[Appointment, ...]]:
    """Blocks of at most `BLOCK`; larger only to keep one person's subscriptions together, since their letters share out the papers."""
    readers: dict[int, list[Appointment]] = {}
    for one in due:
        readers.setdefault(one.reader, []).append(one)
    block: list[Appointment] = []
    for theirs in readers.values():
        if block and len(block) + len(theirs) > BLOCK:
            yield tuple(block)
            block = []
        block = [*block, *theirs]
    if block:
        yield tuple(block)


def _with_late(due: tuple[Due, ...], owed: Owed) -> Block:
    late = {subscription.id: missing_sources(owed, subscription, period) for subscription, period in due}
    return Block(due, {id_: names for id_, names in late.items() if names})


def _combined(made: Iterable[Published]) -> Published:
    some = tuple(made)
    return Published(
        issues=tuple(id_ for one in some for id_ in one.issues),
        shown=tuple(id_ for one in some for id_ in one.shown),
        letters=sum(one.letters for one in some),
        papers=tuple(dict.fromkeys(key for one in some for key in one.papers)),
        late=sum((one.late for one in some), Counter()),
        nothing=tuple(sentence for one in some for sentence in one.nothing),
    )


# --- words ------------------------------------------------------------------------------------------------------------


def _missing_listings_note(late: Mapping[str, int]) -> Iterator[str]:
    """One sentence on the listings that issues were made without; none if there are none."""
    counted = sorted(late.items())
    if len(counted) == 1:
        [(name, count)] = counted
        made = "1 issue was" if count == 1 else f"{count} issues were"
        yield f"{made} made without the listing of {name}, which was due and has not come"
    elif counted:
        listed = ", ".join(f"{name} ({count})" for name, count in counted)
        yield f"issues were made without listings that were due and have not come: {listed}"


def _why_nothing(issue: Issue) -> str:
    subject = f"{called(issue.subscription)}, {issue.period.name}"
    is_one = issue.considered == 1
    if issue.held:
        bound = issue.subscription.cadence.only_above
        none, kept = ("the one new paper", "it is") if is_one else (f"none of {issue.considered} new papers", "they are")
        return f"{subject}: {none} scores {'no more than' if is_one else 'above'} {bound:g}; {kept} kept for the next issue"
    failed = ", ".join(line.name for line in issue.looked if line.newest is not None and line.newest.state is ListingState.FAILED)
    if issue.considered == 0 and failed:
        return f"{subject}: nothing new was read, as {failed} could not be"
    edition = issue.subscription.edition
    if issue.considered == 0 and edition is not None and edition.name != "trending":
        # The category may be misspelt: then nothing is ever listed in it, however much the sources bring.
        return f"{subject}: no new paper in {edition.name!r} was listed since the last issue"
    if issue.considered == 0 and any(line.announced for line in issue.looked):
        return f"{subject}: nothing that was listed since the last issue is new to its reader"
    if issue.considered == 0:
        return f"{subject}: no paper was listed since the last issue"
    told = ", and its letter says so" if issue.has_letter else ""
    if issue.subscription.profile is not None and issue.subscription.profile.names_people_alone and not issue.others:
        none = "the one new paper is not" if is_one else f"none of {issue.considered} new papers is"
        return f"{subject}: {none} by anybody they follow{told}"
    if issue.subscription.profile is not None and issue.subscription.profile.floor is not None:
        none = "the one new paper is below" if is_one else f"none of {issue.considered} new papers reached"
        return f"{subject}: {none} the floor of {issue.subscription.profile.floor:g}{told}"
    return f"{subject}: {'the one new paper is' if is_one else f'all {issue.considered} new papers are'} muted or sent before"
