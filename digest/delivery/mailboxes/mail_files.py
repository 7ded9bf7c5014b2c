"""Read mails from files: one per file, many in an mbox (RFC 4155), or a Maildir. Only the beginning of each is read, whatever its size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ...errors import MailboxError, cure, why
from ...model import Mail
from ..bounces.mime import MOST
from .maildir import unreadable

_BEGINS = re.compile(rb"From \S+ .*\d\d:\d\d")
_LINE = 1 << 16
_HINT = "name a mail, an mbox or a Maildir"


def mails_in(path: Path) -> Iterator[Mail]:
    """Each mail of a file or a Maildir, its first MOST bytes. Raises MailboxError if it, or at the end if a mail, cannot be read."""
    try:
        if path.is_dir():
            yield from _in_maildir(path)
        else:
            with path.open("rb") as file:
                yield from mails_of(file, str(path))
    except OSError as error:
        raise MailboxError(str(path), f"cannot be read: {why(error)}", hint=cure(error) or _HINT) from error


def mails_of(file: BinaryIO, name: str) -> Iterator[Mail]:
    """Each mail of an open file; those of an mbox are named by the file and their number in it."""
    first = file.readline(_LINE)
    if not first.startswith(b"From "):
        yield Mail(name, first + file.read(max(0, MOST - len(first))))
        return
    for number, content in enumerate(_split(file, first), 1):
        yield Mail(name if number == 1 else f"{name}#{number}", content)


def _split(file: BinaryIO, first: bytes) -> Iterator[bytes]:
    lines, size, was_blank = [first], len(first), False
    while line := file.readline(_LINE):
        if was_blank and _BEGINS.match(line):
            yield b"".join(lines)
            lines, size = [], 0
        if size < MOST:
            lines.append(line)
            size += len(line)
        was_blank = line.strip() == b""
    yield b"".join(lines)


def _in_maildir(folder: Path) -> Iterator[Mail]:
    rooms: list[list[Path]] = []
    for name in ("new", "cur"):
        with suppress(FileNotFoundError, NotADirectoryError):
            rooms.append(list((folder / name).iterdir()))
    if not rooms:
        raise MailboxError(str(folder), "is not a Maildir: it has no folders new and cur", hint=_HINT)
    failed: dict[Path, OSError] = {}
    for path in sorted((path for room in rooms for path in room if path.is_file()), key=lambda path: path.name):
        try:
            with path.open("rb") as file:
                content = file.read(MOST)
        except FileNotFoundError:  # another program moved it meanwhile: the next look finds it there
            continue
        except OSError as error:
            failed[path] = error
            continue
        yield Mail(str(path), content)
    if failed:
        raise unreadable(str(folder), failed)
