"""DKIM keys: create and load them, and the DNS record that publishes them. The only importer of `cryptography`."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from ..errors import ConfigurationError

_BITS = range(2048, 4097)  # RFC 8301 §3.2: verifiers need not support longer keys
_STRING = 255  # octets in one string of a TXT record (RFC 1035 §3.3)
_MAKE_ONE = "digest dkim keygen makes one"

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record: its name and its value."""

    name: str
    value: str

    @property
    def strings(self) -> tuple[str, ...]:
        """The value in pieces of at most 255 characters, as DNS stores it; a reader joins them without a separator."""
        return tuple(self.value[start : start + _STRING] for start in range(0, len(self.value), _STRING))


def make_key(*, ed25519: bool) -> bytes:
    """A new private key as PEM: RSA of 2048 bits, or Ed25519."""
    key: Key = Ed25519PrivateKey.generate() if ed25519 else generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load(pem: bytes, name: str) -> Key:
    """The private key in a PEM text. Raises ConfigurationError, with `name` as its subject, for an unusable or missing key."""
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError as error:
        hint = "take the passphrase off (openssl pkey -in OLD -out NEW), and keep the file to yourself: chmod 600"
        raise ConfigurationError(name, "the key is locked with a passphrase, and nobody is there to type it", hint=hint) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(name, "no private key in PEM form", hint=_MAKE_ONE) from error
    if isinstance(key, RSAPrivateKey) and key.key_size not in _BITS:
        message = f"an RSA key of {key.key_size} bits; DKIM wants at least {_BITS[0]}, and receivers check at most {_BITS[-1]}"
        raise ConfigurationError(name, message, hint=_MAKE_ONE)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigurationError(name, "neither an RSA nor an Ed25519 key: DKIM knows no other", hint=_MAKE_ONE)
    return key


def signing(key: Key) -> tuple[str, Callable[[bytes], bytes]]:
    """DKIM's name for the key's algorithm, and a function that signs with the key."""
    if isinstance(key, RSAPrivateKey):
        padding, sha256 = PKCS1v15(), SHA256()
        return "rsa-sha256", lambda data: key.sign(data, padding, sha256)
    # RFC 8463 §3: Ed25519 signs the hash of the data.
    return "ed25519-sha256", lambda data: key.sign(hashlib.sha256(data).digest())


def record(domain: str, selector: str, key: Key) -> Record:
    """The DNS record that publishes the key (RFC 6376 §3.6.1, RFC 8463 §4)."""
    if isinstance(key, RSAPrivateKey):
        kind, public = "rsa", key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, public = "ed25519", key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Record(f"{selector}._domainkey.{domain}", f"v=DKIM1; k={kind}; p={b64encode(public).decode('ascii')}")
