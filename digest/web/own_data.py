"""Readers' rights over their data: download it, have it erased; and a fresh link for an expired one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..model import Subscription
from ..rendering import bibtex
from ..run import Parts, forget
from .answers import PRIVATE, Pages, file
from .keys import Keys
from .limits import Limits
from .request_bodies import button
from .saved import saved_by
from .words import shelf

log = logging.getLogger(__name__)


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime], limits: Limits) -> list[BaseRoute]:
    """`/p/TOKEN/export.json` and `saved.bib`, `/p/TOKEN/erase` (GET asks, POST erases), `/p/TOKEN/fresh` (POST mails a fresh link)."""
    keys = Keys(parts, pages, clock, limits)

    def export(request: Request) -> Response:
        return keys.answer(request, lambda subscription: _exported(parts, subscription))

    def saved(request: Request) -> Response:
        return keys.answer(request, lambda s: file(bibtex(saved_by(parts, s)), "application/x-bibtex", "saved.bib"))

    def ask(request: Request) -> Response:
        return keys.answer(request, lambda subscription: _asked(pages, request, subscription))

    def erase(request: Request) -> Response:
        return keys.answer(request, lambda subscription: _erased(parts, pages, subscription, clock()))

    def lead(request: Request) -> Response:
        return keys.answer(request, lambda _: _to_the_form(request))

    return [
        Route("/p/{token}/export.json", export, methods=["GET"], name="export"),
        Route("/p/{token}/saved.bib", saved, methods=["GET"], name="saved papers"),
        Route("/p/{token}/erase", button(ask, erase), methods=["GET", "POST"], name="erase"),
        Route("/p/{token}/fresh", button(lead, keys.mail), methods=["GET", "POST"], name="fresh link"),
    ]


def _exported(parts: Parts, subscription: Subscription) -> Response:
    """Everything known about the reader, except a library's key or path on this machine: letters and their links are forwarded."""
    known = parts.catalog.rights.about(subscription.subscriber.email)
    for library in known["libraries"]:
        library["address"] = shelf(library["address"])
        del library["key_file"]
    return file(json.dumps(known, indent=2, default=_plain) + "\n", "application/json", "digest-about-me.json")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _to_the_form(request: Request) -> Response:
    """Redirect a link that still opens the form: it needs no fresh one."""
    return Response(status_code=303, headers={**PRIVATE, "Location": f"../{request.path_params['token']}"})


def _asked(pages: Pages, request: Request, subscription: Subscription) -> Response:
    """A page with one button: whoever follows links must not erase anything."""
    values = {"state": "asked", "back": f"../{request.path_params['token']}", "is_configured": subscription.configured}
    return pages.page("erase.html", values, spoken=subscription.subscriber.language)


def _erased(parts: Parts, pages: Pages, subscription: Subscription, now: datetime) -> Response:
    address = subscription.subscriber.email
    is_configured = parts.catalog.rights.is_configured(address)
    if forget(parts, address, now, "preferences page").erased.lingers:
        log.warning("somebody else reads the database: its log still holds what was erased, until the next erasure empties it")
    values = {"state": "done", "back": "", "is_configured": is_configured}
    return pages.page("erase.html", values, spoken=subscription.subscriber.language)
