"""Decide which addresses a listing may be fetched from and a paper may link to: only public ones, unless a source allows others."""

from __future__ import annotations

import ipaddress
import socket

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def is_public(address: str) -> bool:
    """Whether an IP address (as `getpeername` writes it) belongs to the public internet.

    Private, loopback, link-local, multicast, reserved, unspecified and shared (CGNAT, RFC 6598) addresses do not; an IPv4 address inside an
    IPv6 one (mapped, 6to4, NAT64) is judged by itself.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(ip)


def names_private(host: str) -> bool:
    """Whether a URL's host names a network that is not public, in any spelling (`0x7f.1`, `2130706433`, `[::1]`).

    Checks only the text, without the DNS: a name that resolves to such an address is not detected here.
    """
    bare = host.strip("[]").rstrip(".").lower()
    if f".{bare}".endswith((".localhost", ".localhost.localdomain")):
        return True
    ip = literal(bare)
    return ip is not None and not _is_public(ip)


def literal(host: str) -> IpAddress | None:
    """The IP address that a host spells out, old inet_aton forms included; None for a name."""
    bare = host.strip("[]").rstrip(".").partition("%")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    if not bare or not set(bare.lower()) <= set("0123456789abcdefx."):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(bare))
    except OSError:
        return None


def bypasses_proxy(host: str, port: int, no_proxy: str) -> bool:
    """Whether NO_PROXY covers this host: `*`, a name with or without a leading dot, `name:port`, an address or a network (10.0.0.0/8).

    Commas or blanks stand between the rules, as curl reads them.
    """
    bare = host.strip("[]").rstrip(".").lower()
    return any(_matches(bare, port, rule.lower()) for rule in no_proxy.replace(",", " ").split())


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    if "/" in rule:
        ip = literal(host)
        try:
            return ip is not None and ip in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    name, colon, wanted = rule.rpartition(":")
    if colon and wanted.isdecimal() and (":" not in name or name.endswith("]")):
        if int(wanted) != port:
            return False
        rule = name
    rule = rule.strip("[]").lstrip("*").lstrip(".")
    ip = literal(rule)
    return host == rule or host.endswith(f".{rule}") or (ip is not None and ip == literal(host))


def _is_public(ip: IpAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is not None:
            return _is_public(inner)
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)
