"""Erasing a person: from the catalog, and what we wrote or were sent of them in folders that are ours to clear."""

from __future__ import annotations

import email
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

from ..catalog import Erased
from ..delivery.inbox import BEGINNING, read_command
from ..errors import MailboxError, TokenError, why
from ..tokens import Purpose, read_token
from .parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What is gone from the catalog, and how many letters and mailed commands are gone from folders."""

    erased: Erased
    letters: int = 0
    mails: int = 0


def forget(parts: Parts, address: str, now: datetime, origin: str = "digest subscribers forget") -> Forgotten:
    """Erase all of an address but its hash on the suppression list; `origin` is how it was asked for.

    Of the folder that letters are written into those to the address go, of a Maildir the mails that hold a command with a token of theirs.
    Other mails are correspondence, which is not ours to judge. Raises MailboxError, before anything is erased from the catalog, where
    one of these folders cannot be read.
    """
    own = parts.catalog.rights.subscription_ids(address)
    mails = sum(_removed(path) for path in _files(parts.maildir, ("new", "cur")) if _is_command_of(parts, path, own))
    written = sum(_removed(path) for path in _files(parts.letters, ("",)) if path.suffix == ".eml" and _is_to(path, address))
    return Forgotten(erased=parts.catalog.rights.forget(address, now, origin), letters=written, mails=mails)


def _files(folder: Path | None, rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in rooms if folder is not None else ():
        assert folder is not None, "asked just now"
        try:
            yield from sorted((folder / room).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            hint = "let this user read and write it; then try again"
            raise MailboxError(str(folder), f"cannot be read: {why(error)}", hint=hint) from error


def _is_command_of(parts: Parts, path: Path, own: frozenset[int]) -> bool:
    command = read_command(_content(path))
    for purpose in (Purpose.LETTER, Purpose.JOIN) if command is not None and own else ():
        assert command is not None, "asked just now"
        with suppress(TokenError):
            return read_token(command.token, purpose, parts.secrets).subscription in own
    return False


def _is_to(path: Path, address: str) -> bool:
    with suppress(ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError):
        head = _content(path).partition(b"\r\n\r\n")[0]
        named = parseaddr(str(email.message_from_bytes(head, policy=default)["To"] or ""))[1]
        return named.casefold() == address.casefold()
    return False


def _content(path: Path) -> bytes:
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(BEGINNING)
    except OSError:
        pass
    return b""


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
