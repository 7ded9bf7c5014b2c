"""What a reply says of everybody: its words without the addresses, numbers and ids that make each one different."""

from __future__ import annotations

import re

from .verdicts import Reply

_GAP = "…"
_CODES = re.compile(r"^[245]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?(?= |$)")
_ADDRESS = re.compile(r"<[^<>\s]*>|[^\s<>()\[\]\"',;:=]+@[^\s<>()\[\]\"',;]+")
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
# An id: a word with a digit in it, or long and of capitals and small letters without a pattern (Postfix's long ids, Exim's, tokens).
_ID = re.compile(r"[\w.\-+/\[\]]*\d[\w.\-+/\[\]]*")
_MIXED = re.compile(r"\b(?=[A-Za-z]{0,11}[a-z][A-Z][a-z]?[A-Z])[A-Za-z]{11,}\b|\b[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{9,}\b")
_GAPS = re.compile(rf"{_GAP}(?:[\s,;:()\[\]\"'.<>=/-]*{_GAP})+")


def impersonal(said: str, recipient: str) -> str:
    """A reply as it is printed ("550 5.1.1 <bo@example.org>: no such user"), with a gap for all that points to one letter or reader.

    Code and status stay. Fit for an operator's chat: no address is left, nor the recipient's name before the @ where that is a word of its
    own. Two replies that are alike but for such things give the same text.
    """
    codes = _CODES.match(said)
    kept = codes[0] if codes else ""
    rest = said[len(kept) :]
    # The recipient's address first: it may have any shape ("o'brien@…"), and what looks like an address may be only its end.
    for pattern in (_LINK, *_whole(recipient), _ADDRESS, *_parts(recipient), _ID, _MIXED):
        rest = pattern.sub(_GAP, rest)
    return " ".join((kept + _GAPS.sub(_GAP, rest)).split())


def likeness(reply: Reply, recipient: str) -> str:
    """The same for replies that say the same thing, whatever the letter and the case of its letters."""
    return impersonal(str(reply), recipient).casefold()


def _whole(recipient: str) -> tuple[re.Pattern[str], ...]:
    """The recipient's address, and one that it is the end or the beginning of: "mary-jo@example.org" for Jo."""
    return (re.compile(rf"[\w.+-]*{re.escape(recipient)}[\w.-]*", re.IGNORECASE),) if recipient else ()


def _parts(recipient: str) -> tuple[re.Pattern[str], ...]:
    """The name before the @ of the recipient and its domain, as words of their own."""
    name, _, domain = recipient.rpartition("@")
    return tuple(re.compile(rf"(?<![\w.]){re.escape(part)}(?![\w])", re.IGNORECASE) for part in (name, domain) if len(part) > 1)
