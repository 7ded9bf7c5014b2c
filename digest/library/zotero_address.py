"""Parse which Zotero library and collection is meant: "user:123456", "group:99/Reading list", "user:123456/ABCD2345"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import NotFound, UsageError
from ..net.fields import mapping, text
from ..net.sanitise import line
from .zotero_json import around

KEYS_PAGE = "https://www.zotero.org/settings/keys"
KEY = re.compile(r"[23456789ABCDEFGHIJKLMNPQRSTUVWXYZ]{8}")
"""The key of an item or a collection."""
NAME = 300  # characters kept of a collection's name; Zotero allows 255
SHOWN = 20  # collections named in a message
_ADDRESS = re.compile(r"(user|group)s?:([0-9]{1,12})(?:/(.*))?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A user's or group's library by its number; `collection` is a name, a path of names or a key, empty for the whole library."""

    kind: str
    number: int
    collection: str = ""

    @property
    def path(self) -> str:
        """The library's path in the API: "users/123456"."""
        return f"{self.kind}s/{self.number}"

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}" + (f"/{self.collection}" if self.collection else "")


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection by its key; `path` holds the names from the outermost collection to its own."""

    key: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.path)


def parse_address(text: str) -> Address:
    """The address in a text. Raises UsageError for anything but "user:NUMBER" or "group:NUMBER", optionally with "/COLLECTION"."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        hint = f"write user:123456, group:99 or user:123456/Collection; your number stands at {KEYS_PAGE}"
        raise UsageError("zotero", f"is not the address of a library: {line(text, 100)!r}", hint=hint)
    return Address(found[1].lower(), int(found[2]), line(found[3], NAME).strip("/ "))


def parse_collections(rows: Iterable[dict[str, Any]]) -> tuple[Collection, ...]:
    """The collections in the API's rows, by path; without those in the trash, inside a trashed one, or inside each other."""
    table = {key: data for row in rows if (key := text((data := mapping(row.get("data"))).get("key")))}
    parents = {key: text(data.get("parentCollection")) for key, data in table.items()}
    found: list[Collection] = []
    for key in filter(KEY.fullmatch, table):
        keys = around(key, parents)
        if parents[keys[-1]] not in parents and not any(table[each].get("deleted") for each in keys):
            found.append(Collection(key, tuple(line(table[each].get("name"), NAME) or each for each in reversed(keys))))
    return tuple(sorted(found, key=lambda collection: [name.casefold() for name in collection.path]))


def named(collections: Sequence[Collection], wanted: str, subject: str) -> Collection:
    """The collection with that key, path or name, in any case. Raises NotFound naming those there are, UsageError if several match."""
    for collection in collections:
        if collection.key == wanted:
            return collection
    plain = _plain(wanted)
    whole = [collection for collection in collections if _plain(str(collection)) == plain]
    found = whole or [collection for collection in collections if _plain(str(collection)).endswith(f"/{plain}")]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{collection} ({collection.key})" for collection in found[:SHOWN])
        raise UsageError(subject, f"has several collections {wanted!r}: {several}", hint="name it by its path or by its key")
    known = ", ".join(str(collection) for collection in collections[:SHOWN]) + (", …" if len(collections) > SHOWN else "")
    hint = f"name one that it has ({known}), or make it in Zotero" if known else "make it in Zotero; the library has none"
    raise NotFound(subject, f"has no collection {wanted!r}", hint=hint)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
