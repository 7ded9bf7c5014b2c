"""Follow a Zotero library through the Web API v3, and save papers into it: read in full once, afterwards only what changed.

Requests are by version: every answer states the library's version, answers of two versions are never combined, and an untouched library
costs one request. (https://www.zotero.org/support/dev/web_api/v3/syncing)
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..errors import SourceRefused, SourceUnreachable, UsageError
from ..model import Changes, Dropped, Paper
from ..net import Net
from ..net.fields import mapping
from . import zotero_json
from .records import Record, gather
from .zotero_address import KEYS_PAGE, Address, Collection, named, parse_address
from .zotero_asking import API, Moved, Row, Snapshot, Unchanged, ZoteroApi
from .zotero_papers import changed_item, collections_of, is_of, is_trashed, new_item, own_key, searches

__all__ = ["API", "Address", "Collection", "Zotero", "parse_address"]

READINGS = 4
"""How often a reading is begun anew because somebody changed the library meanwhile."""
_IN_ORDER = {"sort": "dateAdded", "direction": "asc"}


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The version up to which an address was read, and the key of its collection at that time."""

    address: str
    collection: str
    version: int

    @classmethod
    def parse(cls, text: str, address: Address) -> _Cursor | None:
        """The cursor in a text; None for an empty one or another address's: everything is then read again."""
        try:
            held = json.loads(text)
            cursor = cls(held["address"], held["collection"], held["version"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        sound = isinstance(cursor.collection, str) and type(cursor.version) is int and cursor.version >= 0
        return cursor if sound and cursor.address == str(address) else None

    def __str__(self) -> str:
        return json.dumps({"address": self.address, "collection": self.collection, "version": self.version})


class Zotero:
    """One library, or one collection of it. Its methods raise DigestError and never show the key."""

    def __init__(
        self,
        net: Net,
        address: Address,
        key: str | None,
        now: datetime,
        *,
        url: str = API,
        allow_private: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address, self._now = address, now
        self._api = ZoteroApi(net, address, key, url, allow_private=allow_private, monotonic=monotonic)

    def fetch(self, cursor: str) -> Changes:
        """Everything in the library, or what changed since the cursor; all from one version of it, or an error and nothing.

        For a collection: its own entries, without those of its subcollections. `removed` may name keys that never were entries.
        """
        known = _Cursor.parse(cursor, self._address)
        for _ in range(READINGS):
            try:
                return self._read(known)
            except Moved:
                continue
            except Unchanged:
                return Changes(whole=False, cursor=cursor, unchanged=True)
        message = f"was changed while it was read, {READINGS} times"
        raise SourceUnreachable(self._api.subject, message, hint="run again when nobody is changing it")

    def collections(self) -> tuple[Collection, ...]:
        """The library's collections by path, except those in the trash."""
        for _ in range(READINGS):
            try:
                return Snapshot(self._api).collections()
            except Moved:
                continue
        raise SourceUnreachable(self._api.subject, "is being changed all the time", hint="try again later")

    def save(self, paper: Paper, collection: str) -> str:
        """Put the paper into that collection (a name, path or key; "" for the library alone) and give its item's key.

        An existing item with its arXiv id, DOI or address is used, else one is created under a key derived from the paper: there is only
        one, however often this is called and even if an answer was lost. An item of ours in the trash is restored.
        """
        if not self._api.has_key:
            raise UsageError(self._api.subject, "cannot be written to without a key", hint=f"make one at {KEYS_PAGE} and set it")
        for _ in range(READINGS):
            try:
                return self._save(paper, collection)
            except Moved:
                continue
        message = f"was changed while the paper was saved, {READINGS} times"
        raise SourceUnreachable(self._api.subject, message, hint="try again when nobody is changing it")

    def check_saving(self, collection: str) -> None:
        """Raise what saving into that collection would raise, as far as the key and the collections show; nothing is written."""
        if not self._may_write():
            self._api.is_open()  # raises the right error for a library that does not exist
            hint = f"give it write access at {KEYS_PAGE}, or use another"
            raise SourceRefused(self._api.subject, "the key may not write to this library", hint=hint)
        if collection:
            named(self.collections(), collection, self._api.subject)

    def _may_write(self) -> bool:
        # Only what the key allows can be checked: whether a group lets this member write shows only in an attempt.
        told = self._api.key_permissions() or {}
        access = mapping(told.get("access"))
        if self._address.kind == "group":
            groups = mapping(access.get("groups"))
            grants = [mapping(groups.get(name)) for name in ("all", str(self._address.number))]
        else:
            grants = [mapping(access.get("user"))] if told.get("userID") == self._address.number else []
        return any(grant.get("write") is True for grant in grants)

    def _read(self, known: _Cursor | None) -> Changes:
        snapshot = Snapshot(self._api, known.version if known else None)
        wanted = self._address.collection
        # Renaming, deleting or trashing a collection changes none of its items, so the collection is looked up each time.
        key = named(snapshot.collections(), wanted, self._api.subject).key if wanted else ""
        version = known.version if known and known.collection == key else None
        changes = self._all(snapshot, key) if version is None else self._since(snapshot, key, version)
        return replace(changes, cursor=str(_Cursor(str(self._address), key, snapshot.version)))

    def _all(self, snapshot: Snapshot, collection: str) -> Changes:
        path = f"collections/{collection}/items/top" if collection else "items/top"
        return gather(_records(snapshot, snapshot.pages(path, _IN_ORDER), collection), self._now)

    def _since(self, snapshot: Snapshot, collection: str, version: int) -> Changes:
        """What changed since a version. Even for a collection the whole library is asked: joining and leaving it are changes of the item.
        """
        seen: list[str] = []
        pages = _noted(snapshot.pages("items/top", {"since": version, "includeTrashed": 1, **_IN_ORDER}), seen)
        changes = gather(_records(snapshot, pages, collection), self._now)
        present = {reference.entry for reference in changes.references}
        gone = dict.fromkeys(entry for entry in (*seen, *snapshot.deleted(version)) if entry not in present)
        return replace(changes, removed=tuple(gone), whole=False)

    def _save(self, paper: Paper, collection: str) -> str:
        subject = self._api.subject
        target = named(self.collections(), collection, subject).key if collection else ""
        found = self._existing(paper)
        if found is None:
            return self._api.write(new_item(paper, own_key(self._address, paper), target))
        changes = changed_item(found, target)
        return str(found["key"]) if changes is None else self._api.write(changes)

    def _existing(self, paper: Paper) -> dict[str, Any] | None:
        """The item for this paper: ours, else one somebody added, else ours from the trash."""
        ours = self._api.item(own_key(self._address, paper))
        if ours is not None and not is_trashed(ours):
            return ours
        for text in searches(paper):
            for rows in Snapshot(self._api).pages("items/top", {"q": text}):
                for row in rows:
                    if is_of(row, paper):
                        return row
        return ours


def _noted(pages: Iterable[list[Row]], seen: list[str]) -> Iterator[list[Row]]:
    """The pages, unchanged; every key in them is added to `seen`."""
    for rows in pages:
        seen += [row["key"] for row in rows]
        yield rows


def _records(snapshot: Snapshot, pages: Iterable[list[Row]], collection: str) -> Iterator[Record | Dropped]:
    """The records in that collection ("" for all) and not in the trash, with the names of their collections and of those around them."""
    for rows in pages:
        here = [row for row in rows if not is_trashed(row) and (not collection or collection in collections_of(row))]
        lie_in_some = any(map(collections_of, here))
        names = {found.key: found.path[::-1] for found in snapshot.collections()} if lie_in_some else {}
        yield from zotero_json.read(here, names)
