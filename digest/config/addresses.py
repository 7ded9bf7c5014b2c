"""Parse servers and web addresses in the configuration; each function gives the value or raises ConfigurationError."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from .values import sentence, text, unfit

_NUMERIC_LABEL = re.compile(r"\d+|0[xX][0-9a-fA-F]*")
_NOWHERE = ("localhost", "local", "internal", "lan", "home.arpa", "localdomain", "invalid", "test", "onion")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_OR_MAIL = "or leave it empty: letters are then answered by mail"


def host(value: object) -> str:
    """A server's name or IP address."""
    given = text(value)
    if _is_ip(given) or (_HOST.fullmatch(given) and ".." not in given):
        return given
    raise unfit(f"{given!r} is not the name of a server", "a bare name such as smtp.example.org; its port is given apart")


def web_address(value: object) -> str:
    """An http or https address with a host, without a login."""
    given = text(value)
    try:
        parts = urlsplit(given)
        named, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise unfit(f"{given!r} is not a web address", sentence(str(error))) from error
    if parts.scheme not in ("http", "https") or "" in named.removesuffix(".").split(".") or " " in given:
        raise unfit(f"{given!r} is not a web address", "it begins with https://")
    if parts.username is not None:
        raise unfit("a web address with a login in it", "leave out what stands before the @")
    return f"{parts.scheme}{given[len(parts.scheme) :]}"  # a scheme in capitals is the same


def api_address(value: object) -> str:
    """The base address of a web API, without "/" at its end."""
    given = web_address(value)
    if urlsplit(given).query or urlsplit(given).fragment:
        raise unfit(f"{given!r} has more than an address", "leave out what follows ? and #")
    return given.rstrip("/")


_LINKABLE = re.compile(r"https://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)
_LONGEST_BASE = 200  # a token is added, and a header's line ends at 998 octets


def base_url(value: object) -> str:
    """The address at which readers reach `digest serve`: https, with a resolvable name, without "/" at its end.

    Letters never link to this machine, to a private address or to nowhere.
    """
    given = web_address(value)
    parts = urlsplit(given)
    if parts.query or parts.fragment:
        raise unfit(f"{given!r} has more than an address", "leave out what follows ? and #")
    if not _is_public(given):
        raise unfit(f"{given!r} leads to this machine or a private address", f"give the name that readers use, {_OR_MAIL}")
    if parts.scheme != "https":
        raise unfit(f"{given!r} is not https", f"put `digest serve` behind a proxy with a certificate, {_OR_MAIL}")
    if not _LINKABLE.fullmatch(given) or len(given) > _LONGEST_BASE:
        raise unfit(f"{given!r} cannot stand in a mail's header", "write a name outside ASCII as xn--…, and keep the path short and plain")
    return given.rstrip("/")


def picture(value: object) -> str:
    """The https address of an image for letters, with a name that readers' mail programs can resolve."""
    given = web_address(value)
    if not _is_public(given):
        raise unfit(f"{given!r} leads to this machine or a private address", "put the picture where every reader can load it")
    if not given.startswith("https:"):
        raise unfit(f"{given!r} is not https", "mail programs that show pictures load them over https")
    return given


def is_reachable_from_anywhere(url: str) -> bool:
    """Whether the name can be resolved outside of a private network."""
    named = (urlsplit(url).hostname or "").rstrip(".").lower()
    return _is_ip(named) or ("." in named and not any(named.endswith(f".{end}") for end in _NOWHERE))


def _is_ip(named: str) -> bool:
    try:
        ip_address(named)
    except ValueError:
        return False
    return True


def _is_public(url: str) -> bool:
    """False for this machine's name and for a private IP address, in any spelling that resolvers understand ("2130706433" is 127.0.0.1)."""
    named = (urlsplit(url).hostname or "").rstrip(".").lower()
    if f".{named}".endswith((".localhost", ".localhost.localdomain")):
        return False
    if _is_ip(named):
        return ip_address(named).is_global
    return not _NUMERIC_LABEL.fullmatch(named.rpartition(".")[2])
