"""The signed tokens in a letter's links and mailed commands: make one, check one.

A token is base64url (no padding) of: version, subscription, issue, 16 bytes of HMAC-SHA256 over all of it, purpose. It holds no address,
means nothing to anybody without the key, and needs no row in the database. The purpose comes last because its byte always encodes to a
letter or digit: programs that find links in plain text drop a closing "-" or "_". A token for preferences also holds its last day.

A token for bounces is part of a mail address, which has room for 64 octets and whose capitals servers may change. So it is base32 in
lower case, with only 10 bytes of HMAC: each guess at one costs a mail.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from .errors import TokenError

BLANK = "\x02"
"""The placeholder for a letter's own token, in text that letters share until each is put together. No text from outside contains it."""
_VERSION = b"\x01"
_MAC_BYTES = 16  # 128 bits, as RFC 8058 §3.1 asks of the opaque part
_SHORT_MAC_BYTES = 10
_FIRST_DAY = date(2020, 1, 1)
_MOST_DAYS = 1_000_000


class Purpose(StrEnum):
    """What a token may be used for; a token is refused for any other purpose."""

    LETTER = "l"
    """Read the issue, give feedback, unsubscribe; never expires."""
    PREFERENCES = "p"
    """Change or erase what is known about a subscriber; valid until its last day has passed, which the caller has to check."""
    JOIN = "j"
    """Accept an invitation."""
    BOUNCE = "b"
    """Report that a letter could not be delivered; case does not matter."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says: ids in the catalog, and its last valid day, in whatever zone, if it has one."""

    subscription: int
    issue: int
    last_day: date | None = None


def make_token(purpose: Purpose, subscription_id: int, issue_id: int, secret: bytes, *, last_day: date | None = None) -> str:
    """A token for one subscription's issue: at most 55 characters of A–Z a–z 0–9 - _, the same for the same arguments.

    A token for bounces has only a–z and 2–7: 23 characters for a small site. Only a token for preferences has a last day; a day before
    2020, from a clock that was never set, becomes 1 January 2020.
    """
    assert last_day is None or purpose is Purpose.PREFERENCES, "links in letters work for ever"
    return _encoded(purpose, Claim(subscription_id, issue_id, last_day), secret)


def read_token(text: str, purpose: Purpose, secrets: Sequence[bytes]) -> Claim:
    """What the token claims, if one of the secrets signed it for this purpose.

    Any other token raises the same TokenError after the same work: damaged, forged, cut off, for another purpose, or encoded differently.
    """
    text = text.lower() if purpose is Purpose.BOUNCE and text.isascii() else text
    claim = _decoded(text, purpose)
    # The token is made again and compared whole, so no alternative encoding of a valid one passes (base64 allows some).
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(_encoded(purpose, claim or Claim(0, 0), secret).encode(), text.encode(errors="replace"))
    if claim is None or not found:
        raise TokenError("", "this link is not valid", hint="use the link of a newer letter, whole")
    return claim


def _encoded(purpose: Purpose, claim: Claim, secret: bytes) -> str:
    last_day = b"" if claim.last_day is None else _number(max(0, (claim.last_day - _FIRST_DAY).days))
    ids = _VERSION + _number(claim.subscription) + _number(claim.issue) + last_day
    kind = purpose.value.encode("ascii")
    keyed = _hmac_of(secret).copy()
    keyed.update(ids + kind)
    mac = keyed.digest()[:_MAC_BYTES]
    if purpose is Purpose.BOUNCE:
        return base64.b32encode(ids + mac[:_SHORT_MAC_BYTES]).rstrip(b"=").decode("ascii").lower()
    return base64.urlsafe_b64encode(ids + mac + kind).rstrip(b"=").decode("ascii")


@lru_cache(maxsize=16)
def _hmac_of(secret: bytes) -> hmac.HMAC:
    """An HMAC to copy for each token: setting up the key costs more than signing."""
    return hmac.new(secret, b"digest token\x00", "sha256")


def _decoded(text: str, purpose: Purpose) -> Claim | None:
    try:
        if purpose is Purpose.BOUNCE:
            body = base64.b32decode(text + "=" * (-len(text) % 8), casefold=True)[1:-_SHORT_MAC_BYTES]
        else:
            # Without `altchars`: with it b64decode also accepts "+" and "/", and warns about that from Python 3.15 on.
            usual = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
            body = base64.b64decode(usual, validate=True)[1 : -_MAC_BYTES - 1]
    except (binascii.Error, ValueError):
        return None
    subscription, rest = _first_number(body)
    issue, rest = _first_number(rest)
    if subscription is None or issue is None:
        return None
    if not rest:
        return Claim(subscription, issue)
    days, _ = _first_number(rest)
    if days is None or days > _MOST_DAYS:
        return None
    return Claim(subscription, issue, _FIRST_DAY + timedelta(days=days))


def _number(value: int) -> bytes:
    """A number of at most 64 bits in as few bytes as possible: seven bits each, the high bit set in the last byte."""
    if not 0 <= value < 2**64:
        raise ValueError(f"an id cannot be {value}")
    groups = [value & 0x7F | 0x80]
    while value := value >> 7:
        groups.append(value & 0x7F)
    return bytes(reversed(groups))


def _first_number(data: bytes) -> tuple[int | None, bytes]:
    """The number at the start of the data (None if there is none), and the data after it."""
    value = 0
    for index, byte in enumerate(data[:10]):
        value = value << 7 | byte & 0x7F
        if byte & 0x80:
            return (value if value < 2**64 else None), data[index + 1 :]
    return None, b""
