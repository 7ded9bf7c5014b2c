"""Open a reader's library by its address (a file, a page, or a Zotero library) and fetch what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ..errors import LibraryError, UsageError, why
from ..model import Changes, Paper
from ..net import Net
from ..net.fields import mapping
from ..pipes import at_once
from . import LARGEST, read_library
from .zotero import API, Zotero, parse_address

ZOTERO = "zotero:"
"""Begins the address of a Zotero library: "zotero:user:123456/Collection"."""


def shown_address(address: str) -> str:
    """An address that is safe to show and log: without password, and without its query, which may hold keys."""
    if "://" not in address:
        return address.removeprefix(ZOTERO)
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where a password with a slash ends what precedes the path
    except ValueError:  # nobody can be asked there, as asking says
        return f"{address.partition('://')[0]}://…"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))


def open_library(
    address: str, net: Net, now: datetime, *, key: str | None = None, api: str = API, allow_private: bool = False
) -> File | Page | Zotero:
    """The library at that address; `key` and `api` are for Zotero. Raises UsageError for an invalid Zotero address."""
    if address.startswith(ZOTERO):
        return Zotero(net, parse_address(address.removeprefix(ZOTERO)), key, now, url=api, allow_private=allow_private)
    if "://" in address:
        return Page(address, net, now, allow_private)
    return File(Path(address), now)


class File:
    """A library file on this machine; it is not read again if it has not been written since."""

    def __init__(self, path: Path, now: datetime) -> None:
        self._path, self._now = path, now

    def fetch(self, cursor: str) -> Changes:
        """The whole library, or nothing new. Raises LibraryError."""
        try:
            state = self._path.stat()
            written = [state.st_mtime_ns, state.st_size]
            before = _read(cursor)
            if before.get("written") == written:
                return Changes(cursor=cursor, unchanged=True)
            with open(self._path, "rb", opener=at_once) as file:
                data = file.read(LARGEST + 1)  # what has no size of its own, such as a pipe, may never end
        except OSError as error:
            reason = why(error)
            raise LibraryError(str(self._path), "cannot be read: {reason}", "name a file that this user can read", reason=reason) from error
        content = sha256(data).hexdigest()
        told = json.dumps({"written": written, "content": content})
        if before.get("content") == content:
            return Changes(cursor=told, unchanged=True)
        return replace(read_library(data, self._path.name, self._now), cursor=told)

    def check_saving(self, collection: str) -> None:
        """Raises UsageError: only its reader writes a file."""
        raise _read_only(str(self._path))

    def save(self, paper: Paper, collection: str) -> str:
        """Raises UsageError: only its reader writes a file."""
        raise _read_only(str(self._path))


class Page:
    """A library at a web address; the server does not send it again while it is unchanged."""

    def __init__(self, address: str, net: Net, now: datetime, allow_private: bool) -> None:
        self._address, self._net, self._now, self._allow_private = address, net, now, allow_private
        self._name = shown_address(address).partition("?")[0]

    def fetch(self, cursor: str) -> Changes:
        """The whole library, or nothing new. Raises LibraryError, or SourceError if the server does not answer."""
        before = _read(cursor)
        etag, last_modified = (value if isinstance(value := before.get(name), str) else None for name in ("etag", "last_modified"))
        answer = self._net.get(self._address, allow_private=self._allow_private, etag=etag, last_modified=last_modified)
        if answer.not_modified:
            return Changes(cursor=cursor, unchanged=True)
        content = sha256(answer.body).hexdigest()
        told = json.dumps({"etag": answer.etag, "last_modified": answer.last_modified, "content": content})
        if before.get("content") == content:
            return Changes(cursor=told, unchanged=True)
        return replace(read_library(answer.body, self._name, self._now), cursor=told)

    def check_saving(self, collection: str) -> None:
        """Raises UsageError: a page cannot be written to."""
        raise _read_only(self._name)

    def save(self, paper: Paper, collection: str) -> str:
        """Raises UsageError: a page cannot be written to."""
        raise _read_only(self._name)


def _read_only(subject: str) -> UsageError:
    return UsageError(subject, "saved papers can be written to Zotero only", hint="`digest saved ADDRESS --bib` prints them")


def _read(cursor: str) -> Mapping[str, object]:
    try:
        return mapping(json.loads(cursor))
    except ValueError:
        return {}
