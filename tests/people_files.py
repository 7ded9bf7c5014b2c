"""Lists of people as listmonk gives them, each record showing only what matters to the test that makes it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from digest.people import Kind, opening
from digest.people.persons import Entry, LeftOut

WEEKLY = ("--map", "ML weekly=edition:cs.LG@weekly")


def uuid_of(number: int) -> str:
    return str(UUID(int=0xEA06B2E74B0846970000000000000000 + number))


def a_record(email: str, number: int = 1, *, lists: Mapping[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A subscriber of listmonk's; `lists` says what they said to each list."""
    told = [
        {"id": id_, "uuid": uuid_of(900 + id_), "name": name, "optin": "double", "subscription_status": said,
         "subscription_created_at": "2024-03-01T08:00:00+01:00", "subscription_updated_at": "2024-03-02T08:00:00+01:00"}
        for id_, (name, said) in enumerate((lists or {}).items(), 1)
    ]  # fmt: skip
    usual = {
        "id": number,
        "uuid": uuid_of(number),
        "email": email,
        "name": f"Reader {number}",
        "attribs": {"city": "Berlin"},
        "status": "enabled",
        "created_at": "2024-02-01T08:00:00+01:00",
        "updated_at": "2024-05-01T08:00:00+02:00",
    }
    return {**usual, "lists": told, **changes}


def an_answer(*records: Mapping[str, Any], total: int | None = None) -> bytes:
    """A page of the API."""
    data = {"results": list(records), "total": len(records) if total is None else total, "per_page": 100, "page": 1}
    return json.dumps({"data": data}, indent=1).encode()


def lines(*records: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@dataclass(frozen=True)
class Read:
    """A file of people, read."""

    kind: Kind
    notes: tuple[str, ...]
    entries: list[Entry]
    left_out: list[LeftOut]


def opened(data: bytes, name: str) -> Read:
    """What is in these bytes."""
    file = opening.opened(io.BytesIO(data), name)
    records = list(file.records())
    assert len(records) == file.count
    return Read(file.kind, file.notes, [r for r in records if isinstance(r, Entry)], [r for r in records if isinstance(r, LeftOut)])
