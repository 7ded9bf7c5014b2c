"""One file that only the key opens: compressed, then sealed with AES-256-GCM under a key that scrypt derives from the secret.

    octets  0…15    "digest state 01\\n"
           16…31    salt for scrypt (n = 2¹⁵, r = 8, p = 1; RFC 7914)
           32…43    nonce for AES-GCM (NIST SP 800-38D, 96 bits)
           44…51    when it was saved: seconds since 1970, unsigned, big-endian
           52…      the compressed content, sealed, with its 16 octets of tag

The first 52 octets are authenticated with it. Salt and nonce are new each time, so a derived key never seals twice.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from ..errors import StateError, UsageError, cure, why

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

MAGIC = b"digest state 01\n"
SHORTEST_KEY = 20
"""Letters of a secret: a made one has more, and a word is guessed, because the file may be copied and tried at leisure."""
_HEADER, _TAG = 52, 16
_PART = 2**20
"""Octets that are in memory at a time: a state of years is larger than the memory of the machines that take it along."""
_HINT = "give the key it was saved with; nothing was changed"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The content of a sealed file, part by part, readable once; and when it was saved."""

    content: Iterator[bytes] = field(repr=False)
    saved_at: datetime


def seal(content: Iterable[bytes], secret: str, now: datetime) -> Iterator[bytes]:
    """A sealed file with this content, part by part. Raises UsageError for too short a secret, before reading any content."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import GCM

    salt, nonce = os.urandom(16), os.urandom(12)
    header = MAGIC + salt + nonce + int(now.timestamp()).to_bytes(8, "big")
    sealing = Cipher(AES(_derived(secret, salt)), GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(header)
    packing = zlib.compressobj(6)
    yield header
    for part in content:
        yield sealing.update(packing.compress(part))
    yield sealing.update(packing.flush()) + sealing.finalize()
    yield sealing.tag


def unseal(file: IO[bytes], secret: str, subject: str) -> Sealed:
    """The content of a sealed file. Raises StateError for a wrong key, a changed or a foreign file, and UsageError as `seal` does.

    The whole file is read and authenticated before any content is given.
    """
    with _readable(subject):
        header = file.read(_HEADER)
    if not header.startswith(MAGIC[:13]):
        raise StateError(subject, "this is not a saved state of digest", hint="name what `digest state save` wrote")
    if not header.startswith(MAGIC):
        raise StateError(subject, "saved by a newer digest", hint="upgrade digest")
    key = _derived(secret, header[16:32])
    for _ in _opened(file, header, key, subject):
        pass
    return Sealed(_unpacked(_opened(file, header, key, subject)), datetime.fromtimestamp(int.from_bytes(header[44:52], "big"), UTC))


def _opened(file: IO[bytes], header: bytes, key: bytes, subject: str) -> Iterator[bytes]:
    """The content, still compressed; whether the file is unchanged is known only at the end."""
    from cryptography.exceptions import InvalidTag

    try:
        with _readable(subject):
            left = file.seek(0, os.SEEK_END) - _HEADER - _TAG
            if left < 0:  # cut off
                raise ValueError(left)
            file.seek(_HEADER + left)
            opening = _opening(header, key, file.read(_TAG))
            file.seek(_HEADER)
            while part := file.read(min(_PART, left)):
                left -= len(part)
                yield opening.update(part)
            opening.finalize()
    except (InvalidTag, ValueError) as error:
        raise StateError(subject, "the key does not open it, or the file is damaged", hint=_HINT) from error


@contextmanager
def _readable(subject: str) -> Iterator[None]:
    """Turn a disk error while reading into a StateError."""
    try:
        yield
    except OSError as error:
        raise StateError(subject, f"cannot be read: {why(error)}", hint=cure(error) or _HINT) from error


def _opening(header: bytes, key: bytes, tag: bytes) -> CipherContext:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import GCM

    opening = Cipher(AES(key), GCM(header[32:44], tag)).decryptor()
    opening.authenticate_additional_data(header)
    return opening


def _unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj()
    for packed in parts:
        while packed:
            yield unpacking.decompress(packed, _PART)
            packed = unpacking.unconsumed_tail
    yield unpacking.flush()
    assert unpacking.eof, "what was sealed is whole"


def _derived(secret: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    bare = secret.strip()
    if len(bare) < SHORTEST_KEY:
        hint = "make one: openssl rand -base64 32"
        raise UsageError("the state's key", f"too short, it needs {SHORTEST_KEY} characters", hint=hint)
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(bare.encode())
