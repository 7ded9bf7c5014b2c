"""Extract addresses as reports write them: in brackets, quotes, X.400 forms, truncated, or with a type in front."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Two parts of limited length (RFC 5321 §4.5.3.1), so that no text makes this slow.
PATTERN = r"(?:[\w!#$%&'*+/=?^`{|}~.-]{1,64}|\"[^\"\s]{1,62}\")@[A-Za-z0-9\u0080-\uffff](?:[\w-]|\.(?=\w)){0,252}"
_ADDRESS = re.compile(PATTERN)
_TRIM = "'`*.=-/"
_TYPED = re.compile(r"^[\w-]{1,30}\s*;\s*")
_LOCAL_PART = re.compile(r"[A-Za-z0-9][\w.+-]{1,63}")


def address_in(text: str) -> str:
    """The first address in a text; "" if there is none."""
    return next(addresses_in(text), "")


def addresses_in(text: str) -> Iterator[str]:
    """Every address in a text, in order."""
    if "@" not in text:
        return
    for found in _ADDRESS.finditer(text):
        bare = found[0].removeprefix("mailto:")
        local, _, domain = bare.rpartition("@")
        if not local.startswith('"'):
            local = local.lstrip(_TRIM)
            local = re.sub(r"^.*\b(?:smtp|rfc822)=", "", local, flags=re.IGNORECASE)  # as X.400 and Exchange write them
        if local:
            yield f"{local}@{domain.strip(_TRIM)}"


def recipient(value: str) -> str:
    """The address in a field such as `rfc822; <ana@example.org>` (RFC 3464 §2.3.1); "" if it names none."""
    bare = _TYPED.sub("", value.strip())
    if "@" not in bare and "+40" in bare:  # xtext (RFC 3461 §4)
        bare = re.sub(r"\+([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), bare)
    return address_in(bare)


def bare_name(text: str) -> str:
    """The line if it is a single word, which may be an address without its host; "" otherwise."""
    word = text.strip(" \t<>\"'*-")
    return word if _LOCAL_PART.fullmatch(word) else ""
