"""The site: what a letter links to, and, for the operator alone, every issue and everybody's next one.

A page is read with GET, which changes nothing; what acts is a POST. Nothing here reads a cookie or a Host, and only the page of preferences
reads what a form says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from ..errors import DigestError, NotFound, TokenError
from ..resources import templates_dir
from ..run import Parts
from . import account, citing, feedback, joining, listmonk, own_data, preferences, preview
from .access import AccessLog
from .answers import Pages
from .limits import Limited, Limits

__all__ = ["create_app"]

SENTENCES = {
    404: ("Nothing here", "This link is not one of ours, or what it led to is gone. Make sure that it was copied whole."),
    405: ("Not like this", "This address does not take that kind of request. Open it in a browser."),
    408: ("Too slow", "The request did not arrive in time. Send it again."),
    413: ("Too large", "The request is larger than anything this address needs. Send it without content."),
}


def create_app(parts: Parts, *, clock: Callable[[], datetime], previews: bool, limits: Limits | None = None) -> Starlette:
    """The site over these parts, at `clock()`.

    Pages with a token answer for any Host, since links are made from `base_url` and never from a request.
    `previews` adds the operator's pages: they show everybody's letters, and answer only to a browser on this machine.
    """
    pages, limits = Pages(templates_dir(), parts.sender.name), limits or Limits()
    app = Starlette(
        routes=[
            *account.routes(parts, pages, clock),
            *feedback.routes(parts, pages, clock),
            *citing.routes(parts),
            *preferences.routes(parts, pages, clock, limits),
            *own_data.routes(parts, pages, clock, limits),
            *joining.routes(parts, pages, clock),
            *listmonk.routes(parts, pages, clock),
            *(preview.routes(parts, pages, clock) if previews else []),
        ],
        middleware=[Middleware(AccessLog), Middleware(Limited, limits=limits, pages=pages)],
        exception_handlers={
            HTTPException: lambda request, error: _refusal(pages, error),
            DigestError: lambda request, error: _failure(pages, request, error),
            Exception: lambda request, error: _bug(pages),
        },
    )
    # A redirect to the address with or without its last slash would be made from the Host header.
    app.router.redirect_slashes = False
    return app


def _refusal(pages: Pages, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title, sentence = SENTENCES.get(error.status_code, ("Not possible", "The request cannot be answered."))
    return pages.page("message.html", {"title": title, "sentence": sentence, "hint": ""}, status=error.status_code, headers=error.headers)


def _failure(pages: Pages, request: Request, error: Exception) -> Response:
    """What went wrong, with its hint, for the operator; a reader learns only that it was not their doing."""
    assert isinstance(error, DigestError)
    if isinstance(error, (TokenError, NotFound)):
        return _refusal(pages, HTTPException(404))
    if preview.is_shown(request):
        values = {"title": "That did not work", "sentence": str(error), "hint": error.hint}
        return pages.page("message.html", values, status=500)
    values = {"title": "Not now", "sentence": "This cannot be answered at the moment.", "hint": "Try again in some minutes."}
    return pages.page("message.html", values, status=503, headers={"Retry-After": "300"})


def _bug(pages: Pages) -> Response:
    values = {"title": "Our mistake", "sentence": "Something broke on our side, and nothing was changed.", "hint": ""}
    return pages.page("message.html", values, status=500)
