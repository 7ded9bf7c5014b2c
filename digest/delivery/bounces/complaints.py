"""Recognise complaints: spam reports of readers (RFC 5965), and what providers sent before there was that format."""

from __future__ import annotations

import re

from ...model import Cause, Refusal, Verdict
from .addresses import address_in, addresses_in
from .mime import Part, fields_of, joined

_MOST = 100
_ASK_TO_STOP = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_SUBJECT = re.compile(
    r"^(?:fwd?: *)?(?:complaint about (?:a )?message from|e-?mail (?:feedback|abuse) report|abuse (?:report|complaint)"
    r"|spam (?:report|complaint)|user complaint)\b",
    re.IGNORECASE,
)
_DESK = re.compile(r"^(?:abuse|abuse-?desk|complaints?|feedback|fbl|scomp|spam|jmrp)\w*[-.@]", re.IGNORECASE)
_WORDS = re.compile(r"^\s*this is an? (?:e-?mail )?(?:abuse|spam) (?:report|complaint)\b", re.IGNORECASE)
_IN_TEXT = re.compile(r"^Feedback-Type[ \t]*:", re.MULTILINE | re.IGNORECASE)
_WHOM = ("original-rcpt-to", "removal-recipient")
_WHOM_RETURNED = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "x-apparently-to", "envelope-to", "to")


def is_called_complaint(mail: Part) -> bool:
    """Whether its subject is one that providers used for forwarded complaints before there was a format."""
    return _SUBJECT.match(mail.first("subject")) is not None


def is_of_abuse_desk(mail: Part) -> bool:
    """Whether its sender is an address that complaints come from."""
    return _DESK.match(address_in(mail.first("from"))) is not None


def complaint(mail: Part) -> tuple[bool, tuple[Refusal, ...]] | None:
    """Whether a feedback report asks us to stop, and who asks; None for any other mail.

    "Not spam", failed authentication and DMARC reports have the same format, and ask for nothing.
    """
    report, header = _report(mail), returned_header(mail)
    if report is None and (header is None or not (is_called_complaint(mail) or _WORDS.match(_first_text(mail)))):
        return None
    fields = _fields(report) if report is not None else {"feedback-type": "abuse"}
    words = fields.get("feedback-type", "").lower().split()
    kind = words[0].rstrip(";,") if words else ""
    if kind not in _ASK_TO_STOP:
        return False, ()
    whom = [address for name in _WHOM for address in addresses_in(fields.get(name, ""))]
    if not whom and header is not None:
        whom = next((found for name in _WHOM_RETURNED if (found := list(addresses_in(" ".join(header.all(name)))))), [])
    named = {address.casefold(): address for address in whom if not address.lower().startswith("redacted")}
    said = f"feedback report: {kind}"
    return True, tuple(Refusal(address=a, verdict=Verdict.HARD, cause=Cause.ADDRESS, said=said) for a in list(named.values())[:_MOST])


def _report(mail: Part) -> Part | None:
    """The part with the report's fields; some providers send them as plain text."""
    found = next((part for part in mail.walk() if part.kind == "message/feedback-report"), None)
    return found or next((part for part in mail.parts if part.kind == "text/plain" and _IN_TEXT.search(part.text[:2000])), None)


def _fields(report: Part) -> dict[str, str]:
    text = report.text[:20_000]
    start = _IN_TEXT.search(text)
    before = text.rfind("\n\n", 0, start.start()) + 2 if start is not None and "\n\n" in text[: start.start()] else 0
    fields, _ = fields_of(text[before:].strip("\n").split("\n"))
    return joined(fields)


def _first_text(mail: Part) -> str:
    return next((part.text for part in mail.walk() if part.kind == "text/plain"), "")


def returned_header(mail: Part) -> Part | None:
    """The header of the returned letter, if a report has it as a part of its own."""
    for part in mail.walk():
        if part.kind in _RETURNED and part is not mail:
            if part.parts:
                return part.parts[0]
            fields, _ = fields_of(part.text.lstrip("\n").split("\n"))
            if fields:
                return Part(fields, "text/plain")
    return None
