"""What a letter's foot links to: the issue as a page, and the end of a subscription."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..errors import NotFound
from ..model import Issue, Paper, Subscription
from ..naming import short_name
from ..run import Parts, render_issue
from ..tokens import Claim, Purpose, read_token
from .answers import Pages, letter
from .words import called, when

BODY_LIMIT = 64 * 1024
"""Bytes a POST may carry; a mail provider sends 26 ("List-Unsubscribe=One-Click"), or some 200 as multipart."""
PATIENCE = 16 * 1024 * 1024
"""Bytes of a longer one that are thrown away before it is refused: a client that is still sending does not hear an early answer."""
BODY_SECONDS = 10.0


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """`/u/TOKEN` and `/i/TOKEN`."""

    def ask(request: Request) -> Response:
        return _ask(parts, pages, request.path_params["token"])

    async def end(request: Request) -> Response:
        await drain(request)
        return await run_in_threadpool(_end, parts, pages, request.path_params["token"], clock())

    def issue(request: Request) -> Response:
        return letter(render_issue(parts, issue_of(parts, request.path_params["token"]), to_its_reader=False).html)

    async def unsubscribe(request: Request) -> Response:
        return await (end(request) if request.method == "POST" else run_in_threadpool(ask, request))

    return [
        Route("/u/{token}", unsubscribe, methods=["GET", "POST"], name="unsubscribe"),
        Route("/i/{token}", issue, methods=["GET"], name="issue"),
    ]


async def drain(request: Request) -> None:
    """Read a POST's content to its end and forget it: what it says decides nothing, so no form of it can do harm.

    Raises HTTPException: 413 beyond BODY_LIMIT, 408 where it does not arrive within BODY_SECONDS.
    """
    size = 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > PATIENCE:
                    break
    except TimeoutError as error:
        raise HTTPException(408, headers={"Connection": "close"}) from error
    except ClientDisconnect as error:
        # Whoever hung up before the end of their request has not asked for anything yet.
        raise HTTPException(400) from error
    if size > BODY_LIMIT:
        raise HTTPException(413, headers={"Connection": "close"})


def _ask(parts: Parts, pages: Pages, token: str) -> Response:
    """One button (a scanner that follows links must not end a subscription, RFC 8058 section 1)."""
    subscription = parts.catalog.subscribers.by_id(_claim(parts, token).subscription)
    return _page(pages, subscription, left=subscription.left_at is not None)


def _end(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """End the subscription, however often it is asked for (RFC 8058 section 3.2: no cookie, no redirect, 200)."""
    claim = _claim(parts, token)
    parts.catalog.subscribers.leave(claim.subscription, now)
    try:
        return _page(pages, parts.catalog.subscribers.by_id(claim.subscription), left=True)
    except NotFound:
        # The operator removed it since: the reader gets nothing more, and a mail program that asks must hear so.
        return _page(pages, None, left=True)


def _page(pages: Pages, subscription: Subscription | None, *, left: bool) -> Response:
    """Names the subscription and never the address: letters are forwarded, and this page goes with them."""
    name, comes = (called(subscription), when(subscription)) if subscription else ("this subscription", "")
    return pages.page("unsubscribe.html", {"name": name, "when": comes, "left": left})


def _claim(parts: Parts, token: str) -> Claim:
    """What a letter's token says. Raises TokenError for any that is not ours."""
    return read_token(token, Purpose.LETTER, parts.secrets)


def issue_of(parts: Parts, token: str) -> Issue:
    """The issue of the letter with that token. Raises TokenError or NotFound, which are answered alike."""
    claim = _claim(parts, token)
    issue = parts.catalog.issues.load(claim.issue)
    if issue.subscription.id != claim.subscription:
        raise NotFound("", "no such issue")
    return issue


def paper_of(issue: Issue, name: str) -> Paper:
    """The paper of this issue that goes by that short name, or did before it proved to be one with another. Raises NotFound."""
    for pick in issue.picks:
        if name in map(short_name, (pick.paper.key, *pick.paper.ids)):
            return pick.paper
    raise NotFound("", "no such paper in this issue")
