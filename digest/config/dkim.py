"""The table [dkim]: which keys sign the letters, and whether receivers will accept the signature as the sender's."""

from __future__ import annotations

import re

from . import values
from .keys import KEYS
from .settings import Dkim
from .tables import Table

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]){_LABEL}")
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,3}}")  # RFC 6376 §3.1: domain labels, one or several
_MAKE_ONE = "digest dkim keygen makes a key and says what to write here"


def dkim_of(table: Table, sender: str) -> Dkim | None:
    """The table's settings; None if it is absent. `sender` is the address in From. Raises ConfigurationError."""
    domain = table.read("domain", domain_name, sender.rpartition("@")[2])
    named, key_file = table.read("selector", selector, ""), table.readable("key_file")
    second, second_file = table.read("ed25519_selector", selector, ""), table.readable("ed25519_key_file")
    if not any(key in table for key in KEYS["dkim"]):
        return None
    if bool(second) != (second_file is not None):
        lone = "ed25519_selector" if second else "ed25519_key_file"
        raise table.error(lone, "ed25519_selector and ed25519_key_file belong together", _MAKE_ONE)
    if not named or key_file is None:
        missing = "key_file" if named else "selector"
        hint = "an Ed25519 key signs beside an RSA key: many receivers know only RSA" if second else _MAKE_ONE
        raise table.error("", f"{missing!r} is missing", hint)
    dkim = Dkim(domain=domain, selector=named, key_file=key_file, ed25519_selector=second, ed25519_key_file=second_file)
    if dkim.selector.lower() == dkim.ed25519_selector.lower():
        raise table.error("ed25519_selector", "two keys cannot stand under one selector", "give the second key a selector of its own")
    if not _kin(dkim.domain, sender):
        raise table.error("domain", _unaligned(dkim.domain, sender), "leave it out: the sender's own domain signs then")
    return dkim


def doubts(dkim: Dkim, sender: str) -> str:
    """Why a receiver may not accept the signature as the sender's; "" if it will."""
    theirs = sender.rpartition("@")[2].lower()
    own = dkim.domain.lower()
    if own == theirs or own.endswith(f".{theirs}") or theirs.endswith(f".{own}"):
        return ""
    kin = _kin(own, sender)
    return f"[dkim] domain {own} and the sender's {theirs} count as one (DMARC) only if {kin} is one organisation's"


def domain_name(value: object) -> str:
    """A domain of two or more labels, in ASCII and lower case."""
    given = values.text(value)
    try:
        domain = given.lower() if given.isascii() else given.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise values.unfit(f"{given!r} is no domain", "a bare domain such as example.org") from error
    if not _DOMAIN.fullmatch(domain) or len(domain) > 240:
        raise values.unfit(f"{given!r} is no domain", "a bare domain such as example.org")
    return domain


def selector(value: object) -> str:
    """The name of a key within its domain."""
    given = values.text(value)
    if not _SELECTOR.fullmatch(given) or len(given) > 120:
        raise values.unfit(f"{given!r} is no selector", 'letters, digits and -, such as "digest2026"')
    return given


def _kin(domain: str, sender: str) -> str:
    """The common ending of two domains, of two or more labels; else "".

    A receiver compares registered domains (RFC 7489 §3.1.1), for which it has a list ("example.co.uk") that we do not have.
    """
    shared: list[str] = []
    for one, other in zip(reversed(domain.lower().split(".")), reversed(sender.rpartition("@")[2].lower().split(".")), strict=False):
        if one != other:
            break
        shared.insert(0, one)
    return ".".join(shared) if len(shared) >= 2 else ""


def _unaligned(domain: str, sender: str) -> str:
    return f"{domain!r} is not the domain of {sender!r}, so receivers would not take the signature for the sender's (DMARC)"
