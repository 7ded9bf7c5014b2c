"""Reduce a reply to its general wording: without the addresses, numbers and ids that make each one different."""

from __future__ import annotations

import re

from .verdicts import Reply

_ELLIPSIS = "…"
_CODES = re.compile(r"^[245]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?(?= |$)")
_ADDRESS = re.compile(r"<[^<>\s]*>|[^\s<>()\[\]\"',;:=]+@[^\s<>()\[\]\"',;]+")
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
# An id: a word with a digit in it, or a long irregular mix of upper and lower case (Postfix's long ids, Exim's, tokens).
_ID = re.compile(r"[\w.\-+/\[\]]*\d[\w.\-+/\[\]]*")
_MIXED = re.compile(r"\b(?=[A-Za-z]{0,11}[a-z][A-Z][a-z]?[A-Z])[A-Za-z]{11,}\b|\b[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{9,}\b")
_ELLIPSES = re.compile(rf"{_ELLIPSIS}(?:[\s,;:()\[\]\"'.<>=/-]*{_ELLIPSIS})+")


def impersonal(said: str, recipient: str) -> str:
    """A printed reply ("550 5.1.1 <bo@example.org>: no such user") with "…" for everything that identifies one letter or reader.

    Code and status stay. Fit for an operator's chat: no address is left, nor the recipient's local part where it stands as a separate
    word. Two replies that differ only in such things give the same text.
    """
    codes = _CODES.match(said)
    kept = codes[0] if codes else ""
    rest = said[len(kept) :]
    # The recipient's address first: it may have any shape ("o'brien@…"), of which the general pattern might match only the end.
    for pattern in (_LINK, *_whole(recipient), _ADDRESS, *_parts(recipient), _ID, _MIXED):
        rest = pattern.sub(_ELLIPSIS, rest)
    return " ".join((kept + _ELLIPSES.sub(_ELLIPSIS, rest)).split())


def likeness(reply: Reply, recipient: str) -> str:
    """A key that is equal for replies with the same wording, regardless of letter and case."""
    return impersonal(str(reply), recipient).casefold()


def _whole(recipient: str) -> tuple[re.Pattern[str], ...]:
    """Matches the recipient's address, also as part of a longer one ("mary-jo@example.org" for "jo@example.org")."""
    return (re.compile(rf"[\w.+-]*{re.escape(recipient)}[\w.-]*", re.IGNORECASE),) if recipient else ()


def _parts(recipient: str) -> tuple[re.Pattern[str], ...]:
    """Match the recipient's local part and domain, each as a separate word."""
    name, _, domain = recipient.rpartition("@")
    return tuple(re.compile(rf"(?<![\w.]){re.escape(part)}(?![\w])", re.IGNORECASE) for part in (name, domain) if len(part) > 1)
