"""The page behind an invitation: one button to accept it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..errors import NotFound
from ..model import SubscriberStatus, Subscription
from ..rendering.languages import language
from ..run import Parts
from ..run.mailing.inviting import BY_LINK
from ..tokens import Purpose, read_token
from .account import subscription_of
from .answers import Pages
from .request_bodies import button
from .words import called, when


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """`/j/TOKEN`."""

    def show(request: Request) -> Response:
        return _page(parts, pages, _meant(parts, request))

    def agree(request: Request) -> Response:
        subscription = _meant(parts, request)
        parts.catalog.invitations.accept(subscription.id, clock(), BY_LINK)
        return _page(parts, pages, _meant(parts, request))

    return [Route("/j/{token}", button(show, agree), methods=["GET", "POST"], name="join")]


def _meant(parts: Parts, request: Request) -> Subscription:
    """The first subscription that the invitation named, even a removed one if another of the reader's goes on.

    Raises TokenError or NotFound, which must look the same to a client.
    """
    subscription, is_removed = subscription_of(parts, read_token(request.path_params["token"], Purpose.JOIN, parts.secrets))
    if is_removed and all(one.left_at is not None for one in parts.catalog.subscribers.find(subscription.subscriber.email)):
        raise NotFound("", "no such subscription")
    return subscription


def _page(parts: Parts, pages: Pages, subscription: Subscription) -> Response:
    """Names everything that accepting begins, and never the address: invitations are forwarded, and this page goes with them."""
    reader = subscription.subscriber
    is_over = subscription.left_at is not None or bool(reader.suppressed) or reader.status is SubscriberStatus.BOUNCING
    state = "over" if is_over else "asked" if reader.status is SubscriberStatus.PENDING else "in"
    going_on = [one for one in parts.catalog.subscribers.find(reader.email) if one.left_at is None]
    shown = (subscription,) if is_over else going_on
    spoken = language(reader.language)
    comes = when(shown[0], spoken) if len(shown) == 1 else spoken.say("on its days")
    values = {"name": ", ".join(called(one, pages.site) for one in shown), "when": comes, "state": state}
    return pages.page("join.html", values, spoken=spoken.code)
