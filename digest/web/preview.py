"""The operator's pages: the latest issues and everybody's next one, shown only to a browser on this machine.

A preview stores nothing and sends nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..cadence import Reached, due_for, is_known, local, next_for
from ..model import UNNAMED, Issue, SubscriberStatus, Subscription
from ..rendering.languages import SOURCE, language
from ..run import Parts, Report, is_paused, letter_of, preview_issue, render_issue
from .answers import Pages, framed_letter
from .words import about, pause_day, when

VIEWS = {"html": "Letter", "text": "Text", "markdown": "Markdown", "source": "Source"}
LATEST = 30
FIRST = 200
"""Subscriptions that the list shows."""
SHOWN = "operator"
"""The key in a request's scope that says the guard let it through."""
# What a proxy adds. Any of them means that the browser is somewhere else.
TRACES = frozenset({b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip"})


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """`/`, `/next/SUBSCRIPTION` and `/issues/ISSUE`; with `.html` the letter alone, for the frame."""

    def index(request: Request) -> Response:
        return _index(parts, pages, clock())

    framed: dict[int, Issue] = {}  # what a page was made of, for its frame: both show the same, and papers are ranked once

    def upcoming(request: Request) -> Response:
        number, is_frame = _number(request), request.scope["path"].endswith(".html")
        issue = framed.pop(number, None) if is_frame else None
        if issue is None:
            issue = preview_issue(parts, parts.catalog.subscribers.by_id(number), Report(clock()))
        if not is_frame and request.query_params.get("as", "html") == "html":
            framed[number] = issue
        return _shown(parts, pages, request, issue)

    def stored(request: Request) -> Response:
        return _shown(parts, pages, request, parts.catalog.issues.load(_number(request)))

    return [
        Route("/", _guarded(index), name="index"),
        Route("/next/{number}.html", _guarded(upcoming), name="next letter"),
        Route("/next/{number}", _guarded(upcoming), name="next"),
        Route("/issues/{number}.html", _guarded(stored), name="stored letter"),
        Route("/issues/{number}", _guarded(stored), name="stored"),
    ]


def is_local(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request comes straight from a browser on this machine, judged by its headers.

    It must have one Host, a loopback one (a name re-bound to 127.0.0.1 is still the attacker's name), and no trace of a proxy.
    """
    hosts = [value for name, value in headers if name == b"host"]
    traces = [name for name, _ in headers if name in TRACES or name.startswith(b"x-forwarded")]
    return len(hosts) == 1 and not traces and _is_loopback(hosts[0].decode("latin-1"))


def is_shown(request: Request) -> bool:
    """Whether this request passed that check, so that its answer may show addresses, files and errors."""
    return bool(request.scope.get(SHOWN))


def _is_loopback(host: str) -> bool:
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    if port and not (port.isascii() and port.isdecimal()):
        return False
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name).is_loopback
    except ValueError:
        return False


def _guarded(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    @wraps(endpoint)
    def guarded(request: Request) -> Response:
        if not is_local(request.scope["headers"]):
            raise HTTPException(404)
        request.scope[SHOWN] = True
        return endpoint(request)

    return guarded


def _number(request: Request) -> int:
    """The id in the address; anything else is answered like an unknown id."""
    text = request.path_params["number"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise HTTPException(404)
    return int(text)


def _index(parts: Parts, pages: Pages, now: datetime) -> Response:
    english = language(SOURCE)
    known, count = parts.catalog.subscribers.all(FIRST), parts.catalog.subscribers.count()
    reached = parts.catalog.issues.reached([s.id for s in known], now)
    rows = [{"subscription": s, "about": about(s), "when": when(s, english), "due": _due(s, now, reached.get(s.id))} for s in known]
    more = max(0, count - len(known))
    return pages.page("index.html", {"rows": rows, "more": more, "issues": parts.catalog.issues.latest(LATEST), "unnamed": UNNAMED})


def _due(subscription: Subscription, now: datetime, reached: Reached | None) -> str:
    reader = subscription.subscriber
    if reader.suppressed:
        return f"suppressed ({reader.suppressed})"
    if subscription.left_at is not None:
        return "unsubscribed"
    if reader.status is not SubscriberStatus.ACTIVE:
        return str(reader.status)
    if is_paused(subscription, now):
        day = pause_day(subscription, language(SOURCE))
        return f"paused until {day}" if day else "paused"
    if not is_known(reader.zone):
        return f"no letters: {reader.zone} is no time zone that is known here"
    if due_for(subscription, now, reached) is not None:
        return "due now"
    due = local(next_for(subscription, now, reached), reader.zone)
    return f"next {due:%a} {due.day} {due:%b %H:%M} {reader.zone}"


def _shown(parts: Parts, pages: Pages, request: Request, issue: Issue) -> Response:
    """The issue in the requested view; the letter alone if the address ends in .html."""
    if request.scope["path"].endswith(".html"):
        return framed_letter(render_issue(parts, issue).html)
    view = request.query_params.get("as", "html")
    if view not in VIEWS:
        raise HTTPException(404)
    rendering = render_issue(parts, issue)
    text = _source(parts, issue) if view == "source" else {"html": "", "text": rendering.text, "markdown": rendering.markdown}[view]
    values = {"view": view, "views": VIEWS, "text": text, "subject": rendering.subject, "issue": issue, "unnamed": UNNAMED}
    values["address"] = request.scope["path"]
    return pages.page("issue.html", values, frames_a_letter=True)


def _source(parts: Parts, issue: Issue) -> str:
    return letter_of(parts, issue).content.decode("utf-8", errors="replace").replace("\r\n", "\n")
