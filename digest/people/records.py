"""Convert a subscription, or a line of the suppression list, to a record of our own export and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..catalog.encoding import cadence_of, cadence_row, edition_of, edition_row, profile_of, profile_row
from ..config import values
from ..config.subscriptions import LIMITS, group_name
from ..model import (
    FOR_EVER,
    Cadence,
    Edition,
    Every,
    Format,
    Interest,
    Profile,
    Sharing,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
    SuppressionReason,
)
from .persons import moment

FIELDS = (
    "digest", "address", "reader", "status", "paused_until", "invited_at", "name", "profile", "edition", "cadence", "zone", "language",
    "theme", "format", "from", "left_at", "consented_at", "consent_origin", "listmonk_uuid", "suppressed", "hash", "key", "reason", "at",
    "origin", "link", "group", "shared_at", "share_origin", "share_ended_at",
    "removed_at",
)  # fmt: skip
"""The columns of an export, in their order. `digest` says what a record is: a subscription or a suppression."""
NESTED = ("profile", "edition", "cadence")
"""What stands in a cell of a CSV as JSON."""
_FILE, _COMMAND = "configuration", "command"
_HEAVIEST = 1000
"""Of a signal's weights; ours are about 1."""


def subscription_record(subscription: Subscription, uuid: str = "") -> dict[str, Any]:
    """Everything about a subscription; `uuid` identifies it in old listmonk links."""
    reader = subscription.subscriber
    return {
        "digest": "subscription",
        "address": reader.email,
        "reader": reader.name,
        "status": str(reader.status),
        "paused_until": _iso(reader.paused_until),
        "invited_at": _iso(reader.invited_at),
        "name": subscription.name,
        "profile": profile_row(subscription.profile),
        "edition": edition_row(subscription.edition),
        "cadence": cadence_row(subscription.cadence),
        "zone": reader.zone,
        "language": reader.language,
        "theme": subscription.theme,
        "format": str(subscription.format),
        "from": _FILE if subscription.configured else _COMMAND,
        "left_at": _iso(subscription.left_at),
        "removed_at": _iso(subscription.removed_at),
        "consented_at": _iso(subscription.consented_at),
        "consent_origin": subscription.consent_origin,
        "listmonk_uuid": uuid or None,
        "group": subscription.group or None,
        "shared_at": _iso(subscription.sharing.since),
        "share_origin": subscription.sharing.origin or None,
        "share_ended_at": _iso(subscription.sharing.ended_at),
        "suppressed": reader.suppressed or None,
    }


def suppression_record(line: Suppression) -> dict[str, Any]:
    """A line of the suppression list, with the key of its hash: without it another installation could not look up the hash."""
    return {
        "digest": "suppression",
        "name": line.subscription or None,
        "hash": line.hash.hex(),
        "key": line.key.hex(),
        "reason": str(line.reason),
        "at": _iso(line.at),
        "origin": line.origin,
        "link": line.link.hex() or None,
    }


def subscription_of(record: Mapping[str, Any], email: str) -> Subscription:
    """The subscription in a record. Raises ValueError, KeyError, TypeError or ConfigurationError for an invalid one."""
    nested = {name: _nested(record.get(name)) for name in NESTED}
    profile, edition = profile_of(nested["profile"]), edition_of(nested["edition"])
    if (profile is None) == (edition is None):
        raise ValueError("a subscription has a profile or an edition")
    paused_until = moment(record.get("paused_until"))
    reader = Subscriber(
        email=email,
        name=values.text(record.get("reader") or "") or None,
        status=SubscriberStatus(record["status"]),
        paused_until=min(paused_until, FOR_EVER) if paused_until else None,  # behind it no day is left for a next letter
        invited_at=moment(record.get("invited_at")),
        suppressed=str(SuppressionReason(record["suppressed"])) if record.get("suppressed") else "",
        zone=values.zone(record["zone"]),
        language=values.text(record["language"]),
    )
    sharing = Sharing(
        since=moment(record.get("shared_at")),
        origin=values.text(record.get("share_origin") or ""),
        ended_at=moment(record.get("share_ended_at")),
    )
    return Subscription(
        subscriber=reader,
        name=values.text(record["name"]),
        profile=None if profile is None else _checked_profile(profile),
        edition=None if edition is None else _checked_edition(edition),
        cadence=_checked_cadence(cadence_of(nested["cadence"])),
        theme=values.text(record.get("theme") or ""),
        format=Format(record["format"]),
        configured=record.get("from") == _FILE,
        left_at=moment(record.get("left_at")),
        removed_at=moment(record.get("removed_at")),
        consented_at=moment(record.get("consented_at")),
        consent_origin=values.text(record.get("consent_origin") or ""),
        group=group_name(record.get("group") or ""),
        share_saves=sharing.stands,
        sharing=sharing,
    )


def suppression_of(record: Mapping[str, Any]) -> Suppression:
    """The line in a record. Raises ValueError, KeyError or TypeError for an invalid one."""
    at = moment(record["at"])
    hash_, key = bytes.fromhex(record["hash"]), bytes.fromhex(record["key"])
    if at is None or len(hash_) != 32 or len(key) < 16:
        raise ValueError("a suppression has a time, a hash of 32 bytes and a key")
    return Suppression(
        hash=hash_,
        key=key,
        reason=SuppressionReason(record["reason"]),
        at=at,
        origin=values.text(record.get("origin") or ""),
        subscription=values.text(record.get("name") or ""),
        link=bytes.fromhex(record.get("link") or ""),
    )


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())


def _nested(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _checked_profile(profile: Profile) -> Profile:
    """The profile, after a type check of its parts: the file may be edited. Raises TypeError, ValueError or ConfigurationError."""
    words, keys = [profile.keywords, profile.muted, profile.authors, profile.categories], []
    for interest in profile.interests:
        assert isinstance(interest, Interest)
        words += [(interest.name,)] if interest.name else []
        words.append(interest.topics)
        keys += [interest.liked, interest.disliked, interest.homes, interest.former_names]
        values.weight(interest.weight)
    # A text where a list was would be read letter by letter: "muted": "survey" mutes every paper with an s.
    if not all(isinstance(part, tuple) for part in (*words, *keys)):
        raise TypeError("the profile holds something that is no list of texts")
    for key in (key for part in keys for key in part):
        values.text(key)  # one with half a character cannot be looked up, and would end every run
    for part in words:
        values.texts(list(part))
    # Of points beyond all reckoning no letter can be made, and the run that tried to would end for everybody.
    if not all(abs(weight) <= _HEAVIEST for _, weight in profile.weights):
        raise ValueError(f"a weight is a number of at most {_HEAVIEST}")
    if profile.floor is not None:
        values.points(profile.floor)
    values.whole(*LIMITS)(profile.limit)
    for flag in (profile.explore, profile.others, profile.updates):
        values.flag(flag)
    return profile


def _checked_edition(edition: Edition) -> Edition:
    values.text(edition.name)
    values.whole(*LIMITS)(edition.limit)
    return edition


def _checked_cadence(cadence: Cadence) -> Cadence:
    is_listed = isinstance(cadence.days, tuple) and all(isinstance(day, int) and 0 <= day <= 6 for day in cadence.days)
    if cadence.at.tzinfo or not is_listed:
        raise ValueError("the cadence has an hour and days from 0 to 6")
    if cadence.every is Every.DAYS and not cadence.days:
        raise ValueError("the cadence has chosen days, and none of them")
    if cadence.only_above is not None:
        values.points(cadence.only_above)
    values.flag(cadence.skip_empty)
    return cadence
