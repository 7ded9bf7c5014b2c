"""Where readers' mails to us arrive: the folder, or the server that keeps them."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from ..config import Settings
from .findings import Finding, note, ok, problem, several

IMAPS = 993
_SECONDS = 10.0
_LONGEST = 4096


def inbox(settings: Settings, *, online: bool, port: int = IMAPS) -> Iterator[Finding]:
    """Whether what readers mail back can be read."""
    chosen = settings.inbox
    address = chosen.address or settings.sender.address
    if chosen.maildir is not None:
        yield maildir(chosen.maildir)
    if chosen.imap_host and online:
        yield greeting(chosen.imap_host, port, ssl.create_default_context())
    if chosen.maildir is None and not chosen.imap_host:
        what = "unsubscribe and give feedback" if not settings.base_url else "answer"
        sentence = f"readers {what} by mail to {address}, and no inbox is named for digest to read"
        yield note("inbox", address, sentence, "set [inbox] maildir, or hand such mails to `digest inbox -` with a mail filter")


def maildir(folder: Path) -> Finding:
    """Whether a maildir can be read, and its mails moved."""
    parts = [folder / name for name in ("new", "cur")]
    if not all(part.is_dir() for part in parts):
        advice = "name the folder that holds `new`, `cur` and `tmp`, or let your mail server make it by a first mail"
        return problem("inbox", str(folder), "is no maildir: there is no folder new or cur in it", advice)
    if not all(os.access(part, os.R_OK | os.W_OK | os.X_OK) for part in parts):
        return problem("inbox", str(folder), "this user may not read it and move its mails", f"let this user read and write {folder}")
    return ok("inbox", str(folder), f"can be read, and holds {several(sum(1 for _ in parts[0].iterdir()), 'new mail')}")


def greeting(host: str, port: int, context: ssl.SSLContext) -> Finding:
    """Whether an IMAP server answers, encrypted, with its greeting; no login is tried."""
    subject = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as plain, context.wrap_socket(plain, server_hostname=host) as link:
            said = link.recv(_LONGEST)
    except ssl.SSLCertVerificationError as error:
        advice = "name the server as its certificate does in [inbox] imap_host"
        return problem("inbox", subject, f"its certificate is not trusted: {error.verify_message}", advice)
    except OSError as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
        return problem("inbox", subject, f"does not answer: {reason}", "check [inbox] imap_host and whether a firewall is in the way")
    if not said.startswith((b"* OK", b"* PREAUTH")):
        return problem("inbox", subject, "answers, but not as an IMAP server does", "check [inbox] imap_host")
    return ok("inbox", subject, "answers as an IMAP server, encrypted")
