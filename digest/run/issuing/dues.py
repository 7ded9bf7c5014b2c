"""Whose issue is due, whose waits for a listing, and what a letter says if it is late or a listing is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...cadence import Reached, due_for, is_known, is_of_now, next_for, reached_by, spans_a_gap
from ...catalog import CANDIDATE, Alike, Catalog, Draft
from ...ledger import Awaited
from ...model import Issue, Period, Subscription
from ...sources import Announcing
from ..parts import NAMED, PORTION, Parts, in_short
from .looking import categories_of, is_trending
from .waiting import concerning, waits_until

OFTEN = "one is made up for half the time to the next, so let `digest run` come every hour"
ZONE_HINT = "`digest doctor` says how old the zone data are; `digest subscribers edit ADDRESS --zone` names another"
_NO_PERIOD = "never"
"""The name of a period of which there is never an issue, so that a subscription with an unknown time zone is always found without one."""
Owed = Callable[[Subscription, datetime], tuple[Awaited, ...]]
"""Given a subscription and a moment: the sources it reads that still owe a listing which was due by then."""


class Appointment(NamedTuple):
    """An issue that is due: its period, and the ids of its reader and subscription (only ids, since there may be very many)."""

    reader: int
    subscription: int
    period: Period


def who_is_due(parts: Parts, unplaced: Iterable[int], now: datetime) -> tuple[list[Appointment], tuple[str, ...]]:
    """The issues that are due; and sentences that say why others are not, first those that wait for a listing (only some, if many).

    `unplaced` are those `with_unknown_zone`.
    """
    due: list[Appointment] = []
    late: list[Turn] = []
    open_ids: set[int] = set()
    for turn in open_turns(parts, now):
        open_ids.add(turn.subscription.id)
        if not turn.awaits:
            due.append(_appointment(turn))
        elif len(late) <= NAMED:
            late.append(turn)
    left_out = open_ids.union(unplaced)
    others = [id_ for id_ in parts.catalog.subscribers.active_ids(now) if id_ not in left_out]
    some = parts.catalog.subscribers.these(others[: NAMED + 1])
    count = len(open_ids) - len(due) + len(others)
    return due, in_short([*late, *turns(parts, some, now)], why_not_yet, "whose next issue is not due yet", count)


def due_now(parts: Parts, now: datetime) -> list[Appointment]:
    """The first value of `who_is_due`, without reading the subscriptions that are not due."""
    return [_appointment(turn) for turn in open_turns(parts, now) if not turn.awaits]


def with_unknown_zone(parts: Parts, now: datetime) -> tuple[int, ...]:
    """The ids of subscriptions whose time zone is not known here, so that nobody can say when their issues are due."""
    return parts.catalog.subscribers.without_issue(lambda _, zone: None if is_known(zone) else _NO_PERIOD, now)


def read(catalog: Catalog, due: Iterable[Appointment]) -> Iterator[tuple[Subscription, Period]]:
    """The subscriptions and periods of these appointments, read in portions as they are then; those removed since are left out."""
    periods = {one.subscription: one.period for one in due}
    return ((subscription, periods[subscription.id]) for subscription in catalog.subscribers.these(periods))


def _appointment(turn: Turn) -> Appointment:
    assert turn.period is not None, "asked of what is due"
    return Appointment(turn.subscription.subscriber.id, turn.subscription.id, turn.period)


def why_not_yet(turn: Turn) -> str:
    """A sentence that says when an issue is due, or what it waits for, and whether one was missed."""
    if turn.awaits:
        names = ", ".join(turn.awaits)
        return f"{called(turn.subscription)}: waits for the listing of {names}, at most until {turn.moment:%Y-%m-%d %H:%M} UTC"
    told = f"{called(turn.subscription)}: next issue {turn.moment:%Y-%m-%d %H:%M} UTC"
    missed = _missed(turn)
    return f"{told}; that of {missed:%Y-%m-%d %H:%M} UTC was missed: {OFTEN}" if missed else told


def _missed(turn: Turn) -> datetime | None:
    """When the first missed issue was due: after the last one made and after the reader joined or came back, and too old to make up.

    None is known of if the last one was of another cadence: the time of the change is not stored.
    """
    if turn.reached is not None and not is_of_now(turn.subscription, turn.reached):
        return None
    known = turn.subscription.consented_at, turn.reached.end if turn.reached is not None else None
    since = max((moment for moment in known if moment is not None), default=None)
    # A due period means that a clock which was ahead made the later issue: then none was missed.
    if since is None or _due(turn.subscription, turn.now, turn.reached) is not None:
        return None
    first = next_for(turn.subscription, since, turn.reached)
    return first if first <= turn.now else None


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a subscription's issue is due at `now`, given how far its issues have `reached`: `period` is the one due, or None.

    `awaits` names the sources whose listings a due issue waits for, `until` that moment at most.
    """

    subscription: Subscription
    period: Period | None
    now: datetime
    reached: Reached | None
    until: datetime | None = None
    awaits: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime:
        """When the due issue goes out, else when the next one is due; computed on demand, since it is seldom asked for."""
        return self.until or next_for(self.subscription, self.now, self.reached)


def turns(parts: Parts, subscriptions: Iterable[Subscription], now: datetime) -> Iterator[Turn]:
    """The turn of each of these subscriptions, worked out in portions; that of a paused one comes after its pause."""
    some, owed = iter(subscriptions), owed_to(parts)
    while portion := tuple(islice(some, PORTION)):
        yield from _turns(parts, portion, owed, now)


def turns_of_all(parts: Parts, now: datetime) -> Iterator[tuple[Alike, Turn]]:
    """Everybody's turn, paused or not, but of unknown time zones: worked out for one of those who are alike, whom it then names."""
    known: dict[tuple[object, ...], Turn] = {}

    def work_out(wanted: Mapping[tuple[object, ...], int]) -> None:
        new = {id_: likeness for likeness, id_ in wanted.items() if likeness not in known}
        known.update((new[turn.subscription.id], turn) for turn in turns(parts, parts.catalog.subscribers.these(new), now))

    for portion in parts.catalog.subscribers.alike(now):
        some = [one for one in portion if is_known(one.zone)]
        work_out({one.rhythm: one.id for one in some})
        is_due = {one.rhythm for one in some if one.rhythm in known and known[one.rhythm].period is not None}
        likenesses = [(*one.rhythm, *one.reads) if one.rhythm in is_due else one.rhythm for one in some]
        work_out({likeness: one.id for likeness, one in zip(likenesses, some, strict=True)})
        yield from ((one, known[likeness]) for likeness, one in zip(likenesses, some, strict=True) if likeness in known)


def _turns(parts: Parts, subscriptions: Sequence[Subscription], owed: Owed, now: datetime) -> Iterator[Turn]:
    """The turns of one portion, in a few queries for all of it."""
    reached = parts.catalog.issues.reached((s.id for s in subscriptions), now)
    found = [(s, _due(s, now, reached.get(s.id))) for s in subscriptions]
    decided = parts.catalog.issues.decided((s.id, period.name) for s, period in found if period is not None)
    for subscription, period in found:
        last = reached.get(subscription.id)
        if period is None or (subscription.id, period.name) in decided:
            yield Turn(subscription, None, now, last)
            continue
        late = owed(subscription, period.end)
        until = waits_until(period, late, parts.wait, was_late=_was_late(subscription, period, last))
        names = tuple(one.name for one in late) if now < until else ()
        yield Turn(subscription, period, now, last, until if names else period.end, names)


def composed_together(parts: Parts, subscription: Subscription, now: datetime) -> tuple[Subscription, ...]:
    """This subscription and its reader's others that the same run composes, in the order of a run: papers are divided among them."""
    others = parts.catalog.subscribers.find(subscription.subscriber.email) if subscription.profile is not None else ()
    beside = [s for s in others if s.id != subscription.id and s.profile is not None and s.left_at is None]
    if not beside:
        return (subscription,)
    (own, *theirs) = (max(turn.moment, now) for turn in turns(parts, (subscription, *beside), now))
    together = (other for other, moment in zip(beside, theirs, strict=True) if moment == own)
    return tuple(sorted((subscription, *together), key=lambda one: one.id))


def open_turns(parts: Parts, now: datetime) -> Iterator[Turn]:
    """The turns whose issue is due, even if it waits for a listing; read in portions, without the subscriptions that are not due."""
    some = parts.catalog.subscribers.these(
        parts.catalog.subscribers.without_issue(lambda cadence, zone: reached_by(cadence, zone, now) if is_known(zone) else None, now)
    )
    return (turn for turn in turns(parts, some, now) if turn.period is not None)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of the issues that are due: how many can be made, how many wait, for which sources, and until when at most."""

    ready: int = 0
    waiting: int = 0
    sources: tuple[str, ...] = ()
    until: datetime | None = None


def outlook(parts: Parts, now: datetime) -> Outlook:
    """Count the issues that are due and what they wait for."""
    ready = waiting = 0
    sources: set[str] = set()
    until: datetime | None = None
    for turn in open_turns(parts, now):
        if turn.awaits:
            waiting += 1
            sources.update(turn.awaits)
            until = max(turn.moment, until or turn.moment)
        else:
            ready += 1
    return Outlook(ready, waiting, tuple(sorted(sources)), until)


def is_paused(subscription: Subscription, now: datetime) -> bool:
    """Whether its reader has paused their letters."""
    until = subscription.subscriber.paused_until
    return until is not None and until > now


def _due(subscription: Subscription, now: datetime, last: Reached | None) -> Period | None:
    return None if is_paused(subscription, now) else due_for(subscription, now, last)


def owed_to(parts: Parts) -> Owed:
    """A function that says which sources still owe a subscription a listing; it looks each moment up once.

    While there are lists with votes, no source owes the trending edition anything: it is made of these, and they have no calendar.
    """
    awaited, has_votes = cache(parts.awaited), cache(parts.catalog.papers.has_votes)
    followed = {part for source in parts.sources if isinstance(source, Announcing) for part in source.parts}

    def owed(subscription: Subscription, moment: datetime) -> tuple[Awaited, ...]:
        if is_trending(subscription) and has_votes(moment):
            return ()
        return concerning(awaited(moment), categories_of(subscription), followed)

    return owed


def missing_sources(owed: Owed, subscription: Subscription, period: Period) -> tuple[str, ...]:
    """The sources whose listing was certainly due for this issue and has not come."""
    return tuple(one.name for one in owed(subscription, period.end) if one.is_sure)


def with_lateness_notes(draft: Draft, late: tuple[str, ...]) -> Draft:
    """The draft with the listings that had not come when it was due, and a note if it covers more days than usual."""
    issue = draft.issue
    gap = () if draft.is_first else _gap(issue)  # issues held back before a first letter are not missing letters
    return replace(draft, issue=replace(issue, late=late, notes=(*gap, *issue.notes)))


def called(subscription: Subscription) -> str:
    """The subscription as reports to the operator name it: "address (name)"."""
    return f"{subscription.subscriber.email} ({subscription.name})"


def _was_late(subscription: Subscription, period: Period, last: Reached | None) -> bool:
    """Whether the issue before this one was missed; one that was held back was not."""
    if last is None:
        return True
    return spans_a_gap(subscription.cadence, subscription.subscriber.zone, replace(period, start=last.end))


def _gap(issue: Issue) -> tuple[str, ...]:
    """A note for a letter that comes after occasions without one: after a pause, or when digest was not running."""
    subscription, zone = issue.subscription, ZoneInfo(issue.subscription.subscriber.zone)
    if not spans_a_gap(subscription.cadence, subscription.subscriber.zone, issue.period):
        return ()
    days = (issue.period.end.astimezone(zone).date() - issue.period.start.astimezone(zone).date()).days
    if days > CANDIDATE.days:
        return (f"No letter came for {days} days: this one covers the last {CANDIDATE.days}.",)
    return (f"No letter came for {days} days: this one covers them all.",)
