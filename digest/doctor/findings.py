"""What an examination finds: a sentence, a verdict, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How much a finding matters; only a problem counts for the exit status."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing need be done."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """A record to publish where the DNS of a domain is kept."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `check` is the kind ("spf"), `subject` what of it ("example.org"), `sentence` what was found.

    `advice` says what to do, and `publish` names the DNS record that does it; both are absent where all is well.
    """

    check: str
    subject: str
    verdict: Verdict
    sentence: str
    advice: str = ""
    publish: DnsRecord | None = None


def ok(check: str, subject: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(check, subject, Verdict.OK, sentence)


def note(check: str, subject: str, sentence: str, advice: str = "") -> Finding:
    """Worth knowing."""
    return Finding(check, subject, Verdict.NOTE, sentence, advice)


def problem(check: str, subject: str, sentence: str, advice: str, publish: DnsRecord | None = None) -> Finding:
    """Something to mend, with the way to mend it."""
    assert advice, "a problem says what to do"
    return Finding(check, subject, Verdict.PROBLEM, sentence, advice, publish)


def plain(text: str) -> str:
    """A text from outside that can do nothing to a terminal: what does not print is a �."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def several(number: int, what: str) -> str:
    """ "1 paper", "12 papers"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
