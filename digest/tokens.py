"""The signed words in a letter's links and mailed commands: make one, check one.

A token is base64url (no padding) of: version, subscription, issue, 16 bytes of HMAC-SHA256 over all of it, purpose. It holds no address,
says nothing to who cannot check it, and costs no row in the database. The purpose stands last because its byte always encodes to a
letter or digit: programs that find links in plain text drop a closing "-" or "_". One for preferences also holds its last day.

One for bounces stands in an address, where there is room for 64 octets and servers change capitals: it is base32 in small letters, with
10 bytes of HMAC. Each guess at it costs a mail.
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
"""Stands in what all letters share where each has its own token, until the letter is put together. No text from outside holds it."""
_VERSION = b"\x01"
_MAC_BYTES = 16  # 128 bits, as RFC 8058 §3.1 asks of the opaque part
_SHORT_MAC_BYTES = 10
_FIRST_DAY = date(2020, 1, 1)
_MOST_DAYS = 1_000_000


class Purpose(StrEnum):
    """What a token is good for; one made for another purpose is refused."""

    LETTER = "l"
    """Read the issue, give feedback, unsubscribe; never expires."""
    PREFERENCES = "p"
    """Change or erase what is known about a subscriber; good until its last day has passed, which its reader has to look at."""
    JOIN = "j"
    """Say yes to an invitation."""
    BOUNCE = "b"
    """Say that a letter could not be delivered; capitals do not matter in it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says: ids in the catalog, and the last day, in whatever zone, on which it is good, where it has one."""

    subscription: int
    issue: int
    last_day: date | None = None


def make_token(purpose: Purpose, subscription_id: int, issue_id: int, secret: bytes, *, last_day: date | None = None) -> str:
    """A token for one subscription's issue: at most 55 characters of A–Z a–z 0–9 - _, the same for the same arguments.

    One for bounces has only a–z and 2–7: 23 characters for a small site. Only one for preferences has a last day: one before 2020, as a
    clock that was never set tells, is 2020's first.
    """
    assert last_day is None or purpose is Purpose.PREFERENCES, "links in letters work for ever"
    return _sealed(purpose, Claim(subscription_id, issue_id, last_day), secret)


def read_token(text: str, purpose: Purpose, secrets: Sequence[bytes]) -> Claim:
    """What the token claims, if any of the secrets signed it for this purpose.

    Everything else raises the same TokenError after the same work: damaged, forged, cut, for another purpose, spelt in another way.
    """
    text = text.lower() if purpose is Purpose.BOUNCE and text.isascii() else text
    claim = _unsealed(text, purpose)
    # The token is made again and compared whole, so that no second spelling of a valid one (base64 has some) passes.
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(_sealed(purpose, claim or Claim(0, 0), secret).encode(), text.encode(errors="replace"))
    if claim is None or not found:
        raise TokenError("", "this link is not valid", hint="use the link of a newer letter, whole")
    return claim


def _sealed(purpose: Purpose, claim: Claim, secret: bytes) -> str:
    last_day = b"" if claim.last_day is None else _number(max(0, (claim.last_day - _FIRST_DAY).days))
    ids = _VERSION + _number(claim.subscription) + _number(claim.issue) + last_day
    kind = purpose.value.encode("ascii")
    keyed = _keyed(secret).copy()
    keyed.update(ids + kind)
    mac = keyed.digest()[:_MAC_BYTES]
    if purpose is Purpose.BOUNCE:
        return base64.b32encode(ids + mac[:_SHORT_MAC_BYTES]).rstrip(b"=").decode("ascii").lower()
    return base64.urlsafe_b64encode(ids + mac + kind).rstrip(b"=").decode("ascii")


@lru_cache(maxsize=16)
def _keyed(secret: bytes) -> hmac.HMAC:
    """Begun, to be copied: making the key ready costs more than what is signed with it."""
    return hmac.new(secret, b"digest token\x00", "sha256")


def _unsealed(text: str, purpose: Purpose) -> Claim | None:
    try:
        if purpose is Purpose.BOUNCE:
            body = base64.b32decode(text + "=" * (-len(text) % 8), casefold=True)[1:-_SHORT_MAC_BYTES]
        else:
            # Not its own `altchars`, which take "+" for "-" as well and say from Python 3.15 on that they will not.
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
    """A number of at most 64 bits in as few bytes as it needs, seven bits each, the last one marked."""
    if not 0 <= value < 2**64:
        raise ValueError(f"an id cannot be {value}")
    groups = [value & 0x7F | 0x80]
    while value := value >> 7:
        groups.append(value & 0x7F)
    return bytes(reversed(groups))


def _first_number(data: bytes) -> tuple[int | None, bytes]:
    """The number that the data begins with, and what follows it."""
    value = 0
    for index, byte in enumerate(data[:10]):
        value = value << 7 | byte & 0x7F
        if byte & 0x80:
            return (value if value < 2**64 else None), data[index + 1 :]
    return None, b""
