"""A Maildir on this machine that readers' mails arrive in (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_ISREG
from types import TracebackType
from typing import Self

from ...errors import MailboxError, cure, why
from ...model import Mail, Place
from .inbox import BEGINNING

FIRST_LOOK = timedelta(days=30)


class Maildir:
    """Reads the unread mails and marks those that were carried out as read; the others are left alone.

    Mails that somebody else has opened are read too, if they came after the last look (at the first look: in the month before).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)
        self.place = Place()

    def mails(self, since: Place, now: datetime) -> Iterator[Mail]:
        """These mails, oldest first; a place is the time of the newest, in nanoseconds.

        A time in the future comes from a wrong clock and is not used as a place, since all mails before it would be missed. Raises
        MailboxError if it is not a Maildir, or this user may not read it; after all others, also for mails that cannot be read.
        """
        end = _nanoseconds(now)
        start = since.next if 0 < since.next <= end + 1 else _nanoseconds(now - FIRST_LOOK)
        newest = start - 1
        failed: dict[Path, OSError] = {}
        for path in self._paths():
            try:
                found, is_read = path.stat(), "S" in path.name.partition(":2,")[2]
                came = found.st_mtime_ns
                is_asked = S_ISREG(found.st_mode) and (start <= came <= end or not is_read)
                content = _beginning(path) if is_asked else None
            except FileNotFoundError:  # another program moved it meanwhile
                continue
            except OSError as error:
                failed[path] = error
                continue
            newest = max(newest, came) if came <= end else newest
            if content is not None:
                yield Mail(str(path), content)
        self.place = Place(next=newest + 1)
        if failed:
            raise unreadable(self.name, failed)

    def _paths(self) -> list[Path]:
        try:
            found = [path for room in ("new", "cur") for path in (self._folder / room).iterdir()]
            return sorted(found, key=lambda path: path.name)
        except (FileNotFoundError, NotADirectoryError) as error:
            hint = "correct [inbox] maildir"
            raise MailboxError(self.name, "is not a Maildir: it has no folders new and cur", hint=hint) from error
        except OSError as error:
            hint = cure(error) or "let this user read and write it"
            raise MailboxError(self.name, f"cannot be read: {why(error)}", hint=hint) from error

    def mark_read(self, mail: Mail) -> None:
        """Mark a mail as read. Its bytes stay unchanged: a Maildir's flags are letters in the file's name."""
        path = Path(mail.name)
        name, _, flags = path.name.partition(":2,")
        with suppress(OSError):  # another program moved it meanwhile; carrying it out a second time does no harm
            path.rename(self._folder / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is open."""


def unreadable(folder: str, failed: Mapping[Path, OSError]) -> MailboxError:
    """The error for mails of a folder that cannot be read; they stay where they are."""
    (path, error), *others = failed.items()
    more = f", and {len(others)} more" if others else ""
    return MailboxError(folder, f"{path.name}{more}: cannot be read: {why(error)}", hint=cure(error) or "let this user read it")


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BEGINNING)
