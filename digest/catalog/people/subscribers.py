"""The subscriptions: those of the configuration and those that commands added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, or_, select, update

from ...addresses import folded, normal_email
from ...cadence import day_begun
from ...errors import NotFound, UsageError
from ...model import SubscriberStatus, Subscription
from ..doors import Doors, chunks
from ..encoding import cadence_row, edition_row, profile_row
from ..letters.outbox import let_go, withdraw
from ..schema import subscribers, subscriptions
from .active import LIVE, Period, active, first_of_all, ids_of, without_issue
from .alike import Alike, alike
from .groups import COMMAND, CONFIGURATION, file_says_more, sharing_after, sharing_row, taken_back
from .leavers import Leavers
from .namesakes import in_both, name_taken
from .readers import SUBSCRIPTIONS, one_by_one, select_subscriptions, subscription_of, these
from .renamed import keep_taught, with_former_names
from .suppressions import reasons, refuse


class Subscribers:
    """The subscriptions. One that is removed is hidden and its history stays, so that adding it again sends no paper twice."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def all(self, limit: int | None = None) -> tuple[Subscription, ...]:
        """Every subscription, or the first so many, oldest first, also paused ones and those whose reader unsubscribed."""
        with self._doors.reading() as connection:
            return select_subscriptions(connection, LIVE, limit=limit)

    def count(self) -> int:
        """How many `all` would give."""
        with self._doors.reading() as connection:
            return connection.scalar(select(func.count()).select_from(subscriptions).where(LIVE)) or 0

    def each(self, *, removed: bool = False) -> Iterator[Subscription]:
        """What `all` gives, and with `removed` what ever was; read in parts and never all in memory, each as it is when it is read."""
        return one_by_one(self._doors, *(() if removed else (LIVE,)))

    def alike(self, now: datetime) -> Iterator[Sequence[Alike]]:
        """Those that get letters, unless paused, oldest first, with what tells which are alike; in portions."""
        return alike(self._doors, now)

    def these(self, ids: Iterable[int]) -> Iterator[Subscription]:
        """Those of these ids that `all` would give, in the order of the ids; read in parts and never all in memory."""
        return these(self._doors, ids, LIVE)

    def active_ids(self, now: datetime) -> tuple[int, ...]:
        """The ids of those that get letters now, oldest first: neither left nor paused nor suppressed, their subscriber active."""
        with self._doors.reading() as connection:
            return tuple(connection.scalars(ids_of(*active(now)).order_by(subscriptions.c.id)))

    def without_issue(self, period: Period, now: datetime) -> tuple[int, ...]:
        """The ids of active subscriptions without an issue of the period that `period` names for their cadence and zone (None: skipped)."""
        with self._doors.reading() as connection:
            return without_issue(connection, period, now)

    def wanting_updates(self, now: datetime) -> frozenset[int]:
        """The ids of subscribers who get letters now and want to hear what became of papers they were shown."""
        theirs = select(subscriptions.c.subscriber).join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
        with self._doors.reading() as connection:
            return frozenset(connection.scalars(theirs.where(*active(now), subscriptions.c.profile["updates"].as_boolean())))

    def categories(self) -> frozenset[str]:
        """The categories and editions named by subscriptions not ended; "" is among them if a profile names no category."""
        named = (subscriptions.c.profile["categories"], subscriptions.c.edition["name"].as_string())
        found: set[str] = set()
        with self._doors.reading() as connection:
            for categories, edition in connection.execute(select(*named).where(LIVE, subscriptions.c.left_at.is_(None)).distinct()):
                found.update(categories or [edition or ""])
        return frozenset(found)

    def find(self, email: str, name: str | None = None) -> tuple[Subscription, ...]:
        """The subscriptions of an address (any case), or the one of that name; empty where there is none."""
        with self._doors.reading() as connection:
            return select_subscriptions(connection, LIVE, *_meant(email, name))

    def some_addresses(self, limit: int) -> tuple[str, ...]:
        """The first addresses of the alphabet that have a subscription, for who mistyped one."""
        with self._doors.reading() as connection:
            return tuple(connection.scalars(first_of_all(subscribers.c.email, limit)))

    def by_id(self, subscription_id: int) -> Subscription:
        """The subscription of that id. Raises NotFound; one that only the file no longer names is still found: its letters link to it."""
        return self._numbered(subscription_id, or_(LIVE, subscriptions.c.configured.is_(True)))

    def removed(self, subscription_id: int) -> Subscription:
        """The subscription of that id that its operator removed. Raises NotFound where there is none."""
        return self._numbered(subscription_id, subscriptions.c.removed_at.is_not(None))

    def of_one_reader(self, subscription_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """For each of these subscriptions all that the same reader has, itself among them."""
        found: dict[int, list[int]] = {}
        other = subscriptions.alias()
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                pairs = select(subscriptions.c.id, other.c.id).join(other, other.c.subscriber == subscriptions.c.subscriber)
                for own, theirs in connection.execute(pairs.where(subscriptions.c.id.in_(some), other.c.removed_at.is_(None))):
                    found.setdefault(own, []).append(theirs)
        return {own: tuple(theirs) for own, theirs in found.items()}

    def add(self, subscription: Subscription, now: datetime) -> Subscription:
        """Store a subscription that a command adds; gives it with its ids.

        Raises UsageError where the address has one of that name, from a command or from the configuration, or gets nothing any more.
        """
        email = normal_email(subscription.subscriber.email)
        with self._doors.writing() as connection:
            refuse(connection, email, subscription.name)
            before = _row(connection, email, subscription.name)
            if before is not None and before["removed_at"] is None:
                raise name_taken(email, before)
            columns = columns_of(subscription) | _consent(subscription, COMMAND, now)
            columns |= _shared(connection, before, subscription, COMMAND, now) | {"configured": False, "left_at": None, "removed_at": None}
            id_ = _store(connection, subscription, columns, before, now)
            return select_subscriptions(connection, subscriptions.c.id == id_)[0]

    def edit(
        self, subscription: Subscription, now: datetime, how: Callable[[Subscription], Subscription] | None = None
    ) -> Subscription:
        """Replace a subscription that a command added, named by its id or by address and name; gives it as stored.

        `how` makes the replacement from what is stored at that moment, inside the transaction, so that changes made since the caller looked
        it up are kept. Raises NotFound, or UsageError if it is from the configuration or another has the new name.
        """
        email = normal_email(subscription.subscriber.email)
        with self._doors.writing() as connection:
            which = [subscriptions.c.id == subscription.id] if subscription.id else _meant(email, subscription.name)
            before = _editable(connection, select_subscriptions(connection, LIVE, *which), email, subscription.name)[0]
            subscription = how(before) if how is not None else subscription
            if folded(before.subscriber.email) != folded(email):
                raise UsageError(before.subscriber.email, "an address cannot be changed", hint="`digest subscribers move` gives it another")
            other = _row(connection, email, subscription.name)
            if other is not None and other["id"] != before.id:
                raise name_taken(email, other)
            subscription = replace(subscription, profile=with_former_names(before.profile, subscription.profile))
            columns = columns_of(subscription) | _shared(connection, before, subscription, COMMAND, now)
            connection.execute(update(subscriptions).where(subscriptions.c.id == before.id).values(columns))
            keep_taught(connection, before, subscription)
            return select_subscriptions(connection, subscriptions.c.id == before.id)[0]

    def remove(self, email: str, name: str | None, now: datetime) -> None:
        """End a subscription, or every one of the address; letters that wait are cancelled.

        Raises NotFound, or UsageError where the configuration says it.
        """
        with self._doors.writing() as connection:
            for subscription in _editable(connection, select_subscriptions(connection, LIVE, *_meant(email, name)), email, name):
                _end(connection, subscription.id, now, removed_at=now)

    def rest(self, subscription_id: int, until: datetime) -> None:
        """Pause all subscriptions of the reader at their own wish, claimed letters too, whatever the file says. Raises NotFound."""
        with self._doors.writing() as connection:
            reader = select(subscriptions.c.subscriber).where(subscriptions.c.id == subscription_id).scalar_subquery()
            if connection.execute(update(subscribers).where(subscribers.c.id == reader).values(paused_until=until)).rowcount == 0:
                raise NotFound("", "no such subscription", hint="`digest subscribers list` names them")
            let_go(connection, subscribers.c.id == reader)

    def wake(self, subscription_id: int, now: datetime) -> None:
        """End the reader's pause, if there is one, at the start of their day: that day's letter comes, and no earlier one.

        A mail that ends it in the evening is read in the morning, by the run that makes the letter. Raises NotFound.
        """
        with self._doors.writing() as connection:
            reader = select_subscriptions(connection, subscriptions.c.id == subscription_id)
            if not reader:
                raise NotFound("", "no such subscription", hint="`digest subscribers list` names them")
            begun = day_begun(reader[0].subscriber.zone, now)
            whose = subscribers.c.id == reader[0].subscriber.id, subscribers.c.paused_until > now
            connection.execute(update(subscribers).where(*whose).values(paused_until=begun))

    def leave(self, subscription_id: int, now: datetime) -> None:
        """The reader's own end of a subscription, at any time and any number of times; letters that wait are cancelled.

        It outlasts a power cut, and whatever the configuration says. Raises NotFound for an id that never was.
        """
        with self._doors.writing(durable=True) as connection:
            left = select(subscriptions.c.left_at).where(subscriptions.c.id == subscription_id)
            row = connection.execute(left).one_or_none()
            if row is None:
                raise NotFound("", "no such subscription", hint="`digest subscribers list` names them")
            _end(connection, subscription_id, now, left_at=row.left_at or now)

    def resume(self, subscription_id: int, now: datetime, how: str) -> None:
        """Undo `leave`, from the next issue on; a reader who has said yes has said it again now, so no older list ends it anew."""
        this = subscriptions.c.id == subscription_id
        agreed = subscriptions.c.subscriber.in_(select(subscribers.c.id).where(subscribers.c.status != SubscriberStatus.PENDING))
        with self._doors.writing() as connection:
            connection.execute(
                update(subscriptions).where(this, agreed, subscriptions.c.left_at.is_not(None)).values(consented_at=now, consent_origin=how)
            )
            connection.execute(update(subscriptions).where(this).values(left_at=None))

    def adopt(self, configured: Sequence[Subscription], now: datetime) -> None:
        """Make the configuration's subscriptions those of the file: new ones are added, changed ones changed, absent ones removed.

        What readers did stays: a reader who left is not brought back, not even under another name. A subscription that is new for a reader
        who left everything, or was removed before they left, counts as left until somebody resumes it; so does one that an imported list
        says they left elsewhere. Raises UsageError if a command has added one of the same name.
        """
        wanted = [replace(s, subscriber=replace(s.subscriber, email=normal_email(s.subscriber.email))) for s in configured]
        places = Counter(_place(s) for s in wanted)
        if twice := next((s for s in wanted if places[_place(s)] > 1), None):
            hint = "give one of them another name in config.toml"
            raise UsageError(twice.subscriber.email, f"the configuration has two subscriptions {twice.name!r} of this address", hint=hint)
        with self._doors.reading() as connection:
            if not any(_differences(connection, wanted)):
                return  # the usual start of a command: nothing to write, so nobody to wait for
        with self._doors.writing() as connection:
            changed, absent = _differences(connection, wanted)
            gone = Leavers(connection, {folded(subscription.subscriber.email) for subscription in changed})
            for subscription in changed:
                before = _row(connection, subscription.subscriber.email, subscription.name)
                if before is not None and before["removed_at"] is None and not before["configured"]:
                    raise in_both(subscription)
                columns = {**columns_of(subscription), "configured": True, "removed_at": None}
                columns |= _shared(connection, before, subscription, CONFIGURATION, now)
                if before is None:
                    columns |= _consent(subscription, CONFIGURATION, now)
                columns["left_at"] = gone.left_at(_place(subscription), before)
                _store(connection, subscription, columns, before, now)
                if before is not None:
                    keep_taught(connection, subscription_of(before), subscription)
            for id_ in absent:
                _end(connection, id_, now, removed_at=now)

    def _numbered(self, subscription_id: int, which: ColumnElement[bool]) -> Subscription:
        with self._doors.reading() as connection:
            found = select_subscriptions(connection, subscriptions.c.id == subscription_id, which)
        if not found:
            raise NotFound("", "no such subscription", hint="`digest subscribers list` names them")
        return found[0]


def _editable(connection: Connection, found: Sequence[Subscription], email: str, name: str | None) -> Sequence[Subscription]:
    """These, if there are any and commands may change them. Raises NotFound or UsageError."""
    if not found:
        some = select(subscribers.c.email, subscriptions.c.name).join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
        some = some.where(LIVE, subscribers.c.id.in_(connection.scalars(first_of_all(subscribers.c.id, 9)).all()))
        some = some.order_by(subscribers.c.email_folded, subscriptions.c.name).limit(9)
        known = [f"{address} ({called})" for address, called in connection.execute(some)]
        hint = f"known: {', '.join(known[:8])}" + (" …" if len(known) > 8 else "") if known else "`digest subscribers add` adds one"
        raise NotFound(email, "no such subscriber" if name is None else f"no subscription {name!r}", hint=hint)
    refuse_configured(found)
    return found


def refuse_configured(found: Iterable[Subscription]) -> None:
    """Raise UsageError where the configuration says one of these, so that no command may change it."""
    if fixed := next((s for s in found if s.configured), None):
        email = fixed.subscriber.email
        hint = f'edit config.toml, the [[subscribers]] with address = "{email}"'
        raise UsageError(f"{email} ({fixed.name})", "is from the configuration", hint=hint)


def _meant(email: str, name: str | None) -> list[ColumnElement[bool]]:
    named = [] if name is None else [subscriptions.c.name == name]
    return [subscribers.c.email_folded == folded(email), *named]


def _row(connection: Connection, email: str, name: str) -> RowMapping | None:
    """The row of that address and name, removed or not."""
    return connection.execute(SUBSCRIPTIONS.where(*_meant(email, name))).mappings().one_or_none()


def columns_of(subscription: Subscription) -> dict[str, Any]:
    """What is said of a subscription, as it is stored."""
    assert (subscription.profile is None) != (subscription.edition is None), "a subscription has a profile or an edition"
    return {
        "name": subscription.name,
        "reader_name": subscription.subscriber.name,
        "zone": subscription.subscriber.zone,
        "language": subscription.subscriber.language,
        "profile": profile_row(subscription.profile),
        "edition": edition_row(subscription.edition),
        "cadence": cadence_row(subscription.cadence),
        "theme": subscription.theme,
        "format": str(subscription.format),
        "group_name": subscription.group,
    }


def _shared(
    connection: Connection, before: RowMapping | Subscription | None, subscription: Subscription, origin: str, now: datetime
) -> dict[str, Any]:
    """What becomes of the reader's word to their group."""
    known = subscription_of(before) if isinstance(before, RowMapping) else before
    ended_at = taken_back(connection, subscription.subscriber.email, subscription.group) if subscription.share_saves else None
    return sharing_row(sharing_after(known, subscription, origin, now, ended_at))


def _consent(subscription: Subscription, usual: str, now: datetime) -> dict[str, Any]:
    """When and how its reader agreed; who is still to be asked has not."""
    if subscription.subscriber.status is SubscriberStatus.PENDING and subscription.consented_at is None:
        return {"consented_at": None, "consent_origin": ""}
    return {"consented_at": subscription.consented_at or now, "consent_origin": subscription.consent_origin or usual}


def _store(connection: Connection, subscription: Subscription, columns: dict[str, Any], before: RowMapping | None, now: datetime) -> int:
    if before is not None:
        connection.execute(update(subscriptions).where(subscriptions.c.id == before["id"]).values(columns))
        return int(before["id"])
    email = normal_email(subscription.subscriber.email)
    name = folded(email)
    reader = connection.scalar(select(subscribers.c.id).where(subscribers.c.email_folded == name))
    if reader is None:
        row = {"email": email, "email_folded": name, "status": str(subscription.subscriber.status), "made_at": now}
        row |= {"suppressed": reasons(connection, [email]).get(name), "invited_at": subscription.subscriber.invited_at}
        made = subscribers.insert().values(**row, paused_until=subscription.subscriber.paused_until)
        reader = connection.execute(made.returning(subscribers.c.id)).scalar_one()
    stored = subscriptions.insert().values(**columns, subscriber=reader, made_at=now)
    return int(connection.execute(stored.returning(subscriptions.c.id)).scalar_one())


def _end(connection: Connection, subscription_id: int, now: datetime, **ended: datetime) -> None:
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(ended))
    withdraw(connection, subscriptions.c.id == subscription_id, now, reason="left" if "left_at" in ended else "operator")


def _differences(connection: Connection, wanted: Sequence[Subscription]) -> tuple[list[Subscription], list[int]]:
    """The wanted ones that are not stored as they are, and the ids of stored ones that are not wanted."""
    stored = {_place(s): s for s in select_subscriptions(connection, LIVE, subscriptions.c.configured.is_(True))}
    absent = dict(stored)
    changed = []
    for subscription in wanted:
        place = _place(subscription)
        absent.pop(place, None)
        before = stored.get(place)
        if before is not None:
            subscription = replace(subscription, profile=with_former_names(before.profile, subscription.profile))
        if before is None or columns_of(before) != columns_of(subscription) or file_says_more(before, subscription):
            changed.append(subscription)
    return changed, [s.id for s in absent.values()]


def _place(subscription: Subscription) -> tuple[str, str]:
    return folded(subscription.subscriber.email), subscription.name
