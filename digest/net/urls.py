"""Check addresses and headers before anything is resolved or sent, and show addresses without their secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx

from ..errors import ConfigurationError, SourceRefused

LONGEST = 4000  # characters; the longest address a listing may have or redirect to
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def checked_url(text: str) -> httpx.URL:
    """The address to request, without its fragment. Raises SourceRefused for anything but a plain http(s) address."""
    if len(text) > LONGEST or not text.isprintable() or any(c in text for c in " \\\n\r\t"):
        raise SourceRefused(_masked(text), "is not an address: too long, or with blanks or control characters", hint="correct the address")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
        host = url.host  # decoded only here, and raises for a label like "xn--a", which encodes no name
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceRefused(_masked(text), "is not an address", hint="correct the address") from error
    if url.scheme not in ("http", "https"):
        raise SourceRefused(_masked(text), f"has the scheme {url.scheme!r}", hint="give an http or https address")
    if url.userinfo:
        raise SourceRefused(shown(url), "holds a user name or password", hint="give an address without one")
    if "" in host.removesuffix(".").split(".") or "%" in host or " " in host or not 0 < (80 if url.port is None else url.port) < 65536:
        raise SourceRefused(_masked(text), "names no host that can be asked", hint="correct the address")
    return url


def redirected(url: httpx.URL, location: str) -> httpx.URL:
    """The target of a redirect. Raises SourceRefused if it may not be followed, as from https to http."""
    try:
        target = checked_url(str(url.join(location)))
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceRefused(shown(url), "redirects to what is not an address", hint="correct the address") from error
    except SourceRefused as error:
        raise SourceRefused(shown(url), f"redirects to what is refused: {error}", hint=error.hint) from error
    if url.scheme == "https" and target.scheme == "http":
        raise SourceRefused(shown(url), "redirects from https to http", hint="ask whoever runs it to redirect to https")
    return target


def shown(url: httpx.URL) -> str:
    """An address for messages, without user name, password and query (which may hold keys)."""
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    path = url.path if url.path.isprintable() else url.raw_path.decode("ascii").partition("?")[0]  # "%1b" stays what it is
    return f"{url.scheme}://{host}{port}{path}"[:200] + ("?…" if url.query else "")


def checked_headers(url: httpx.URL, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers to send to that address. Raises SourceRefused for a value that no header may hold, without showing it."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable() or value != value.strip():
            raise SourceRefused(shown(url), f"the header {name[:60]!r} cannot be sent", hint="correct what it is made of")
    return dict(headers)


def checked_proxy(text: str | None) -> httpx.Proxy | None:
    """The proxy to use; None for an empty text. Raises ConfigurationError, which never shows the proxy's password."""
    if not text:
        return None
    mistake = ConfigurationError("proxy", "is not the address of an http or https proxy", hint="give it as http://host:port")
    try:
        proxy = httpx.Proxy(text if "://" in text else f"http://{text}")
        host = proxy.url.host
    except (httpx.InvalidURL, ValueError):
        raise mistake from None  # the original message holds the password
    if proxy.url.scheme not in ("http", "https") or not host:
        raise mistake
    return proxy


def _masked(text: str) -> str:
    """The beginning of an invalid address, without anything that may be a password or a key."""
    head = re.split("[?#]", text, maxsplit=1)[0]
    # With an "@" after that mark, either the "@" is part of a key or the mark is part of a password: then the part before is hidden too.
    secret = ".*" if "@" in text[len(head) :] else ".*@"
    bare = re.sub(f"(?is)^([a-z]*://)?{secret}", r"\1", head)[:100]
    return bare if bare.isprintable() else repr(bare)
