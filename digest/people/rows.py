"""A person in a plain row: columns named as in the configuration, or as other programs name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from ..config import values
from ..config.papers import paper_keys
from ..config.subscriptions import LIMITS, edition_name, group_name, language_code
from ..errors import ConfigurationError
from ..model import (
    UNNAMED,
    Cadence,
    Edition,
    Every,
    Format,
    Interest,
    Profile,
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressionReason,
)
from .persons import Membership, Person, Standing, clean, moment, moment_if_any

Value = TypeVar("Value")

STANDINGS = {
    Standing.CONFIRMED: ("active", "confirmed", "enabled", "subscribed", "opted-in", "opted_in", "yes"),
    # A list that tells it of others and not of them does not say that they agreed.
    Standing.UNCONFIRMED: ("", "pending", "unconfirmed", "invited"),
}
NOES = {
    SuppressionReason.UNSUBSCRIBED: ("unsubscribed", "left", "opted-out", "opted_out", "no"),
    SuppressionReason.BLOCKLISTED: ("blocklisted", "blocked", "blacklisted", "suppressed"),
    SuppressionReason.BOUNCED: ("bounced", "bouncing", "bounce", "cleaned", "hard_bounced"),
    SuppressionReason.COMPLAINED: ("complained", "complaint", "spam", "abuse"),
}
_STATUS = {Standing.CONFIRMED: SubscriberStatus.ACTIVE, Standing.UNCONFIRMED: SubscriberStatus.PENDING}
_LEFT = {
    **dict.fromkeys(("unsubscribed", "unsubscribed_at", "unsub_time", "email_disabled"), SuppressionReason.UNSUBSCRIBED),
    "clean_time": SuppressionReason.BOUNCED,
}
"""Columns of other programs that say of each row whether, or when, somebody left (`email_disabled` is Substack's) or their letters came
back for good (Mailchimp's file of cleaned members)."""
_YES, _NO = ("yes", "true", "y", "x", "1"), ("", "no", "false", "n", "0")
_DATES = ("consented_at", "confirmed_at", "subscribed_at", "created_at", "date")
_PROFILE = ("topics", "keywords", "muted", "authors", "categories", "liked")
_WISHES = ("floor", "explore", "others", "updates", "only_above")
"""What else a profile may have and an edition may not."""

COLUMNS = frozenset(
    ("email", "address", "name", "status", "lists", "consent_origin", "origin", "zone", "language", "edition", "subscription", "limit")
    + ("every", "at", "skip_empty", "theme", "group", "format", *_LEFT, *_DATES, *_PROFILE, *_WISHES)
)
"""All that is read of a row."""


def person_of(fields: Mapping[str, Any], email: str, zone: str) -> Person:
    """The person in a row; their subscriptions are in `zone` if the row has none. Raises ValueError or ConfigurationError.

    Without a `status` column, the list's owner vouches that people agreed; an empty cell in one says nothing. A refusal counts whatever
    else is wrong with the row.
    """
    status = str(fields.get("status") or "").strip().lower() if "status" in fields else "active"
    no = next((reason for reason, words in NOES.items() if status in words), None)
    standing = next((one for one, words in STANDINGS.items() if status in words), None)
    if no is None and standing is None and status != "disabled":
        raise ValueError(f"the status {status!r} is not known: active, pending, unsubscribed, blocklisted, bounced or complained")
    origin = clean(fields.get("consent_origin") or fields.get("origin"))
    no, left_at = _left(fields) if no is None else (no, _said_no(fields))
    if no is not None:
        return Person(email=email, no=no, at=left_at, origin=origin)
    lists = tuple(clean(name) for name in _texts(fields, "lists"))
    at = moment(next((fields[name] for name in _DATES if fields.get(name)), None))
    return Person(
        email=email,
        name=clean(fields.get("name")) or None,
        standing=standing or Standing.CONFIRMED,
        at=at,
        origin=origin,
        zone=_one(fields, "zone", values.zone, ""),
        language=_one(fields, "language", language_code, ""),
        is_off=status == "disabled",
        subscriptions=_subscriptions(fields, Subscriber(email=email, zone=zone, status=_STATUS[standing or Standing.CONFIRMED])),
        memberships=tuple(Membership(name, standing or Standing.CONFIRMED, at) for name in lists) if lists else None,
    )


def _said_no(fields: Mapping[str, Any]) -> datetime | None:
    """The latest date in the row, as the time of its refusal: `date` may be that of the consent, and so may the others.

    An earlier time would let a consent recorded here override the refusal.
    """
    return max(filter(None, (moment_if_any(fields.get(name)) for name in ("date", *_LEFT))), default=None)


def _left(fields: Mapping[str, Any]) -> tuple[SuppressionReason | None, datetime | None]:
    """The reason for no letters in a column of leavers, and the latest date in them. Raises ValueError for a cell that has neither."""
    said = {name: str(fields.get(name) or "").strip() for name in _LEFT}
    told = {name: text for name, text in said.items() if text.lower() not in _NO}
    for name, text in told.items():
        if text.lower() not in _YES and moment_if_any(text) is None:
            raise ValueError(f"{name}: {text[:60]!r} is neither yes nor no nor a date such as 2026-11-26")
    return next(map(_LEFT.__getitem__, told), None), max(filter(None, map(moment_if_any, told.values())), default=None)


def _subscriptions(fields: Mapping[str, Any], reader: Subscriber) -> tuple[Subscription, ...]:
    """The subscription that the row itself describes, if any."""
    edition = _one(fields, "edition", edition_name, "")
    profile = _profile(fields)
    if edition and profile is not None:
        raise ValueError("an edition is the same for all its readers and takes no topics: make two rows of it")
    if not edition and profile is None:
        return ()
    if edition and (given := [name for name in _WISHES if _has(fields, name)]):
        raise ValueError(f"an edition is the same for all its readers and takes no {given[0]}: leave that cell empty")
    limit = _one(fields, "limit", _limit, 0)
    name = _one(fields, "subscription", values.text, "") or edition or UNNAMED
    reader = replace(reader, zone=_one(fields, "zone", values.zone, reader.zone))
    kept = (Edition(name=edition, limit=limit) if limit else Edition(name=edition)) if edition else None
    usual: tuple[Every, tuple[int, ...]] = (Cadence().every, ())
    every, days = _one(fields, "every", values.every, usual)
    return (
        Subscription(
            subscriber=reader,
            name=name,
            edition=kept,
            profile=None if profile is None else _limited(profile, limit),
            cadence=Cadence(
                every=every,
                days=days,
                at=_one(fields, "at", values.clock_time, Cadence().at),
                only_above=_one(fields, "only_above", _points, None),
                skip_empty=_one(fields, "skip_empty", _flag, False),
            ),
            theme=_one(fields, "theme", values.word, ""),
            group=_one(fields, "group", group_name, ""),
            format=_one(fields, "format", lambda value: Format(values.one_of(*Format)(value)), Format.HTML),
        ),
    )


def _profile(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts of a profile that the row has."""
    given = {name: _texts(fields, name) for name in _PROFILE}
    if not any(given.values()):
        return None
    interest = Interest(topics=given["topics"], liked=paper_keys(list(given["liked"])))
    return {
        "interests": () if interest.is_empty else (interest,),
        "keywords": given["keywords"],
        "muted": given["muted"],
        "authors": values.authors(list(given["authors"])),
        "categories": values.categories(list(given["categories"])),
        "floor": _one(fields, "floor", _points, None),
        **{name: _one(fields, name, _flag, getattr(Profile(), name)) for name in ("explore", "others", "updates")},
    }


def _limit(value: Any) -> int:
    if not isinstance(value, str):
        return values.whole(*LIMITS)(value)
    if not value.removeprefix("-").isdecimal() or len(value) > 9:
        raise ConfigurationError("", f"{value[:40]!r} is not a whole number", hint="write digits, such as 12")
    return values.whole(*LIMITS)(int(value))


def _flag(value: Any) -> bool:
    word = str(value).lower()
    if word not in (*_YES, *_NO):
        raise ConfigurationError("", f"{value!r:.40} is neither yes nor no", hint="write yes or no")
    return word in _YES


def _points(value: Any) -> float | None:
    if isinstance(value, str):
        with suppress(ValueError):
            return values.points(float(value))
        value = value[:40]
    return values.points(value)


def _limited(profile: dict[str, Any], limit: int) -> Profile:
    return Profile(**profile, limit=limit) if limit else Profile(**profile)


def _one(fields: Mapping[str, Any], name: str, check: Callable[[Any], Value], usual: Value) -> Value:
    """A cell checked like the configuration's key with that name; `usual` if it is empty."""
    if not _has(fields, name):
        return usual
    value = fields[name]
    try:
        return check(value.strip() if isinstance(value, str) else value)
    except ConfigurationError as error:
        raise ConfigurationError("", f"{name}: {error.message}", hint=error.hint) from error


def _has(fields: Mapping[str, Any], name: str) -> bool:
    """Whether the cell says anything."""
    value = fields.get(name)
    return not (value is None or (isinstance(value, str) and not value.strip()))


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A cell with several texts: a list, or separated by semicolons."""
    value = fields.get(name)
    parts = value if isinstance(value, list) else str(value or "").split(";")
    return tuple(dict.fromkeys(text for text in (values.text(part) for part in parts) if text))
