"""Check that the mail server takes our letters, by all steps of sending except the letter."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from ..config import Settings, Smtp
from ..delivery.envelopes import size_limit
from ..delivery.smtp import ServerCheck, SmtpTransport
from ..delivery.verdicts import Judgement, Stage, judge
from ..delivery.verp import why_useless
from ..errors import DigestError
from ..wiring import transport
from .findings import Finding, note, ok, problem
from .providers import provider_of_host

LARGEST = 150_000
"""Octets of our largest letters: HTML is kept under 100 KB, text and BibTeX come with it."""
_SOON, _VERY_SOON = 21, 5
_RENEW = "renew it where the server runs (certbot renew), or ask who runs the server; letters wait when it has ended"


def server(settings: Settings, addresses: Iterable[str], now: datetime) -> tuple[Finding, ...]:
    """What the server says, up to the sender's address; no mail is sent. `addresses` are those that letters go to."""
    if settings.delivery.transport == "folder":
        return (_folder(settings.delivery.folder),)
    if settings.delivery.transport == "null":
        return (note("smtp", "null", "letters are written nowhere, so no mail server is asked"),)
    try:
        made = transport(settings)
        assert isinstance(made, SmtpTransport), "the configuration says smtp"
        seen = made.check(settings.sender.bounce_address or settings.sender.address)
    except DigestError as error:
        advice = error.hint or "check [smtp]; digest test-mail tries it again"
        return (problem("smtp", error.subject, error.message, advice),)
    assert settings.smtp is not None, "the transport was made of it"
    return (*judged(seen, settings.smtp, now), *limits(seen, addresses), *rewriting(settings.smtp, settings.sender.address))


def _folder(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
    if not os.access(there, os.W_OK | os.X_OK):
        return problem("smtp", str(folder), "letters cannot be written there", "check [delivery] folder, and let this user write there")
    return note("smtp", "folder", "letters are written into a folder, so no mail server is asked")


def judged(seen: ServerCheck, smtp: Smtp, now: datetime) -> Iterator[Finding]:
    """Encryption, certificate and login."""
    subject = f"{smtp.host}:{smtp.port}"
    login = "the login works" if seen.logged_in else "without a login"
    yield ok("smtp", subject, f"answers, {seen.encryption or 'not encrypted'}, {login}")
    if not seen.logged_in and "AUTH" in {feature.partition(" ")[0] for feature in seen.features}:
        advice = "if letters are refused, set [smtp] user and password_file"
        yield note("smtp", subject, "offers a login that is not used; many servers take mail from the outside only after one", advice)
    if seen.of_sender is not None and (verdict := judge(Stage.MAIL, seen.of_sender)).judgement is not Judgement.ACCEPTED:
        sentence = f"does not take letters of this sender: {seen.of_sender}"
        advice = verdict.hint or "set [sender] from to an address that this server may send for"
        yield problem("smtp", subject, sentence, advice)
    if seen.certificate_ends is not None:
        days = (seen.certificate_ends - now).days
        sentence = f"its certificate ends in {days} day{'' if days == 1 else 's'}, on {seen.certificate_ends:%Y-%m-%d}"
        if days <= _VERY_SOON:
            yield problem("certificate", subject, sentence, _RENEW)
        elif days <= _SOON:
            yield note("certificate", subject, sentence, _RENEW)
        else:
            yield ok("certificate", subject, sentence)


def limits(seen: ServerCheck, addresses: Iterable[str]) -> Iterator[Finding]:
    """Whether letters fit the server's limits: their size, and addresses with non-ASCII characters."""
    offers = {name.upper(): value for name, _, value in (feature.partition(" ") for feature in seen.features)}
    size = size_limit(offers.get("SIZE", ""))
    if 0 < size < LARGEST:
        sentence = f"takes letters of at most {size:,} octets, and ours have up to {LARGEST:,}"
        yield problem("smtp", "size", sentence, "ask who runs the server to raise its limit, or lower the subscriptions' limit")
    else:
        yield ok("smtp", "size", f"takes letters of {f'up to {size:,} octets' if size else 'any size that it knows of'}")
    eight = "" if "8BITMIME" in offers else "; it does not offer 8BITMIME, which letters do not need"
    foreign = [address for address in addresses if not address.rpartition("@")[0].isascii()]
    if foreign and "SMTPUTF8" not in offers:
        advice = "use a relay that offers SMTPUTF8, or ask these readers for another address"
        yield problem("smtp", "SMTPUTF8", f"cannot be given to {', '.join(foreign)}: letters outside ASCII stand before the @", advice)
    else:
        yield ok("smtp", "addresses", f"can be given every address there is{eight}")


def rewriting(smtp: Smtp, sender: str) -> Iterator[Finding]:
    """What the provider is known to change in every letter."""
    provider = provider_of_host(smtp.host)
    if provider is not None and provider.rewrites_from and smtp.user and "@" in smtp.user and smtp.user.lower() != sender.lower():
        sentence = f"letters say From: {sender}, and {provider.name} puts {smtp.user} there unless the account may send as {sender}"
        yield note("sender", sender, sentence, f"set [sender] from to {smtp.user}, or add {sender} in the account's settings as an address")
    elif why := why_useless(smtp.host):
        # Nothing to mend: it is so for everybody, and bounces are told apart by what they quote.
        sentence = f"{provider.name if provider else smtp.host} {why} (a letter's own envelope sender)"
        yield note("sender", sender, f"{sentence}; it does so for every customer, and no letter is harmed")
