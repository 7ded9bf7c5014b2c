"""Bringing a file of people in: read, decided, taken in by batches; whatever is wrong with one of them stops nobody else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..catalog import Catalog, Taken
from ..catalog.intake import BATCH
from ..config import values
from ..errors import ConfigurationError
from ..model import Newcomer, SubscriberStatus, Suppression
from . import listmonk, records, rows
from .deciding import decide, joined
from .exporting import plain
from .mapping import Plan
from .opening import Kind, Opened, opened
from .persons import Entry, LeftOut, Person, clean

TURN = 0.11
"""Seconds between two batches: who waits for SQLite's lock looks again every tenth of a second, and found it taken for half a minute."""
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

OF_A_CONFIGURATION = (
    "not in this configuration, though in the one they come from: {count}; copy their [[subscribers]] into this one, "
    "or the next command takes them out"
)


@dataclass(slots=True)
class Brought:
    """What a file brought, or would bring: how many subscriptions, and whose (`addresses`)."""

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
    notes: list[str] = field(default_factory=list)

    def count(self, taken: Taken) -> None:
        """Add up what became of one of them."""
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
    data: bytes,
    name: str,
    plan: Plan,
    now: datetime,
    *,
    dry_run: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Brought:
    """Take the people of a file into the catalog, or say what that would do. Raises UsageError where it is no such file."""
    file = opened(data, name)
    brought = Brought(kind=file.kind, entries=len(file.entries) + len(file.left_out))
    brought.bad.extend(file.left_out)
    brought.notes.extend(file.notes)
    if file.kind is Kind.LISTMONK_EXPORT and not (plan.asks or plan.confirmed):
        brought.notes.append(NO_LISTS)
    lines: list[Suppression] = []
    # All of it is read before anything is taken in: who is on the list must not come in with the same file.
    read = list(_own(file, lines, brought) if file.kind is Kind.DIGEST else _decided(file, plan, brought))
    new = catalog.intake.adopt(lines, now, dry_run=dry_run) if lines else 0
    if new:
        brought.suppressed.update({"of the other catalog": new})
    of_file = {(one.email, each.name) for one in read for each in one.subscriptions if each.configured and each.removed_at is None}
    unnamed = 0
    for number, batch in enumerate(_batches(read)):
        if number:
            sleep(TURN)
        for taken in catalog.intake.take(batch, now, dry_run=dry_run):
            brought.count(taken)
            unnamed += sum((taken.email, name) in of_file for name in taken.added)
    if unnamed:
        brought.notes.append(OF_A_CONFIGURATION.format(count=unnamed))
    if plan.confirmed and brought.waiting:
        brought.notes.append(STILL_WAITING.format(count=brought.waiting))
    return brought


def _decided(file: Opened, plan: Plan, brought: Brought) -> Iterator[Newcomer]:
    by_address: dict[str, list[tuple[Entry, Person]]] = {}
    for entry in file.entries:
        person = _person(entry, file.kind, plan, brought)
        if person is not None:
            by_address.setdefault(person.email.casefold(), []).append((entry, person))
    unmapped: Counter[str] = Counter()
    for told in by_address.values():
        person = joined([person for _, person in told])
        decision = decide(person, plan)
        unmapped.update(decision.unmapped)
        if decision.newcomer is not None:
            yield decision.newcomer
        else:
            brought.left_out.append(LeftOut(told[0][0].place, person.email, decision.reason))
    for list_name, count in sorted(unmapped.items()):
        brought.notes.append(f'{count} are on the list {list_name!r}, of which nothing was said: --map "{list_name}=…", or =none')
    repeated = sum(len(told) - 1 for told in by_address.values())
    if repeated and file.kind is not Kind.LISTMONK:
        said = "1 row repeats an address" if repeated == 1 else f"{repeated} rows repeat an address"
        brought.notes.append(f"{said}; each came in once")


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


def _own(file: Opened, lines: list[Suppression], brought: Brought) -> Iterator[Newcomer]:
    """The people of our own export, each with all their subscriptions; its suppression list goes into `lines`."""
    found: dict[str, Newcomer] = {}
    for entry in file.entries:
        fields = {name: plain(value) if file.is_table and isinstance(value, str) else value for name, value in entry.fields.items()}
        try:
            if fields["digest"] == "suppression":
                lines.append(records.suppression_of(fields))
                continue
            email = values.address(fields["address"])
            subscription = records.subscription_of(fields, email)
            uuid = str(fields.get("listmonk_uuid") or "")
            before = found.get(email.casefold(), Newcomer(email=email, origin="digest"))
            links = (*before.links, (subscription.name, uuid)) if uuid else before.links
            several = (*before.subscriptions, subscription)
            found[email.casefold()] = Newcomer(email=before.email, subscriptions=several, links=links, origin="digest")
        except ConfigurationError as error:
            brought.bad.append(LeftOut(entry.place, clean(fields.get("address"), 80), error.message))
        except _WRONG as error:
            brought.bad.append(LeftOut(entry.place, clean(fields.get("address"), 80), clean(_sentence(error))))
    yield from found.values()


def _batches(coming: Sequence[Newcomer]) -> Iterator[Sequence[Newcomer]]:
    return (coming[start : start + BATCH] for start in range(0, len(coming), BATCH))


def _sentence(error: Exception) -> str:
    return f"has no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
