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
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..errors import StateError, UsageError

MAGIC = b"digest state 01\n"
SHORTEST_KEY = 20
"""Letters of a secret: a made one has more, and a word is guessed, because the file may be copied and tried at leisure."""
LARGEST = 4 * 2**30
_HEADER = 52
_HINT = "give the key it was saved with; nothing was changed"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealed file held, and when it was saved."""

    content: bytes = field(repr=False)
    saved_at: datetime


def seal(content: bytes, secret: str, now: datetime) -> bytes:
    """A sealed file of this content. Raises UsageError for a secret that is too short to be one."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(16), os.urandom(12)
    header = MAGIC + salt + nonce + int(now.timestamp()).to_bytes(8, "big")
    return header + AESGCM(_derived(secret, salt)).encrypt(nonce, zlib.compress(content, 6), header)


def unseal(file: bytes, secret: str, subject: str) -> Sealed:
    """What a sealed file holds. Raises StateError for another key, a changed or a foreign file, and UsageError as `seal`."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not file.startswith(MAGIC[:13]):
        raise StateError(subject, "this is not a saved state of digest", hint="name what `digest state save` wrote")
    if not file.startswith(MAGIC):
        raise StateError(subject, "saved by a newer digest", hint="upgrade digest")
    header, body = file[:_HEADER], file[_HEADER:]
    try:
        packed = AESGCM(_derived(secret, header[16:32])).decrypt(header[32:44], body, header)
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within the header
        raise StateError(subject, "the key does not open it, or the file is damaged", hint=_HINT) from error
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed, LARGEST)
    assert unpacking.eof, "what was sealed is whole"
    return Sealed(content, datetime.fromtimestamp(int.from_bytes(header[44:52], "big"), UTC))


def _derived(secret: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    bare = secret.strip()
    if len(bare) < SHORTEST_KEY:
        hint = "make one: openssl rand -base64 32"
        raise UsageError("the state's key", f"too short, it needs {SHORTEST_KEY} characters", hint=hint)
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(bare.encode())
