"""A finding of an examination: a sentence, a verdict, and what to do."""

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
    """A record to publish in a domain's DNS."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: `check` is its kind ("spf"), `subject` what was checked ("example.org"), `sentence` what was found.

    `advice` says what to do, and `publish` is the DNS record to add; both are absent if all is well.
    """

    check: str
    subject: str
    verdict: Verdict
    sentence: str
    advice: str = ""
    publish: DnsRecord | None = None


def ok(check: str, subject: str, sentence: str) -> Finding:
    """A finding that all is well."""
    return Finding(check, subject, Verdict.OK, sentence)


def note(check: str, subject: str, sentence: str, advice: str = "") -> Finding:
    """A finding worth knowing."""
    return Finding(check, subject, Verdict.NOTE, sentence, advice)


def problem(check: str, subject: str, sentence: str, advice: str, publish: DnsRecord | None = None) -> Finding:
    """A finding to repair, with the way to do it."""
    assert advice, "a problem says what to do"
    return Finding(check, subject, Verdict.PROBLEM, sentence, advice, publish)


def plain(text: str) -> str:
    """Text from outside, safe for a terminal: unprintable characters become �."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def several(number: int, what: str) -> str:
    """ "1 paper", "12 papers"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
