"""Check SPF and DMARC of the sender's domain: what is published, and the record to publish if it is missing or wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from . import spf
from .findings import DnsRecord, Finding, note, ok, problem
from .providers import Provider
from .resolver import LATER, Lookup, NoAnswer

_WHERE = "where the domain's DNS is kept (the registrar's or host's web page)"
_OWN_RECORD = f"publish this record {_WHERE}"
_NOBODYS = "240.0.0.1"
"""An address that nobody has (RFC 1112 §4): no record names it, save one that lets all send."""
_POLICIES = ("none", "quarantine", "reject")
_PUBLISHED = {"fail": "forbids", "softfail": "advises against", "neutral": "says nothing about", "none": "has no SPF record that allows"}


def sender_policy(lookup: Lookup, sender: str, provider: Provider | None, addresses: Sequence[str]) -> Iterator[Finding]:
    """Whether the domain of the envelope's `sender` allows mail from where ours comes from.

    That is a `provider` whose customers include its record, or else each of these IP addresses.
    """
    domain = sender.rpartition("@")[2]
    try:
        found = spf.records_of(lookup, domain)
        if len(found) > 1:
            sentence, merged = f"has {len(found)} SPF records, so receivers use none of them", DnsRecord(domain, "TXT", _merged(found))
            yield problem("spf", domain, sentence, "keep this one record in their place", merged)
        elif provider is not None and provider.include:
            yield _of_provider(lookup, sender, found, provider)
        else:
            yield from (_of_address(lookup, sender, found, address) for address in addresses)
            if not addresses:
                yield _unknown(domain, found)
    except NoAnswer as error:
        yield problem("spf", domain, str(error), LATER)


def _of_provider(lookup: Lookup, sender: str, found: Sequence[str], provider: Provider) -> Finding:
    domain = sender.rpartition("@")[2]
    verdict = spf.check(lookup, domain, _NOBODYS, sender, passing=provider.include)
    if verdict.result == "pass":
        return ok("spf", domain, f"lets {provider.name} send its mail")
    if verdict.why:
        return _undecided(domain, found, verdict)
    sentence = f"{'does not let' if found else 'has no SPF record, so it does not let'} {provider.name} send its mail"
    return problem("spf", domain, sentence, _put(found), DnsRecord(domain, "TXT", with_term(found, f"include:{provider.include}")))


def _of_address(lookup: Lookup, sender: str, found: Sequence[str], address: str) -> Finding:
    domain = sender.rpartition("@")[2]
    verdict = spf.check(lookup, domain, address, sender)
    if verdict.result == "pass":
        return ok("spf", domain, f"lets {address} send its mail ({verdict.by}); {verdict.lookups} of {spf.LOOKUPS} look-ups")
    if verdict.why:
        return _undecided(domain, found, verdict)
    kind = "ip6" if ":" in address else "ip4"
    by = f" ({verdict.by})" if verdict.by else ""
    sentence = f"{_PUBLISHED[verdict.result]} mail from {address}, from where letters leave{by}"
    advice = f"{_put(found)}; if your mail server sends from another address, name that: --sends-from ADDRESS"
    return problem("spf", domain, sentence, advice, DnsRecord(domain, "TXT", with_term(found, f"{kind}:{address}")))


def _undecided(domain: str, found: Sequence[str], verdict: spf.Verdict) -> Finding:
    if verdict.result == "temperror":
        return problem("spf", domain, verdict.why, LATER)
    return problem("spf", domain, f"its SPF record cannot be used: {verdict.why}", f"correct the record: {found[0] if found else ''}")


def _unknown(domain: str, found: Sequence[str]) -> Finding:
    advice = "name the address that receivers see: digest doctor --sends-from ADDRESS"
    if not found:
        record = DnsRecord(domain, "TXT", "v=spf1 mx a ~all")  # softly: whether letters leave by one of them is not known
        sentence = "has no SPF record; this one lets the domain's own servers send its mail"
        return problem("spf", domain, sentence, f"{_OWN_RECORD}; then {advice}", record)
    return note("spf", domain, "has an SPF record; from which address letters leave cannot be told from here", advice)


def _put(found: Sequence[str]) -> str:
    """Where to publish the record: a second SPF record would make both void."""
    return f"put this record in place of the one that is there, {_WHERE}" if found else _OWN_RECORD


def with_term(found: Sequence[str], term: str) -> str:
    """The record with one more mechanism, before the one that decides about all others; a new record if there is none."""
    if not found:
        return f"v=spf1 {term} ~all"
    words = found[0].split()
    return " ".join((words[0], term, *words[1:]))


def _merged(found: Sequence[str]) -> str:
    """One record made of several: the mechanisms of all; if they disagree about the rest, the milder "~all".

    A redirect's target is included instead: a redirect counts only if no mechanism decides about all.
    """
    words = [re.sub("^redirect=", "include:", word, flags=re.IGNORECASE) for record in found for word in record.split()[1:]]
    rest = {word for word in words if word.lower().lstrip("+-~?") == "all"}
    return " ".join(("v=spf1", *dict.fromkeys(word for word in words if word not in rest), rest.pop() if len(rest) == 1 else "~all"))


def dmarc(lookup: Lookup, sender: str, *, signing: str, envelope: str, reports: str) -> Iterator[Finding]:
    """The policy of the domain in From, and whether our letters pass it.

    `signing` is the domain that signs ("" if unknown), `envelope` that of the envelope's sender.
    """
    domain = sender.rpartition("@")[2]
    wanted = DnsRecord(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:{reports}")
    try:
        place, found = _policy(lookup, domain)
    except NoAnswer as error:
        yield problem("dmarc", domain, str(error), LATER)
        return
    if not found:
        sentence = "has no DMARC record, which Gmail, Yahoo and Outlook ask of whoever writes to many"
        yield problem("dmarc", domain, sentence, f"{_OWN_RECORD}; it refuses nobody's mail, and asks for reports", wanted)
        return
    tags = tags_of(found[0])
    below = place != domain and tags.get("sp", "").lower() in _POLICIES  # RFC 7489 §6.3: what holds for domains below its own
    tag = "sp" if below else "p"
    policy = tags.get(tag, "").lower()
    if len(found) > 1 or policy not in _POLICIES:
        sentence = f"has {len(found)} DMARC records, so none counts" if len(found) > 1 else f"its DMARC record names no policy: {found[0]}"
        yield problem("dmarc", domain, sentence, "keep this one record in its place", wanted)
        return
    yield ok("dmarc", domain, f"has a DMARC policy, {tag}={policy}{'' if place == domain else f', published for {place}'}")
    if "rua" not in tags:
        yield note("dmarc", domain, "nobody gets the reports of receivers", f"add rua=mailto:{reports} to the record of _dmarc.{place}")
    by_signature = _speaks_for(signing, domain, place, strict=tags.get("adkim") == "s")
    by_envelope = _speaks_for(envelope, domain, place, strict=tags.get("aspf") == "s")
    yield from _alignment(domain, f"{tag}={policy}", (signing, by_signature), (envelope, by_envelope))


def _speaks_for(one: str, domain: str, place: str, *, strict: bool) -> bool:
    """Whether a domain is aligned with the one in From, whose policy was found at `place`: all domains below that are one organisation."""
    return aligned(one, domain, strict=strict) or (not strict and aligned(one, place))


def _alignment(domain: str, policy: str, signature: tuple[str, bool], sender: tuple[str, bool]) -> Iterator[Finding]:
    """What authenticates the domain in From: the signature's domain or the envelope's, each given with whether it is aligned."""
    (signing, by_signature), (envelope, by_envelope) = signature, sender
    if by_signature or by_envelope:
        ways = [way for way, is_so in (("the signature (DKIM)", by_signature), ("the envelope (SPF)", by_envelope)) if is_so]
        yield ok("alignment", domain, f"{' and '.join(ways)} {'speak' if len(ways) > 1 else 'speaks'} for the domain in From")
        return
    found = f"the envelope is of {envelope or 'the provider'}, and {f'the signature of {signing}' if signing else 'digest signs nothing'}"
    advice = f"let the relay sign for {domain} (its page on sending domains), or set [dkim]: digest dkim keygen makes a key"
    if policy.endswith("=none"):
        yield note("alignment", domain, f"{found}: only a signature for {domain} by your relay makes DMARC pass", advice)
    else:
        sentence = f"{found}; where your relay does not sign for {domain}, {policy} turns letters away"
        yield problem("alignment", domain, sentence, advice)


def _policy(lookup: Lookup, domain: str) -> tuple[str, tuple[str, ...]]:
    """The domain where the policy was found, and its text: at the domain itself, else at the nearest one above it that has one."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        place = ".".join(labels[start:])
        found = tuple(text for text in lookup.texts(f"_dmarc.{place}") if text.replace(" ", "").lower().startswith("v=dmarc1"))
        if found:
            return place, found
    return domain, ()


def tags_of(text: str) -> dict[str, str]:
    """The tags by name, in the syntax of DKIM and DMARC: `v=DMARC1; p=none`."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}


def aligned(one: str, other: str, *, strict: bool = False) -> bool:
    """Whether one domain is aligned with the other (RFC 7489 §3.1)."""
    one, other = one.lower(), other.lower()
    # Receivers keep a list of what counts as one organisation; a domain and one below it always do.
    return one == other or (not strict and (one.endswith(f".{other}") or other.endswith(f".{one}")))
