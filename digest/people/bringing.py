"""Import a file of people: parse, decide, store in batches; an error in one record stops no other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from ..catalog import Catalog, Taken
from ..catalog.people.intake import BATCH
from ..catalog.people.suppressions import Rehearsed
from ..config import values
from ..errors import ConfigurationError, UsageError
from ..model import Newcomer, SubscriberStatus, Subscription, Suppression
from . import listmonk, records, rows
from .deciding import decide, joined
from .exporting import plain
from .mapping import Plan
from .opening import Kind, Opened, opened
from .persons import Entry, LeftOut, Person, clean
from .sorting import Sorted

Value = TypeVar("Value")

TURN = 0.11
"""Seconds between two batches: who waits for SQLite's lock looks again every tenth of a second, and found it taken for half a minute."""
_MOST_PLACES = 5
_WRONG = (ValueError, TypeError, KeyError, AttributeError, AssertionError, OverflowError)
"""What reading a record may raise that is not what it should be."""
NO_LISTS = (
    "this is listmonk's CSV export: it lacks lists and who left them, so nobody can tell who agreed; "
    "they come in as pending and get nothing before they say yes (the API or the database tells all, --confirmed is your word for them)"
)
STILL_WAITING = (
    "{count} came in before and still wait for a yes of their own: --confirmed changes nobody who is known here; "
    "`digest subscribers invite` asks them"
)
OF_OURS = "is an export of ours, in which everybody has said yes or no, or waits already"
OF_A_CONFIGURATION = (
    "not in this configuration, though in the one they come from: {count}; copy their [[subscribers]] into this one, "
    "or the next command takes them out"
)
TWICE = "stands in this file twice, as where two exports are in one; one record of it counts, that of its end if it has ended"


@dataclass(slots=True)
class Brought:
    """The result of an import, or of its dry run: how many subscriptions, and whose (`addresses`)."""

    kind: Kind
    entries: int
    added: int = 0
    pending: int = 0
    kept: int = 0
    waiting: int = 0
    """Those of them that wait for their reader's yes."""
    suppressed: Counter[str] = field(default_factory=Counter)
    refused: list[LeftOut] = field(default_factory=list)
    bad: list[LeftOut] = field(default_factory=list)
    """Records that cannot be read."""
    left_out: list[LeftOut] = field(default_factory=list)
    """Those of which nothing is wanted here."""
    addresses: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    """Those of them that nobody knew."""
    topics: set[str] = field(default_factory=set)
    """The topics of the subscriptions that were added."""
    notes: list[str] = field(default_factory=list)

    def count(self, taken: Taken) -> None:
        """Add one person's outcome to the counts."""
        if taken.added or taken.kept:
            self.addresses.append(taken.email)
        waits = taken.status is SubscriberStatus.PENDING
        self.pending += len(taken.added) if waits else 0
        self.added += 0 if waits else len(taken.added)
        self.kept += len(taken.kept)
        self.waiting += len(taken.kept) if waits else 0
        if taken.is_new:
            self.new.append(taken.email)
        self.suppressed.update(taken.suppressed)
        self.refused.extend(LeftOut("", f"{taken.email} ({name})", why) for name, why in taken.refused)


def bring_in(
    catalog: Catalog,
    file: BinaryIO,
    name: str,
    plan: Plan,
    now: datetime,
    *,
    dry_run: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Brought:
    """Import the people of a file into the catalog, or say what that would do. Raises UsageError for an unsuitable file.

    The file is read several times, each time from its beginning.
    """
    found = opened(file, name)
    own = found.kind is Kind.DIGEST
    if own and plan.asks:
        raise UsageError(name, OF_OURS, hint="digest subscribers import takes its people in; then invite, without a file, asks the pending")
    brought = Brought(kind=found.kind, entries=found.count)
    brought.notes.extend(found.notes)
    if found.kind is Kind.LISTMONK_EXPORT and not (plan.asks or plan.confirmed):
        brought.notes.append(NO_LISTS)
    # All of it is read before anybody is taken in: who is on the list must not come in with the same file.
    rehearsed = Rehearsed() if dry_run else None
    coming = _own(catalog, found, brought, now, sleep, rehearsed) if own else list(_decided(found, plan, brought))
    unnamed = 0
    for batch in _in_turns(coming, sleep):
        offered = {(one.email, each.name): each for one in batch for each in one.subscriptions}
        for taken in catalog.intake.take(batch, now, rehearsed=rehearsed):
            brought.count(taken)
            added = [offered[taken.email, each] for each in taken.added]
            unnamed += sum(each.configured and each.removed_at is None for each in added)
            brought.topics.update(topic for each in added if each.profile is not None for topic in each.profile.topics)
    if unnamed:
        brought.notes.append(OF_A_CONFIGURATION.format(count=unnamed))
    if plan.confirmed and brought.waiting:
        brought.notes.append(STILL_WAITING.format(count=brought.waiting))
    return brought


def _decided(file: Opened, plan: Plan, brought: Brought) -> Iterator[Newcomer]:
    by_address: dict[str, list[tuple[str, Person]]] = {}
    for entry in file.records():
        if isinstance(entry, LeftOut):
            brought.bad.append(entry)
            continue
        person = _person(entry, file.kind, plan, brought)
        if person is not None:
            by_address.setdefault(person.email.casefold(), []).append((entry.place, person))
    unmapped: Counter[str] = Counter()
    for told in by_address.values():
        person = joined([person for _, person in told])
        decision = decide(person, plan)
        unmapped.update(decision.unmapped)
        if decision.newcomer is not None:
            yield decision.newcomer
        else:
            brought.left_out.append(LeftOut(told[0][0], person.email, decision.reason))
    for list_name, count in sorted(unmapped.items()):
        brought.notes.append(f'{count} on the list {list_name!r}, of which nothing was said: --map "{list_name}=…", or =none')
    repeated = [place for told in by_address.values() for place, _ in told[1:]]
    if repeated and file.kind is not Kind.LISTMONK:
        said = "1 row repeats an address" if len(repeated) == 1 else f"{len(repeated)} rows repeat an address"
        places = ", ".join(repeated[:_MOST_PLACES]) + (" …" if len(repeated) > _MOST_PLACES else "")
        brought.notes.append(f"{said} ({places}); each reader came in once, as their first row says, on all their lists")


def _person(entry: Entry, kind: Kind, plan: Plan, brought: Brought) -> Person | None:
    given = entry.fields.get("email") or entry.fields.get("address") or ""
    try:
        if not given:
            raise ValueError("has no email")
        email = values.address(given)
        if kind is Kind.LISTMONK:
            return listmonk.person_of(entry.fields, email)
        if kind is Kind.LISTMONK_EXPORT:
            return listmonk.exported_person_of(entry.fields, email)
        return rows.person_of(entry.fields, email, plan.zone)
    except ConfigurationError as error:
        reason = f"{error.message}; {error.hint}" if error.hint else error.message
    except _WRONG as error:
        reason = _sentence(error)
    brought.bad.append(LeftOut(entry.place, clean(given, 80), clean(reason)))
    return None


def _own(
    catalog: Catalog, found: Opened, brought: Brought, now: datetime, sleep: Callable[[float], None], rehearsed: Rehearsed | None
) -> Iterator[Newcomer]:
    """Import our own export: its suppression list first, then each person with all their subscriptions."""
    with Sorted() as kept:
        new = 0
        for lines in _in_turns(_parted(found, kept, brought), sleep):
            new += catalog.intake.adopt(lines, now, rehearsed=rehearsed)
        if new:
            brought.suppressed.update({"of the other catalog": new})
        for emails in _in_turns(catalog.intake.unmarked(), sleep) if rehearsed is None else ():
            catalog.intake.mark(emails, now)
        for email, entries in kept.readers():
            newcomer = _joined(email, entries, brought)
            if newcomer.subscriptions:
                yield newcomer


def _parted(found: Opened, kept: Sorted, brought: Brought) -> Iterator[Suppression]:
    """The lines of the export's suppression list; its subscriptions are added to `kept`."""
    for entry in found.records():
        if isinstance(entry, LeftOut):
            brought.bad.append(entry)
            continue
        fields = {name: plain(value) if found.is_table and isinstance(value, str) else value for name, value in entry.fields.items()}
        with _told(entry.place, fields, brought):
            if fields["digest"] == "suppression":
                yield records.suppression_of(fields)
            else:
                kept.add(values.address(fields["address"]), Entry(entry.place, fields))


def _joined(email: str, entries: Sequence[Entry], brought: Brought) -> Newcomer:
    """A reader with the subscriptions in these records. Of two records of one subscription the first counts, unless the other has ended it.
    """
    found: dict[str, Subscription] = {}
    links: list[tuple[str, str]] = []
    for entry in entries:
        with _told(entry.place, entry.fields, brought):
            subscription = records.subscription_of(entry.fields, email)
            if uuid := values.text(entry.fields.get("listmonk_uuid") or ""):
                links.append((subscription.name, uuid))
            before = found.setdefault(subscription.name, subscription)
            if before is not subscription:
                brought.left_out.append(LeftOut(entry.place, f"{email} ({subscription.name})", TWICE))
                found[subscription.name] = subscription if _has_ended_since(subscription, before) else before
    agreed_first = sorted(found.values(), key=lambda one: one.subscriber.status is SubscriberStatus.PENDING)
    return Newcomer(email=email, origin="digest", subscriptions=tuple(agreed_first), links=tuple(links), is_ours=True)


def _has_ended_since(one: Subscription, other: Subscription) -> bool:
    """Whether the reader, or the operator, ended it after the state in the other record, as far as the records tell."""
    ended, went_on = one.left_at or one.removed_at, not (other.left_at or other.removed_at)
    return ended is not None and went_on and (other.consented_at is None or other.consented_at <= ended)


@contextmanager
def _told(place: str, fields: Mapping[str, Any], brought: Brought) -> Iterator[None]:
    """Report an error in a record among the bad ones, and go on with the others."""
    try:
        yield
    except ConfigurationError as error:
        brought.bad.append(LeftOut(place, clean(fields.get("address"), 80), error.message))
    except _WRONG as error:
        brought.bad.append(LeftOut(place, clean(fields.get("address"), 80), clean(_sentence(error))))


def _in_turns(things: Iterable[Value], sleep: Callable[[float], None]) -> Iterator[list[Value]]:
    """Batches of them, with a pause after each in which other processes can write."""
    rest = iter(things)
    batch = list(islice(rest, BATCH))
    while batch:
        yield batch
        batch = list(islice(rest, BATCH))
        if batch:
            sleep(TURN)


def _sentence(error: Exception) -> str:
    return f"has no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
