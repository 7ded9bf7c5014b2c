"""Inspect a letter as it arrived: who signed it, whether both unsubscribe fields are covered, and what the receiver made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from ..delivery.dkim import canonical_fields
from .findings import Finding, note, ok, plain, problem
from .policies import aligned, tags_of
from .signatures import H_TAG, LIST_FIELDS

LARGEST = 5 * 1024 * 1024
_VERDICT = re.compile(r"\b(dkim|spf|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_RELAY = f"let the relay sign h={H_TAG}; or let digest sign: digest dkim keygen"


@dataclass(frozen=True, slots=True)
class Signature:
    """The content of a DKIM-Signature: domain, selector, and the covered fields in lower case."""

    domain: str
    selector: str
    covers: frozenset[str]
    is_partial: bool
    """Only the first octets of the body are signed (l=)."""


def inspected(content: bytes, sender: str, *, one_click: bool) -> tuple[Finding, ...]:
    """What an arrived letter shows; `sender` is our From address, `one_click` whether our letters have both unsubscribe fields."""
    head = re.sub(rb"\r?\n", b"\r\n", re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0]) + b"\r\n"
    fields = {name: [_text(value) for value in values] for name, values in canonical_fields(head).items()}
    return tuple(_findings(fields, sender, LIST_FIELDS if one_click else LIST_FIELDS[:1]))


def _findings(fields: dict[str, list[str]], sender: str, wanted: Sequence[str]) -> Iterator[Finding]:
    author = parseaddr(fields.get("from", [""])[0])[1]
    if author.lower() != sender.lower():
        sentence = f"says {author or 'nothing'}, where our letters say {sender}"
        yield note("letter", "From", sentence, "if it was one of ours, the relay changed it: see its settings on senders")
    domain = author.rpartition("@")[2].lower()
    signed = [_signature(value) for value in fields.get("dkim-signature", [])]
    there = [name for name in LIST_FIELDS if name.lower() in fields]
    if absent := [name for name in wanted if name not in there]:
        advice = "a test letter cannot show it: save one that digest run sent"
        yield note("letter", "unsubscribing", f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not in it", advice)
    if not signed:
        yield problem("letter", "DKIM-Signature", "nobody signed it", f"switch DKIM on at your provider; {_RELAY}")
    else:
        yield from _of_signatures(signed, domain, there)
    yield from _of_receiver(fields.get("authentication-results", []))


def _of_signatures(signed: Sequence[Signature], domain: str, there: Sequence[str]) -> Iterator[Finding]:
    own = [each for each in signed if aligned(each.domain, domain)]
    names = ", ".join(f"{each.domain} ({each.selector})" for each in signed)
    if own:
        yield ok("letter", "DKIM-Signature", f"it is signed by {names}, which speaks for {domain} in From")
    else:
        sentence = f"it is signed by {names}, and none of these is {domain}, the domain in From"
        advice = f"have the provider sign for {domain} (its page on sending domains), or let digest: digest dkim keygen"
        yield problem("letter", "DKIM-Signature", sentence, advice)
    missing = min(([name for name in there if name.lower() not in each.covers] for each in own or signed), key=len)
    if missing:
        yield problem("letter", "h=", f"no signature covers {' and '.join(missing)}, so mail programs show no unsubscribe button", _RELAY)
    elif there:
        yield ok("letter", "h=", f"the signature covers {' and '.join(there)}")
    if any(each.is_partial for each in signed):
        sentence = "a signature covers only the body's beginning, so anybody may add to it"
        yield note("letter", "l=", sentence, "take l= out where the relay signs")


def _of_receiver(results: Sequence[str]) -> Iterator[Finding]:
    """The receiver's results. Only the first field is the last receiver's; those below may be forged (RFC 8601 §5)."""
    for what, said in _VERDICT.findall(results[0]) if results else ():
        sentence = f"the receiver says {what.lower()}={said.lower()}"
        if said.lower() in ("pass", "bestguesspass"):
            yield ok("letter", what.lower(), sentence)
        elif said.lower() in ("fail", "softfail", "permerror", "temperror", "neutral", "none"):
            yield note("letter", what.lower(), sentence, f"see what is said of {what.lower()} above")


def _signature(value: str) -> Signature:
    tags = tags_of(value)
    covers = frozenset(name.lower() for name in tags.get("h", "").split(":") if name)
    return Signature(tags.get("d", "").lower(), tags.get("s", ""), covers, is_partial="l" in tags)


def _text(value: bytes) -> str:
    return plain(value.partition(b":")[2].decode("utf-8", "replace").strip())
