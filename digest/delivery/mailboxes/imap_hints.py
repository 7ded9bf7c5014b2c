"""What to do about an IMAP server's no: each of the three steps to a mailbox with the answers people meet.

Sources: RFC 5530 (response codes), Gmail's "Add Gmail to another email client" (support.google.com/mail/answer/7126229), Microsoft's
"POP, IMAP, and SMTP settings for Outlook.com", Dovecot's documentation.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl

from ..hints import APP_PASSWORD, security_for, unencrypted, untrusted

_SWITCH_ON = "switch IMAP on in the account's settings on the web"
_ENCRYPT = 'set [inbox] imap_security = "tls" (port 993): the server takes no password in clear'
_ON_THE_WEB = "sign in to the account on the web once, and let this computer in"
_MICROSOFT = "Microsoft takes no plain passwords any more: have the mails forwarded to a mailbox that does"
_LOGIN = (
    (r"application-specific|app(?:-| )password", APP_PASSWORD),
    (r"not enabled for imap|imap.{0,30}(?:disabled|not enabled|not allowed)|authenticated but not connected", _SWITCH_ON),
    (r"privacyrequired|plaintext|logindisabled", _ENCRYPT),
    (r"web ?login required|web ?browser|webalert", _ON_THE_WEB),
    (r"too many|\[limit\]|\[unavailable\]|\[inuse\]|try again|temporar", "try again later; the mails wait there"),
    (r"basic ?auth|modern auth|blocked", _MICROSOFT),
)
_TRY_LATER = "try again later; if it goes on, check [inbox] imap_host and imap_port"


def login(error: Exception) -> tuple[str, str]:
    """Why a login was refused, and what the operator can do."""
    said = _said(error)
    usual = f"check [inbox] imap_user and the password file; {APP_PASSWORD}"
    return f"the login was refused: {said}", next((hint for words, hint in _LOGIN if re.search(words, said, re.IGNORECASE)), usual)


def opening(error: Exception) -> tuple[str, str]:
    """Why a folder could not be opened, and what the operator can do."""
    hint = 'correct imap_folder: "INBOX" is in every mailbox; a folder within another is written as its server does ("Lists/digest")'
    return f"the folder cannot be opened: {_said(error)}", hint


def is_passing(error: Exception) -> bool:
    """Whether a refusal is about the moment or the connection rather than about the request (RFC 5530 section 3)."""
    passing = r"\[(?:unavailable|inuse|limit|throttled|overquota|expungeissued)|too many|try again|temporar|throttl"
    return isinstance(error, imaplib.IMAP4.abort) or re.search(passing, _said(error), re.IGNORECASE) is not None


def connection(error: Exception, port: int, security: str) -> tuple[str, str]:
    """What went wrong with a connection, and what the operator can do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return untrusted(error, host="[inbox] imap_host", ca_file="imap_ca_file")
    if isinstance(error, ssl.SSLError):
        return unencrypted(error, port, security, setting="imap_security", tls=993)
    if isinstance(error, socket.gaierror):
        return "no such host", "check the spelling of [inbox] imap_host, and the machine's name server"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused", "check [inbox] imap_host and imap_port; is the server running?"
    if isinstance(error, TimeoutError):
        return "no answer in time", f"check [inbox] imap_host and imap_port, and whether a firewall is in the way; {_security_for(port)}"
    said = _said(error)
    # As imaplib tells of an end between two lines, within one, and where it writes to who is gone.
    if re.search("EOF|unterminated line|[Bb]roken pipe|reset by peer", said):
        said = "the server closed the connection"
    if port == 993 and security != "tls":
        return said, _security_for(port)
    return said, _TRY_LATER


def _said(error: Exception) -> str:
    """The server's words, on one line and without control characters."""
    if isinstance(error, OSError):
        return (error.strerror or str(error) or type(error).__name__).lower()
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300] or "no reason given"


def _security_for(port: int) -> str:
    return security_for(port, setting="imap_security", tls=993)
