"""`digest bounces`: what came back, read and counted — letters that could not be delivered, and complaints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import MailboxError
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, say, settings, tell
from .inbox import drain
from .run import parts_for

if TYPE_CHECKING:
    from ..model import Mail, Mark
    from ..run import CameBack, Parts

Seen = tuple[str, "CameBack | None"]


@click.command("bounces")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@now_option
@json_option
@dry_run_option
@click.pass_context
def bounces(ctx: click.Context, files: tuple[Path, ...], now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Read what came back: letters that could not be delivered, and complaints of readers.

    Reads FILES (mails, an mbox, a Maildir; - is stdin), else the mailbox that `[inbox]` names. A report counts if it proves which letter
    of ours it is about; one that proves nothing is shown and ignored. At the threshold of `[bounces]`, or at once after a complaint, the
    reader goes on the suppression list; a complaint that shows no more than a link of the letter ends that subscription. Every
    `digest run` begins with this. --json prints one object a line; its action says what such a mail leads to (suppress: it counts in
    full; score: half).
    """
    named = settings(ctx).inbox
    if not files and named.maildir is None and not named.imap_host:
        raise refuse("which mails?", "name files, - for stdin, or set [inbox] imap_host or maildir")
    failed: list[MailboxError] = []
    counts: dict[str, int] = {}
    rows: list[list[str]] = []
    done: list[str] = []
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        found = _in_files(parts, files, clock(now), dry_run, failed) if files else _in_mailbox(parts, clock(now), dry_run, failed)
        for name, came in found:
            kind = "other" if came is None else str(came.returned.kind)
            counts[kind] = counts.get(kind, 0) + 1
            if as_json:
                print_json(_as_dict(name, came), indent=None)
            elif came is not None:
                rows += _rows(name, came)
            if came is not None and came.done:
                done.append(came.done)
                say(f"{'would be: ' if dry_run else ''}{came.done}")
    if not as_json:
        print_table(["mail", "kind", "address", "verdict", "status", "known by"], rows)
    for error in failed:
        tell(error)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"
    say(f"mails read: {told}; {len(done)} spoke of letters of ours")
    return 1 if failed else 0


def _in_files(parts: Parts, files: tuple[Path, ...], now: datetime, dry_run: bool, failed: list[MailboxError]) -> Iterator[Seen]:
    from ..run import take_back

    rehearsed: dict[int, list[Mark]] | None = {} if dry_run else None
    for path in files:
        try:
            for mail in _mails(path):
                yield mail.name, take_back(parts, mail.content, now, rehearsed=rehearsed)
        except MailboxError as error:
            failed.append(error)


def _mails(path: Path) -> Iterator[Mail]:
    from ..delivery.mailboxes.mail_files import mails_in, mails_of

    if str(path) != "-":
        yield from mails_in(path)
        return
    try:
        yield from mails_of(sys.stdin.buffer, "-")
    finally:
        drain(sys.stdin.buffer)


def _in_mailbox(parts: Parts, now: datetime, dry_run: bool, failed: list[MailboxError]) -> Iterator[Seen]:
    """The mailbox's mails; the position up to which it was read is `digest run`'s and stays unchanged: commands may be waiting there."""
    from ..run import returned_in

    assert parts.inbox is not None
    try:
        with parts.inbox() as mailbox:
            yield from returned_in(parts, mailbox, now, dry_run=dry_run)
    except MailboxError as error:
        failed.append(error)


def _as_dict(name: str, came: CameBack | None) -> dict[str, Any]:
    if came is None:
        return {"file": name, "kind": "other", "recipients": [], "action": "none"}
    recipients = [
        {"address": refusal.address, "verdict": str(refusal.verdict), "status": refusal.status or None, "attributed_by": proof}
        for refusal, proof in came.recipients
    ]
    return {"file": name, "kind": str(came.returned.kind), "recipients": recipients, "action": str(came.returned.action)}


def _rows(name: str, came: CameBack) -> list[list[str]]:
    kind = str(came.returned.kind)
    told = [[name, kind, r.address, str(r.verdict), r.status, proof or "nothing: ignored"] for r, proof in came.recipients]
    return told or [[name, kind, "", "", "", ""]]
