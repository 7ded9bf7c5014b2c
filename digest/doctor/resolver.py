"""Query the DNS for TXT, MX, address and PTR records. The only importer of dnspython."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any, Protocol

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

from ..errors import UsageError
from .findings import plain

SECONDS = 5.0
"""For one question, its repetitions included."""


LATER = "ask another name server (--resolver 9.9.9.9), or again in some minutes; if none answers, ask who runs the domain's DNS"
"""What to do where nobody answered."""


class NoAnswer(Exception):
    """No server answered, or the answer was a failure: nothing is known, which differs from "there is no such record"."""


class Lookup(Protocol):
    """Queries the DNS; an empty tuple means that there is no such record. Every query may raise NoAnswer."""

    def texts(self, name: str) -> tuple[str, ...]:
        """Each TXT record, with its strings joined without a separator."""
        ...

    def addresses(self, name: str) -> tuple[str, ...]:
        """The IPv4 addresses, then the IPv6 ones."""
        ...

    def exchangers(self, name: str) -> tuple[str, ...]:
        """The hosts that accept the domain's mail, the preferred one first."""
        ...

    def names(self, address: str) -> tuple[str, ...]:
        """The names of an IP address (PTR)."""
        ...


class Resolver:
    """A Lookup that asks the name servers in this machine's `file`, or the one at `server` ("127.0.0.1:5353").

    Raises NoAnswer if the machine has none configured, and UsageError for an invalid server.
    """

    def __init__(self, server: str = "", *, seconds: float = SECONDS, file: str = "/etc/resolv.conf") -> None:
        try:
            self._resolver = dns.resolver.Resolver(file, configure=not server)
        except (dns.exception.DNSException, ValueError) as error:  # the latter for a line that names no address, or is no text
            raise NoAnswer(f"this machine names no DNS server that can be asked ({file})") from error
        if server:
            self._resolver.nameservers, self._resolver.port = _server(server)
        self._resolver.lifetime = seconds

    def texts(self, name: str) -> tuple[str, ...]:
        # Servers give the records of a name in any order.
        return tuple(sorted(plain(b"".join(answer.strings).decode("utf-8", "replace")) for answer in self._ask(name, "TXT")))

    def addresses(self, name: str) -> tuple[str, ...]:
        return tuple(str(answer.address) for kind in ("A", "AAAA") for answer in self._ask(name, kind))

    def exchangers(self, name: str) -> tuple[str, ...]:
        found = sorted(self._ask(name, "MX"), key=lambda answer: int(answer.preference))
        # RFC 7505: a single "." says that the domain takes no mail.
        return tuple(_text(answer.exchange) for answer in found if _text(answer.exchange))

    def names(self, address: str) -> tuple[str, ...]:
        reverse = dns.reversename.from_address(address)
        return tuple(_text(answer.target) for answer in self._ask(str(reverse), "PTR"))

    def _ask(self, name: str, kind: str) -> list[Any]:  # dnspython makes a class for each type of record at run time
        try:
            return list(self._resolver.resolve(dns.name.from_text(name), kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError, struct.error):
            return []  # what cannot be a name has no record; the last is what an older dnspython says of \300
        except dns.exception.DNSException as error:
            how = "gives no answer in time" if isinstance(error, dns.exception.Timeout) else "has no answer but a failure"
            raise NoAnswer(f"the name server {how} for {name}") from error


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if len(name) > 1 else ""


def _server(given: str) -> tuple[list[str], int]:
    """The address and port in "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:53"."""
    host, port = given, 53
    if (given.startswith("[") and not given.endswith("]")) or given.count(":") == 1:
        host, _, number = given.rpartition(":")
        port = int(number) if number.isdecimal() and len(number) <= 5 else 0
    try:
        address = str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise UsageError("--resolver", f"{given!r} is no name server's address", hint="an IP address, with a port if it is not 53: 9.9.9.9")
    return [address], port
