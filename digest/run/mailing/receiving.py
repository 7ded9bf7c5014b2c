"""Read the inbox and act on it before anything is composed: readers' commands, and letters that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ...delivery.mailboxes.inbox import read_command
from ...model import Place
from ..parts import Mailbox, Parts, Report
from .bouncing import CameBack, Rehearsed, take_back, without_address
from .commands import carry_out, rehearse

_MOST_TOLD = 5


def receive(parts: Parts, report: Report) -> None:
    """Act on the mail that arrived since the last run. A mailbox that cannot be read is reported, and stops nothing."""
    if parts.inbox is None:
        return
    came: list[CameBack] = []
    done = 0
    with report.guard(), parts.inbox() as mailbox:
        for _, what in answers(parts, mailbox, report.now, came=came):
            done += what is not None
    if done > len(came):
        report.notes.append(f"carried out what readers mailed: {done - len(came)}")
    if came:
        report.notes.append(f"letters that came back, and complaints: {len(came)}; digest bounces tells more")
    report.notes.extend(_because_of_us(came))


def _because_of_us(came: list[CameBack]) -> list[str]:
    """Notes on letters refused because of us, the most frequent answers first."""
    said = Counter(without_address(one.own) for one in came if one.is_ours and one.own is not None)
    told = said.most_common(_MOST_TOLD)
    return [f"letters refused because of us, which counts against no reader: {count}: {words}" for words, count in told]


def answers(
    parts: Parts, mailbox: Mailbox, now: datetime, *, dry_run: bool = False, came: list[CameBack] | None = None
) -> Iterator[tuple[str, str | None]]:
    """Each mail by its name, with a sentence on what was done, or None if it was left alone. Returned letters are added to `came`.

    How far the mailbox was read is remembered after each mail that was dealt with, even if it cannot be read to its end. A mail that is
    looked at again is not acted on twice.
    """
    rehearsed: Rehearsed | None = {} if dry_run else None
    known = place = parts.catalog.inboxes.place(mailbox.name)
    try:
        for mail in mailbox.mails(known, now):
            place = _remembered(parts, mailbox, place, dry_run=dry_run)
            what = answer(parts, mail.content, now, dry_run=dry_run)
            if read_command(mail.content) is None:
                back = take_back(parts, mail.content, now, rehearsed=rehearsed)
                what = back.done or None
                if what is not None and came is not None:
                    came.append(back)
            if what is not None and not dry_run:
                mailbox.mark_read(mail)
            yield mail.name, what
    finally:
        _remembered(parts, mailbox, place, dry_run=dry_run)


def _remembered(parts: Parts, mailbox: Mailbox, before: Place, *, dry_run: bool) -> Place:
    """Store how far the mailbox was read, if that has changed, and return it."""
    if dry_run or mailbox.place in (Place(), before):
        return before
    parts.catalog.inboxes.remember(mailbox.name, mailbox.place)
    return mailbox.place


def returned_in(parts: Parts, mailbox: Mailbox, now: datetime, *, dry_run: bool) -> Iterator[tuple[str, CameBack]]:
    """Each mail of the mailbox that is no command, by name, with what `take_back` made of it; returned letters of ours are marked as read.

    Readers' commands are left for `answers`, which alone remembers how far the mailbox was read.
    """
    rehearsed: Rehearsed | None = {} if dry_run else None
    for mail in mailbox.mails(parts.catalog.inboxes.place(mailbox.name), now):
        if read_command(mail.content) is not None:
            continue
        back = take_back(parts, mail.content, now, rehearsed=rehearsed)
        if back.done and not dry_run:
            mailbox.mark_read(mail)
        yield mail.name, back


def answer(parts: Parts, content: bytes, now: datetime, *, dry_run: bool = False) -> str | None:
    """Carry out a mail's command and say what was done; None if it has no command that we know."""
    command = read_command(content)
    if command is None:
        return None
    return rehearse(parts, command, now) if dry_run else carry_out(parts, command, now)
