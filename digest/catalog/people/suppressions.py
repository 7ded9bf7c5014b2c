"""The suppression list: addresses that get no more mail, stored as hashes, so that no import and no command brings them back."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from shlex import quote
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, update

from ...addresses import folded
from ...errors import UsageError
from ...model import SubscriberStatus, Suppression, SuppressionReason
from ..doors import Doors, chunks, insert_new
from ..letters.outbox import withdraw
from ..schema import subscribers, subscriptions
from ..schema.bounces import FORGIVEN, returns
from ..schema.people import suppression_keys, suppressions

_KEY_BYTES = 32
_ROWS = select(suppressions, suppression_keys.c.key.label("secret")).join(suppression_keys)
_GOING_ON = (
    select(subscribers.c.email_folded, subscriptions.c.name, subscriptions.c.id, subscriptions.c.consented_at)
    .join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
    .where(subscriptions.c.left_at.is_(None), subscriptions.c.removed_at.is_(None))
)


class Suppressions:
    """The suppressed addresses, and why each is suppressed."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def of(self, email: str) -> Suppression | None:
        """Why nothing at all goes to this address (any case); None where something may."""
        with self._doors.reading() as connection:
            found = suppressed(connection, [email]).get(folded(email), ())
        return next((one for one in found if not one.subscription), None)

    def names(self, email: str) -> bool:
        """Whether any line is about this address, be it about one of its subscriptions alone."""
        with self._doors.reading() as connection:
            return bool(suppressed(connection, [email]))

    def refuse(self, email: str, subscription: str = "") -> None:
        """Raise UsageError, saying why and what to do, where nothing goes to this address, or not the subscription of that name."""
        with self._doors.reading() as connection:
            refuse(connection, email, subscription)

    def all(self) -> tuple[Suppression, ...]:
        """Every line, oldest first."""
        with self._doors.reading() as connection:
            rows = connection.execute(_ROWS.order_by(suppressions.c.at, suppressions.c.hash, suppressions.c.subscription)).mappings()
            return tuple(_suppression(row) for row in rows)

    def add(self, email: str, reason: SuppressionReason, now: datetime, origin: str, *, replaces: bool = False) -> bool:
        """Send nothing to this address from now on; letters that wait are cancelled. False if it was suppressed already.

        It survives a power cut. Existing lines of the address stay, unless this `replaces` them all.
        """
        with self._doors.writing(durable=True) as connection:
            return suppress(connection, email, reason, now, origin, replaces=replaces)

    def configured(self) -> tuple[tuple[str, str], ...]:
        """The addresses of the configuration that nothing goes to, each with the reason."""
        which = select(subscribers.c.email, subscribers.c.suppressed).join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
        named = (subscribers.c.suppressed.is_not(None), subscriptions.c.configured.is_(True), subscriptions.c.removed_at.is_(None))
        with self._doors.reading() as connection:
            rows = connection.execute(which.where(*named).distinct().order_by(subscribers.c.email)).all()
        return tuple((row.email, row.suppressed) for row in rows)

    def lift(self, email: str) -> bool:
        """Take an address and its old links off the list, since its owner asked for that; False if it was not on it."""
        name = folded(email)
        with self._doors.writing() as connection:
            hashes = _hashes(keys(connection), name)
            gone = connection.execute(delete(suppressions).where(suppressions.c.hash.in_(hashes))).rowcount
            connection.execute(update(subscribers).where(subscribers.c.email_folded == name).values(suppressed=None))
            forgive(connection, name)
        return bool(gone)


def refuse(connection: Connection, email: str, subscription: str) -> None:
    """See `Suppressions.refuse`; inside the transaction that is open."""
    line = next((one for one in suppressed(connection, [email]).get(folded(email), ()) if one.subscription in ("", subscription)), None)
    if line is not None:
        what = f"its subscription {subscription!r}" if line.subscription else "it"
        hint = f"only if its owner asks for letters again: digest subscribers suppress {quote(email)} --lift"
        raise UsageError(email, f"the suppression list names {what} ({line.reason}, {line.at:%Y-%m-%d})", hint=hint)


def link_of(uuid: str) -> bytes:
    """The hash of a listmonk uuid; it is random, so its hash needs no key."""
    return sha256(uuid.lower().encode()).digest()


def keys(connection: Connection) -> dict[int, bytes]:
    """The keys of the list, our own first; none before anybody is on it."""
    rows = connection.execute(select(suppression_keys.c.id, suppression_keys.c.key).order_by(suppression_keys.c.id)).all()
    return {row.id: row.key for row in rows}


def suppressed(connection: Connection, emails: Iterable[str]) -> dict[str, tuple[Suppression, ...]]:
    """What the list says of these addresses, by the folded address; absent where it says nothing."""
    known = keys(connection)
    if not known:
        return {}
    whose = {hash_: name for name in {folded(email) for email in emails} for hash_ in _hashes(known, name)}
    found: dict[str, tuple[Suppression, ...]] = {}
    for some in chunks(whose):
        for row in connection.execute(_ROWS.where(suppressions.c.hash.in_(some)).order_by(suppressions.c.subscription)).mappings():
            name = whose[row["hash"]]
            found[name] = (*found.get(name, ()), _suppression(row))
    return found


def reasons(connection: Connection, emails: Iterable[str]) -> dict[str, str]:
    """Why nothing at all goes to these addresses, by the folded address."""
    found = suppressed(connection, emails)
    return {name: str(one.reason) for name, lines in found.items() for one in lines if not one.subscription}


def suppress(
    connection: Connection, email: str, reason: SuppressionReason, at: datetime, origin: str, *, replaces: bool = False
) -> bool:
    """Put an address on the list inside the transaction that is open; see `Suppressions.add`."""
    name = folded(email)
    before = reasons(connection, [name])
    if before and not replaces:
        return mark(connection, [name], at)  # whoever imported the line may have died before its reader was marked
    key, secret = _own_key(connection)
    hashes = _hashes(keys(connection), name)
    if replaces:
        connection.execute(delete(suppressions).where(suppressions.c.hash.in_(hashes), suppressions.c.subscription != ""))
    if before:
        which = (suppressions.c.hash.in_(hashes), suppressions.c.subscription == "")
        connection.execute(update(suppressions).where(*which).values(reason=str(reason), at=at, origin=origin, link=None))
    else:
        row = {"hash": _hash(secret, name), "subscription": "", "key": key, "reason": str(reason), "at": at, "origin": origin, "link": None}
        connection.execute(suppressions.insert().values(row))
    connection.execute(update(subscribers).where(subscribers.c.email_folded == name).values(suppressed=str(reason)))
    withdraw(connection, subscribers.c.email_folded == name, at, reason="left")
    return not before


def record(connection: Connection, lines: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write many lines at once, each with `email`, `subscription`, `reason`, `at`, `origin` and `link`.

    An existing line stays, with the later of both times. A reader gets nothing more of what a line names: one subscription, or all.
    """
    if not lines:
        return
    key, secret = _own_key(connection)
    rows = [{**line, "hash": _hash(secret, folded(line["email"])), "key": key} for line in lines]
    insert_new(connection, suppressions, [{name: value for name, value in row.items() if name != "email"} for row in rows])
    _move_on(connection, [(row["hash"], row["subscription"], row["at"]) for row in rows])
    whole = {folded(line["email"]): str(line["reason"]) for line in lines if not line["subscription"]}
    for some in chunks(whole):
        which = (subscribers.c.email_folded.in_(some), subscribers.c.suppressed.is_(None))
        for name in connection.scalars(select(subscribers.c.email_folded).where(*which)).all():
            connection.execute(update(subscribers).where(subscribers.c.email_folded == name).values(suppressed=whole[name]))
            withdraw(connection, subscribers.c.email_folded == name, now, reason="left")
    _end_each(connection, {(folded(line["email"]), line["subscription"]): line["at"] for line in lines if line["subscription"]}, now)


def _move_on(connection: Connection, moments: Sequence[tuple[bytes, str, datetime]]) -> None:
    """Give the lines of these hashes and subscriptions these times, where they are later."""
    same = (suppressions.c.hash == bindparam("which"), suppressions.c.subscription == bindparam("called"))
    later = bindparam("later", type_=suppressions.c.at.type)
    moved = update(suppressions).where(*same, suppressions.c.at < later).values(at=later)
    if moments:
        connection.execute(moved, [{"which": hash_, "called": name, "later": at} for hash_, name, at in moments])


def _end_each(connection: Connection, noes: Mapping[tuple[str, str], datetime], now: datetime) -> None:
    """End the subscriptions of these addresses and names, as their readers did elsewhere at that moment."""
    for some in chunks({name for name, _ in noes}):
        for name, called, id_, _ in connection.execute(_GOING_ON.where(subscribers.c.email_folded.in_(some))).all():
            if (name, called) in noes:
                _end(connection, id_, noes[name, called], now)


def _end(connection: Connection, subscription: int, left_at: datetime, now: datetime) -> None:
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription).values(left_at=left_at))
    withdraw(connection, subscriptions.c.id == subscription, now, reason="left")


def adopt(connection: Connection, coming: Sequence[Suppression], now: datetime) -> int:
    """Import lines of another catalog with the keys of their hashes; returns how many are new. No reader is marked.

    A line about one subscription ends it at once, unless its reader agreed to it later: then the line is not imported. A line later than
    the one stored here ends it too: the reader had resumed it and left again.
    """
    known = {key: id_ for id_, key in keys(connection).items()}
    for key in dict.fromkeys(one.key for one in coming):
        if key not in known:
            known[key] = connection.execute(suppression_keys.insert().values(key=key).returning(suppression_keys.c.id)).scalar_one()
    there: dict[tuple[bytes, str], datetime] = {}
    for some in chunks({one.hash for one in coming}):
        which = select(suppressions.c.hash, suppressions.c.subscription, suppressions.c.at).where(suppressions.c.hash.in_(some))
        there |= {(hash_, name): at for hash_, name, at in connection.execute(which)}
    coming = sorted(coming, key=lambda one: one.at)  # of two lines about one subscription the later counts
    fresh = {place: one for one in coming if (place := (one.hash, one.subscription)) not in there}
    later = {place: one for one in coming if one.at > there.get(place := (one.hash, one.subscription), one.at)}
    outdated = _end_hashed(connection, {place: one for place, one in (fresh | later).items() if one.subscription}, now)
    rows = [_row(one, known[one.key]) for place, one in fresh.items() if place not in outdated]
    insert_new(connection, suppressions, rows)
    _move_on(connection, [(*place, one.at) for place, one in later.items() if place not in outdated])
    return len(rows)


def _end_hashed(connection: Connection, fresh: Mapping[tuple[bytes, str], Suppression], now: datetime) -> set[tuple[bytes, str]]:
    """End the subscriptions that these lines of another catalog are about; gives those lines that a later yes outdates."""
    owners = {one.key for one in fresh.values()}
    outdated: set[tuple[bytes, str]] = set()
    for some in chunks({name for _, name in fresh}):
        for name, called, id_, agreed in connection.execute(_GOING_ON.where(subscriptions.c.name.in_(some))).all():
            places = {(_hash(key, name), called) for key in owners} & fresh.keys()
            for place in sorted(places, key=lambda place: fresh[place].at):  # of those of several lists the last
                if agreed is not None and agreed > fresh[place].at:
                    outdated.add(place)
                else:
                    _end(connection, id_, fresh[place].at, now)
    return outdated


class Rehearsed:
    """Lines of another catalog that a dry run would import."""

    def __init__(self) -> None:
        self._lines: dict[bytes, dict[str, Suppression]] = {}
        self._keys: set[bytes] = set()

    def add(self, lines: Iterable[Suppression]) -> list[Suppression]:
        """Remember these lines; gives those that were not there, as of two the later counts as the same line."""
        fresh = []
        for one in lines:
            self._keys.add(one.key)
            known = self._lines.setdefault(one.hash, {})
            before = known.get(one.subscription)
            fresh += [one] if before is None else []
            known[one.subscription] = one if before is None or one.at > before.at else before
        return fresh

    def about(self, emails: Iterable[str]) -> list[Suppression]:
        """The lines about these addresses."""
        hashes = (_hash(key, folded(email)) for email in emails for key in self._keys)
        return [line for hash_ in hashes for line in self._lines.get(hash_, {}).values()]


def unmarked(connection: Connection) -> tuple[str, ...]:
    """The addresses of subscribers of whom the list says something that is not noted with them."""
    names = select(subscribers.c.email_folded).where(subscribers.c.suppressed.is_(None)).order_by(subscribers.c.id)
    return tuple(name for some in chunks(connection.scalars(names)) for name in reasons(connection, some))


def mark(connection: Connection, emails: Iterable[str], now: datetime) -> bool:
    """Note with the subscribers of these addresses what the list says of them, and cancel their letters; whether that is news of any."""
    count = 0
    for name, reason in reasons(connection, emails).items():
        which = (subscribers.c.email_folded == name, subscribers.c.suppressed.is_(None))
        count += connection.execute(update(subscribers).where(*which).values(suppressed=reason)).rowcount
        withdraw(connection, subscribers.c.email_folded == name, now, reason="left")
    return count > 0


def link_is_known(connection: Connection, uuid: str) -> bool:
    """Whether an old link names somebody on the list."""
    return connection.scalar(select(suppressions.c.hash).where(suppressions.c.link == link_of(uuid)).limit(1)) is not None


def forgive(connection: Connection, name: str) -> None:
    """Make all past bounces of the reader count no more, even if read again: otherwise they would suppress the address at once."""
    reader = connection.scalar(select(subscribers.c.id).where(subscribers.c.email_folded == name))
    connection.execute(update(returns).where(returns.c.subscriber == reader).values(kind=FORGIVEN, points=0.0))
    which = (subscribers.c.id == reader, subscribers.c.status == SubscriberStatus.BOUNCING)
    connection.execute(update(subscribers).where(*which).values(status=str(SubscriberStatus.ACTIVE)))


def _own_key(connection: Connection) -> tuple[int, bytes]:
    """The first key and its id, made when it is first needed."""
    known = keys(connection)
    if not known:
        connection.execute(suppression_keys.insert().values(key=secrets.token_bytes(_KEY_BYTES)))
        known = keys(connection)
    return min(known.items())


def _hashes(known: Mapping[int, bytes], name: str) -> list[bytes]:
    return [_hash(key, name) for key in known.values()]


def _hash(key: bytes, name: str) -> bytes:
    return hmac.digest(key, name.encode("utf-8", "surrogatepass"), "sha256")


def _row(one: Suppression, key: int) -> dict[str, Any]:
    said = {"reason": str(one.reason), "at": one.at, "origin": one.origin, "link": one.link or None}
    return {"hash": one.hash, "subscription": one.subscription, "key": key, **said}


def _suppression(row: RowMapping) -> Suppression:
    return Suppression(
        hash=row["hash"],
        key=row["secret"],
        reason=SuppressionReason(row["reason"]),
        at=row["at"],
        origin=row["origin"],
        subscription=row["subscription"],
        link=row["link"] or b"",
    )
