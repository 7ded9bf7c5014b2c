"""A local HTTP server that replays listings: arXiv's Atom feed and API, and Hugging Face's daily list, in the shape of the recordings."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Listed:
    """A paper as arXiv would list it."""

    id: str
    title: str
    abstract: str
    authors: str = "Ana Silva, Bo Lindqvist"
    kind: str = "new"
    category: str = "cs.LG"
    version: int = 1
    comment: str = ""


def atom(papers: Sequence[Listed], day: str) -> str:
    """One category's feed of that day ("2026-11-23")."""
    entries = "".join(
        f"<entry><id>oai:arXiv.org:{p.id}v{p.version}</id><title>{escape(p.title)}</title><updated>{day}T05:00:00+00:00</updated>"
        f'<link href="https://arxiv.org/abs/{p.id}" rel="alternate" type="text/html"/>'
        f"<summary>arXiv:{p.id}v{p.version} Announce Type: {p.kind} \nAbstract: {escape(p.abstract)}</summary>"
        f'<category term="{p.category}"/><published>{day}T00:00:00-05:00</published>'
        f"<arxiv:announce_type>{p.kind}</arxiv:announce_type><dc:creator>{escape(p.authors)}</dc:creator></entry>"
        for p in papers
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://www.w3.org/2005/Atom">'
        "<id>http://rss.arxiv.org/atom/cs.LG</id><title>cs.LG updates on arXiv.org</title>"
        f"<updated>{day}T05:00:00+00:00</updated>{entries}</feed>"
    )


def api(papers: Sequence[Listed]) -> str:
    """arXiv's API answer for these papers."""
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{p.id}v{p.version}</id>"
        "<updated>2026-11-20T00:00:00Z</updated><published>2026-11-20T00:00:00Z</published>"
        f"<title>{escape(p.title)}</title><summary>{escape(p.abstract)}</summary>"
        + "".join(f"<author><name>{escape(name)}</name></author>" for name in p.authors.split(", "))
        + (f"<arxiv:comment>{escape(p.comment)}</arxiv:comment>" if p.comment else "")
        + f'<link href="https://arxiv.org/abs/{p.id}v{p.version}" rel="alternate" type="text/html"/>'
        f'<arxiv:primary_category term="{p.category}"/><category term="{p.category}"/></entry>'
        for p in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><id>http://arxiv.org/api/x</id><title>ArXiv Query</title>'
        f"<updated>2026-11-23T00:00:00Z</updated><opensearch:totalResults>{len(papers)}</opensearch:totalResults>{entries}</feed>"
    )


def daily(papers: Sequence[tuple[Listed, int]], day: str) -> str:
    """Hugging Face's list of that day: papers with their votes."""
    return json.dumps(
        [
            {
                "paper": {
                    "id": p.id,
                    "title": p.title,
                    "summary": p.abstract,
                    "authors": [{"name": name, "hidden": False} for name in p.authors.split(", ")],
                    "publishedAt": "2026-11-20T00:00:00.000Z",
                    "submittedOnDailyAt": f"{day}T00:00:00.000Z",
                    "upvotes": votes,
                    "ai_summary": "A short summary.",
                },
                "title": p.title,
                "summary": p.abstract,
                "publishedAt": f"{day}T01:00:00.000Z",
                "numComments": 2,
                "submittedBy": {"fullname": "Dana Wu", "name": "dana"},
                "organization": {"name": "institute", "fullname": "Institute of Foxes"},
            }
            for p, votes in papers
        ]
    )


@dataclass
class ListingServer:
    """Serves `pages` (path → text) and the API for `known` papers; everything else is a 404.

    Paths asked for are kept in `asked`; those of them that were answered with 304, because the ETag still held, in `unchanged`.
    `moved` leads from a path to another address.
    """

    pages: dict[str, str] = field(default_factory=dict)
    known: list[Listed] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, target: str) -> tuple[int, bytes]:
        self.asked.append(target)
        address = urlsplit(target)
        if address.path == "/api/query":
            wanted = parse_qs(address.query).get("id_list", [""])[0].split(",")
            return 200, api([p for p in self.known if p.id in wanted]).encode()
        page = self.pages.get(address.path)
        return (404, b"gone") if page is None else (200, page.encode())

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = outer.answer(self.path)
                etag = f'"{sha256(body).hexdigest()[:16]}"'
                if status == 200 and self.headers["If-None-Match"] == etag:
                    outer.unchanged.append(self.path)
                    status, body = 304, b""
                if self.path in outer.moved:
                    status, body = 302, b""
                self.send_response(status)
                if self.path in outer.moved:
                    self.send_header("Location", outer.moved[self.path])
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
