"""Signed letters read by another's program (dkimpy), with keys from a DNS that is a dictionary."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from unittest.mock import patch

import dkim

from digest.delivery.dkim import Signer
from digest.delivery.dkim_keys import Record, load, make_key, record

DOMAIN = "example.org"
LATER = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
"""dkimpy refuses what was signed in the future, and letters of tests have dates of their own."""


@cache
def signers() -> tuple[Signer, Signer]:
    """An RSA key and an Ed25519 key of example.org, the same for a whole run of tests."""
    return Signer(DOMAIN, "r2026", pem_of("r2026")), Signer(DOMAIN, "e2026", pem_of("e2026"))


@cache
def pem_of(selector: str) -> bytes:
    """The private key under that selector: RSA, or Ed25519 where the selector begins with "e"."""
    return make_key(ed25519=selector.startswith("e"))


@cache
def records() -> dict[str, str]:
    """What example.org publishes for them."""
    found: list[Record] = [record(DOMAIN, signer.selector, load(pem_of(signer.selector), "")) for signer in signers()]
    return {each.name: each.value for each in found}


def verdicts(letter: bytes, dns: dict[str, str] | None = None) -> list[bool]:
    """Whether each signature of a letter holds, the first one first."""
    known = records() if dns is None else dns

    def answer(name: bytes, timeout: int = 5) -> bytes:
        return known.get(name.decode().rstrip("."), "").encode()

    with patch.object(dkim, "time", SimpleNamespace(time=lambda: LATER)):
        read = dkim.DKIM(letter)
        count = sum(name.lower() == b"dkim-signature" for name, _ in read.headers)
        return [_holds(read, number, answer) for number in range(count)]


def _holds(read: dkim.DKIM, number: int, answer: object) -> bool:
    try:
        return bool(read.verify(number, dnsfunc=answer))
    except dkim.ValidationError:  # how dkimpy says that the body's hash is another
        return False
