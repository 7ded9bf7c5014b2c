"""What readers mailed, read from the inbox and carried out before anything is composed: yesterday's answers count today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..delivery.inbox import read_command
from .obeying import obey
from .parts import Mailbox, Parts, Report


def receive(parts: Parts, report: Report) -> None:
    """Carry out what arrived since the last time. A mailbox that cannot be read is reported, and stops nothing."""
    if parts.inbox is None:
        return
    with report.guard(), parts.inbox() as mailbox:
        done = sum(what is not None for _, what in answers(parts, mailbox, report.now))
        if done:
            report.notes.append(f"carried out what readers mailed: {done}")


def answers(parts: Parts, mailbox: Mailbox, now: datetime, *, dry_run: bool = False) -> Iterator[tuple[str, str | None]]:
    """Each mail by its name, with a sentence of what was done; None where it was left as it is.

    Where the mailbox was read up to is remembered once all were taken: a run that dies before looks at them again, and does none twice.
    """
    for mail in mailbox.mails(parts.catalog.inboxes.place(mailbox.name), now):
        what = answer(parts, mail.content, now, dry_run=dry_run)
        if what is not None and not dry_run:
            mailbox.mark_read(mail)
        yield mail.name, what
    if not dry_run:
        parts.catalog.inboxes.remember(mailbox.name, mailbox.place)


def answer(parts: Parts, content: bytes, now: datetime, *, dry_run: bool = False) -> str | None:
    """Carry out what a mail asks for, and say what that was; None where it asks for nothing of ours."""
    command = read_command(content)
    if command is None:
        return None
    return f"{command.action} {command.paper}".strip() if dry_run else obey(parts, command, now)
