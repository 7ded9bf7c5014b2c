"""What to do about a server's no: the replies people meet, each with its cure.

Sources: Gmail's "SMTP errors and codes" (support.google.com/a/answer/3726730), Microsoft's "NDRs in Exchange Online" and "Outlook.com POP,
IMAP, SMTP settings", Postfix's access(5), RFC 3463, RFC 4954, RFC 5248.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass

_APP_PASSWORD = "for Gmail this needs an app password, which needs 2-step verification: https://myaccount.google.com/apppasswords"
_LOGIN = f"check [smtp] user and the password file; {_APP_PASSWORD}"
_MICROSOFT = "Microsoft takes no plain passwords for this account any more: use a relay that does, or an app password where it is offered"
_STARTTLS = 'set [smtp] security = "starttls"'
_CREDENTIALS = "set [smtp] user and password_file"
_QUOTA = "the account has sent what it may send today; the letters wait for tomorrow, and a relay without such a limit would take them now"
_BLOCKED = "the provider has blocked this account or machine; its web page says how to be let in again"
_SENDER = "set [sender] from to the account you log in with, or to an address the server lets it send as"
_DNS = "the receiver wants SPF, DKIM or a host name for the sender's domain: add them to its DNS, or use a relay that has them"
_RELAY = "the server forwards only for those who log in: set [smtp] user and password_file"
_QUOTA_WORDS = r"SubmissionQuotaExceeded|daily (user )?sending (limit|quota)|daily (message|mail|smtp relay|recipient) (limit|quota)"
_SENDER_WORDS = r"sender address rejected|not owned by (user|auth)|send(ing)? (mail )?as|not allowed to send (as|from)"


@dataclass(frozen=True, slots=True)
class _Row:
    """Replies with such a code, status (RFC 3463) and wording, where an empty pattern fits all; `us`: every letter would hear it."""

    codes: str
    statuses: str
    words: str
    us: bool
    hint: str


# The first row that fits counts.
_ROWS = (
    _Row("", r"5\.7\.139", "", True, _MICROSOFT),
    _Row("530|451|554", "", r"must issue a starttls|starttls (is )?required|encryption required", True, _STARTTLS),
    # Exchange's "RESOLVER.RST.AuthRequired" is about a mailbox that takes mail from colleagues only.
    _Row("530|550", r"5\.7\.[01]|5\.7\.57|", r"^(?!.*RESOLVER\.).*(not authenticated|authentication (is )?required)", True, _CREDENTIALS),
    _Row("534|535", "", r"google|gsmtp|application-specific", True, _APP_PASSWORD),
    _Row("530|534|535|538", "", "", True, _LOGIN),
    _Row("504", r"5\.5\.4", r"way to log in", True, "a server offers logins on port 587 (starttls) or 465 (tls), seldom on 25"),
    _Row("550", r"5\.4\.5|5\.1\.90", "", True, _QUOTA),
    _Row("4..|5..", "", _QUOTA_WORDS, True, _QUOTA),
    _Row("4..|5..", r"[45]\.7\.(70[58]|5\d\d)", "", True, _BLOCKED),
    _Row("550|554", r"5\.7\.6[04]|5\.2\.252", "", True, _SENDER),
    _Row("55[034]", r"5\.7\.[01]|5\.1\.8|", _SENDER_WORDS, True, _SENDER),
    _Row("553", r"5\.7\.1|5\.1\.[78]|", r"sender|mail from|from address", True, _SENDER),
    _Row("55[04]", r"5\.7\.(2[5-9]|3[0-2])", "", True, _DNS),
    _Row("55[014]", "", r"relay(ing)? (access )?(denied|not permitted|prohibited)|unable to relay", True, _RELAY),
    _Row("421|45.", "", r"too many|rate|throttl", False, "the server asks for fewer letters at a time; the rest follows"),
    _Row("55[02]", r"5\.2\.2", "", False, "the mailbox is full"),
    _Row("55[02]", r"5\.3\.4", "", False, "the letter is too large for this server: lower the subscription's limit"),
    _Row("55[013]", r"5\.6\.7", "", False, "the server takes only ASCII before the @: it needs another relay, or another address"),
    _Row("55[0134]", r"5\.1\.[0-36]", "", False, "correct the address, or remove the subscriber"),
)


def about_us(code: int, enhanced: str, text: str) -> bool:
    """Whether a refusal of one letter speaks of our account, address or quota, whatever command it answers."""
    row = _row(code, enhanced, text)
    return row is not None and row.us


def about_sender(code: int, enhanced: str, text: str) -> bool:
    """Whether a refusal is one of the sender's address."""
    return hint_for(code, enhanced, text) == _SENDER


def hint_for(code: int, enhanced: str, text: str) -> str:
    """What a person can do about a reply, or nothing where the reply says all that is known."""
    row = _row(code, enhanced, text)
    return row.hint if row else ""


def _row(code: int, enhanced: str, text: str) -> _Row | None:
    for row in _ROWS:
        fits = (not row.codes or re.fullmatch(row.codes, str(code))) and (not row.statuses or re.fullmatch(row.statuses, enhanced))
        if fits and (not row.words or re.search(row.words, text, re.IGNORECASE)):
            return row
    return None


def why(error: OSError, port: int) -> tuple[str, str]:
    """What went wrong with a connection, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the server's certificate is not trusted: {error.verify_message or 'verification failed'}",
            "name the server as its certificate does in [smtp] host; for your own authority set [smtp] ca_file to its PEM file",
        )
    if isinstance(error, ssl.SSLError):
        return f"no encryption could be agreed on: {error.reason or error}", _security_for(port)
    if isinstance(error, socket.gaierror):
        return "no such host", "check the spelling of [smtp] host, and the machine's name server"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused", "check [smtp] host and port; is the server running?"
    if isinstance(error, TimeoutError):
        if port == 25:
            return "no answer in time", "port 25 is often blocked: try 587 with starttls"
        return "no answer in time", f"check [smtp] host and port, and whether a firewall is in the way; {_security_for(port)}"
    return (error.strerror or str(error) or type(error).__name__).lower(), "check [smtp] host and port"


def silence(port: int, security: str) -> str:
    """What to do about a server that says nothing that SMTP knows."""
    if security == "starttls" and port == 465:
        return 'port 465 expects encryption at once: set [smtp] security = "tls"'
    return f"check that an SMTP server listens there; {_security_for(port)}"


def _security_for(port: int) -> str:
    if port == 465:
        return 'port 465 speaks security = "tls"'
    return f'port {port} usually speaks security = "starttls"; "tls" belongs to 465'
