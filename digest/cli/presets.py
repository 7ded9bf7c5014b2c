"""Settings of well-known mail providers, so that nobody has to look them up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A provider: its server, where an app password is made, and how many letters it takes a day.

    `imap_host` is where the same password reads the mailbox; empty where it reads none.
    """

    key: str
    name: str
    host: str
    port: int
    security: str
    daily_limit: int
    app_password: str
    domains: tuple[str, ...]
    imap_host: str = ""


# Sources: support.google.com/mail/answer/22839 (limit), support.google.com/accounts/answer/185833 (app passwords);
# Microsoft's "POP, IMAP, and SMTP settings for Outlook.com" and "Sending limits in Outlook.com" (fewer for a new account).
PRESETS = (
    Preset(
        key="gmail",
        name="Gmail",
        host="smtp.gmail.com",
        port=587,
        security="starttls",
        daily_limit=500,
        app_password="https://myaccount.google.com/apppasswords (needs 2-step verification)",
        domains=("gmail.com", "googlemail.com"),
        imap_host="imap.gmail.com",
    ),
    Preset(
        key="outlook",
        name="Outlook.com",
        host="smtp-mail.outlook.com",
        port=587,
        security="starttls",
        daily_limit=300,
        app_password="https://account.live.com/proofs/AppPassword (needs two-step verification; not every account may use one)",
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
    ),
)


def preset_named(key: str) -> Preset:
    """The preset with that key."""
    return next(preset for preset in PRESETS if preset.key == key)


def preset_of(address: str) -> Preset | None:
    """The provider of an address, if it is one of these."""
    domain = address.rpartition("@")[2].lower()
    return next((preset for preset in PRESETS if domain in preset.domains), None)
