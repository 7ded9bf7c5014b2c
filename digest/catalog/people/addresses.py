"""How the address of a person is stored."""

from __future__ import annotations

from ...errors import UsageError


def normal_email(email: str) -> str:
    """An address with its domain in lower case; the part before the @ is its owner's to spell. Raises UsageError without an @."""
    local, at, domain = email.strip().rpartition("@")
    if not at or not local or not domain:
        raise UsageError(email, "not a mail address", hint="write it as name@example.org")
    return f"{local}@{domain.lower()}"
