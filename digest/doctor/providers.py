"""Mail providers as the doctor knows them: whose servers they are, whose mailboxes, and what their customers publish.

Sources: support.google.com/a/answer/33786 and /176600, learn.microsoft.com "Set up SPF", Amazon SES' "Authenticating Email with SPF"
(a custom MAIL FROM is of a domain below, with a record of its own), and each provider's page on sending domains.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A mail provider.

    `hosts`: endings of its servers' names. `mailboxes`: domains in which it gives addresses away. `include`: the term that a customer's SPF
    record needs ("" if it uses its own envelope sender, so that the customer's record is not checked). `rewrites_from`: it replaces a From
    that is not the account's.
    """

    name: str
    hosts: tuple[str, ...]
    include: str = ""
    mailboxes: tuple[str, ...] = ()
    rewrites_from: bool = False


PROVIDERS = (
    Provider(
        name="Gmail",
        hosts=("smtp.gmail.com", "smtp.googlemail.com", "smtp-relay.gmail.com"),
        include="_spf.google.com",
        mailboxes=("gmail.com", "googlemail.com"),
        rewrites_from=True,
    ),
    Provider(
        name="Outlook.com",
        hosts=("smtp-mail.outlook.com",),
        include="spf.protection.outlook.com",
        mailboxes=("outlook.com", "hotmail.com", "live.com", "msn.com"),
        rewrites_from=True,
    ),
    Provider(name="Microsoft 365", hosts=("office365.com", "outlook.office.com"), include="spf.protection.outlook.com"),
    Provider(name="Yahoo", hosts=("mail.yahoo.com", "aol.com"), mailboxes=("yahoo.com", "aol.com", "ymail.com"), rewrites_from=True),
    Provider(name="iCloud", hosts=("mail.me.com", "mail.icloud.com"), include="icloud.com", mailboxes=("icloud.com", "me.com", "mac.com")),
    Provider(name="Zoho", hosts=("zoho.com", "zoho.eu"), include="zohomail.com"),
    Provider(name="GMX", hosts=("gmx.net", "gmx.com", "web.de"), mailboxes=("gmx.net", "gmx.de", "gmx.com", "gmx.at", "gmx.ch", "web.de")),
    Provider(name="Fastmail", hosts=("fastmail.com",), include="spf.messagingengine.com", mailboxes=("fastmail.com", "fastmail.fm")),
    Provider(name="Amazon SES", hosts=("amazonaws.com",)),
    Provider(name="SendGrid", hosts=("sendgrid.net",)),
    Provider(name="Mailgun", hosts=("mailgun.org",)),
    Provider(name="Postmark", hosts=("postmarkapp.com",)),
    Provider(name="Brevo", hosts=("brevo.com", "sendinblue.com")),
    Provider(name="Mailjet", hosts=("mailjet.com",)),
)


def provider_of_host(host: str) -> Provider | None:
    """The provider whose server that is, if known."""
    return next((p for p in PROVIDERS if any(_within(host, end) for end in p.hosts)), None)


def provider_of_mailbox(domain: str) -> Provider | None:
    """The provider that gives away addresses of that domain, so that its users cannot change the DNS."""
    return next((p for p in PROVIDERS if domain.lower() in p.mailboxes), None)


def _within(host: str, end: str) -> bool:
    return f".{host.lower().rstrip('.')}".endswith(f".{end}")
