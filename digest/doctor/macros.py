"""Expand the macros of an SPF record (RFC 7208 §7), such as `%{ir}.%{l}._spf.%{d}`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

MACRO = r"%(?:[%_-]|\{[slodipvh]\d*r?[-.+,/_=]*\})"
"""A macro, as a pattern; capitals count as small letters."""
_MACRO = re.compile(r"%(?:(?P<plain>[%_-])|\{(?P<letter>[slodipvh])(?P<digits>\d*)(?P<reverse>r?)(?P<marks>[-.+,/_=]*)\})", re.IGNORECASE)
_PLAIN = {"%": "%", "_": " ", "-": "%20"}
_LONGEST = 253


@dataclass(frozen=True, slots=True)
class Asked:
    """The subject of an SPF check: the sending address, the envelope sender, and the domain whose record it is.

    The server's HELO name is not known; `h` is taken to be the sender's domain, and `p` (which nobody should use) to be unknown.
    """

    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    sender: str
    domain: str

    def value(self, letter: str) -> str:
        local, _, owner = self.sender.rpartition("@")
        dotted = str(self.ip) if self.ip.version == 4 else ".".join(f"{int(self.ip):032x}")
        values = {"s": self.sender, "l": local or "postmaster", "o": owner, "d": self.domain, "i": dotted, "h": owner, "p": "unknown"}
        return values.get(letter) or ("in-addr" if self.ip.version == 4 else "ip6")


def expanded(text: str, asked: Asked) -> str:
    """The text with its macros expanded; a name that becomes too long keeps its end."""
    name = _MACRO.sub(lambda found: _filled(found, asked), text)
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name


def _filled(found: re.Match[str], asked: Asked) -> str:
    if found["plain"]:
        return _PLAIN[found["plain"]]
    parts = re.split(f"[{re.escape(found['marks'] or '.')}]", asked.value(found["letter"].lower()))
    if found["reverse"]:
        parts.reverse()
    return ".".join(parts[-int(found["digits"]) :] if int(found["digits"] or 0) else parts)
