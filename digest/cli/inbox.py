"""`digest inbox`: what readers mail back — feedback, pauses and unsubscribing, by the links of letters without a public address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ..errors import MailboxError, cure, why
from .frame import clock, dry_run_option, json_option, now_option, print_json, refuse, say, settings, tell
from .run import parts_for

if TYPE_CHECKING:
    from ..run import Parts


@click.command("inbox")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@now_option
@json_option
@dry_run_option
@click.pass_context
def inbox(ctx: click.Context, files: tuple[Path, ...], now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Carry out what readers mailed: more, less, seen, save, follow, pause, undo, unsubscribe, and their yes to an invitation.

    Reads FILES (- is stdin, as a mail filter gives it), else the mailbox that `[inbox]` names, on a server or in a Maildir.
    A mail that was carried out is marked as read; every other mail is left untouched and unread.
    Every `digest run` begins with this.
    """
    named = settings(ctx).inbox
    if not files and named.maildir is None and not named.imap_host:
        raise refuse("which mails?", "name files, - for stdin, or set [inbox] imap_host or maildir")
    failed: list[MailboxError] = []
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        found = _in_files(parts, files, clock(now), dry_run) if files else _in_mailbox(parts, clock(now), dry_run, failed)
        looked_at = []
        for one in found:
            looked_at.append(one)
            if what := one[1]:  # said at once: the mailbox may break off, and this is not done again
                say(f"{'would do: ' if dry_run else ''}{what}")
    if as_json:
        print_json([{"mail": mail, "done": what} for mail, what, _ in looked_at])
    for error in failed:
        tell(error)
    done = sum(bool(what) for _, what, _ in looked_at)
    rest = "; the others are left as they are" if done < len(looked_at) else ""
    say(f"{done} of {len(looked_at)} mails {'would be ' if dry_run else ''}carried out{rest}")
    return 0 if all(is_there for _, _, is_there in looked_at) and not failed else 1


def _in_mailbox(
    parts: Parts, now: datetime, dry_run: bool, failed: list[MailboxError]
) -> Iterator[tuple[str, str | None, bool]]:
    """Each mail of the mailbox that may be for us."""
    from ..run import answers

    assert parts.inbox is not None
    try:
        with parts.inbox() as mailbox:
            for mail, what in answers(parts, mailbox, now, dry_run=dry_run):
                yield mail, what, True
    except MailboxError as error:
        failed.append(error)


def _in_files(parts: Parts, files: tuple[Path, ...], now: datetime, dry_run: bool) -> Iterator[tuple[str, str | None, bool]]:
    """Each file; the last value says whether it could be read."""
    from ..run import answer

    for path in files:
        try:
            content = _piped(sys.stdin.buffer) if str(path) == "-" else _opened(path)
        except OSError as error:
            tell(MailboxError(str(path), f"cannot be read: {why(error)}", hint=cure(error) or "name a mail that this user can read"))
            yield str(path), None, False
        else:
            yield str(path), answer(parts, content, now, dry_run=dry_run), True


def _opened(path: Path) -> bytes:
    """The beginning of a mail file, as much as is read."""
    from ..delivery.mailboxes.inbox import BEGINNING

    with path.open("rb") as file:
        return file.read(BEGINNING)


def _piped(file: BinaryIO) -> bytes:
    """The same for a mail that is piped in."""
    from ..delivery.mailboxes.inbox import BEGINNING

    content = file.read(BEGINNING)
    drain(file)
    return content


def drain(file: BinaryIO) -> None:
    """Read the rest of the piped input: a mail server believes that a delivery failed if the pipe closes early."""
    while file.read(1 << 16):
        pass
