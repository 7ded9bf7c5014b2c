"""A person as a list of people describes them, before it is decided what that means here."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..model import Subscription, SuppressionReason


class Standing(StrEnum):
    """What a person answered to receiving letters."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    """Asked, and no answer; or nobody can tell."""
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Membership:
    """Membership in a list, under the list's name; `at` is when the person agreed or left."""

    list_name: str
    standing: Standing
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One address in a list of people.

    `no` is the reason to write to them no more. `subscriptions` are those that the row itself describes. `memberships` is None if the file
    does not tell which lists they are on. `is_off`: the other program does not write to them, for a reason it does not give.
    """

    email: str
    name: str | None = None
    standing: Standing = Standing.CONFIRMED
    no: SuppressionReason | None = None
    at: datetime | None = None
    origin: str = ""
    zone: str = ""
    language: str = ""
    uuid: str = ""
    is_off: bool = False
    subscriptions: tuple[Subscription, ...] = ()
    memberships: tuple[Membership, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a file, unparsed, and its place: "line 12", or "entry 7" in a file that is not made of lines."""

    place: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that was not imported, its place, and why."""

    place: str
    what: str
    reason: str


def clean(value: object, longest: int = 200) -> str:
    """Text from outside on one line, without control and bidirectional characters, cut."""
    spaced = " ".join(str(value or "").split())
    # The joiners stay: Persian and Indic scripts are spelt with them.
    kept = (c for c in spaced if c in "\u200c\u200d" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return "".join(kept).strip()[:longest].strip()


def moment(value: object) -> datetime | None:
    """A date and time in the forms that lists use, in UTC; None for an empty value. Raises ValueError for anything else."""
    text = str(value or "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:60]!r} is no date; write it as 2026-11-26, or with its time as 2026-11-26T09:00") from error


def moment_if_any(value: object) -> datetime | None:
    """The same, but None for anything else."""
    with suppress(ValueError):
        return moment(value)
    return None
