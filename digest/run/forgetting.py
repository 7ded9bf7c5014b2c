"""Erasing a person: from the catalog, and from the folders of letters and mailed commands that are ours to clear."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.policy import default
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote

from ..catalog import Erased
from ..delivery.mailboxes.inbox import BEGINNING, read_command
from ..errors import MailboxError, TokenError, cure, why
from ..tokens import Purpose, read_token
from .parts import Parts

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,80}")
_HINT = "let this user read and write it; then try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased from the catalog, and how many letters and mailed commands were removed from folders."""

    erased: Erased
    letters: int = 0
    mails: int = 0


def forget(parts: Parts, address: str, now: datetime, origin: str = "digest subscribers forget") -> Forgotten:
    """Erase everything about an address except its hash on the suppression list; `origin` says how that was requested.

    Removes the reader's letters from the folder that letters are written to, including those to an earlier address of theirs, and from a
    Maildir the mails with a command that carries one of their tokens. Other mails are correspondence, which is not ours to remove.
    Raises MailboxError, before anything is erased from the catalog, if a folder or a file cannot be read or a file cannot be removed.
    """
    own = parts.catalog.rights.subscription_ids(address)
    # Find everything before removing anything: a waiting mail may be the reader's request to leave, which must not be lost on an error.
    mails = [path for path in _files(parts.maildir, ("new", "cur")) if _is_command_of(parts, path, own)]
    written = [path for path in _files(parts.letters, ("",)) if path.suffix == ".eml" and _is_letter_of(parts, path, address, own)]
    removed = {"letters": sum(map(_removed, written)), "mails": sum(map(_removed, mails))}
    return Forgotten(erased=parts.catalog.rights.forget(address, now, origin), **removed)


def _files(folder: Path | None, rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in rooms if folder is not None else ():
        assert folder is not None, "checked just now"
        try:
            yield from sorted((folder / room).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise MailboxError(str(folder), f"cannot be read: {why(error)}", hint=cure(error) or _HINT) from error


def _is_command_of(parts: Parts, path: Path, own: frozenset[int]) -> bool:
    command = read_command(_content(path))
    return command is not None and any(_is_own(parts, command.token, purpose, own) for purpose in (Purpose.LETTER, Purpose.JOIN))


def _is_letter_of(parts: Parts, path: Path, address: str, own: frozenset[int]) -> bool:
    """Whether a letter went to this address, or belongs to one of its subscriptions, perhaps under an earlier address."""
    with suppress(ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError):
        head = email.message_from_bytes(_content(path).partition(b"\r\n\r\n")[0], policy=default)
        if parseaddr(str(head["To"] or ""))[1].casefold() == address.casefold():
            return True
        return any(_is_own(parts, token, Purpose.LETTER, own) for token in _TOKEN.findall(unquote(str(head["List-Unsubscribe"] or ""))))
    return False


def _is_own(parts: Parts, token: str, purpose: Purpose, own: frozenset[int]) -> bool:
    with suppress(TokenError):
        return read_token(token, purpose, parts.secrets).subscription in own
    return False


def _content(path: Path) -> bytes:
    """The beginning of a file. Raises MailboxError if it cannot be read: whose it is cannot be found out once its owner is erased."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(BEGINNING)
    except FileNotFoundError:  # another program moved it meanwhile
        pass
    except OSError as error:
        raise MailboxError(str(path), f"cannot be read: {why(error)}", hint=cure(error) or _HINT) from error
    return b""


def _removed(path: Path) -> bool:
    """Remove a file; False if it was not there. Raises MailboxError if it stays: nobody may be told then that they are forgotten."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise MailboxError(str(path), f"cannot be removed: {why(error)}", hint=cure(error) or _HINT) from error
    return True
