"""Decide what a person on a list becomes here: subscriptions, a line of the suppression list, or nothing, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..model import UNNAMED, Newcomer, No, Subscriber, SubscriberStatus, Subscription, SuppressionReason
from .mapping import Plan
from .persons import Membership, Person, Standing

OPERATORS_WORD = "the operator's word"
NOTHING_TO_GET = "names no topics, edition or lists: say with --default what such people get"
NOTHING_TO_ASK = "names no topics or edition, and without a base_url nobody can choose any: say --edition or --topic"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Either a newcomer, or why there is none; `unmapped` are lists that the plan does not mention."""

    newcomer: Newcomer | None = None
    reason: str = ""
    unmapped: tuple[str, ...] = ()


def joined(persons: Iterable[Person]) -> Person:
    """One person from all records of an address: a refusal wins, lists are combined, and for the rest the first record counts.

    Of several refusals, that which a yes given here is least likely to outdate. When and where they agreed, the first record that says so
    tells, whatever stands before it.
    """
    first, *others = persons
    if refusals := [one for one in (first, *others) if one.no is not None]:
        return max(refusals, key=_outdated_after)
    memberships = [one.memberships for one in (first, *others) if one.memberships is not None]
    subscriptions = {one.name: one for person in (*reversed(others), first) for one in person.subscriptions}
    agreed = next((one for one in (first, *others) if one.standing is Standing.CONFIRMED), first)
    return replace(
        first,
        standing=agreed.standing,
        at=agreed.at,
        origin=agreed.origin,
        is_off=any(one.is_off for one in (first, *others)),
        memberships=tuple(one for each in memberships for one in each) if memberships else None,
        subscriptions=tuple(subscriptions.values()),
    )


def _outdated_after(refusal: Person) -> datetime:
    """The moment after which a yes given here outdates it: only a dated unsubscription is ever outdated."""
    return refusal.at if refusal.at is not None and refusal.no is SuppressionReason.UNSUBSCRIBED else _NEVER


def decide(person: Person, plan: Plan) -> Decision:
    """What becomes of the person under this plan."""
    if plan.asks:
        person = _unasked(person)
    if person.no is not None:
        return _no(person, plan, No(reason=person.no, at=person.at))
    if person.is_off:
        return Decision(reason="disabled there, so nothing here")
    if person.memberships is None:
        return _without_lists(person, plan)
    if person.memberships and all(one.standing is Standing.UNSUBSCRIBED for one in person.memberships):
        return _no(person, plan, No(reason=SuppressionReason.UNSUBSCRIBED, at=_last(person.memberships)))
    return _with_lists(person, plan, person.memberships)


def _unasked(person: Person) -> Person:
    """The person as if they had agreed to nothing yet; a refusal stays."""
    said = person.memberships
    if said is not None:
        said = tuple(replace(one, standing=Standing.UNCONFIRMED) if one.standing is Standing.CONFIRMED else one for one in said)
    return replace(person, standing=Standing.UNCONFIRMED, memberships=said)


def _no(person: Person, plan: Plan, no: No) -> Decision:
    return Decision(newcomer=Newcomer(email=person.email, noes=(no,), uuid=person.uuid, origin=person.origin or plan.origin))


def _without_lists(person: Person, plan: Plan) -> Decision:
    """What the row describes, else the plan's default."""
    reader = _reader(person, plan)
    wanted = person.subscriptions or ((plan.default.subscription(reader, UNNAMED),) if plan.default else ())
    if not wanted:
        return Decision(reason=NOTHING_TO_ASK if plan.asks else NOTHING_TO_GET)
    yes, maybe = _described(person, plan, reader, wanted)
    return _newcomer(person, plan, list(({**maybe, **yes} if plan.confirmed else yes or maybe).values()))


def _described(
    person: Person, plan: Plan, reader: Subscriber, wanted: Sequence[Subscription]
) -> tuple[dict[str, Subscription], dict[str, Subscription]]:
    """By name, the subscriptions that their rows say they agreed to, and those they did not: each of two rows counts for its own."""
    is_sure = person.standing is Standing.CONFIRMED
    sure = [one for one in wanted if is_sure and one.subscriber.status is SubscriberStatus.ACTIVE]
    yes = {one.name: _agreed(one, reader, person.at, person.origin or plan.origin, agreed=True) for one in sure}
    others = (one for one in wanted if one.name not in yes)
    return yes, {one.name: _agreed(one, reader, person.at, OPERATORS_WORD, agreed=plan.confirmed) for one in others}


def _with_lists(person: Person, plan: Plan, memberships: Sequence[Membership]) -> Decision:
    """Subscriptions for the lists they agreed to; if none, for those they were asked about; for lists they left, the leaving."""
    if not memberships:
        return Decision(reason="on no list there, so nothing here")
    reader = _reader(person, plan)
    origin = person.origin or plan.origin
    yes, maybe = _described(person, plan, reader, person.subscriptions)
    for one in memberships:
        target = plan.target(one.list_name)
        if target is None or one.standing is Standing.UNSUBSCRIBED:
            continue
        wanted = target.subscription(reader, one.list_name)
        if one.standing is Standing.CONFIRMED:
            how = f"{origin}: {one.list_name}"
            yes.setdefault(wanted.name, _agreed(wanted, reader, one.at or person.at, how, agreed=True))
        else:
            maybe.setdefault(wanted.name, _agreed(wanted, reader, one.at or person.at, OPERATORS_WORD, agreed=plan.confirmed))
    wanted_here = list(({**maybe, **yes} if plan.confirmed else yes or maybe).values())
    unmapped = tuple(dict.fromkeys(one.list_name for one in memberships if not plan.knows(one.list_name)))
    noes = _left(person, plan, memberships, {one.name for one in wanted_here})
    if not wanted_here and not noes:
        reason = "on no list that --map knows" if unmapped else "on lists that --map leaves out alone"
        return Decision(reason=reason, unmapped=unmapped)
    return replace(_newcomer(person, plan, wanted_here, noes), unmapped=unmapped)


def _left(person: Person, plan: Plan, memberships: Sequence[Membership], wanted: set[str]) -> list[No]:
    """The subscriptions of lists they left, unless another list still gives them; the date is that of the last one left."""
    left: dict[str, list[Membership]] = {}
    for one in memberships:
        target = plan.target(one.list_name)
        if one.standing is Standing.UNSUBSCRIBED and target is not None:
            name = target.subscription(_reader(person, plan), one.list_name).name
            if name not in wanted:
                left.setdefault(name, []).append(one)
    return [No(reason=SuppressionReason.UNSUBSCRIBED, at=_last(those), subscription=name) for name, those in left.items()]


def _newcomer(person: Person, plan: Plan, wanted: Sequence[Subscription], noes: Sequence[No] = ()) -> Decision:
    links = tuple((one.name, person.uuid) for one in wanted) if person.uuid else ()
    origin = person.origin or plan.origin
    newcomer = Newcomer(email=person.email, subscriptions=tuple(wanted), noes=tuple(noes), links=links, uuid=person.uuid, origin=origin)
    return Decision(newcomer=newcomer)


def _reader(person: Person, plan: Plan) -> Subscriber:
    return Subscriber(email=person.email, name=person.name, zone=person.zone or plan.zone, language=person.language or "en")


def _agreed(subscription: Subscription, reader: Subscriber, at: datetime | None, origin: str, *, agreed: bool) -> Subscription:
    """The subscription of somebody who agreed to it, or who is still to be asked."""
    status = SubscriberStatus.ACTIVE if agreed else SubscriberStatus.PENDING
    named = replace(reader, zone=subscription.subscriber.zone, status=status)
    if not agreed:
        return replace(subscription, subscriber=named)
    return replace(subscription, subscriber=named, consented_at=at, consent_origin=origin)


def _last(memberships: Sequence[Membership]) -> datetime | None:
    return max((one.at for one in memberships if one.at is not None), default=None)
