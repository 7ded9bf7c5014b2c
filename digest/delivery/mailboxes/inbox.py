"""Parse readers' mails: the subject holds a command and its token, as the links of a letter write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from ..bounces.mime import Part, as_plain, parse

COMMANDS = ("unsubscribe", "join", "pause", "more", "less", "seen", "save", "follow")
BEGINNING = 65_536
"""Bytes of a mail that are read: a command's sentences are few, and what a mail program adds of its own comes behind."""
_OF_MACHINES = ("X-Autoreply", "X-Autorespond")
_OF_BUTTON = "X-Apple-Unsubscribe"
"""Apple's programs send it for their unsubscribe button, and say of the same mail that it is an automatic reply."""
FIELDS = ("Subject", "Message-ID", "Date", "From", "Content-Type", "Return-Path", "Precedence", "Auto-Submitted", *_OF_MACHINES, _OF_BUTTON)
"""All of a header that `read_command` looks at."""
_LONGEST_SUBJECT = 1000
_HEAD = re.compile(rb"\r?\n\r?\n")
_TOKEN = r"[A-Za-z0-9_-]{20,80}"
# In the languages that letters are written in: a German letter says "pause 2 Wochen".
_UNITS = "(?:day|week|month)s?|tage?n?|wochen?|monate?n?"
_WHEN = (
    r"(?:(?:until|bis)\s)?\d{4}-\d\d-\d\d"
    rf"|(?:(?:for|für)\s)?(?:\d{{1,3}}|an?|one|two|three|four|six|eine?n?|zwei|drei|vier|sechs)\s(?:{_UNITS})"
)
_COMMAND = re.compile(
    r"(?:^|[\s:])(?P<undo>undo\s)?"
    rf"(?:(?P<alone>unsubscribe|join)|(?P<pause>pause)(?:\s(?P<before>{_WHEN}))?|(?P<kind>{'|'.join(COMMANDS[3:])})\s(?P<paper>\S{{1,60}}))"
    rf"\s(?P<token>{_TOKEN})(?:\s(?P<after>.*))?$",
    re.IGNORECASE,
)
_NUMBERS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6},
    **{"ein": 1, "eine": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "sechs": 6},
}
_DAYS = {"d": 1, "t": 1, "w": 7, "m": 30}
"""By the first letter of the unit."""
_EARLIEST = 2000  # the first days of the calendar are none in some time zones
_AUTHOR = re.compile(
    r"^[>\s]*(?:Please send this mail with the author to follow|follow):"
    r"[ \t]*\n?[>\t ]*(\S.{0,100}(?:\n[>\t ]*[^\s>].{0,100})?)",
    re.MULTILINE,
)
_AUTOMATIC = ("bulk", "junk", "list", "auto_reply")
# How programs that know no better mark what they sent by themselves; a person's answer begins with "Re:".
_AUTOMATIC_SUBJECT = re.compile(
    r"auto(?:matic|mated)?[- ]?(?:reply|response)\b|out of (?:the )?office\b|automatische antwort\b|abwesenheit|réponse automatique\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Command:
    """What a mail asks for: `action` is one of COMMANDS, `paper` the short name in the subject, `author` whom to follow.

    The line after an author's name is kept too: mail programs wrap a long name, and only the paper's authors tell whether one was.

    `undo` takes the command back. A pause lasts until a day or for some days, else without an end. `mail` identifies this mail, and is the
    same however often it is delivered.
    """

    action: str
    token: str
    paper: str = ""
    author: str = ""
    undo: bool = False
    until: date | None = None
    days: int = 0
    mail: str = field(default="", compare=False)


def read_command(data: bytes) -> Command | None:
    """The command in a mail, or in its header alone; None for other mails, and for automatic ones (RFC 3834 section 2).

    The sender's address does not matter: only the token identifies the reader. A header alone names no author.
    """
    # Most mails are not for us: nothing of those is parsed but the header.
    mail = parse(_HEAD.split(data, 1)[0])
    subject = " ".join(mail.first("subject")[:_LONGEST_SUBJECT].split())
    found = _COMMAND.search(subject)
    if found is None or _is_automatic(mail, subject, found["alone"] or ""):
        return None
    try:
        return _command(found, mail, data)
    except ValueError:  # a day that no calendar has
        return None


def _command(found: re.Match[str], mail: Part, data: bytes) -> Command | None:
    action = (found["alone"] or found["pause"] or found["kind"]).lower()
    undo, token, this_mail = bool(found["undo"]), found["token"], _fingerprint(mail, found[0])
    if action == "pause":
        when = found["before"] or found["after"] or ""
        if when and not re.fullmatch(_WHEN, when, re.IGNORECASE):
            return None  # words that only a person understands: the mail stays unread, for a person to see
        until, days = _end(when)
        return Command(action, token, undo=undo, until=until, days=days, mail=this_mail)
    if undo and found["alone"]:
        return None  # letters are forwarded: who left is brought back by those who run this alone; and who undoes a yes means no
    author = _author(parse(data)) if action == "follow" else ""
    return Command(action, token, found["paper"] or "", author, undo=undo, mail=this_mail)


def _end(when: str) -> tuple[date | None, int]:
    """The end of a pause: a day ("until 2026-12-24") or a number of days ("for two weeks": 14). Raises ValueError if impossible or zero."""
    words = [word for word in when.lower().split() if word not in ("until", "for", "bis", "für")]
    if len(words) != 2:
        day = date.fromisoformat(words[0]) if words else None
        if day is not None and day.year < _EARLIEST:
            raise ValueError(f"{day} is long past")
        return day, 0
    count = int(words[0]) if words[0].isdecimal() else _NUMBERS[words[0]]
    if count == 0:
        raise ValueError("no days are no pause")  # nor one without an end, which is what 0 stands for
    return None, count * _DAYS[words[1][0]]


def _fingerprint(mail: Part, command: str) -> str:
    """The id of a mail; one without an id, as some programs send it, is identified by sender and date."""
    named = mail.first("message-id") or f"{mail.first('from')}\n{mail.first('date')}"
    return sha256(f"{named}\n{command.strip(' :')}".encode(errors="replace")).hexdigest()[:32]


def _is_automatic(mail: Part, subject: str, action: str) -> bool:
    """Whether a machine sent it. A person presses the unsubscribe button, though its mail may say that it was generated."""
    submitted = (mail.first("auto-submitted") or "no").partition(";")[0].strip().lower()
    by_button = action.lower() == "unsubscribe" and (submitted == "auto-generated" or bool(mail.all(_OF_BUTTON.lower())))
    by_itself = submitted != "no" and not by_button
    says_so = by_itself or mail.first("precedence").lower() in _AUTOMATIC or any(mail.all(name.lower()) for name in _OF_MACHINES)
    is_report = mail.first("content-type").lower().startswith("multipart/report")
    return says_so or mail.first("return-path") == "<>" or is_report or _AUTOMATIC_SUBJECT.match(subject) is not None


def _author(mail: Part) -> str:
    written = [part for part in mail.walk() if part.text.strip()]
    text = next((part.text for part in written if part.kind == "text/plain"), "")
    # Some programs send a page and nothing else.
    text = text or next((as_plain(part.text) for part in written if part.kind == "text/html"), "")
    found = _AUTHOR.search(text[:10_000])
    return "\n".join(" ".join(line.strip("> \t").split()) for line in found[1].split("\n")) if found else ""
