"""A Zotero server for tests, on a port the system chose: items, collections, deletions, versions and keys in memory.

    with ZoteroServer() as server:
        library = server.library("users/123456")
        library.add(title="On foxes", DOI="10.1/x")
        Zotero(net, parse_address("user:123456"), None, now, url=server.url, allow_private=True).fetch("")

It answers as the API does, which was read in zotero/dataserver: the library's version on every answer about many objects, 304 where it
is not newer than If-Modified-Since-Version, items in the trash only with `includeTrashed`, searches of titles, names and years only, a
report per object on writing, refused with 412 where the object is newer than its `version` (0: where there is one at all).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

KEY = "P9NiFoyLeZu2bZNvvuQPDWsd"
READER = "ReaderFoyLeZu2bZNvvuQPDW"


@dataclass(frozen=True)
class Asked:
    """One request; names of headers in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Reply:
    """An answer before it is sent."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Library:
    """What one library holds; each change makes a new version of it."""

    def __init__(self, path: str, *, public: bool = True) -> None:
        self.path, self.public, self.version = path, public, 0
        self.items: dict[str, dict[str, Any]] = {}
        self.collections: dict[str, dict[str, Any]] = {}
        self.deleted: dict[str, int] = {}
        self._made = 0

    def add(self, item_type: str = "journalArticle", **data: Any) -> str:
        """A new item; its key."""
        key = data.pop("key", None) or self._key("TEM")
        self.items[key] = {"itemType": item_type, "dateAdded": f"2026-01-01T00:00:{len(self.items) % 60:02}Z", "collections": [], **data}
        return self._touch(self.items[key], key)

    def change(self, key: str, **data: Any) -> None:
        self.items[key].update(data)
        self._touch(self.items[key], key)

    def delete(self, key: str) -> None:
        """Delete for good."""
        del self.items[key]
        self.version += 1
        self.deleted[key] = self.version

    def collect(self, name: str, parent: str | None = None) -> str:
        """A new collection; its key."""
        key = self._key("CLL")
        self.collections[key] = {"name": name, "parentCollection": parent or False}
        return self._touch(self.collections[key], key)

    def _key(self, kind: str) -> str:
        self._made += 1
        letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
        return kind + "".join(letters[self._made // len(letters) ** place % len(letters)] for place in range(4, -1, -1))

    def _touch(self, data: dict[str, Any], key: str) -> str:
        self.version += 1
        data |= {"key": key, "version": self.version}
        return key

    def row(self, data: dict[str, Any]) -> dict[str, Any]:
        kind, _, number = self.path.partition("s/")
        return {"key": data["key"], "version": data["version"], "library": {"type": kind, "id": int(number)}, "meta": {}, "data": data}

    def write(self, item: dict[str, Any]) -> dict[str, Any]:
        """Take one object of a POST: what stands in the report for it."""
        key = item.get("key") or self._key("NEW")
        held = self.items.get(key)
        if "version" not in item and "key" in item:
            return {"code": 428, "message": "Either If-Unmodified-Since-Version or object version property must be provided"}
        if held is not None and held["version"] > item.get("version", 0):
            return {"code": 412, "message": f"Item has been modified since specified version (expected {item.get('version')})"}
        if held is None and item.get("version", 0) > 0:
            return {"code": 404, "message": "Item doesn't exist"}
        if any(collection not in self.collections for collection in item.get("collections", ())):
            return {"code": 409, "message": "Collection not found"}
        if held is None:
            self.deleted.pop(key, None)
            self.add(**{"item_type": item["itemType"], **{k: v for k, v in item.items() if k not in ("itemType", "version")}, "key": key})
        else:
            self.change(key, **{k: v for k, v in item.items() if k not in ("key", "version")})
        return self.row(self.items[key])


class ZoteroServer:
    """Serves libraries. `asked` keeps the requests; the switches below change how the next ones are answered.

    replies      are given instead of an answer, one after the other: Reply, or None for an honest one
    before       is called with every request before it is answered
    backoff      is sent as Backoff with every answer
    lose         so many answers to writing are not sent: the connection is closed once the object is written
    """

    def __init__(self) -> None:
        self.libraries: dict[str, Library] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.replies: list[Reply | None] = []
        self.before: Callable[[Asked], None] = lambda asked: None
        self.backoff: str | None = None
        self.lose = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def library(self, path: str, *, public: bool = True) -> Library:
        """A new library, "users/1" or "groups/2"."""
        return self.libraries.setdefault(path, Library(path, public=public))

    def allow(self, key: str, user: int, name: str = "ana", *, write: bool = True, groups: dict[str, bool] | None = None) -> str:
        """A key of that user; `groups` says for each ("all" too) whether it may be written to."""
        access: dict[str, Any] = {"user": {"library": True, "files": True, "notes": True, "write": write}}
        access["groups"] = {group: {"library": True, "write": may} for group, may in (groups or {}).items()}
        self.keys[key] = {"key": key, "userID": user, "username": name, "displayName": "", "access": access}
        return key

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def answer(self, asked: Asked, body: bytes) -> Reply:
        """What the API answers."""
        self.asked.append(asked)
        self.before(asked)
        reply = self.replies.pop(0) if self.replies else None
        reply = reply or self._honest(asked, body)
        if self.backoff is not None:
            reply.headers["Backoff"] = self.backoff
        return reply

    def _honest(self, asked: Asked, body: bytes) -> Reply:
        if asked.headers.get("zotero-api-version") != "3":
            return Reply(400, "This is the API of version 3")
        key = asked.headers.get("zotero-api-key")
        if key is not None and key not in self.keys:
            return Reply(403, "Invalid key")
        if asked.path == "/keys/current":
            return Reply(200, self.keys[key]) if key else Reply(403, "Forbidden")
        _, kind, number, *parts = asked.path.split("/")
        library = self.libraries.get(f"{kind}/{number}")
        if library is None:
            return Reply(404, "Not found")
        grant = self._grant(key, kind, number)
        if not (library.public or grant.get("library")):
            return Reply(403, "Forbidden")
        if asked.method == "POST":
            return self._written(library, body) if grant.get("write") else Reply(403, "Write access denied")
        return self._read(library, asked, parts)

    def _grant(self, key: str | None, kind: str, number: str) -> dict[str, Any]:
        held = self.keys.get(key or "")
        if held is None:
            return {}
        groups: dict[str, Any] = held["access"]["groups"]
        own: dict[str, Any] = held["access"]["user"] if kind == "users" and str(held["userID"]) == number else {}
        return own if kind == "users" else {**groups.get("all", {}), **groups.get(number, {})}

    def _written(self, library: Library, body: bytes) -> Reply:
        report: dict[str, dict[str, Any]] = {"successful": {}, "success": {}, "unchanged": {}, "failed": {}}
        for at, item in enumerate(json.loads(body)):
            done = library.write(item)
            if "code" in done:
                report["failed"][str(at)] = done
            else:
                report["successful"][str(at)], report["success"][str(at)] = done, done["key"]
        return Reply(200, report, {"Last-Modified-Version": str(library.version)})

    def _read(self, library: Library, asked: Asked, parts: list[str]) -> Reply:
        if len(parts) == 2 and parts[0] == "items" and parts[1] != "top":
            item = library.items.get(parts[1])
            if item is None:
                return Reply(404, "Item does not exist")
            return Reply(200, library.row(item), {"Last-Modified-Version": str(item["version"])})
        known = asked.headers.get("if-modified-since-version")
        if known is not None and parts != ["deleted"] and library.version <= int(known):
            return Reply(304)
        headers = {"Last-Modified-Version": str(library.version)}
        since = int(asked.query.get("since", "0"))
        if parts == ["deleted"]:
            gone = [key for key, version in library.deleted.items() if version > since]
            return Reply(200, {"items": gone, "collections": [], "searches": [], "tags": [], "settings": []}, headers)
        if parts == ["collections"]:
            return self._page(asked, [library.row(data) for data in library.collections.values()], headers)
        if parts[0] == "collections" and parts[1] not in library.collections:
            return Reply(404, "Collection not found")
        within = parts[1] if parts[0] == "collections" else None
        items = sorted(library.items.values(), key=lambda data: str(data["dateAdded"]), reverse=asked.query.get("direction") != "asc")
        rows = [library.row(data) for data in items if data["version"] > since and _is_wanted(data, asked.query, within)]
        return self._page(asked, rows, headers)

    def _page(self, asked: Asked, rows: list[dict[str, Any]], headers: dict[str, str]) -> Reply:
        start, limit = int(asked.query.get("start", "0")), min(int(asked.query.get("limit", "25")), 100)
        headers["Total-Results"] = str(len(rows))
        if start + limit < len(rows):
            # The real one names itself, wherever it was asked.
            query = urlencode({**asked.query, "start": start + limit})
            headers["Link"] = f'<https://api.zotero.org{asked.path}?{query}>; rel="next", <https://www.zotero.org/>; rel="alternate"'
        return Reply(200, rows[start : start + limit], headers)


def _is_wanted(data: dict[str, Any], query: dict[str, str], collection: str | None) -> bool:
    if data.get("parentItem") or (data.get("deleted") and query.get("includeTrashed") != "1"):
        return False
    if collection is not None and collection not in data["collections"]:
        return False
    names = [f"{c.get('firstName', '')} {c.get('lastName') or c.get('name', '')}".strip() for c in data.get("creators", ())]
    texts = [str(data.get("title", "")).casefold(), *(name.casefold() for name in names), str(data.get("date", ""))[:4]]
    text = query.get("q", "").casefold()
    words = [text.strip('"')] if text.startswith('"') else text.split()
    return all(any(word in each for each in texts) for word in words)


def _handler(server: ZoteroServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"])))

        def _serve(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.answer(Asked(self.command, parts.path, query, headers), body)
            if self.command == "POST" and reply.status == 200 and server.lose > 0:
                server.lose -= 1
                return  # the connection is closed without a word
            data = b"" if reply.status == 304 else (reply.body if isinstance(reply.body, str) else json.dumps(reply.body)).encode()
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
