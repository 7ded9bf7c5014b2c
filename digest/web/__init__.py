"""The web site: the pages that a letter links to, and, only for the operator, every issue and everybody's next one.

GET only reads; actions are POSTs. Nothing here reads a cookie or a Host header, and only the preferences page reads form fields.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from ..errors import DigestError, NotFound, TokenError
from ..rendering.languages import message
from ..resources import templates_dir
from ..run import Parts
from . import account, bibtex, feedback, joining, listmonk, own_data, preferences, preview
from .access import AccessLog
from .answers import Pages, Words
from .base_path import BasePath
from .framing import Framed
from .limits import Limited, Limits

__all__ = ["create_app"]

log = logging.getLogger(__name__)

SENTENCES = {
    404: Words(
        message("Nothing here"),
        message("This link is not one of ours, or comes from a preview, or what it led to is gone. Make sure that it was copied whole."),
        # Also where the key is lost that signed it: whoever wants to leave must learn how.
        message("If you want no more letters and their links lead here, reply to one of them and say so."),
    ),
    405: Words(message("Not like this"), message("This address does not take that kind of request. Open it in a browser.")),
    408: Words(message("Too slow"), message("The request did not arrive in time. Send it again.")),
    413: Words(
        message("Too large"),
        message("What was sent is larger than this page accepts, and nothing was changed."),
        message("If it was a file, go back and choose one of at most 1 MB."),
    ),
}
OTHERWISE = Words(message("Not possible"), message("The request cannot be answered."))
NOT_NOW = Words(message("Not now"), message("This cannot be answered at the moment."), message("Try again in a few minutes."))
BROKEN = Words(message("Our mistake"), message("Something broke on our side, and nothing was changed."))


def create_app(parts: Parts, *, clock: Callable[[], datetime], previews: bool, limits: Limits | None = None) -> Starlette:
    """The site over these parts, at `clock()`.

    Pages with a token answer for any Host, since links are made from `base_url` and never from a request. `previews` adds the operator's
    pages: they show everybody's letters, and answer only to a browser on this machine.
    """
    pages, limits = Pages(templates_dir(), parts.name, dict(parts.colours)), limits or Limits()
    routes = [
        *account.routes(parts, pages, clock),
        *feedback.routes(parts, pages, clock),
        *bibtex.routes(parts),
        *preferences.routes(parts, pages, clock, limits),
        *own_data.routes(parts, pages, clock, limits),
        *joining.routes(parts, pages, clock),
        *listmonk.routes(parts, pages, clock),
        *(preview.routes(parts, pages, clock) if previews else []),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(BasePath, path=urlsplit(parts.base_url).path, routes=routes),
            Middleware(AccessLog),
            Middleware(Framed, pages=pages, words=OTHERWISE),
            Middleware(Limited, limits=limits, pages=pages),
        ],
        exception_handlers={
            HTTPException: lambda request, error: _refusal(pages, request, error),
            DigestError: lambda request, error: _failure(pages, request, error),
            Exception: lambda request, error: pages.message(_accept(request), BROKEN, status=500),
        },
    )
    # A redirect to the address with or without its last slash would be made from the Host header.
    app.router.redirect_slashes = False
    return app


def _refusal(pages: Pages, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = SENTENCES.get(error.status_code, OTHERWISE)
    return pages.message(_accept(request), words, status=error.status_code, headers=error.headers)


def _failure(pages: Pages, request: Request, error: Exception) -> Response:
    """An error page: with the error and its hint for the operator; a reader learns only that it was not their doing."""
    assert isinstance(error, DigestError)
    if isinstance(error, (TokenError, NotFound)):
        return _refusal(pages, request, HTTPException(404))
    if preview.is_shown(request):
        values = {"title": "That did not work", "sentence": str(error), "hint": error.hint}
        return pages.page("message.html", values, status=500)
    log.warning("not answered: %s (%s)", error.message, error.kind)  # its subject may be an address
    return pages.message(_accept(request), NOT_NOW, status=503, headers={"Retry-After": "300"})


def _accept(request: Request) -> str:
    return request.headers.get("accept-language", "")
