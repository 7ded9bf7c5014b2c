"""A Maildir on this machine as the mailbox that readers write to (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import MailboxError
from ..model import Mail, Place


class Maildir:
    """Its unread mails, of which those that were carried out become read; the others are left as they are."""

    place = Place()
    """What was read is told by the mails themselves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def mails(self, since: Place, now: datetime) -> Iterator[Mail]:
        """Every unread mail, oldest first. Raises MailboxError where it is no Maildir."""
        rooms = (self._folder / "new", self._folder / "cur")
        if not all(room.is_dir() for room in rooms):
            raise MailboxError(self.name, "is not a Maildir: it has no folders new and cur", hint="correct [inbox] maildir")
        for path in sorted((path for room in rooms for path in room.iterdir()), key=lambda path: path.name):
            if "S" not in path.name.partition(":2,")[2]:
                with suppress(OSError):  # a folder, one that another program moved meanwhile, or one that is not ours to read
                    yield Mail(str(path), path.read_bytes())

    def mark_read(self, mail: Mail) -> None:
        """The mail's bytes stay as they are: in a Maildir a flag is a letter of the name."""
        path = Path(mail.name)
        name, _, flags = path.name.partition(":2,")
        with suppress(OSError):  # another program moved it meanwhile: done twice is done once
            path.rename(self._folder / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is open."""
