"""Strict checks on mail addresses, because each one is written into an SMTP command.

What the standards allow and nobody uses (quoted local parts, address literals, comments) is refused: it is how one address becomes two.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ..addresses import ascii_domain, is_ambiguous
from ..errors import DeliveryError

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+)*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: the domain as an A-label, the local part as given."""

    local: str
    domain: str

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server that offers SMTPUTF8 (RFC 6531) can take it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def mailbox(text: str) -> Address:
    """The one mailbox that this text names, with its domain in ASCII (RFC 5890 A-labels).

    Raises DeliveryError for anything else: line ends, spaces, commas, brackets, quotes, a second "@", a bare host, an address literal,
    a leading "-" (some programs read it as an option), more than 254 characters (RFC 5321 §4.5.3.1).
    """
    local, at, domain = text.partition("@")
    if not (at and 0 < len(local.encode("utf-8", "replace")) <= 64 and _LOCAL.fullmatch(local)) or local.startswith("-"):
        raise _refused(text, "not an address: what stands before the @ cannot be")
    if not local.isascii() and any(unicodedata.category(c)[0] in "CZ" for c in local):
        raise _refused(text, "not an address: it holds a control or blank character")
    domain = _ascii(domain, text)
    if not _DOMAIN.fullmatch(domain) or len(local) + 1 + len(domain) > 254:
        raise _refused(text, "not an address: what follows the @ is no domain")
    return Address(local, domain)


def _ascii(domain: str, text: str) -> str:
    if is_ambiguous(domain):
        raise _refused(text, "a domain that two standards translate differently", hint="write its ASCII form (xn--…) instead")
    try:
        return ascii_domain(domain)
    except UnicodeError as error:
        raise _refused(text, "not an address: what follows the @ is no domain") from error


def _refused(
    text: str, message: str, hint: str = "correct the address (`digest subscribers move`), or remove the subscriber"
) -> DeliveryError:
    shown = repr(text if len(text) <= 80 else text[:79] + "…")
    return DeliveryError(shown, message, hint=hint)
