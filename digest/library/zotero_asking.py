"""Requests to Zotero's Web API: its headers, its pages, and its errors in our words. The key is sent only in its header."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..errors import ConfigurationError, DigestError, SourceChanged, SourceError, SourceRefused, SourceTooLarge, SourceUnreachable
from ..net import Answer, Net
from ..net.fields import bounded
from ..net.sanitise import line
from .zotero_address import KEYS_PAGE, Address, Collection, parse_collections

API = "https://api.zotero.org"
PAGE = 100
"""Entries of one page: the most the API gives."""
MOST = 100_000
"""Entries of one library; more are no reader's."""
PATIENCE = 30 * 60
"""Seconds for all requests of one reading: each page may take as long as a request may, and there may be a thousand."""
JUDGED = frozenset({400, 401, 403, 404, 405, 409, 412, 413, 428})
Row = dict[str, Any]
_NEXT = re.compile(r"<([^<>]*)>\s*;\s*rel=\"?next\"?")


class Moved(Exception):
    """The library was changed between two answers that belong together."""


class Unchanged(Exception):
    """Nothing in the library is newer than the given version."""


class ZoteroApi:
    """Makes the requests for one library, with the key if there is one. Every method raises SourceError, PATIENCE after the first too."""

    def __init__(
        self, net: Net, address: Address, key: str | None, url: str, *, allow_private: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.subject = f"zotero {address}"
        self._net, self._root, self._url = net, f"{url.rstrip('/')}/{address.path}", url.rstrip("/")
        self._key, self._allow_private = checked_key(key), allow_private
        self._monotonic, self._until = monotonic, monotonic() + PATIENCE
        if self._key and not url.startswith("https://") and not allow_private:
            hint = "give an https address, or set allow_private = true for a server of your own"
            raise ConfigurationError(self.subject, "would get the key unencrypted", hint=hint)

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    def get(self, path: str, parameters: Mapping[str, object], since: int | None = None) -> Answer:
        """The answer for a part of the library. With `since`, raises Unchanged if the library still has that version."""
        changed = {} if since is None else {"If-Modified-Since-Version": str(since)}
        answer = self._ask(f"{self._root}/{path}?{urlencode(parameters)}", changed)
        if answer.not_modified:
            raise Unchanged
        if answer.status in JUDGED:
            raise self._refusal(answer)
        return answer

    def item(self, key: str) -> Row | None:
        """One item, also from the trash; None if the library has no such key."""
        answer = self._ask(f"{self._root}/items/{key}")
        if answer.status == 404:
            return None
        if answer.status in JUDGED:
            raise self._refusal(answer)
        return self.table(answer)

    def is_open(self) -> bool:
        """Whether the library can be read. Raises SourceError if that is unknown, or there is no such library."""
        answer = self._ask(f"{self._root}/items/top?limit=1&format=keys")
        if answer.status in JUDGED - {403}:
            raise self._refusal(answer)
        return answer.status != 403

    def key_permissions(self) -> Row | None:
        """What Zotero says about the key; None without one."""
        if not self._key:
            return None
        answer = self._ask(f"{self._url}/keys/current")
        if answer.status in JUDGED:
            raise self._refusal(answer)
        return self.table(answer)

    def write(self, item: Row) -> str:
        """Create an item, or change the given fields of the item with that key and version; gives its key.

        Raises Moved if the item no longer has that version, which for a new one (version 0) means that it exists.
        """
        body = json.dumps([item]).encode()
        answer = self._net.post(
            f"{self._root}/items",
            body,
            content_type="application/json",
            allow_private=self._allow_private,
            headers=self._headers(),
            answers=JUDGED,
        )
        if answer.status == 412:
            raise Moved
        if answer.status in JUDGED:
            raise self._refusal(answer, writing=True)
        report = self.table(answer)
        failed = _first(report.get("failed"))
        if isinstance(failed, dict):
            if failed.get("code") in (404, 412):
                raise Moved
            message = f"does not take the paper: {failed.get('code')} {self._said(failed.get('message'))}"
            # An error about this paper only: SourceRefused would be about the library, and keep all other papers waiting.
            raise SourceError(self.subject, message, hint="add it in Zotero, and report a bug")
        written = _first(report.get("success")) or _first(report.get("unchanged"))
        if not isinstance(written, str):
            raise SourceChanged(self.subject, "does not say whether the paper was saved", hint="look into the library before trying again")
        return written

    def rows(self, answer: Answer) -> list[Row]:
        """The objects in an answer that is a list, each with its key."""
        value = self._json(answer)
        if not isinstance(value, list) or not all(isinstance(row, dict) and isinstance(row.get("key"), str) for row in value):
            raise self.unexpected(answer)
        return value

    def table(self, answer: Answer) -> Row:
        """The object that an answer is."""
        value = self._json(answer)
        if not isinstance(value, dict):
            raise self.unexpected(answer)
        return value

    def unexpected(self, answer: Answer) -> SourceChanged:
        """The error for an answer that the API should not give."""
        message = f"does not answer as Zotero does: {self._said(answer.body[:400].decode(errors='replace'))[:60]!r}"
        return SourceChanged(self.subject, message, hint="try again later; if it stays so, report a bug")

    def _ask(self, url: str, more: Mapping[str, str] | None = None) -> Answer:
        if self._monotonic() > self._until:
            message = f"is not read within {PATIENCE // 60} minutes"
            raise SourceUnreachable(self.subject, message, hint="try again later, or follow one of its collections")
        headers = {**self._headers(), **(more or {})}
        return self._net.get(url, allow_private=self._allow_private, accept="application/json", headers=headers, answers=JUDGED)

    def _headers(self) -> dict[str, str]:
        return {"Zotero-API-Version": "3", **({"Zotero-API-Key": self._key} if self._key else {})}

    def _json(self, answer: Answer) -> Any:
        try:
            return json.loads(bounded(answer.body, self.subject))
        except (ValueError, RecursionError) as error:
            raise self.unexpected(answer) from error

    def _said(self, text: object) -> str:
        """The server's words, without the key in case it repeats it."""
        said = line(text, 400)
        return (said.replace(self._key, "…") if self._key else said)[:200]

    def _refusal(self, answer: Answer, *, writing: bool = False) -> DigestError:
        """The error for a status of JUDGED."""
        said = self._said(answer.body[:1000].decode(errors="replace"))
        match answer.status:
            case 401 | 403 if self._key and "invalid key" in said.lower():
                return SourceRefused(self.subject, "Zotero knows no such key", hint=f"make one at {KEYS_PAGE} and set it")
            case 401 | 403 if not self._key:
                hint = f"make a key that may read it at {KEYS_PAGE} and set it, or make the library public"
                return SourceRefused(self.subject, "is not public, and no key is set", hint=hint)
            case 401 | 403:
                what = "write to" if writing else "read"
                hint = f"give it access at {KEYS_PAGE}, or use another"
                return SourceRefused(self.subject, f"the key may not {what} this library", hint=hint)
            case 404:
                hint = "correct its number, and whether it is a user's or a group's"
                return SourceRefused(self.subject, "Zotero has no such library or collection", hint=hint)
            case 409 | 412:
                return SourceUnreachable(self.subject, f"is being changed: {answer.status} {said}", hint="try again later")
        return SourceRefused(self.subject, f"answers {answer.status}: {said}", hint="report a bug")


class Snapshot:
    """Answers that belong together, all from one version of the library: the first answer's. Raises Moved if a later one differs.

    With `since`, the first request raises Unchanged if the library still has that version.
    """

    def __init__(self, api: ZoteroApi, since: int | None = None) -> None:
        self._api, self._since = api, since
        self._collections: tuple[Collection, ...] | None = None
        self.version = -1

    def collections(self) -> tuple[Collection, ...]:
        """The library's collections by path, except those in the trash; requested once."""
        if self._collections is None:
            self._collections = parse_collections([row for rows in self.pages("collections", {}) for row in rows])
        return self._collections

    def deleted(self, version: int) -> tuple[str, ...]:
        """The keys of items deleted for good since that version, parts of entries included."""
        answer = self._get("deleted", {"since": version})
        keys = self._api.table(answer).get("items")
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise self._api.unexpected(answer)
        return tuple(keys)

    def pages(self, path: str, parameters: Mapping[str, object]) -> Iterator[list[Row]]:
        """Every page of a list, until one has nothing new. Raises SourceChanged if the total differs from the API's count."""
        start: int | None = 0
        keys: set[str] = set()
        while start is not None:
            answer = self._get(path, {**parameters, "limit": PAGE, "start": start})
            rows, total = self._api.rows(answer), _whole(answer.headers.get("total-results"))
            if total is None:
                raise self._api.unexpected(answer)
            before = len(keys)
            keys.update(row["key"] for row in rows)
            if max(total, len(keys)) > MOST:
                raise SourceTooLarge(self._api.subject, f"has more than {MOST:,} entries", hint="follow one of its collections")
            yield rows
            following = _following(answer, start + len(rows)) if before < len(keys) < total else None
            if following is None and len(keys) != total:
                message = f"gives {len(keys)} of its {total} entries"
                raise SourceChanged(self._api.subject, message, hint="try again later; if it stays so, report a bug")
            if following is not None and following <= start:
                raise self._api.unexpected(answer)
            start = following

    def _get(self, path: str, parameters: Mapping[str, object]) -> Answer:
        since, self._since = self._since, None
        answer = self._api.get(path, parameters, since)
        version = _whole(answer.headers.get("last-modified-version"))
        if version is None:
            raise self._api.unexpected(answer)
        if self.version not in (-1, version):
            raise Moved
        self.version = version
        return answer


def checked_key(key: str | None) -> str:
    """The key, "" for none. Raises ConfigurationError for a malformed one, without showing it."""
    text = (key or "").strip()
    if text and not (text.isascii() and text.isalnum() and len(text) <= 100):
        raise ConfigurationError("zotero key", "has characters that no key has", hint=f"copy it from {KEYS_PAGE} again")
    return text


def _following(answer: Answer, seen: int) -> int | None:
    """Where the next page starts: only the number in the Link header is used; without one, after what was seen."""
    link = _NEXT.search(answer.headers.get("link", ""))
    return _whole(dict(parse_qsl(urlsplit(link[1]).query)).get("start")) if link else seen


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 15 else None


def _first(value: object) -> object:
    """What a write report says about the first object written, which is the only one."""
    return value.get("0") if isinstance(value, dict) else None
