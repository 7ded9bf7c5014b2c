"""What to do about a server's refusal: a table of replies seen in practice, each with a remedy.

Sources: Gmail's "SMTP errors and codes" (support.google.com/a/answer/3726730), Microsoft's "NDRs in Exchange Online" and "Outlook.com POP,
IMAP, SMTP settings", Amazon SES's "SMTP response codes", Postfix's access(5), RFC 3463, RFC 4954, RFC 5248; replies about quotas and
senders as quoted in public threads (Exim and cPanel, mailcow, SendGrid, Mailgun, Yahoo, iCloud, Fastmail, Zoho, GMX).
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

APP_PASSWORD = "for Gmail this needs an app password, which needs 2-step verification: https://myaccount.google.com/apppasswords"
_LOGIN = f"check [smtp] user and the password file; {APP_PASSWORD}"
_MICROSOFT = "Microsoft takes no plain passwords for this account any more: use a relay that does, or an app password where it is offered"
_STARTTLS = 'set [smtp] security = "starttls"'
_CREDENTIALS = "set [smtp] user and password_file"
_QUOTA = "the account has sent what it may send today; the letters wait for tomorrow, and a relay without such a limit would take them now"
_HOURLY = "the account has sent what it may send in an hour; the rest follows by itself"
_BLOCKED = "the provider has blocked this account or machine; its web page says how to be let in again"
SENDER = "set [sender] from to the account you log in with, or to an address the server lets it send as"
_SANDBOX = "the provider sends only by addresses and to readers it has verified until the account is approved: see its web page"
_DNS = "the receiver wants SPF, DKIM or a host name for the sender's domain: add them to its DNS, or use a relay that has them"
_RELAY = "the server forwards only for those who log in: set [smtp] user and password_file"
_GREETED = "the server wants a full host name in our greeting: give this machine one (hostname --fqdn)"
_SLOWER = "the server asks for fewer letters at a time; the rest follows"
_OUT_OF_DATE = (9, 10)
"""OpenSSL's codes for a certificate that is not yet valid, or has expired (X509_verify_cert_error_string(3))."""
_NAMES_ANOTHER = (62, 64)
"""OpenSSL's codes for a certificate of another host, and of another IP address."""
_SENT = r"(send(ing|er)?|sent|submission|(smtp )?relay(ing)?|outbound|messaging)"
_MAIL = rf"({_SENT} (quotas?|limits?)|(messages?|e?mails?|mail send|messages? sending|e?mails? sending) limits?|messages? sending quota)"
_OVER = r"(exceed\w*|reached|over|used up|hit)"
# Our own sending quota: a number of letters per time, or a limit on what is sent. "Mailbox quota exceeded" is about the reader.
_DAILY_WORDS = (
    r"SubmissionQuotaExceeded|submission quota|maximum credits exceeded"
    r"|\b(daily|per day|24[- ]?hours?|today)\b.*\b(limit|quota|exceed\w*)|\b(limit|quota|exceed\w*)\b.*\b(daily|per day|24[- ]?hours?)\b"
    r"|only \d+ (messages|mails|emails|recipients) (per|a) day"
    rf"|\b{_MAIL}( \w+){{0,3}} {_OVER}|{_OVER} (\w+ ){{0,3}}{_MAIL}\b"
    r"|over your relay quota|exceeded the number of messages|sent too many (mails|emails|messages)"
)
_HOURLY_WORDS = (
    r"\b(per|this|an|each|last) hour\b.*(exceed|limit|allowed)|(exceed|limit|allowed|too many)\w*\b.*\b(per|this|an|last) hour\b"
    r"|hourly (\w+ )?(limit|quota)|ratelimit \W*\w+\W* exceeded|unusual sending activity"
)
_SENDER_WORDS = (
    r"sender address (rejected|is not allowed)|not owned by (user|auth)|send(ing)? (mail )?as(?! plain)"
    r"|not (allowed|authori[sz]ed) to send (as|from)|from:? address (is not one of your|does not match|not verified|must match)"
    r"|header from .* not (allowed|permitted)|sender verify failed|not a verified sender"
)
_SANDBOX_WORDS = (
    r"email address is not verified|sandbox (sub)?domain|free accounts are for test purposes|not yet activated"
    r"|sending (is |has been )?(suspended|paused)"
)
_LISTED_WORDS = (
    r"client host .* (blocked|rejected)|(blocked|listed|listing) (using|by|in|at|on) \S*(spamhaus|spamcop|barracuda|sorbs|dnsbl|rbl)"
    r"|connections will not be accepted from|unauthori[sz]ed ip address|bad outbound sender"
)
_RELAY_WORDS = r"relay(ing)? (access )?(denied|not permitted|prohibited|disallowed)|(unable|not permitted) to relay"
_SLOWER_WORDS = (
    r"too (many|much|fast|quickly)|throttl|rate[- ]?limit|(maximum|sending|unusual|high) rate|slow down|deferred due to"
    r"|unexpected volume|concurrent|thread limit|try again later.*load|load too high|over rate"
)
_BLOCK_LIST_WORDS = r"(by|of|for) (the |this )?(recipient|user|mailbox|addressee)|block(ed)? (senders?|list)"
_RECEIVED_WORDS = (
    r"\b(receiving|to receive|incoming|inbox)\b.*(limit|quota|exceed)|\b(the|this) recipient\b.*\bexceeded (his|her|its|their)\b"
)
# Not a status about the reader's mailbox (RFC 3463 §3.3: full, disabled …) or about the letter's size (§3.4).
_NOT_MAILBOX = r"(?![45]\.2\.[1-4]$|5\.3\.4$).*"
_AN_HOUR, _SOME_HOURS = timedelta(hours=1), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class _Row:
    """Replies with such a code, status (RFC 3463) and wording; an empty pattern matches anything. `is_about_us`: every letter would get it.

    `rest`: how long our account must wait, if the reply says that its quota is used up.
    """

    codes: str
    statuses: str
    words: str
    is_about_us: bool
    hint: str
    rest: timedelta = timedelta(0)


# The first matching row counts.
_ROWS = (
    _Row("", r"5\.7\.139", "", True, _MICROSOFT),
    _Row("530|451|554", "", r"must issue a starttls|starttls (is )?required|encryption required", True, _STARTTLS),
    # Exchange's "RESOLVER.RST.AuthRequired" is about a mailbox that takes mail from colleagues only.
    _Row("530|550", r"5\.7\.[01]|5\.7\.57|", r"^(?!.*RESOLVER\.).*(not authenticated|authentication (is )?required)", True, _CREDENTIALS),
    _Row("534|535", "", r"google|gsmtp|application-specific", True, APP_PASSWORD),
    _Row("530|534|535|538", "", "", True, _LOGIN),
    _Row("504", r"5\.5\.4", r"way to log in", True, "a server offers logins on port 587 (starttls) or 465 (tls), seldom on 25"),
    _Row("550", r"5\.4\.5|5\.1\.90|5\.7\.23[23]", "", True, _QUOTA, _SOME_HOURS),
    # Gmail and others limit what a single mailbox takes: that is the reader's.
    _Row("4..|55[02]", r"[45]\.2\.1", r"receiving (mail|messages?) (too|at a rate)", False, "the reader gets too much mail now"),
    _Row("4..|5..", "", _RECEIVED_WORDS, False, "the reader gets too much mail now"),
    _Row("4..|5..", _NOT_MAILBOX, _HOURLY_WORDS, True, _HOURLY, _AN_HOUR),
    _Row("4..|5..", _NOT_MAILBOX, _DAILY_WORDS, True, _QUOTA, _SOME_HOURS),
    _Row("4..|5..", r"[45]\.7\.(70[58]|5\d\d)", "", True, _BLOCKED),
    _Row("550|554", r"5\.7\.6[04]|5\.2\.252", "", True, SENDER),
    _Row("55[0-4]", "", _SANDBOX_WORDS, True, _SANDBOX),
    _Row("502|525", r"5\.7\.[01]", _SANDBOX_WORDS + "|" + _LISTED_WORDS, True, _BLOCKED),
    _Row("45[01]", r"4\.1\.8|4\.7\.1|", r"sender address rejected(?!.*gr[ae]y-?list)", True, SENDER),
    _Row("55[0134]", r"5\.7\.[01]|5\.1\.[08]|", _SENDER_WORDS, True, SENDER),
    _Row("553", r"5\.7\.1|5\.1\.[78]|", r"sender|mail from|from address", True, SENDER),
    _Row("5..", "", _LISTED_WORDS, True, _BLOCKED),
    _Row("45[01]|50.|55[04]", "", r"helo command rejected", True, _GREETED),
    _Row("55[04]", r"5\.7\.(2[5-9]|3[0-2])", "", True, _DNS),
    _Row("45[01]|55[04]", "", r"cannot find your (reverse )?host ?name", True, _DNS),
    _Row("45[014]|55[0-4]", "", _RELAY_WORDS, True, _RELAY),
    _Row("421|43.|45.", "", _SLOWER_WORDS, False, _SLOWER),
    _Row("55[02]", r"5\.2\.2", "", False, "ask its reader to make room: the mailbox is full"),
    _Row("55[02]", r"5\.3\.4", "", False, "the letter is too large for this server: lower the subscription's limit"),
    _Row("55[013]", r"5\.6\.7", "", False, "the server takes only ASCII before the @: it needs another relay, or another address"),
    _Row("55[0134]", r"5\.1\.[0-36]", "", False, "correct the address (`digest subscribers move`), or remove the subscriber"),
)


def about_us(code: int, enhanced: str, text: str) -> bool:
    """Whether a refusal of one letter is about our account, address or quota, whichever command it answers."""
    row = _row(code, enhanced, text)
    return row is not None and row.is_about_us


def names_sender(code: int, enhanced: str, text: str, senders: Sequence[str]) -> bool:
    """Whether a policy refusal (5.7.x) names one of our addresses, and is not worded as a reader's own block list."""
    if not 500 <= code < 600 or not enhanced.startswith("5.7.") or re.search(_BLOCK_LIST_WORDS, text, re.IGNORECASE):
        return False
    said = text.casefold()
    return any(re.search(rf"(?<![\w.+-]){re.escape(sender.casefold())}(?![\w.-])", said) for sender in senders if sender)


def about_sender(code: int, enhanced: str, text: str) -> bool:
    """Whether the refusal is about the sender's address."""
    return hint_for(code, enhanced, text) == SENDER


def rest_after(code: int, enhanced: str, text: str) -> timedelta:
    """How long (hours) our account must wait if the reply says that its quota is used up; else zero."""
    row = _row(code, enhanced, text)
    return row.rest if row else timedelta(0)


def wants_slower(code: int, enhanced: str, text: str) -> bool:
    """Whether the reply defers a letter because we send too fast."""
    return hint_for(code, enhanced, text) == _SLOWER


def hint_for(code: int, enhanced: str, text: str) -> str:
    """What the operator can do about a reply; "" if there is nothing to add to it."""
    row = _row(code, enhanced, text)
    return row.hint if row else ""


def _row(code: int, enhanced: str, text: str) -> _Row | None:
    for row in _ROWS:
        fits = (not row.codes or re.fullmatch(row.codes, str(code))) and (not row.statuses or re.fullmatch(row.statuses, enhanced))
        if fits and re.search(row.words, text, re.IGNORECASE):
            return row
    return None


def why(error: OSError, port: int, security: str) -> tuple[str, str]:
    """What went wrong with a connection, and what the operator can do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return untrusted(error, host="[smtp] host", ca_file="[smtp] ca_file")
    if isinstance(error, ssl.SSLError):
        return unencrypted(error, port, security)
    if isinstance(error, socket.gaierror):
        return "no such host", "check the spelling of [smtp] host, and the machine's name server"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused", "check [smtp] host and port; is the server running?"
    if isinstance(error, TimeoutError):
        if port == 25:
            return "no answer in time", "port 25 is often blocked: try 587 with starttls"
        return "no answer in time", f"check [smtp] host and port, and whether a firewall is in the way; {security_for(port)}"
    return (error.strerror or str(error) or type(error).__name__).lower(), "check [smtp] host and port"


def unencrypted(error: ssl.SSLError, port: int, security: str, *, setting: str = "security", tls: int = 465) -> tuple[str, str]:
    """Why no encryption could be agreed on, and what to do; the settings as in `security_for`."""
    fits = (port == tls) == (security == "tls")
    there = "ask whoever runs the server which encryption it speaks there: it has to be TLS 1.2 or newer"
    hint = there if fits else security_for(port, setting=setting, tls=tls)
    return f"no encryption could be agreed on: {error.reason or error}", hint


def untrusted(error: ssl.SSLCertVerificationError, *, host: str, ca_file: str) -> tuple[str, str]:
    """Why a certificate is not trusted, and what to do; `host` and `ca_file` are the settings that say what is expected."""
    if error.verify_code in _OUT_OF_DATE:  # whoever it names and whoever signed it
        hint = "it has to be renewed by who runs the server; if it is good, this machine's clock is wrong"
    elif error.verify_code in _NAMES_ANOTHER:
        hint = f"name the server as its certificate does in {host}"
    else:
        hint = f"where it is signed by an authority of your own, or by itself, set {ca_file} to the PEM file of that"
    return f"the server's certificate is not trusted: {error.verify_message or 'verification failed'}", hint


def silence(port: int, security: str) -> str:
    """What to do about a server that does not answer in SMTP."""
    if security == "starttls" and port == 465:
        return 'port 465 expects encryption at once: set [smtp] security = "tls"'
    if security == "starttls":
        return 'check that an SMTP server listens there; where it expects encryption at once, set [smtp] security = "tls"'
    return f"check that an SMTP server listens there; {security_for(port)}"


def security_for(port: int, *, setting: str = "security", tls: int = 465) -> str:
    """A hint naming the value of `setting` that usually belongs to the port; `tls` is the port with TLS from the start."""
    if port == tls:
        return f'port {port} speaks {setting} = "tls"'
    return f'port {port} usually speaks {setting} = "starttls"; "tls" belongs to {tls}'
