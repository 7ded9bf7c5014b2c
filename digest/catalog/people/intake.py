"""Import lists of people: a batch in one transaction, which revives nobody who left and changes nobody who is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ...addresses import folded, normal_email
from ...model import Newcomer, No, Subscriber, SubscriberStatus, Subscription, Suppression, SuppressionReason
from ..doors import Doors, chunks, insert_new
from ..schema import subscribers, subscriptions
from ..schema.people import listmonk_links
from . import suppressions as list_
from .groups import sharing_row
from .subscribers import columns_of

BATCH = 1000
"""People in one transaction: some tenths of a second, so that a run or a page beside it is not held up for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The result for one newcomer: the names of subscriptions added, kept (there already), and refused with the reason.

    `suppressed` holds the reasons with which this import put them on the suppression list.
    """

    email: str
    added: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    suppressed: tuple[str, ...] = ()
    status: SubscriberStatus = SubscriberStatus.ACTIVE
    is_new: bool = False


class Intake:
    """Lists of people."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def take(self, coming: Sequence[Newcomer], now: datetime, *, rehearsed: list_.Rehearsed | None = None) -> tuple[Taken, ...]:
        """Store these people, each address once, in one transaction; returns the result for each.

        A reader marked as suppressed, as in our own export, is stored so, and gets nothing. What is known stays as it is: settings of a
        subscription, a reader's status, and that a reader left. Somebody who has said no goes to the suppression list only, and whoever is
        on it stays there. The same list again changes nothing. A dry run passes `rehearsed`, changes nothing, and decides as if the lines
        there had been imported.
        """
        with self._doors.writing() as connection:
            if rehearsed is not None:
                list_.adopt(connection, rehearsed.about(one.email for one in coming), now)
            work = _Work(connection, coming, now)
            taken = tuple(work.take(one) for one in coming)
            if rehearsed is None:
                work.store()
            else:
                connection.rollback()
        return taken

    def links(self) -> dict[int, str]:
        """For each subscription that came from listmonk, the uuid that old links name it by."""
        with self._doors.reading() as connection:
            rows = connection.execute(select(listmonk_links.c.subscription, listmonk_links.c.uuid).order_by(listmonk_links.c.uuid.desc()))
            return {row.subscription: row.uuid for row in rows.all()}

    def adopt(self, lines: Sequence[Suppression], now: datetime, *, rehearsed: list_.Rehearsed | None = None) -> int:
        """Import lines of another catalog's suppression list, in one transaction; returns how many are new.

        Readers of ours whom they suppress are not marked yet: see `unmarked`. A dry run passes `rehearsed`, and writes lines only there.
        """
        with self._doors.writing() as connection:
            count = list_.adopt(connection, lines if rehearsed is None else rehearsed.add(lines), now)
            if rehearsed is not None:
                connection.rollback()
        return count

    def unmarked(self) -> tuple[str, ...]:
        """The addresses of readers who are on the suppression list but not marked as suppressed."""
        with self._doors.reading() as connection:
            return list_.unmarked(connection)

    def mark(self, emails: Sequence[str], now: datetime) -> None:
        """Note with these readers what the list says of them, in one transaction; their letters that wait are cancelled."""
        with self._doors.writing() as connection:
            list_.mark(connection, emails, now)


@dataclass(slots=True)
class _Known:
    """A reader in the catalog; `names` maps the names of their subscriptions, removed ones too, to ids.

    A reader has left if they ended a subscription themselves and have none that goes on. `was_asked`: they were invited and have not
    answered. `agreed` says when they agreed to each subscription that they did not end themselves, None if not known.
    """

    id: int
    status: SubscriberStatus
    names: dict[str, int] = field(default_factory=dict)
    agreed: dict[str, datetime | None] = field(default_factory=dict)
    ended_one: bool = False
    going_on: set[str] = field(default_factory=set)
    was_asked: bool = False

    @property
    def has_left(self) -> bool:
        return self.ended_one and not self.going_on

    def has_outdated(self, no: No, at: datetime) -> bool:
        """Whether they agreed after `at`: to that subscription, or, if they unsubscribed from everything elsewhere, to all that go on."""
        if no.reason is not SuppressionReason.UNSUBSCRIBED:
            return False
        agreed = [self.agreed.get(name) for name in ([no.subscription] if no.subscription else self.going_on)]
        return bool(agreed) and all(moment is not None and moment > at for moment in agreed)


class _Work:
    """One batch: what is known of its people, and the rows that it adds."""

    def __init__(self, connection: Connection, coming: Sequence[Newcomer], now: datetime) -> None:
        self._connection = connection
        self._now = now
        emails = [one.email for one in coming]
        self._known = _known(connection, emails)
        lines = list_.suppressed(connection, emails)
        self._noes = {name: {line.subscription: str(line.reason) for line in theirs} for name, theirs in lines.items()}
        self._last_no = {
            (name, line.subscription): line.at for name, theirs in lines.items() for line in sorted(theirs, key=lambda line: line.at)
        }
        self._readers: dict[str, Subscriber] = {}
        self._added: list[tuple[str, Subscription, str]] = []
        self._links: list[tuple[str, str, str]] = []
        self._lines: list[dict[str, Any]] = []

    def take(self, one: Newcomer) -> Taken:
        name = folded(one.email)
        known = self._known.get(name)
        refused_before = dict(self._noes.get(name, {}))
        new_reasons = self._refuse(name, one)
        noes = self._noes.get(name, {})
        added, kept, refused = [], [], []
        for subscription in one.subscriptions:
            if ("" in noes and not subscription.subscriber.suppressed) or self._is_unwanted(name, one, subscription):
                why = noes.get("") or noes[subscription.name]
                refused.append((subscription.name, f"on the suppression list ({why})" if refused_before else why))
            elif known is not None and subscription.name in known.names:
                kept.append(subscription.name)
            elif known is not None and subscription.subscriber.suppressed and "" not in noes:
                refused.append((subscription.name, f"nothing goes to them where the list is from ({subscription.subscriber.suppressed})"))
            elif known is not None and known.has_left and subscription.left_at is None:
                refused.append((subscription.name, "left here, and asked for nothing since"))
            elif self._status(name) is SubscriberStatus.ACTIVE and _is_pending(subscription):
                refused.append((subscription.name, "gets other letters here, and has not said yes to this one"))
            elif known is not None and known.was_asked and _is_pending(subscription):
                # A yes to the invitation that they have is no yes to what it did not name.
                refused.append((subscription.name, "was asked about something else before, and has not answered"))
            else:
                added.append(subscription.name)
                self._readers.setdefault(name, subscription.subscriber)
                self._added.append((name, subscription, one.origin))
        self._links.extend((name, which, uuid.lower()) for which, uuid in one.links if which in (*added, *kept))
        status = known.status if known is not None else next((s.subscriber.status for s in one.subscriptions), SubscriberStatus.ACTIVE)
        return Taken(
            email=one.email,
            added=tuple(added),
            kept=tuple(kept),
            refused=tuple(refused),
            suppressed=tuple(new_reasons),
            status=status,
            is_new=bool(added) and known is None,
        )

    def _is_unwanted(self, name: str, one: Newcomer, subscription: Subscription) -> bool:
        """Whether they left this subscription elsewhere, unless it is imported as ended, or they have resumed it since."""
        if subscription.name not in self._noes.get(name, {}):
            return False
        if not one.is_ours:
            return True
        said_no, said_yes = self._last_no.get((name, subscription.name), self._now), subscription.consented_at
        has_ended = subscription.left_at is not None or subscription.removed_at is not None
        return not has_ended and (said_yes is None or said_yes <= said_no)

    def _status(self, name: str) -> SubscriberStatus | None:
        """The status of a reader who is in the catalog, or was taken in this batch."""
        if name in self._known:
            return self._known[name].status
        return self._readers[name].status if name in self._readers else None

    def store(self) -> None:
        """Write down what was taken."""
        list_.record(self._connection, self._lines, self._now)
        ids = {name: known.id for name, known in self._known.items()} | self._store_readers()
        rows = [{**_row(one, origin, self._now), "subscriber": ids[name]} for name, one, origin in self._added]
        if rows:
            made = subscriptions.insert().returning(subscriptions.c.id, sort_by_parameter_order=True)
            numbers = self._connection.execute(made, rows).scalars().all()
            for (name, one, _), id_ in zip(self._added, numbers, strict=True):
                self._known.setdefault(name, _Known(ids[name], SubscriberStatus.ACTIVE)).names[one.name] = id_
        links = [{"uuid": uuid, "subscription": self._known[name].names[one]} for name, one, uuid in self._links]
        insert_new(self._connection, listmonk_links, links)

    def _refuse(self, name: str, one: Newcomer) -> list[str]:
        """Put their noes on the list, those that are not there; gives the reasons.

        That they left elsewhere what they did not leave here is a no, too, also where the operator removed it and may add it again. One
        that its reader has outdated by a yes is none: on the list it would keep their next one from being heard.
        """
        fresh = []
        noes = self._noes.setdefault(name, {})
        known = self._known.get(name)
        agreed = known.agreed if known is not None else {}
        left = [s for s in one.subscriptions if s.left_at is not None and s.name in agreed]
        for no in (*one.noes, *(No(reason=SuppressionReason.UNSUBSCRIBED, subscription=s.name, at=s.left_at) for s in left)):
            at = no.at or self._now
            # Who took it up again, as they may at any time, and has left it since: their new no stands behind the old one.
            is_new = no.subscription not in noes or (
                no.subscription in agreed and no.at is not None and no.at > self._last_no.get((name, no.subscription), no.at)
            )
            if "" not in noes and is_new and (known is None or not known.has_outdated(no, at)):
                noes[no.subscription] = str(no.reason)
                link = list_.link_of(one.uuid) if one.uuid else None
                line = {"email": one.email, "subscription": no.subscription, "reason": str(no.reason), "at": at}
                self._lines.append({**line, "origin": one.origin, "link": link})
                fresh.append(str(no.reason))
        return fresh

    def _store_readers(self) -> dict[str, int]:
        new = [(name, reader) for name, reader in self._readers.items() if name not in self._known]
        rows = [
            {
                "email": normal_email(reader.email),
                "email_folded": name,
                "status": str(reader.status),
                "paused_until": reader.paused_until,
                "made_at": self._now,
                "suppressed": self._noes.get(name, {}).get("") or reader.suppressed or None,
                "invited_at": reader.invited_at,
            }
            for name, reader in new
        ]
        if not rows:
            return {}
        made = subscribers.insert().returning(subscribers.c.id, sort_by_parameter_order=True)
        return dict(zip((name for name, _ in new), self._connection.execute(made, rows).scalars(), strict=True))


def _known(connection: Connection, emails: Iterable[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    columns = (subscribers.c.id, subscribers.c.email_folded, subscribers.c.status, subscribers.c.invited_at)
    for some in chunks({folded(email) for email in emails}):
        for id_, name, status, invited_at in connection.execute(select(*columns).where(subscribers.c.email_folded.in_(some))):
            found[name] = _Known(id_, SubscriberStatus(status), was_asked=invited_at is not None and status == SubscriberStatus.PENDING)
    by_id = {known.id: known for known in found.values()}
    for numbers in chunks(by_id):
        told = [subscriptions.c[name] for name in ("subscriber", "name", "id", "left_at", "removed_at", "consented_at")]
        for row in connection.execute(select(*told).where(subscriptions.c.subscriber.in_(numbers))):
            reader = by_id[row.subscriber]
            reader.names[row.name] = row.id
            reader.ended_one |= row.left_at is not None
            if row.left_at is None:
                reader.agreed[row.name] = row.consented_at
            if row.left_at is None and row.removed_at is None:
                reader.going_on.add(row.name)
    return found


def _is_pending(subscription: Subscription) -> bool:
    """Whether its reader has not accepted yet."""
    return subscription.subscriber.status is SubscriberStatus.PENDING


def _row(subscription: Subscription, origin: str, now: datetime) -> dict[str, Any]:
    # A mistyped year such as 2206 would make this consent newer than every unsubscription until then.
    at = min(subscription.consented_at, now) if subscription.consented_at else None
    agreed = {"consented_at": at, "consent_origin": subscription.consent_origin}
    # What ended before its reader said yes to the rest was never agreed to; a list has nothing that ended, our own export has.
    is_over = subscription.left_at is not None or subscription.removed_at is not None
    if at is None and not is_over and not _is_pending(subscription):
        agreed = {"consented_at": now, "consent_origin": subscription.consent_origin or origin}
    ended = {"left_at": subscription.left_at, "removed_at": subscription.removed_at}
    agreed |= sharing_row(subscription.sharing)
    return {**columns_of(subscription), **agreed, **ended, "configured": subscription.configured, "made_at": now}
