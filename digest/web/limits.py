"""Rate limits: token buckets, kept only in this process's memory."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..rendering.languages import message
from .answers import Pages, Words

MOST_KEYS = 20_000
"""Buckets that are remembered; the one that was used longest ago is forgotten first."""
_AT_HOME = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""Networks of one house, one company or one machine's containers (RFC 1918, RFC 4193)."""


TOO_OFTEN = Words(
    message("Too often"), message("There were too many requests for this page."), message("Wait a little, then try again.")
)


class Buckets:
    """A bucket for each key: `burst` requests at once, and one more every `seconds`; `ticks` is a monotonic clock in seconds."""

    def __init__(self, burst: int, seconds: float, ticks: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._seconds, self._ticks = burst, seconds, ticks
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> int:
        """Take one request: 0, or, if the bucket is empty, the whole seconds until there is one again."""
        with self._lock:
            now = self._ticks()
            left, at = self._used.pop(key, (float(self._burst), now))
            left = min(float(self._burst), left + (now - at) / self._seconds)
            self._used[key] = (left - 1 if left >= 1 else left, now)
            if len(self._used) > MOST_KEYS:
                self._used.popitem(last=False)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) * self._seconds))


class Limits:
    """The limits for one address and for one link: pages, heavy work (previews, libraries), long forms, and mails with a fresh link."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self.of_address = Buckets(300, 0.2, ticks)
        self.of_link = Buckets(90, 1.0, ticks)
        self.heavy = Buckets(6, 20.0, ticks)
        # Read, escaped and shown again, a megabyte takes fifty of memory for as long as that lasts.
        self.long_forms = Buckets(8, 20.0, ticks)
        self.mails = Buckets(1, 3600.0, ticks)


class Limited:
    """Answers 429 to too many requests, alike for links that are ours and that are not.

    Reads and actions are counted separately: a scanner that opens every link of a letter does not block its reader.
    """

    def __init__(self, app: ASGIApp, limits: Limits, pages: Pages) -> None:
        self._app, self._limits, self._pages = app, limits, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._wait(scope) if scope["type"] == "http" else 0
        if not wait:
            await self._app(scope, receive, send)
            return
        accept = Headers(scope=scope).get("accept-language", "")
        await too_often(accept, self._pages, wait)(scope, receive, send)

    def _wait(self, scope: Scope) -> int:
        does = "acts" if scope["method"] == "POST" else "looks"
        client = address_of(scope["client"])
        wait = self._limits.of_address.take(f"{does} {client}") if client else 0
        link = link_of(scope["path"])
        return wait or (self._limits.of_link.take(f"{does} {link}") if link else 0)


def too_often(accept: str, pages: Pages, wait: int) -> Response:
    """The response to too many requests; `wait` is in seconds, `accept` the Accept-Language header. It repeats nothing of the request."""
    return pages.message(accept, TOO_OFTEN, status=429, headers={"Retry-After": str(wait), "Connection": "close"})


def link_of(path: str) -> str:
    """The part of an address that identifies a reader: the token after the page's letter; in listmonk's, the part after the campaign."""
    parts = path.split("/", 4)
    place = 3 if parts[1:2] == ["subscription"] else 2
    return parts[place][:64] if len(parts) > place else ""


def address_of(client: tuple[str, int] | None) -> str:
    """The key by which a client is limited: its address, for IPv6 the network of one customer; "" if that tells nothing.

    All clients behind a proxy on this machine or its network (including a container's gateway) share the proxy's address, and a header that
    says who they are may be forged: such a proxy has to limit addresses itself.
    """
    try:
        address = ipaddress.ip_address((client or ("",))[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback or any(address in network for network in _AT_HOME):
        return ""
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
