"""Protection against request smuggling: a request that states its length twice is refused, as a proxy may believe the other statement."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .answers import Pages, Words


class Framed:
    """Answers 400 to a request with both Transfer-Encoding and Content-Length, and closes the connection (RFC 9112 §6.3).

    Otherwise we would read what follows on the connection as a separate request, where a proxy that goes by the length has seen only one:
    the next visitor's address, which holds a token, would then become what a stranger had posted to a page of theirs.
    """

    def __init__(self, app: ASGIApp, pages: Pages, words: Words) -> None:
        self._app, self._pages, self._words = app, pages, words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "transfer-encoding" not in headers or "content-length" not in headers:
            await self._app(scope, receive, send)
            return
        accept = headers.get("accept-language", "")
        await self._pages.message(accept, self._words, status=400, headers={"Connection": "close"})(scope, receive, send)
