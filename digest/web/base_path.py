"""Serve the site below the path of `base_url`, whether or not a proxy strips it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Strips the path of `base_url` from a request if the rest is one of our routes; `path` is "" if there is none."""

    def __init__(self, app: ASGIApp, path: str, routes: Sequence[BaseRoute]) -> None:
        self._app, self._path, self._routes = app, path, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._path and scope["path"].startswith(f"{self._path}/"):
            rest = {**scope, "path": scope["path"].removeprefix(self._path)}
            # Below "/u" the address /u/TOKEN is whole: the proxy took the path away.
            if any(route.matches(rest)[0] is not Match.NONE for route in self._routes):
                scope = rest
        await self._app(scope, receive, send)
