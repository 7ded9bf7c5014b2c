"""Reports made for machines: of delivery (RFC 3464), and of what a reader called spam (RFC 5965)."""

from __future__ import annotations

import re

from ...model import Cause, Refusal, Verdict
from .addresses import addresses_in, recipient
from .causes import class_in, code_in, judged
from .mime import Part, fields_of

MOST = 100
"""Recipients of one report; a letter of ours has one."""
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_ARRIVED = ("deliver", "relay", "expand")
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_OLD_COMPLAINT = re.compile(
    r"^(?:fwd?: *)?(?:complaint about (?:a )?message from|e-?mail (?:feedback|abuse) report|abuse (?:report|complaint)"
    r"|spam (?:report|complaint)|user complaint)\b",
    re.IGNORECASE,
)
_RECIPIENTS = ("original-recipient", "final-recipient", "x-actual-recipient")
_INDENTED = re.compile(
    r"[ \t]+(?:final-recipient|original-recipient|action|status|diagnostic-code|feedback-type)[ \t]*:",
    re.IGNORECASE,
)
_WHOM = ("original-rcpt-to", "removal-recipient")
_WHOM_RETURNED = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "x-apparently-to", "envelope-to", "to")

Group = dict[str, str]


def delivery_groups(mail: Part) -> list[Group] | None:
    """What a delivery report says of each recipient, as fields by their names in small letters; None where there is no such report."""
    found: list[Group] | None = None
    for part in mail.walk():
        if part.kind in ("message/delivery-status", "message/global-delivery-status", "text/delivery-status"):
            found = found or []
            found += _groups(part.text)
    return found


def refusals(groups: list[Group], words: str) -> tuple[Refusal, ...]:
    """Who did not get it. `words` are what the report says to people: they tell the cause where the fields do not."""
    found: dict[str, Refusal] = {}
    for group in groups:
        refusal = _refusal(group, words)
        if refusal is not None and len(found) < MOST:
            found.setdefault(refusal.address.casefold(), refusal)
    return tuple(found.values())


def returned_header(mail: Part) -> Part | None:
    """The header of the letter that a report returns, where it is a part of its own."""
    for part in mail.walk():
        if part.kind in _RETURNED and part is not mail:
            if part.parts:
                return part.parts[0]
            fields, _ = fields_of(part.text.lstrip("\n").split("\n"))
            if fields:
                return Part(fields, "text/plain")
    return None


def is_old_complaint(mail: Part) -> bool:
    """Whether its subject is one of those by which providers forwarded complaints before there was a format."""
    return _OLD_COMPLAINT.match(mail.first("subject")) is not None


def complaint(mail: Part) -> tuple[bool, tuple[Refusal, ...]] | None:
    """Whether a feedback report asks to stop, and who does; None for a mail that is none.

    Not spam, failed authentication and DMARC are reports as well, and ask for nothing.
    """
    report = next((part for part in mail.walk() if part.kind == "message/feedback-report"), None)
    if report is None and not (is_old_complaint(mail) and returned_header(mail) is not None):
        return None
    group = _merged(report.text) if report is not None else {"feedback-type": "abuse"}
    if group.get("feedback-type", "").strip().lower() not in _COMPLAINTS:
        return False, ()
    whom = [address for name in _WHOM for address in addresses_in(group.get(name, ""))]
    header = returned_header(mail)
    if not whom and header is not None:
        whom = next((found for name in _WHOM_RETURNED if (found := list(addresses_in(" ".join(header.all(name)))))), [])
    named = {address.casefold(): address for address in whom if not address.lower().startswith("redacted")}
    said = f"feedback report: {group['feedback-type'].strip().lower()}"
    return True, tuple(Refusal(address=a, verdict=Verdict.HARD, cause=Cause.ADDRESS, said=said) for a in list(named.values())[:MOST])


def _refusal(group: Group, words: str) -> Refusal | None:
    address = next((found for name in _RECIPIENTS if (found := recipient(group.get(name, "")))), "")
    action = group.get("action", "").strip().lower()
    if not address or action.startswith(_ARRIVED):
        return None
    status, diagnostic = group.get("status", ""), group.get("diagnostic-code", "")
    code = _code(status, diagnostic)
    if action.startswith("delay"):
        return Refusal(address=address, verdict=Verdict.SOFT, cause=Cause.DELAY, status=code, said=_line(diagnostic or status))
    if not action and code.startswith("2"):
        return None
    said = " ".join(text for text in (status, diagnostic, group.get("x-supplementary-info", ""), group.get("x-notes", "")) if text)
    verdict, cause = judged(code, said if _tells(diagnostic) else f"{said} {_about(address, words)}", own=code_in(status))
    if group.get("reporting-mta", "").strip().lower().startswith("x400"):
        verdict = Verdict.HARD  # X.400 knows no failure that passes: its gateways' codes are a translation (RFC 2157)
    return Refusal(address=address, verdict=verdict, cause=cause, status=code, said=_line(said))


def _code(status: str, diagnostic: str) -> str:
    """The one code of the two that tells more; a diagnostic of the other class is what the last server really said."""
    own, theirs = code_in(status), code_in(diagnostic)
    if not own or own.endswith(".0.0"):
        told = class_in(diagnostic)
        return theirs or (f"{told}.0.0" if told and own[:1] != told else own)
    return theirs if theirs and theirs[0] != own[0] and not theirs.endswith(".0.0") and own[0] == "4" else own


def _tells(diagnostic: str) -> bool:
    return len(re.sub(r"[\d.\W]", "", diagnostic.partition(";")[2] or diagnostic)) > 8


def _about(address: str, words: str) -> str:
    """What the words say from where they name the address on; all of it where they do not."""
    at = words.lower().find(address.lower())
    return words[max(0, at) :][:1500]


def _groups(text: str) -> list[Group]:
    """The per-recipient groups of a delivery report, each with the fields of the message as far as it has none of that name."""
    whole: Group = {}
    found: list[Group] = []
    for block in re.split(r"\n[ \t]*\n", text.strip("\n"))[: MOST * 3]:
        group = _merged(block)
        if not any(name in group for name in _RECIPIENTS):
            if found and ("action" in group or "status" in group):  # a blank line too many: it belongs to the recipient before
                found[-1] = {**group, **found[-1]}
                continue
            whole = {**group, **whole}
            continue
        found.append(group)
    return [{**whole, **group} for group in found]


def _merged(block: str) -> Group:
    fields, _ = fields_of([line.lstrip() if _starts_field(line) else line for line in block.strip("\n").split("\n")])
    found: Group = {}
    for name, value in fields:
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def _starts_field(line: str) -> bool:
    return _INDENTED.match(line) is not None


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
