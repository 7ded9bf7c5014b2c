"""What readers mailed, read from the inbox and carried out before anything is composed: yesterday's answers count today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..delivery.inbox import read_command
from ..model import Place
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

    Where the mailbox was read up to is remembered as far as all before it were taken, also where it could not be read to its end: what is
    looked at again is not done twice.
    """
    known = place = parts.catalog.inboxes.place(mailbox.name)
    try:
        for mail in mailbox.mails(known, now):
            place = _remembered(parts, mailbox, place, dry_run=dry_run)
            what = answer(parts, mail.content, now, dry_run=dry_run)
            if what is not None and not dry_run:
                mailbox.mark_read(mail)
            yield mail.name, what
    finally:
        _remembered(parts, mailbox, place, dry_run=dry_run)


def _remembered(parts: Parts, mailbox: Mailbox, before: Place, *, dry_run: bool) -> Place:
    """Write down how far the mailbox was read, if that is further than before."""
    if dry_run or mailbox.place in (Place(), before):
        return before
    parts.catalog.inboxes.remember(mailbox.name, mailbox.place)
    return mailbox.place


def answer(parts: Parts, content: bytes, now: datetime, *, dry_run: bool = False) -> str | None:
    """Carry out what a mail asks for, and say what that was; None where it asks for nothing of ours."""
    command = read_command(content)
    if command is None:
        return None
    return f"{command.action} {command.paper}".strip() if dry_run else obey(parts, command, now)
