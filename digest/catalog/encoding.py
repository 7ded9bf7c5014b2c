"""Converts values to JSON columns and back; a field that an older row lacks gets its default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, time
from typing import Any

from ..model import Author, Cadence, Edition, Every, Facts, Interest, ListingState, Looked, Newest, Profile, Reason


def profile_row(profile: Profile | None) -> dict[str, Any] | None:
    """A profile as JSON."""
    return None if profile is None else asdict(profile)


def profile_of(row: Mapping[str, Any] | None) -> Profile | None:
    """The profile that was stored."""
    if row is None:
        return None
    fields = {name: _tuple(value) for name, value in row.items()}
    interests = tuple(Interest(**{name: _tuple(value) for name, value in interest.items()}) for interest in row["interests"])
    weights = tuple((str(signal), float(weight)) for signal, weight in row["weights"])
    return Profile(**{**fields, "interests": interests, "weights": weights})


def edition_row(edition: Edition | None) -> dict[str, Any] | None:
    """An edition as JSON."""
    return None if edition is None else asdict(edition)


def edition_of(row: Mapping[str, Any] | None) -> Edition | None:
    """The edition that was stored."""
    return None if row is None else Edition(**row)


def cadence_row(cadence: Cadence) -> dict[str, Any]:
    """A cadence as JSON."""
    return {**asdict(cadence), "every": str(cadence.every), "at": cadence.at.isoformat()}


def cadence_of(row: Mapping[str, Any]) -> Cadence:
    """The cadence that was stored."""
    fields = {name: _tuple(value) for name, value in row.items()}
    return Cadence(**{**fields, "every": Every(row["every"]), "at": time.fromisoformat(row["at"])})


def authors_row(authors: Iterable[Author]) -> list[dict[str, Any]]:
    """Authors as JSON, without empty fields."""
    return [{name: value for name, value in asdict(author).items() if value} for author in authors]


def authors_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Author, ...]:
    """The authors that were stored; an author without a name gets ""."""
    return tuple(Author(**{"name": "", **{name: _tuple(value) for name, value in row.items()}}) for row in rows)


def facts_of(row: Mapping[str, Any]) -> Facts:
    """The facts that were stored."""
    return Facts(**{name: _tuple(value) for name, value in row.items()})


def reasons_text(reasons: Sequence[Reason]) -> str:
    """Reasons as JSON text, as the database stores it."""
    return json.dumps(reasons)


def reasons_of(rows: Iterable[Any]) -> tuple[Reason, ...]:
    """The reasons that were stored."""
    return tuple(map(Reason._make, rows))


def looked_row(looked: Iterable[Looked]) -> list[list[Any]]:
    """Which listings an issue looked at, as JSON."""
    return [[one.name, one.announced, one.read, one.shown, *([_newest_row(one.newest)] if one.newest else [])] for one in looked]


def looked_of(rows: Iterable[Any]) -> tuple[Looked, ...]:
    """The looked-at listings that were stored."""
    return tuple(Looked(name, announced, read, shown, *map(_newest_of, newest)) for name, announced, read, shown, *newest in rows)


def _newest_row(newest: Newest) -> list[Any]:
    return [str(newest.state), newest.announced.isoformat(), newest.fetched, newest.expected, newest.tries]


def _newest_of(row: Sequence[Any]) -> Newest:
    state, announced, *counts = row
    return Newest(ListingState(state), date.fromisoformat(announced), *counts)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
