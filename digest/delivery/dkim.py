"""DKIM signatures (RFC 6376): fields before a letter that prove whose it is, made last, over the exact bytes that leave.

relaxed/relaxed, because servers fold fields and trim lines anew; the whole body (no l=: what is appended would look signed); no x=, so
that a letter which waited days is still good. `t=` is the letter's own date, so a letter that is written again is the same to the byte.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

# What a reader or a program acts on, listed once more than it stands there, so that nobody can add a second (RFC 6376 §8.15). Sender and
# the List fields are not among them: relays add those, and the letter would arrive with a broken signature.
_SEALED = (
    "From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
# Listed as often as they stand there. RFC 8058 §4 wants both unsubscribe fields signed, else no mail program shows a button.
_SIGNED = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Feedback-ID")
_LINE = 76
_BLANKS = re.compile(b"  +")


class Signer:
    """One private key (PEM) of a domain, under the selector that its DNS record stands at; `algorithm` is "rsa-sha256" or "ed25519-sha256".

    Raises ConfigurationError, with `name` for its subject, for a key that cannot be used. Making one loads the library for it.
    """

    def __init__(self, domain: str, selector: str, pem: bytes, *, name: str = "the DKIM key") -> None:
        from .dkim_keys import load, signing

        self.domain, self.selector = domain, selector
        self.algorithm, self._sign = signing(load(pem, name))

    def field(self, at: datetime, listed: tuple[str, ...], covered: bytes, body_hash: bytes) -> bytes:
        """The DKIM-Signature field over these canonical header fields and this hash of the body."""
        tags = ("v=1;", f"a={self.algorithm};", "c=relaxed/relaxed;", f"d={self.domain};", f"s={self.selector};", f"t={_seconds(at)};")
        value = f"{_folded(tags, ' ', 16)}\r\n {_h_tag(listed)}\r\n bh=".encode("ascii") + body_hash + b";\r\n b="
        # Its own field is signed too, without the signature and without the line end (RFC 6376 §3.7).
        signature = b64encode(self._sign(covered + b"dkim-signature:" + value.replace(b"\r\n ", b" ")))
        lines = (signature[start : start + _LINE - 4] for start in range(0, len(signature), _LINE - 4))
        return b"DKIM-Signature: " + value + b"\r\n ".join(lines) + b"\r\n"


def signatures(signers: Sequence[Signer], head: bytes, canonical: bytes, at: datetime) -> bytes:
    """The fields to stand before `head` (header fields, each with its CRLF, no blank line) of a letter whose body has that canonical form:
    one for each signer, in their order. The body is hashed once.
    """
    fields = canonical_fields(head)
    listed = [name for name in _SEALED for _ in range(len(fields.get(name.lower(), ())) + 1)]
    listed += [name for name in _SIGNED for _ in fields.get(name.lower(), ())]
    # Of several fields of a name the last comes first; one that is listed and not there counts as nothing (RFC 6376 §5.4.2).
    covered = b"".join(field for name in (*_SEALED, *_SIGNED) for field in reversed(fields.get(name.lower(), ())))
    body_hash = b64encode(hashlib.sha256(canonical).digest())
    return b"".join(signer.field(at, tuple(listed), covered, body_hash) for signer in signers)


def canonical_fields(head: bytes) -> dict[str, list[bytes]]:
    """The fields by their names in small letters, each in relaxed form with its CRLF (RFC 6376 §3.4.2)."""
    fields: dict[str, list[bytes]] = {}
    unfolded = _single_blanks(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    for line in unfolded.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            lower = name.rstrip(b" ").lower()
            fields.setdefault(lower.decode("latin-1"), []).append(b"%s:%s\r\n" % (lower, value.strip(b" ")))
    return fields


def without_empty_end(body: bytes) -> bytes:
    """The body, its lines in relaxed form, without empty lines at the end."""
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
    """The words with line breaks where they would pass the line, of which `taken` characters are used up."""
    lines, line, used = [], "", taken
    for word in words:
        if line and used + len(line) + len(blank) + len(word) > _LINE:
            lines.append(line)
            line, used = "", 1
        line = f"{line}{blank}{word}" if line else word
    return "\r\n ".join([*lines, line])
