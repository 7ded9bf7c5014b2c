"""Check the DNS of the sender's domain: who may send its mail, who signs, and what receivers are told to do with other mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from ..config import Settings, Smtp
from ..delivery.verp import why_useless
from ..net.addresses import is_public, literal
from .findings import Finding, note, ok, problem
from .policies import aligned, dmarc, sender_policy
from .providers import Provider, provider_of_host, provider_of_mailbox
from .resolver import Lookup, NoAnswer
from .reverse import reverse
from .signatures import signatures
from .spf import unmapped


def domain(settings: Settings, lookup: Lookup, sends_from: Sequence[str]) -> Iterator[Finding]:
    """Whether receivers will accept letters as the sender's; `sends_from` are the addresses they come from, if given."""
    smtp = settings.smtp
    if smtp is None or settings.delivery.transport != "smtp":
        return
    sender = settings.sender.address
    owner, provider = provider_of_mailbox(sender.rpartition("@")[2]), provider_of_host(smtp.host)
    if owner is not None:
        yield _of_mailbox(sender, owner, provider, smtp)
        return
    told = tuple(str(unmapped(address)) for address in sends_from)
    addresses = told or (() if provider is not None else public_addresses(lookup, smtp.host))
    envelope = envelope_of(settings, smtp, provider)
    if envelope:
        yield from sender_policy(lookup, envelope, provider, addresses)
    elif provider is not None:
        yield ok("spf", sender.rpartition("@")[2], f"is not looked at: {provider.name} sends with an envelope of its own")
    yield from signatures(lookup, settings.dkim)
    yield from dmarc(
        lookup,
        sender,
        signing=settings.dkim.domain if settings.dkim else "",
        envelope=envelope.rpartition("@")[2],
        reports=quote(settings.inbox.address or sender, safe="@+"),
    )
    # A relay of somebody else's has names of its own, which are not ours to mend.
    if sends_from or (provider is None and aligned(smtp.host, sender.rpartition("@")[2])):
        name = smtp.host if is_public_name(smtp.host) and literal(smtp.host) is None else f"mail.{sender.rpartition('@')[2]}"
        yield from (reverse(lookup, address, name) for address in addresses)


def envelope_of(settings: Settings, smtp: Smtp, provider: Provider | None) -> str:
    """The envelope sender that a letter arrives with; "" if it is the provider's own."""
    given = settings.sender.bounce_address or settings.sender.address
    if provider is not None and not provider.include:
        return ""
    if "account's own" in why_useless(smtp.host) and "@" in smtp.user:
        return smtp.user
    return given


def public_addresses(lookup: Lookup, host: str) -> tuple[str, ...]:
    """A server's public addresses, the ones that receivers could see."""
    given = literal(host)
    try:
        found = (str(given),) if given is not None else lookup.addresses(host)
    except NoAnswer:
        return ()
    return tuple(address for address in found if is_public(address))


def _of_mailbox(sender: str, owner: Provider, provider: Provider | None, smtp: Smtp) -> Finding:
    if owner == provider:
        return ok("domain", sender, f"is {owner.name}'s, whose servers send and sign for it: there is no DNS of yours to look at")
    if provider is None and not is_public_name(smtp.host):
        sentence = f"is {owner.name}'s, and {smtp.host} must hand letters on through {owner.name}, logged in as {sender}"
        return note("domain", sender, sentence)
    advice = f"send through {owner.hosts[0]}, or set [sender] from to an address of a domain of yours"
    return problem("domain", sender, f"is {owner.name}'s, which lets only its own servers send for it, and {smtp.host} is none", advice)


def is_public_name(host: str) -> bool:
    """Whether others could reach a host with this name."""
    given = literal(host)
    return is_public(str(given)) if given is not None else "." in host and not host.endswith((".local", ".localhost", ".internal", ".lan"))
