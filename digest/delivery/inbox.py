"""What readers send back: a mail whose subject holds a command and its token, as the links of a letter write it."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default

COMMANDS = ("unsubscribe", "join", "more", "less", "seen", "save", "follow")
LARGEST = 5 * 1024 * 1024
"""Bytes of a mail that is looked at; a command has some hundred."""
_TOKEN = r"[A-Za-z0-9_-]{20,80}"
_COMMAND = re.compile(rf"(?:^|[\s:])(?:(unsubscribe|join)|({'|'.join(COMMANDS[2:])})\s+(\S{{1,60}}))\s+({_TOKEN})(?=\s|$)", re.IGNORECASE)
_AUTHOR = re.compile(r"^[>\s]*Please send this mail with the author to follow:[ \t]*(\S.{0,100}?)\s*$", re.MULTILINE)
_AUTOMATIC = ("bulk", "junk", "list", "auto_reply")


@dataclass(frozen=True, slots=True)
class Command:
    """What a mail asks for: `action` is one of COMMANDS, `paper` the short name in the subject, `author` whom to follow."""

    action: str
    token: str
    paper: str = ""
    author: str = ""


def read_command(data: bytes) -> Command | None:
    """The command of a mail; None for any other, and for what a machine sent by itself (RFC 3834 section 2).

    Whoever it says it is from does not matter: the token is the reader's own, and nothing else is.
    """
    if len(data) > LARGEST:
        return None
    try:
        mail = email.message_from_bytes(data, policy=default)
        if _is_automatic(mail):
            return None
        found = _COMMAND.search(" ".join(str(mail["Subject"] or "").split()))
        if found is None:
            return None
        action = (found[1] or found[2]).lower()
        return Command(action, found[4], found[3] or "", _author(mail) if action == "follow" else "")
    except (ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError):
        # The standard library's parser is not proof against every header somebody can write.
        return None


def _is_automatic(mail: EmailMessage) -> bool:
    submitted = str(mail["Auto-Submitted"] or "no").partition(";")[0].strip().lower()
    precedence = str(mail["Precedence"] or "").strip().lower()
    empty_sender = str(mail["Return-Path"] or "?").strip() == "<>"
    return submitted != "no" or precedence in _AUTOMATIC or empty_sender or "X-Autoreply" in mail or "X-Autorespond" in mail


def _author(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    found = _AUTHOR.search(body.get_content()[:10_000]) if body is not None else None
    return found[1] if found else ""
