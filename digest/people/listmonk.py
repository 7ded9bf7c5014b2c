"""Read listmonk's people: from its API's answers, from rows of its database, and from its CSV export.

The formats are those of https://listmonk.app/docs/apis/subscribers/ and of its tables `subscribers`, `subscriber_lists` and `bounces`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..model import UNNAMED, SuppressionReason
from .persons import Membership, Person, Standing, clean, moment, moment_if_any

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_STATUSES = ("enabled", "disabled", "blocklisted")


def person_of(fields: Mapping[str, Any], email: str) -> Person:
    """The person in a listmonk record. Raises ValueError for an invalid status or date.

    Its `bounces`, if present, are the types that listmonk counted: a complaint or a hard bounce is a refusal in itself. A refusal counts
    whatever else is wrong with the record.
    """
    status = str(fields.get("status") or "enabled").strip().lower()
    no = _no(status, fields.get("bounces"))
    if no is not None:
        # Blocking changes the record; of a complaint or a bounce nothing in it says when, and they came long before.
        at = moment_if_any(fields.get("updated_at")) if status == "blocklisted" else None
        return Person(email=email, no=no, at=at, origin="listmonk", uuid=_uuid(fields) or "")
    if status not in _STATUSES:
        raise ValueError(f"the status {status!r} is none of listmonk's: {', '.join(_STATUSES)}")
    uuid = _uuid(fields)
    if uuid is None:
        raise ValueError(f"the uuid {str(fields['uuid'])[:60]!r} is none")
    return Person(
        email=email,
        name=clean(fields.get("name")) or None,
        at=moment(fields.get("created_at")),
        origin="listmonk",
        uuid=uuid,
        is_off=status == "disabled",
        memberships=_memberships(fields),
    )


def exported_person_of(fields: Mapping[str, Any], email: str) -> Person:
    """The person in a row of its CSV export, which has neither lists nor who left them: consent cannot be known."""
    return replace(person_of({**fields, "lists": None}, email), standing=Standing.UNCONFIRMED, memberships=None)


def _uuid(fields: Mapping[str, Any]) -> str | None:
    """The UUID, "" without one, and None for an invalid one."""
    uuid = str(fields.get("uuid") or "").strip().lower()
    return uuid if not uuid or UUID.fullmatch(uuid) else None


def _no(status: str, bounces: object) -> SuppressionReason | None:
    counted = re.findall(r"[a-z]+", str(bounces))
    if "complaint" in counted:
        return SuppressionReason.COMPLAINED
    if "hard" in counted:
        return SuppressionReason.BOUNCED
    return SuppressionReason.BLOCKLISTED if status == "blocklisted" else None


def _memberships(fields: Mapping[str, Any]) -> tuple[Membership, ...]:
    lists = fields.get("lists")
    if isinstance(lists, list):
        return tuple(_membership(one, one.get("name")) for one in lists if isinstance(one, dict))
    # A row of `subscribers` joined with `subscriber_lists`: one line for each list somebody is on.
    name = fields.get("list_name") or fields.get("list") or fields.get("lists")
    return (_membership(fields, name),) if name and fields.get("subscription_status") else ()


def _membership(fields: Mapping[str, Any], name: object) -> Membership:
    said = str(fields.get("subscription_status") or "unconfirmed").strip().lower()
    if said not in (str(one) for one in Standing):
        raise ValueError(f"the subscription status {said!r} is none of listmonk's: {', '.join(Standing)}")
    standing = Standing(said)
    # Confirming and leaving both change the row: that is when they did. The API calls the list's own times plainly created_at.
    came = fields.get("subscription_created_at") if standing is not Standing.UNSUBSCRIBED else None
    return Membership(clean(name) or UNNAMED, standing, moment(fields.get("subscription_updated_at") or came))
