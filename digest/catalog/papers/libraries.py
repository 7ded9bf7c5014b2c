"""Readers' own libraries: the entries of each, under every name an entry may have, so that its paper is recognised in any listing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, union_all, update

from ...errors import NotFound
from ...model import Changes, Paper, Reference
from ..doors import Doors, chunks
from ..people.active import active, require_subscription
from ..schema import libraries, library_entries, library_names, paper_keys, paper_titles, papers, subscribers, subscriptions
from .duplicate_entries import duplicates
from .identity import fingerprint, fold
from .merging import LIBRARY, tell
from .orphans import drop_orphans, remove_entries
from .recording import Recording

MADE = "title:"
"""The prefix of names made from titles, for papers that have no other name."""
AGAIN = timedelta(days=30)
"""How long until a service is asked again for a paper that it did not know, or had no abstract of."""
_NOBODY = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries of a library count: those of these collections, if any are named, that came into it between these days."""

    collections: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library of a subscription; `followed` ones are asked at every run. `message` says why the last asking failed.

    `save_to` is the collection that saved papers are written to, "" for none of its collections, None where they are not written.
    """

    subscription: int
    address: str
    interest: str = ""
    key_file: str = ""
    save_to: str | None = None
    wanted: Wanted = Wanted()
    followed: bool = True
    cursor: str = ""
    checked_at: datetime | None = None
    message: str = ""
    entries: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The result of storing a library: how many entries are new, unchanged, changed and removed, and the entries without a known paper."""

    added: int = 0
    kept: int = 0
    changed: int = 0
    removed: int = 0
    unknown: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Owned:
    """A paper in a reader's library, the interest it belongs to, and when it was first added there (None: not known)."""

    key: str
    interest: str
    added: datetime | None = None


class Libraries:
    """What readers' libraries hold."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def keep(self, library: Library) -> Library:
        """Store a library, identified by its subscription and address; of one that exists, all but cursor and entries is replaced.

        If `wanted` has changed, the cursor is reset, so that it is read anew. Raises NotFound if the subscription was erased meanwhile.
        """
        said = {name: getattr(library, name) for name in ("interest", "key_file", "save_to", "followed")}
        said["wanted"] = _wanted_row(library.wanted)
        which = (libraries.c.subscription == library.subscription, libraries.c.address == library.address)
        with self._doors.writing() as connection:
            require_subscription(connection, library.subscription)
            before = _load(connection, *which)
            if before:
                again = {} if before[0].wanted == library.wanted else {"cursor": ""}
                connection.execute(update(libraries).where(*which).values({**said, **again}))
            else:
                row = {"subscription": library.subscription, "address": library.address, **said, "cursor": "", "message": ""}
                connection.execute(insert(libraries).values(row))
            return _load(connection, *which)[0]

    def holders(self, now: datetime) -> tuple[int, ...]:
        """The ids of the subscriptions that get letters now and have a library, oldest first."""
        theirs = select(subscriptions.c.id).where(subscriptions.c.id.in_(select(libraries.c.subscription)))
        theirs = theirs.join(subscribers, subscribers.c.id == subscriptions.c.subscriber).where(*active(now))
        with self._doors.reading() as connection:
            return tuple(connection.scalars(theirs.order_by(subscriptions.c.id)))

    def of(self, subscription_ids: Iterable[int]) -> tuple[Library, ...]:
        """The libraries of these subscriptions, oldest first."""
        with self._doors.reading() as connection:
            found = [_load(connection, libraries.c.subscription.in_(some)) for some in chunks(subscription_ids)]
        return tuple(library for some in found for library in some)

    def record(self, library_id: int, changes: Changes, now: datetime) -> Recorded:
        """Store a library's changes in one transaction; entries gone from it leave the profile. The same again changes nothing.

        A paper that no source has listed is stored as the library describes it, so that others can be compared with it; it becomes no
        candidate. If the library was dropped while it was asked, or erased with its reader, nothing is stored.
        """
        with self._doors.writing() as connection:
            state = {"cursor": changes.cursor, "checked_at": now, "message": ""}
            is_there = connection.execute(update(libraries).where(libraries.c.id == library_id).values(state)).rowcount == 1
            return _store(connection, library_id, changes, now) if is_there and not changes.unchanged else Recorded()

    def failed(self, library_id: int, message: str, now: datetime) -> None:
        """Record that a library could not be asked; its entries stay."""
        with self._doors.writing() as connection:
            connection.execute(update(libraries).where(libraries.c.id == library_id).values(checked_at=now, message=message))

    def drop(self, library_id: int) -> None:
        """Forget a library and all its entries. Raises NotFound for one that is not there."""
        with self._doors.writing() as connection:
            entries = connection.scalars(select(library_entries.c.id).where(library_entries.c.library == library_id)).all()
            drop_orphans(connection, remove_entries(connection, entries))
            if connection.execute(delete(libraries).where(libraries.c.id == library_id)).rowcount == 0:
                raise NotFound("", "no such library", hint="`digest subscribers libraries ADDRESS` names them")

    def owned(self, subscription_ids: Iterable[int]) -> dict[int, tuple[Owned, ...]]:
        """The papers in the libraries of each of these subscriptions, last added first, each once."""
        found: dict[int, dict[str, Owned]] = {}
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                rows = connection.execute(_owned().where(libraries.c.subscription.in_(some))).all()
                listed = {row.entry for row in rows if row.listed}
                nameless = {row.entry for row in rows if row.key.startswith(MADE)}
                again = duplicates(connection, nameless, {row.entry: row.subscription for row in rows}) if nameless else frozenset()
                for row in sorted(rows, key=lambda row: (row.added or _NOBODY, row.place), reverse=True):
                    if not row.listed and (row.entry in listed or row.entry in again):
                        continue  # the same work is there already, from a listing or another library
                    theirs = found.setdefault(row.subscription, {})
                    before = theirs.get(row.key, Owned(row.key, row.interest))
                    theirs[row.key] = replace(before, added=row.added or before.added)  # the oldest date comes last
        return {subscription: tuple(by_key.values()) for subscription, by_key in found.items()}

    def unread(self, subscription_ids: Iterable[int], now: datetime, kind: str = "arxiv") -> tuple[str, ...]:
        """The names of that kind in these libraries whose paper is unknown or lacks an abstract, the one asked for longest ago first.

        Names that were asked for in the last `AGAIN` are left out.
        """
        found: dict[str, datetime] = {}
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                which = (
                    select(library_names.c.name, library_names.c.asked_at)
                    .select_from(libraries.join(library_entries).join(library_names))
                    .outerjoin(paper_keys, paper_keys.c.key == library_names.c.name)
                    .outerjoin(papers, papers.c.id == paper_keys.c.paper)
                    .where(libraries.c.subscription.in_(some), library_names.c.name.startswith(f"{kind}:", autoescape=True))
                    .where(papers.c.id.is_(None) | (papers.c.abstract == ""))
                    .where(library_names.c.asked_at.is_(None) | ~library_names.c.asked_at.between(now - AGAIN, now))
                )
                found.update((name, asked or _NOBODY) for name, asked in connection.execute(which))
        return tuple(sorted(found, key=lambda name: (found[name], name)))

    def asked(self, names: Iterable[str], now: datetime) -> None:
        """Write down that a service was asked for the papers of these names."""
        with self._doors.writing() as connection:
            for some in chunks(names):
                connection.execute(update(library_names).where(library_names.c.name.in_(some)).values(asked_at=now))


def _load(connection: Connection, *which: object) -> tuple[Library, ...]:
    held = select(func.count()).where(library_entries.c.library == libraries.c.id).scalar_subquery().label("entries")
    rows = connection.execute(select(libraries, held).where(*which).order_by(libraries.c.id)).mappings()  # type: ignore[arg-type]  # columns' conditions
    return tuple(Library(**{**row, "wanted": _wanted_of(row["wanted"])}) for row in rows)


def _wanted_row(wanted: Wanted) -> dict[str, Any]:
    days = {name: day.isoformat() if day else None for name, day in (("since", wanted.since), ("until", wanted.until))}
    return {"collections": list(wanted.collections), **days}


def _wanted_of(row: Mapping[str, Any]) -> Wanted:
    days = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("since", "until")}
    return Wanted(collections=tuple(row["collections"]), **days)


def _owned() -> Select[tuple[int, str, str, datetime | None, int, int, bool]]:
    """Each entry's papers: by a name, or by a title's fingerprint."""
    named = select(library_names.c.entry, paper_keys.c.paper).join(paper_keys, paper_keys.c.key == library_names.c.name)
    titled = select(library_names.c.entry, paper_titles.c.paper).join(paper_titles, paper_titles.c.fingerprint == library_names.c.name)
    known = union_all(named, titled).subquery()
    return (
        select(
            libraries.c.subscription,
            libraries.c.interest,
            papers.c.key,
            library_entries.c.added,
            library_entries.c.place,
            library_entries.c.id.label("entry"),
            papers.c.listed_seq.is_not(None).label("listed"),
        )
        .select_from(libraries.join(library_entries).join(known, known.c.entry == library_entries.c.id))
        .join(papers, papers.c.id == known.c.paper)
    )


# --- storing ----------------------------------------------------------------------------------------------------------


def _store(connection: Connection, library_id: int, changes: Changes, now: datetime) -> Recorded:
    before = _entries(connection, library_id)
    coming = {reference.entry: reference for reference in changes.references}
    new = [reference for entry, reference in coming.items() if entry not in before]
    changed = [reference for entry, reference in coming.items() if entry in before and before[entry][1] != _content_of(reference)]
    broken = {one.entry for one in changes.dropped}  # it is still there, and was read before
    gone = [entry for entry in before if entry not in coming and entry not in broken] if changes.whole else []
    gone += [] if changes.whole else [entry for entry in changes.removed if entry in before and entry not in coming]
    names = remove_entries(connection, [before[entry][0] for entry in gone])
    start = max((place for _, _, place in before.values()), default=-1) + 1
    ids = _insert(connection, library_id, new, start)
    for reference in changed:
        ids[reference.entry] = before[reference.entry][0]
        names |= _rewrite(connection, before[reference.entry][0], reference)
    unknown = _store_papers(connection, [*coming.values()], now)
    drop_orphans(connection, names)
    kept = len(coming) - len(new) - len(changed)
    return Recorded(added=len(new), kept=kept, changed=len(changed), removed=len(gone), unknown=unknown)


def _entries(connection: Connection, library_id: int) -> dict[str, tuple[int, tuple[object, ...], int]]:
    """Each entry that is stored: its id, what it says, and its place."""
    names: dict[int, set[str]] = {}
    theirs = select(library_names.c.entry, library_names.c.name).join(library_entries).where(library_entries.c.library == library_id)
    for entry, name in connection.execute(theirs):
        names.setdefault(entry, set()).add(name)
    rows = connection.execute(select(library_entries).where(library_entries.c.library == library_id))
    return {row.entry: (row.id, (row.title, row.added, frozenset(names.get(row.id, ()))), row.place) for row in rows}


def _content_of(reference: Reference) -> tuple[object, ...]:
    return reference.title, reference.added, frozenset(_names(reference))


def _insert(connection: Connection, library_id: int, new: Sequence[Reference], start: int) -> dict[str, int]:
    if not new:
        return {}
    rows = [
        {"library": library_id, "entry": r.entry, "title": r.title, "place": start + place, "added": r.added} for place, r in enumerate(new)
    ]
    made = connection.execute(insert(library_entries).returning(library_entries.c.id, sort_by_parameter_order=True), rows).scalars().all()
    _insert_names(connection, list(zip(made, new, strict=True)))
    return {reference.entry: id_ for id_, reference in zip(made, new, strict=True)}


def _rewrite(connection: Connection, entry_id: int, reference: Reference) -> set[str]:
    """Replace an entry's title, date and names; returns the names it had."""
    which = update(library_entries).where(library_entries.c.id == entry_id)
    connection.execute(which.values(title=reference.title, added=reference.added))
    names = delete(library_names).where(library_names.c.entry == entry_id).returning(library_names.c.name)
    before = set(connection.scalars(names))
    _insert_names(connection, [(entry_id, reference)])
    return before


def _insert_names(connection: Connection, entries: Sequence[tuple[int, Reference]]) -> None:
    rows = [{"entry": id_, "name": name} for id_, reference in entries for name in _names(reference)]
    if rows:  # an insert of no rows would be one of a row of nothing
        connection.execute(insert(library_names), rows)


def _names(reference: Reference) -> tuple[str, ...]:
    """All names that an entry's paper may have: its ids, else a name made from its title; and fingerprints of its title.

    A preprint is often from the year before the published work, so the fingerprint of that year counts as well.
    """
    paper = _as_paper(reference)
    if paper is None:
        return reference.ids
    years = () if reference.year is None else (reference.year, reference.year - 1)
    prints = [print_ for year in years if (print_ := fingerprint(replace(paper, published=_new_year(year))))]
    return tuple(dict.fromkeys((paper.key, *reference.ids, *prints)))


def _as_paper(reference: Reference) -> Paper | None:
    """The paper as the library describes it; None for an entry without a title.

    It has one name only, and no date, so that it has no fingerprint: one reader's library must not decide for all readers that two names,
    or a name and a title, are the same work.
    """
    if not fold(reference.title):
        return None
    made = blake2b(f"{fold(reference.title)}|{reference.year or ''}".encode(), digest_size=12).hexdigest()
    key = reference.ids[0] if reference.ids else f"{MADE}{made}"
    return Paper(key=key, ids=(key,), title=reference.title, abstract=reference.abstract, authors=reference.authors)


def _new_year(year: int) -> datetime | None:
    """The first moment of a year; None for a year that Python's datetime does not have."""
    return datetime(year, 1, 1, tzinfo=UTC) if MINYEAR <= year <= MAXYEAR else None


def _store_papers(connection: Connection, references: Sequence[Reference], now: datetime) -> tuple[Reference, ...]:
    """Store the papers that only this library knows; returns the entries whose paper stays unknown.

    A stored paper without an abstract is given the library's, if it has one.
    """
    known = _known(connection, {name for reference in references for name in _names(reference)})
    unknown: list[Reference] = []
    to_store: list[Paper] = []
    for reference in references:
        paper = _as_paper(reference)
        found = next((known[name] for name in _names(reference) if name in known), None)
        if found is None and paper is None:
            unknown.append(reference)
        elif paper is not None and found is None:
            to_store.append(paper)
        elif paper is not None and found is not None and reference.abstract and not found[1]:
            to_store.append(replace(paper, key=found[0], ids=(found[0],)))
    recording = Recording(connection, to_store)
    for paper in to_store:
        recording.take(paper, tell(paper, LIBRARY))
    recording.store(now)
    return tuple(unknown)


def _known(connection: Connection, names: set[str]) -> Mapping[str, tuple[str, bool]]:
    """The papers of these names and fingerprints: the key of each, and whether it has an abstract."""
    found: dict[str, tuple[str, bool]] = {}
    for some in chunks(sorted(names)):
        for column, paper in ((paper_titles.c.fingerprint, paper_titles.c.paper), (paper_keys.c.key, paper_keys.c.paper)):
            which = select(column, papers.c.key, papers.c.abstract != "").join(papers, papers.c.id == paper).where(column.in_(some))
            found.update((name, (key, has)) for name, key, has in connection.execute(which))
    return found
