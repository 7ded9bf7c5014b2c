"""Somebody as a list of people tells of them, before it is decided what that means here."""

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
    """What somebody said to letters."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    """Asked, and no answer; or nobody can tell."""
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Membership:
    """Being on a list, under its name there; `at` is when they said so."""

    list_name: str
    standing: Standing
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One address of a list of people.

    `no` is why nobody writes to them any more. `subscriptions` are those that the row itself describes. `memberships` is None where the
    list does not tell on which lists they are. `is_off` means that nobody writes to them there, for a reason that it does not tell.
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
    """One record of a file as it stands there, and where: "line 12", or "entry 7" of a file that is not made of lines."""

    place: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that did not come in, where it stands, and why."""

    place: str
    what: str
    reason: str


def clean(value: object, longest: int = 200) -> str:
    """Text of somebody else's on one line: without control and bidirectional characters, cut."""
    spaced = " ".join(str(value or "").split())
    # The joiners stay: Persian and Indic scripts are spelt with them.
    kept = (c for c in spaced if c in "\u200c\u200d" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return "".join(kept).strip()[:longest].strip()


def moment(value: object) -> datetime | None:
    """A date and time as lists write them, in UTC; None for nothing. Raises ValueError for anything else."""
    text = str(value or "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:60]!r} is no date; write it as 2026-11-26, or with its time as 2026-11-26T09:00") from error


def moment_if_any(value: object) -> datetime | None:
    """The same; None for anything else."""
    with suppress(ValueError):
        return moment(value)
    return None
