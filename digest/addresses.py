"""Mail addresses: how one is stored, and when two are the same mailbox."""

from __future__ import annotations

from contextlib import suppress

from .errors import UsageError

# IDNA 2003, which the standard library implements, maps these to a different domain than IDNA 2008 does ("faß" to "fass").
_DEVIATIONS = frozenset("ßẞς\u200c\u200d")


def normal_email(email: str) -> str:
    """An address with its domain in ASCII; the part before the @ is its owner's to spell. Raises UsageError without an @."""
    local, at, domain = email.strip().rpartition("@")
    if not at or not local or not domain:
        raise UsageError(email, "not a mail address", hint="write it as name@example.org")
    return f"{local}@{_ascii_if_one(domain)}"


def folded(email: str) -> str:
    """An address as it is compared: nobody has two mailboxes that differ in case, or in how the domain is written ("bücher", "xn--…")."""
    local, at, domain = email.strip().rpartition("@")
    return f"{local.casefold()}{at}{_ascii_if_one(domain)}"


def is_ambiguous(domain: str) -> bool:
    """Whether two standards translate the domain to different ones."""
    return not domain.isascii() and not _DEVIATIONS.isdisjoint(domain)


def ascii_domain(domain: str) -> str:
    """The domain in lower case and as A-labels (RFC 5890). Raises UnicodeError if it is none."""
    return (domain if domain.isascii() else domain.encode("idna").decode("ascii")).lower()


def _ascii_if_one(domain: str) -> str:
    """The domain in ASCII; in lower case and its own letters if it is none, or ambiguous."""
    if not is_ambiguous(domain):
        with suppress(UnicodeError):
            return ascii_domain(domain)
    return domain.lower()
