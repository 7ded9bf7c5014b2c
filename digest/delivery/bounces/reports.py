"""Delivery reports in machine-readable form (RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ...model import Cause, Refusal, Verdict
from .addresses import recipient
from .causes import class_in, code_in, judged, place_in
from .mime import Part, fields_of, joined

MOST = 100
"""Recipients of one report; a letter of ours has one."""
_REPORTS = ("message/delivery-status", "message/global-delivery-status", "text/delivery-status")
_IN_TEXT = re.compile(r"^Final-Recipient[ \t]*:.{0,400}\n(?:.{0,400}\n){0,6}?(?:Action|Status)[ \t]*:", re.MULTILINE | re.IGNORECASE)
_ARRIVED = ("deliver", "relay", "expand")
_RECIPIENTS = ("original-recipient", "final-recipient", "x-actual-recipient")
_INDENTED = re.compile(
    r"[ \t]+(?:final-recipient|original-recipient|action|status|diagnostic-code|feedback-type)[ \t]*:",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_OF_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")
Group = dict[str, str]


def delivery_groups(mail: Part, *, in_text: bool) -> list[Group] | None:
    """The fields about each recipient by lower-case name; None if the mail is not a delivery report.

    Some servers put the fields into a text, before the returned letter: with `in_text` they are looked for there.
    """
    reports = [part for part in mail.walk() if part.kind in _REPORTS]
    if not reports and in_text:
        reports = [part for part in mail.parts or (mail,) if part.kind == "text/plain" and _IN_TEXT.search(part.text)]
    return [group for part in reports for group in _groups(part.text)] if reports else None


def tell_success(groups: list[Group]) -> bool:
    """Whether everything arrived: such a report is not a bounce."""
    actions = [action for group in groups if (action := group.get("action", "").strip().lower())]
    return bool(actions) and all(action.startswith(_ARRIVED) for action in actions)


def refusals(groups: list[Group], words: str) -> tuple[Refusal, ...]:
    """Who did not get the letter. `words` is the report's text for people: it tells the cause if the fields do not."""
    found: dict[str, Refusal] = {}
    named = [address for group in groups[:MOST] if (address := _whom(group))]
    for group in groups:
        if len(found) == MOST:
            break
        address = _whom(group)
        if address.casefold() not in found and (refusal := _refusal(group, _about(address, named, words))) is not None:
            found[address.casefold()] = refusal
    return tuple(found.values())


def _whom(group: Group) -> str:
    return next((found for name in _RECIPIENTS if (found := recipient(group.get(name, "")))), "")


def _refusal(group: Group, about: str) -> Refusal | None:
    address = _whom(group)
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
    is_told = _tells(diagnostic) or code_in(status).startswith(_OF_ADDRESS)
    told = f"{_COMMENT.sub('', status)} {said.removeprefix(status)}"
    shown = place_in(" ".join(about.partition("\n\n")[0].split())) if is_told else about
    verdict, cause = judged(code, f"{told} {shown}", own=code_in(status))
    if group.get("reporting-mta", "").strip().lower().startswith("x400"):
        verdict = Verdict.HARD  # X.400 knows no failure that passes: its gateways' codes are a translation (RFC 2157)
    return Refusal(address=address, verdict=verdict, cause=cause, status=code, said=_line(said))


def _code(status: str, diagnostic: str) -> str:
    """The more informative of the two codes; a diagnostic of the other class is what the last server really said."""
    own, theirs = code_in(status), code_in(diagnostic)
    if not own or own.endswith(".0.0"):
        told = class_in(diagnostic)
        return theirs or (f"{told}.0.0" if told and own[:1] != told else own)
    return theirs if theirs and theirs[0] != own[0] and not theirs.endswith(".0.0") and own[0] == "4" else own


def _tells(diagnostic: str) -> bool:
    return len(re.sub(r"[\d.\W]", "", diagnostic.partition(";")[2] or diagnostic)) > 8


def _about(address: str, named: list[str], words: str) -> str:
    """The words from where they name this address up to where they name another; all words if they do not name it."""
    low = words.lower()
    at = low.find(address.lower())
    if not address or at < 0:
        return words[:1500]
    others = [low.find(other.lower(), at + len(address)) for other in named if other.lower() not in address.lower()]
    return words[at : min([at + 1500, *(other for other in others if other > 0)])]


def _groups(text: str) -> list[Group]:
    """The per-recipient groups of a delivery report, each completed with the fields about the message."""
    whole: Group = {}
    found: list[Group] = []
    for block in islice(_blocks(text), MOST * 3):
        group = _merged(block)
        if not any(name in group for name in _RECIPIENTS):
            if found and ("action" in group or "status" in group):  # a blank line too many: it belongs to the recipient before
                found[-1] = {**group, **found[-1]}
                continue
            whole = {**group, **whole}
            continue
        found.append(group)
    return [{**whole, **group} for group in found]


def _blocks(text: str) -> Iterator[str]:
    """The groups of fields, separated by blank lines or, without any, by a repeated recipient field."""
    for block in re.split(r"\n[ \t]*\n", text.strip("\n"), maxsplit=MOST * 3):
        lines: list[str] = []
        named: set[str] = set()
        for line in block.split("\n"):
            name = line.partition(":")[0].strip().lower()
            if name in named:
                yield "\n".join(lines)
                lines, named = [], set()
            named |= {name} & {"original-recipient", "final-recipient"}
            lines.append(line)
        yield "\n".join(lines)


def _merged(block: str) -> Group:
    fields, _ = fields_of([line.lstrip() if _INDENTED.match(line) else line for line in block.strip("\n").split("\n")])
    return joined(fields)


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
