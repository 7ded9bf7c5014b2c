"""Parse an SPF record as strictly as RFC 7208 §12 requires: one with any error is void."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from dataclasses import dataclass

from .macros import MACRO

_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>[a-z][a-z0-9._-]*)(?P<rest>(?:[:/].*)?)", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9._-]*)=(?P<value>.*)", re.IGNORECASE)
_LENGTH = r"0|[1-9]\d{0,2}"
_CIDR = re.compile(rf"(?:/(?P<four>{_LENGTH}))?(?://(?P<six>{_LENGTH}))?$")
_TEXT = rf"(?:[!-$&-~]|{MACRO})*"
_TOP = r"(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])"
_NAME = re.compile(rf"{_TEXT}(?:\.{_TOP}\.?|%\{{[^}}]*\}})", re.IGNORECASE)
_WORDS = re.compile(_TEXT, re.IGNORECASE)
_LONGEST_WORD = 500
"""Characters; a name has 253, and macros stand for longer ones."""
_NAMED = ("include", "exists", "a", "mx", "ptr")
_KNOWN = ("all", *_NAMED, "ip4", "ip6")


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism: its result when it matches, its name, its value after ":", and its prefix lengths."""

    result: str
    name: str
    value: str
    four: int
    six: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """A parsed record; `redirect` is the domain that decides if no mechanism does."""

    terms: tuple[Term, ...]
    redirect: str


class Broken(Exception):
    """A record that no receiver can use."""


def parse(text: str) -> Record:
    """The parsed record. Raises Broken for what RFC 7208 §4.6.1 calls a syntax error."""
    if not (text.isascii() and text.isprintable()):
        raise Broken("it holds characters that are not plain ASCII")
    terms: list[Term] = []
    modifiers: list[tuple[str, str]] = []
    for word in text.split(" ")[1:]:
        if len(word) > _LONGEST_WORD:
            raise Broken(f"{word[:40]!r}… is too long")
        modifier = _MODIFIER.fullmatch(word)
        if modifier is not None:
            modifiers.append((modifier["name"].lower(), modifier["value"]))
        elif word:
            terms.append(_term(word))
    _require(modifiers)
    return Record(tuple(terms), dict(modifiers).get("redirect", ""))


def network(name: str, value: str, word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The network that `ip4:` or `ip6:` names. Raises Broken."""
    address, slash, length = value.partition("/")
    try:
        if slash and not re.fullmatch(_LENGTH, length):
            raise ValueError(length)
        if name == "ip4":
            return ipaddress.IPv4Network((address, int(length or 32)), strict=False)
        return ipaddress.IPv6Network((address, int(length or 128)), strict=False)
    except ValueError as error:
        raise Broken(f"{word!r} holds no such address") from error


def _term(word: str) -> Term:
    found = _TERM.fullmatch(word)
    name = found["name"].lower() if found else ""
    if found is None or name not in _KNOWN:
        raise Broken(f"{word!r} is nothing that SPF knows")
    rest, four, six = found["rest"], 32, 128
    if name in ("a", "mx"):
        cidr = _CIDR.search(rest)
        assert cidr is not None, "the pattern fits the empty end"
        four, six = int(cidr["four"] or 32), int(cidr["six"] or 128)
        rest = rest[: cidr.start()]
    value = rest.removeprefix(":")
    if not _fits(name, rest, value) or four > 32 or six > 128:
        raise Broken(f"{word!r} is not how {name!r} is written")
    if name in ("ip4", "ip6"):
        network(name, value, word)
    return Term(_RESULTS[found["sign"] or "+"], name, value, four, six, word)


def _fits(name: str, rest: str, value: str) -> bool:
    """Whether that may follow the mechanism with that name."""
    if name == "all" or (not rest and name in ("a", "mx", "ptr")):
        return not rest
    if not rest.startswith(":"):
        return False
    return _NAME.fullmatch(value) is not None if name in _NAMED else bool(value)


def _require(modifiers: list[tuple[str, str]]) -> None:
    counts = Counter(name for name, _ in modifiers)
    for name, value in modifiers:
        if name in ("redirect", "exp") and counts[name] > 1:
            raise Broken(f"{name}= stands there twice")
        names = name in ("redirect", "exp")
        if not (_NAME if names else _WORDS).fullmatch(value):
            raise Broken(f"'{name}={value}' {'names no domain' if names else 'is not how it is written'}")
