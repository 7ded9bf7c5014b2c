"""Check where readers' mails to us arrive: the Maildir, or the mailbox on a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..config import Settings
from ..delivery.mailboxes.imap import Patience
from ..errors import DigestError
from ..wiring import inbox as opened
from .findings import Finding, note, ok, problem, several

_PATIENCE = Patience(answer=15.0, whole=60.0)
"""Somebody is waiting at a terminal."""


def inbox(settings: Settings, *, online: bool) -> Iterator[Finding]:
    """Whether readers' mails can be read."""
    chosen = settings.inbox
    address = chosen.address or settings.sender.address
    if chosen.maildir is not None:
        yield maildir(chosen.maildir)
    elif chosen.imap_host and online:
        yield mailbox(settings)
    if chosen.maildir is None and not chosen.imap_host:
        what = "unsubscribe and give feedback" if not settings.base_url else "answer"
        sentence = f"readers {what} by mail to {address}, and no inbox is named for digest to read"
        advice = "set [inbox] imap_host or maildir, or hand such mails to `digest inbox -` with a mail filter"
        yield note("inbox", address, sentence, advice)


def maildir(folder: Path) -> Finding:
    """Whether a Maildir can be read, and its mails moved."""
    parts = [folder / name for name in ("new", "cur")]
    if os.access(folder, os.X_OK) and not all(map(os.path.isdir, parts)):
        advice = "name the folder that holds `new`, `cur` and `tmp`, or let your mail server make it by a first mail"
        return problem("inbox", str(folder), "is no maildir: there is no folder new or cur in it", advice)
    if not all(os.access(part, os.R_OK | os.W_OK | os.X_OK) for part in parts):
        return problem("inbox", str(folder), "this user may not read it and move its mails", f"let this user read and write {folder}")
    return ok("inbox", str(folder), f"can be read, and holds {several(sum(1 for _ in parts[0].iterdir()), 'new mail')}")


def mailbox(settings: Settings) -> Finding:
    """Whether the mailbox can be opened as a run opens it (encryption, login, folder); it is only opened for reading."""
    chosen = settings.inbox
    subject = f"{chosen.imap_host}:{chosen.imap_port}"
    try:
        with opened(settings, _PATIENCE):
            how = "not encrypted" if chosen.imap_security == "none" else "encrypted"
            return ok("inbox", subject, f"answers, {how}; the login works, and the folder {chosen.imap_folder} can be read")
    except DigestError as error:
        return problem("inbox", error.subject, error.message, error.hint or "check [inbox]")
