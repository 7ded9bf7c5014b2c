"""How the address of a person is stored, and how addresses are compared."""

from __future__ import annotations

from contextlib import suppress

from ...errors import UsageError

# IDNA 2003, which the standard library implements, maps these to a different domain than IDNA 2008 does ("faß" to "fass").
_DEVIATIONS = frozenset("ßẞς\u200c\u200d")


def normal_email(email: str) -> str:
    """An address with its domain as an A-label; the part before the @ is its owner's to spell. Raises UsageError without an @."""
    local, at, domain = email.strip().rpartition("@")
    if not at or not local or not domain:
        raise UsageError(email, "not a mail address", hint="write it as name@example.org")
    return f"{local}@{_ascii(domain)}"


def folded(email: str) -> str:
    """An address as it is compared: nobody has two mailboxes that differ in case, or in how the domain is written ("bücher", "xn--…")."""
    local, at, domain = email.strip().rpartition("@")
    return f"{local.casefold()}{at}{_ascii(domain)}"


def _ascii(domain: str) -> str:
    """The domain in lower case and in ASCII (RFC 5890 A-labels); in its own letters if that is no domain, or one of two."""
    if not domain.isascii() and not _DEVIATIONS & set(domain):
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return domain.lower()
