"""`digest inbox`: what readers mail back — feedback and unsubscribing, by the links of letters without a public address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click

from ..errors import UsageError
from .frame import clock, dry_run_option, json_option, now_option, print_json, refuse, say, settings
from .run import parts_for


@click.command("inbox")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@now_option
@json_option
@dry_run_option
@click.pass_context
def inbox(ctx: click.Context, files: tuple[Path, ...], now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Carry out what readers mailed: more, less, seen, save, follow, unsubscribe.

    Mails are read from FILES (- is stdin, as a mail filter gives it), else from `[inbox] maildir`. A mail without a command of ours is
    left as it is, unread and where it lies; one that was carried out is marked as read.
    """
    from ..delivery.inbox import read_command
    from ..run import obey

    maildir = settings(ctx).inbox.maildir
    if not files and maildir is None:
        raise refuse("which mails?", "name files, - for stdin, or set [inbox] maildir")
    done: list[dict[str, str | None]] = []
    missing = 0
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        for path, data in _from_files(files) if files or maildir is None else _unread(maildir):
            missing += data is None
            command = read_command(data) if data is not None else None
            what = None if command is None else f"{command.action} {command.paper}".strip() if dry_run else obey(parts, command, clock(now))
            done.append({"mail": str(path), "done": what})
            if what is not None and not files and not dry_run:
                with suppress(OSError):  # another program moved it meanwhile: done twice is done once
                    _mark_read(path)
    carried = [one for one in done if one["done"]]
    if as_json:
        print_json(done)
    for one in carried:
        say(f"{'would do: ' if dry_run else ''}{one['done']}")
    say(f"{len(carried)} of {len(done)} mails {'would be ' if dry_run else ''}carried out; the others are left as they are")
    return 1 if missing else 0


def _from_files(files: tuple[Path, ...]) -> Iterator[tuple[Path, bytes | None]]:
    for path in files:
        try:
            yield path, sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        except OSError as error:
            say(f"{path} cannot be read: {(error.strerror or str(error)).lower()}")
            yield path, None


def _unread(folder: Path) -> Iterator[tuple[Path, bytes | None]]:
    """The unread mails of a Maildir (https://cr.yp.to/proto/maildir.html). Raises UsageError where it is none."""
    if not (folder / "cur").is_dir() or not (folder / "new").is_dir():
        raise UsageError(str(folder), "is not a Maildir: it has no folders new and cur", hint="correct [inbox] maildir")
    for path in sorted([*(folder / "new").iterdir(), *(folder / "cur").iterdir()], key=lambda path: path.name):
        if "S" not in path.name.partition(":2,")[2]:
            with suppress(OSError):  # a folder, one that another program moved meanwhile, or one that is not ours to read
                yield path, path.read_bytes()


def _mark_read(path: Path) -> None:
    """The mail's bytes stay as they are: in a Maildir a flag is a letter of the name."""
    name, _, flags = path.name.partition(":2,")
    path.rename(path.parent.parent / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")
