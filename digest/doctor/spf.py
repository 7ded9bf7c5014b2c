"""SPF (RFC 7208): whether a domain lets an address send its mail, found out as a receiver finds it out."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .macros import Asked, BadMacro, expanded
from .resolver import Lookup, NoAnswer

LOOKUPS = 10
"""Terms that ask the DNS, in all records together (RFC 7208 §4.6.4)."""
_VOIDS = 2
_NAMES = 10
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>[a-z][a-z0-9._-]*)(?P<rest>(?:[:/].*)?)", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9._-]*)=(?P<value>.*)", re.IGNORECASE)
_CIDR = re.compile(r"(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?$")
_ASKING = ("include", "a", "mx", "ptr", "exists")
_KNOWN = ("all", *_ASKING, "ip4", "ip6")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Verdict:
    """`result` is one of RFC 7208 §2.6's words ("pass", "fail", "permerror" …), `by` the term that decided, `why` what is wrong with a
    record that cannot be used, `lookups` how many terms asked the DNS."""

    result: str
    by: str = ""
    why: str = ""
    lookups: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism: what it comes to when it matches, its name, what follows ":", and its prefix lengths."""

    result: str
    name: str
    value: str
    four: int
    six: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record taken apart; `redirect` is the domain that decides where no mechanism does."""

    terms: tuple[Term, ...]
    redirect: str


class Broken(Exception):
    """A record that no receiver can use."""


def records_of(lookup: Lookup, domain: str) -> tuple[str, ...]:
    """The SPF records of a domain: one, none, or too many. Raises NoAnswer."""
    return tuple(text for text in lookup.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 "))


def check(lookup: Lookup, domain: str, address: str, sender: str) -> Verdict:
    """What a receiver makes of mail from `sender` that comes from that IP address, for the domain of its envelope."""
    walk = _Walk(lookup, ipaddress.ip_address(address), sender)
    try:
        result, by = walk.evaluate(domain)
    except Broken as error:
        return Verdict("permerror", why=str(error), lookups=walk.lookups)
    except NoAnswer as error:
        return Verdict("temperror", why=str(error), lookups=walk.lookups)
    return Verdict(result, by, lookups=walk.lookups)


def included(lookup: Lookup, domain: str) -> frozenset[str]:
    """Every domain whose record counts for this one, by `include` or `redirect`. Raises NoAnswer; a broken record includes nothing."""
    found: set[str] = set()
    waiting = [domain]
    while waiting and len(found) < 30:
        for text in records_of(lookup, waiting.pop()):
            try:
                record = parse(text)
            except Broken:
                continue
            named = [term.value.lower() for term in record.terms if term.name == "include"] + [record.redirect.lower()]
            new = [name.rstrip(".") for name in named if name and "%" not in name and name.rstrip(".") not in found]
            found.update(new)
            waiting += new
    return frozenset(found)


def parse(text: str) -> Record:
    """The record in a text. Raises Broken for what RFC 7208 §4.6.1 calls a syntax error."""
    terms: list[Term] = []
    redirects: list[str] = []
    for word in text.split(" ")[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier is not None and modifier["name"].lower() == "redirect":
            redirects.append(modifier["value"])
        elif modifier is None and word:
            terms.append(_term(word))
    if len(redirects) > 1 or "" in redirects:
        raise Broken("redirect= stands there twice" if len(redirects) > 1 else "redirect= names no domain")
    return Record(tuple(terms), redirects[0] if redirects else "")


def _term(word: str) -> Term:
    found = _TERM.fullmatch(word)
    name = found["name"].lower() if found else ""
    if found is None or name not in _KNOWN:
        raise Broken(f"{word!r} is nothing that SPF knows")
    value, four, six = found["rest"], 32, 128
    if name in ("a", "mx"):
        cidr = _CIDR.search(value)
        assert cidr is not None, "the pattern fits the empty end"
        four, six = int(cidr["four"] or 32), int(cidr["six"] or 128)
        value = value[: cidr.start()]
    value = value.removeprefix(":")
    needs = name in ("include", "exists", "ip4", "ip6")
    if (needs and not value) or (name == "all" and found["rest"]) or four > 32 or six > 128:
        raise Broken(f"{word!r} is not how {name!r} is written")
    if name in ("ip4", "ip6"):
        _network(name, value, word)
    return Term(_RESULTS[found["sign"] or "+"], name, value, four, six, word)


def _network(name: str, value: str, word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.IPv4Network(value, strict=False) if name == "ip4" else ipaddress.IPv6Network(value, strict=False)
    except ValueError as error:
        raise Broken(f"{word!r} holds no such address") from error


@dataclass(slots=True)
class _Walk:
    """One evaluation, over as many records as it leads to; the limits are for all of them together."""

    lookup: Lookup
    ip: IpAddress
    sender: str
    lookups: int = 0
    voids: int = field(default=0)

    def evaluate(self, domain: str) -> tuple[str, str]:
        """The result for a domain, and the term that decided."""
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
                return self.ip in _network(term.name, term.value, term.text)
            case "a":
                return self._is_among(self._asked(self.lookup.addresses(name)), term)
            case "mx":
                return any(self._is_among(self.lookup.addresses(host), term) for host in self._exchangers(name))
            case "exists":
                return any(":" not in address for address in self._asked(self.lookup.addresses(name)))
            case "ptr":
                return any(self._is_named(host, name) for host in self.lookup.names(str(self.ip))[:_NAMES])
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
        return f".{host}".endswith(f".{name.lower()}") and str(self.ip) in self.lookup.addresses(host)

    def _is_among(self, addresses: tuple[str, ...], term: Term) -> bool:
        length = term.six if self.ip.version == 6 else term.four
        same = (address for address in addresses if (":" in address) == (self.ip.version == 6))
        return any(self.ip in ipaddress.ip_network(f"{address}/{length}", strict=False) for address in same)

    def _name(self, text: str, domain: str) -> str:
        try:
            return expanded(text, Asked(ip=self.ip, sender=self.sender, domain=domain)).rstrip(".")
        except BadMacro as error:
            raise Broken(str(error)) from error

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
