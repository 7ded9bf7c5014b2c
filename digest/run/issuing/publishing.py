"""Publishing what is due, block by block: by this process, or for many readers by several."""

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
from .dues import ZONE_HINT, Appointment, Owed, as_it_came, astray, called, due_now, lacking, owed_to, read, who_is_due
from .gathering import Day, Due, gather

BLOCK = 128
"""Subscriptions composed and published at a time: one matrix, one transaction."""
MANY = 2_000
"""Subscriptions from which starting other processes takes less time than it saves."""
MOST = 4
"""Processes at most: they take turns at writing, which is a quarter of the work."""


class Block(NamedTuple):
    """Subscriptions that are composed together, and which listings had not come when they were due, by the ids of those that lack any."""

    due: tuple[Due, ...]
    late: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What came of a block, or of many: the ids of the issues and of those with papers, how many have a letter, the keys of their papers.

    A paper stands there once, in the order of the issues and of what they show. `late` counts the issues made without a listing, by its
    name; `nothing` says of each issue without papers why.
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

    Without a number of `processes` it is one for few readers, and one for each core for many. What is left when it is stopped is due as
    before.
    """
    if report.is_brief:
        due = due_now(parts, report.now)
    else:
        due, told = who_is_due(parts, report.now)
        report.quiet.extend(told)
    report.notes.extend(
        f"{address}: the configuration names it, and the suppression list too ({why}), so nothing goes there; take it out of config.toml"
        for address, why in parts.catalog.suppressions.configured()
    )
    report.failures.extend(_astray(parts, report.now))
    published = _all_of(_made(parts, due, report, _processes(len(due)) if processes is None else processes, is_stopped))
    report.quiet.extend(without_papers(published))
    report.notes.extend(_made_without(published.late))
    # A model that fails is asked again for the archive, and where a process died.
    report.failures[:] = dict.fromkeys(report.failures)
    report.quiet[:] = dict.fromkeys(report.quiet)
    return published


def _astray(parts: Parts, now: datetime) -> Iterator[Failure]:
    """Who gets no letter since their time zone is not known here, some of them by name."""
    ids = astray(parts, now)
    for one in parts.catalog.subscribers.these(ids[:NAMED]):
        yield Failure(called(one), f"{one.subscriber.zone!r}: no such time zone is known here, so no letter is made", ZONE_HINT)
    if more := len(ids[NAMED:]):
        yield Failure(f"{more:,} more", "their time zones are not known here either, so no letters are made", ZONE_HINT)


def publish_these(catalog: Catalog, drafts: Sequence[Draft], now: datetime) -> Published:
    """Store these issues, and queue their letters."""
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
    """The issues that these would get, none of which is stored."""
    if due:
        day = gather(parts, read(parts.catalog, due), report)
        for some in _blocks(due):
            yield from (draft.issue for draft in compose(parts, tuple(read(parts.catalog, some)), day))


def without_papers(published: Published) -> tuple[str, ...]:
    """Why there are issues without papers."""
    return in_short(published.nothing, str, "issues without a paper")


# --- processes --------------------------------------------------------------------------------------------------------


class _Own(NamedTuple):
    """A worker's `Maker`."""

    catalog: Catalog
    secrets: tuple[bytes, ...]


def _made(
    parts: Parts, due: Sequence[Appointment], report: Report, processes: int, is_stopped: Callable[[], bool]
) -> Iterable[Published]:
    """What came of all that is due, in its order. What a worker that died had not done is done here."""
    owed, blocks = owed_to(parts), tuple(_blocks(due))
    made: dict[int, Published] = {}

    def done(number: int, published: Published) -> None:
        made[number] = published
        report.issues += published.letters  # told also where a bug ends the run

    def wanted(numbers: Iterable[int]) -> Iterator[int]:
        return takewhile(lambda _: not is_stopped(), numbers)

    def gathered(numbers: Iterable[int]) -> Day:
        """Where it is stopped, of some: of none anything is made then."""
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
        yield partial(_publish_block, _Own(catalog, secrets), day)


def _publish_block(maker: Maker, day: Day, block: Block) -> Published:
    drafts = [as_it_came(draft, block.late.get(draft.issue.subscription.id, ())) for draft in compose(maker, block.due, day)]
    return publish_these(maker.catalog, drafts, day.now)


def _processes(count: int) -> int:
    if count < MANY:
        return 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST)


# --- blocks -----------------------------------------------------------------------------------------------------------


def _blocks(due: Sequence[Appointment]) -> Iterator[tuple[Appointment, ...]]:
    """At most `BLOCK` at a time, save that what one person gets is composed together: their letters divide the papers among them."""
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
    late = {subscription.id: lacking(owed, subscription, period) for subscription, period in due}
    return Block(due, {id_: names for id_, names in late.items() if names})


def _all_of(made: Iterable[Published]) -> Published:
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


def _made_without(late: Mapping[str, int]) -> Iterator[str]:
    """The listings that issues were made without, in one sentence however many they are."""
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
        # Of a category that is misspelt nothing is ever listed, however much the sources bring.
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
