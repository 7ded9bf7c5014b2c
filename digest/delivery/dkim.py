"""DKIM signatures (RFC 6376), made last, over the exact bytes that leave.

relaxed/relaxed, because servers refold fields and trim lines; the whole body (no l=: appended text would look signed); no x=, so that a
letter which waited for days is still valid. `t=` is the letter's own date, so that a letter written again is identical to the byte.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

# Fields that a reader or a program acts on, listed once more than they occur, so that nobody can add another (RFC 6376 §8.15). Not Sender
# or the List fields: relays add those, which would break the signature.
_OVERSIGNED = (
    "From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
# Listed as often as they occur. RFC 8058 §4 requires both unsubscribe fields to be signed, else no mail program shows its button.
_SIGNED = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Feedback-ID")
_LINE = 76
_BLANKS = re.compile(b"  +")


class Signer:
    """Signs with one private key (PEM) of a domain; `selector` is where its DNS record is published.

    `algorithm` is "rsa-sha256" or "ed25519-sha256". Raises ConfigurationError, with `name` as its subject, for a key that cannot be used.
    Creating one imports the cryptography library.
    """

    def __init__(self, domain: str, selector: str, pem: bytes, *, name: str = "the DKIM key") -> None:
        from .dkim_keys import load, signing

        self.domain, self.selector = domain, selector
        self.algorithm, self._sign = signing(load(pem, name))

    def field(self, at: datetime, listed: tuple[str, ...], covered: bytes, body_hash: bytes) -> bytes:
        """The DKIM-Signature field over these canonical header fields and this hash of the body."""
        tags = ("v=1;", f"a={self.algorithm};", "c=relaxed/relaxed;", f"d={self.domain};", f"s={self.selector};", f"t={_seconds(at)};")
        value = f"{_folded(tags, ' ', 16)}\r\n {_h_tag(listed)}\r\n bh=".encode("ascii") + body_hash + b";\r\n b="
        # The DKIM-Signature field itself is signed too, without the signature and the line end (RFC 6376 §3.7).
        signature = b64encode(self._sign(covered + b"dkim-signature:" + value.replace(b"\r\n ", b" ")))
        lines = (signature[start : start + _LINE - 4] for start in range(0, len(signature), _LINE - 4))
        return b"DKIM-Signature: " + value + b"\r\n ".join(lines) + b"\r\n"


def signatures(signers: Sequence[Signer], head: bytes, canonical: bytes, at: datetime) -> bytes:
    """The DKIM-Signature fields to put before `head`, one for each signer, in their order. The body is hashed once.

    `head` holds the header fields, each with its CRLF, and no blank line; `canonical` is the body in canonical form.
    """
    fields = canonical_fields(head)
    listed = [name for name in _OVERSIGNED for _ in range(len(fields.get(name.lower(), ())) + 1)]
    listed += [name for name in _SIGNED for _ in fields.get(name.lower(), ())]
    # Of several fields with one name the last comes first; a listed field that is absent counts as empty (RFC 6376 §5.4.2).
    covered = b"".join(field for name in (*_OVERSIGNED, *_SIGNED) for field in reversed(fields.get(name.lower(), ())))
    body_hash = b64encode(hashlib.sha256(canonical).digest())
    return b"".join(signer.field(at, tuple(listed), covered, body_hash) for signer in signers)


def canonical_fields(head: bytes) -> dict[str, list[bytes]]:
    """The fields by lower-case name, each in relaxed form with its CRLF (RFC 6376 §3.4.2)."""
    fields: dict[str, list[bytes]] = {}
    unfolded = _single_blanks(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    for line in unfolded.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            lower = name.rstrip(b" ").lower()
            fields.setdefault(lower.decode("latin-1"), []).append(b"%s:%s\r\n" % (lower, value.strip(b" ")))
    return fields


def without_empty_end(body: bytes) -> bytes:
    """The body, whose lines are in relaxed form, without its trailing empty lines."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    if not end:
        return b""
    return body if end == len(body) - 2 else body[:end] + b"\r\n"


def _single_blanks(text: bytes) -> bytes:
    return _BLANKS.sub(b" ", text.replace(b"\t", b" "))


@lru_cache(maxsize=64)  # letters of a digest have the same few sets of fields
def _h_tag(listed: tuple[str, ...]) -> str:
    first, *rest = (f"{name}:" for name in listed[:-1])
    return _folded((f"h={first}", *rest, f"{listed[-1]};"), "", 1)


def _seconds(at: datetime) -> int:
    assert at.tzinfo is not None, "a letter's date has a zone"
    return int(at.timestamp())


def _folded(words: Sequence[str], blank: str, taken: int) -> str:
    """The words, wrapped; `taken` characters of the first line are already used."""
    lines, line, used = [], "", taken
    for word in words:
        if line and used + len(line) + len(blank) + len(word) > _LINE:
            lines.append(line)
            line, used = "", 1
        line = f"{line}{blank}{word}" if line else word
    return "\r\n ".join([*lines, line])
