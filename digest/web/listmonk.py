"""Unsubscribe links in letters sent by listmonk (`/subscription/CAMPAIGN/SUBSCRIBER`), which still lie in mailboxes.

The subscriber's UUID is the secret; the campaign is ignored, so the button ends everything that came from listmonk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..errors import NotFound
from ..model import Subscription
from ..rendering.languages import SOURCE, language
from ..run import Parts
from .answers import Pages
from .request_bodies import button
from .words import called, when

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """`/subscription/CAMPAIGN/SUBSCRIBER`."""

    def ask(request: Request) -> Response:
        return _page(pages, _theirs(parts, _subscriber(request)))

    # Its letters have List-Unsubscribe-Post too (RFC 8058).
    def end(request: Request) -> Response:
        parts.catalog.invitations.leave_by_link(_subscriber(request), clock())
        return ask(request)

    return [Route("/subscription/{campaign}/{subscriber}", button(ask, end), methods=["GET", "POST"], name="listmonk")]


def _subscriber(request: Request) -> str:
    """The subscriber's UUID. Raises NotFound if the address does not consist of two."""
    campaign, subscriber = request.path_params["campaign"], str(request.path_params["subscriber"])
    if not _UUID.fullmatch(campaign) or not _UUID.fullmatch(subscriber):
        raise NotFound("", "no such subscription")
    return subscriber


def _theirs(parts: Parts, uuid: str) -> tuple[Subscription, ...]:
    """The subscriptions that the link is about; none for somebody who had left before. Raises NotFound for an unknown one."""
    found = parts.catalog.invitations.by_link(uuid)
    if found is None:
        raise NotFound("", "no such subscription")
    return found


def _page(pages: Pages, theirs: tuple[Subscription, ...]) -> Response:
    """Names the subscriptions and never the address."""
    going_on = [one for one in theirs if one.left_at is None and not one.subscriber.suppressed]
    shown = going_on or theirs
    spoken = language(shown[0].subscriber.language if shown else SOURCE)
    name = ", ".join(called(one, pages.site) for one in shown) or spoken.say("this list")
    comes = when(shown[0], spoken) if len(shown) == 1 else ""
    state = "asked" if going_on else "left"
    values = {"name": name, "when": comes, "state": state, "offers_less": False, "back": ""}
    return pages.page("unsubscribe.html", values, spoken=spoken.code)
