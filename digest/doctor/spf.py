"""Evaluate SPF (RFC 7208) as a receiver does: whether a domain allows an address to send its mail."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .macros import Asked, expanded
from .resolver import Lookup, NoAnswer
from .spf_records import Broken, Term, network, parse

LOOKUPS = 10
"""Terms that ask the DNS, in all records together (RFC 7208 §4.6.4)."""
_VOIDS = 2
_NAMES = 10
_ASKING = ("include", "a", "mx", "ptr", "exists")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of an SPF check.

    `result` is one of RFC 7208 §2.6's words ("pass", "fail", "permerror" …), `by` the term that decided, `why` what is wrong with an
    unusable record, `lookups` how many terms queried the DNS.
    """

    result: str
    by: str = ""
    why: str = ""
    lookups: int = 0


def records_of(lookup: Lookup, domain: str) -> tuple[str, ...]:
    """The SPF records of a domain: one, none, or too many. Raises NoAnswer."""
    return tuple(text for text in lookup.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 "))


def check(lookup: Lookup, domain: str, address: str, sender: str, *, passing: str = "") -> Verdict:
    """What a receiver makes of mail from `sender` that comes from that IP address, for the domain of its envelope.

    The record of the domain `passing` is not queried: it is assumed to allow the address.
    """
    walk = _Walk(lookup, unmapped(address), sender, passing)
    try:
        result, by = walk.evaluate(domain)
    except Broken as error:
        return Verdict("permerror", why=str(error), lookups=walk.lookups)
    except NoAnswer as error:
        return Verdict("temperror", why=str(error), lookups=walk.lookups)
    return Verdict(result, by, lookups=walk.lookups)


def unmapped(address: str) -> IpAddress:
    """That IP address; an IPv4 address written as an IPv6 one ("::ffff:192.0.2.10", as in many logs) becomes IPv4."""
    given = ipaddress.ip_address(address)
    return (given.ipv4_mapped if isinstance(given, ipaddress.IPv6Address) else None) or given


@dataclass(slots=True)
class _Walk:
    """One evaluation, over all records that it leads to; the limits apply to all of them together."""

    lookup: Lookup
    ip: IpAddress
    sender: str
    passing: str
    lookups: int = 0
    voids: int = 0

    def evaluate(self, domain: str) -> tuple[str, str]:
        """The result for a domain, and the term that decided."""
        if domain.lower() == self.passing:
            return "pass", ""
        found = records_of(self.lookup, domain)
        if not found:
            return "none", ""
        if len(found) > 1:
            raise Broken(f"{domain} has {len(found)} SPF records; there may be one")
        record = parse(found[0])
        for term in record.terms:
            if self._matches(term, domain):
                return term.result, term.text
        if not record.redirect:
            return "neutral", ""
        self._count()
        target = self._name(record.redirect, domain)
        result, by = self.evaluate(target)
        if result == "none":
            raise Broken(f"redirect={target} leads to a domain without an SPF record")
        return result, by

    def _matches(self, term: Term, domain: str) -> bool:
        if term.name in _ASKING:
            self._count()
        name = self._name(term.value, domain) if term.value and term.name not in ("ip4", "ip6") else domain
        match term.name:
            case "all":
                return True
            case "ip4" | "ip6":
                return self.ip in network(term.name, term.value, term.text)
            case "a":
                return self._is_among(self._asked(self.lookup.addresses(name)), term)
            case "mx":
                return any(self._is_among(self.lookup.addresses(host), term) for host in self._exchangers(name))
            case "exists":
                return any(":" not in address for address in self._asked(self.lookup.addresses(name)))
            case "ptr":
                return any(self._is_named(host, name) for host in _answered(self.lookup.names, str(self.ip))[:_NAMES])
        return self._includes(name)

    def _includes(self, name: str) -> bool:
        result, _ = self.evaluate(name)
        if result == "none":
            raise Broken(f"include:{name} names a domain without an SPF record")
        return result == "pass"

    def _exchangers(self, name: str) -> Iterator[str]:
        hosts = self._asked(self.lookup.exchangers(name))
        if len(hosts) > _NAMES:
            raise Broken(f"mx: {name} has more than {_NAMES} mail servers")
        yield from hosts

    def _is_named(self, host: str, name: str) -> bool:
        if not f".{host}".lower().endswith(f".{name.lower()}"):
            return False
        return self.ip in (ipaddress.ip_address(address) for address in _answered(self.lookup.addresses, host))

    def _is_among(self, addresses: tuple[str, ...], term: Term) -> bool:
        length = term.six if self.ip.version == 6 else term.four
        same = (address for address in addresses if (":" in address) == (self.ip.version == 6))
        return any(self.ip in ipaddress.ip_network(f"{address}/{length}", strict=False) for address in same)

    def _name(self, text: str, domain: str) -> str:
        return expanded(text, Asked(ip=self.ip, sender=self.sender, domain=domain)).rstrip(".")

    def _asked(self, answers: tuple[str, ...]) -> tuple[str, ...]:
        if not answers:
            self.voids += 1
            if self.voids > _VOIDS:
                raise Broken("more than two of its terms name hosts that do not exist")
        return answers

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise Broken(f"it asks the DNS more than {LOOKUPS} times, includes counted with what they include")


def _answered(ask: Callable[[str], tuple[str, ...]], name: str) -> tuple[str, ...]:
    """The records, or none if there is no answer, which ends no check where `ptr` asks (RFC 7208 §5.5)."""
    try:
        return ask(name)
    except NoAnswer:
        return ()
