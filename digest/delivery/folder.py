"""Transports that need no server: letters as files in a folder, or nowhere at all."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from ..errors import TransportUnreachable, cure, why
from ..model import Letter
from .verdicts import Reply

_UNFIT = re.compile(r"[^A-Za-z0-9._+-]+")
_HINT = "check [delivery] folder and who may write to it"


class AtOnce:
    """A transport that takes every letter, and stores it when it is handed over."""

    has_heard = True

    def __init__(self) -> None:
        self._offered: Letter | None = None

    def heed(self, is_stopped: Callable[[], bool]) -> None:
        """Nothing is waited for."""

    def ready(self) -> None:
        """Nothing is opened beforehand."""

    def offer(self, letter: Letter) -> Reply | None:
        """Take note of the letter, which is always welcome."""
        self._offered = letter
        return None

    def hand_over(self, following: Letter | None = None) -> Reply:
        """Store the letter offered last. Raises what `send` raises."""
        assert self._offered is not None, "a letter is offered before it is handed over"
        return self.send(self._offered)

    def send(self, letter: Letter) -> Reply:
        """Store the letter."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Nothing was stored."""

    def close(self) -> None:
        """Nothing is held open."""


class FolderTransport(AtOnce):
    """Writes each letter as a file (0600) into a folder, made 0700 where it is missing; `name` says how it is called.

    By default that is `<reader>-<message id>.eml`. A file appears whole or not at all; the same letter again replaces its file.
    """

    def __init__(self, path: Path, name: Callable[[Letter], str] | None = None) -> None:
        super().__init__()
        self._path = Path(path)
        self._name = name or _name

    def send(self, letter: Letter) -> Reply:
        """Store the letter. Raises TransportUnreachable where the folder cannot be written."""
        target = self._path / self._name(letter)
        unfinished = self._path / f".{secrets.token_hex(8)}.tmp"
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                _write(unfinished, letter.content)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            message = f"cannot write letters there: {why(error)}"
            raise TransportUnreachable(str(self._path), message, hint=cure(error) or _HINT) from error
        return Reply(250, f"2.0.0 written to {target.name}")


class NullTransport(AtOnce):
    """Takes every letter and forgets it."""

    def send(self, letter: Letter) -> Reply:
        return Reply(250, "2.0.0 taken, not sent")


def _name(letter: Letter) -> str:
    """A file name to read and to sort by reader; no address or id can make it leave the folder or be hidden in it."""
    identity = letter.message_id.strip("<>").rpartition("@")[0] or letter.message_id
    plain = f"{_fit(letter.to.replace('@', '_at_'))}-{_fit(identity)}"
    if len(plain) > 200:  # file systems stop at 255 octets
        plain = f"{plain[:160]}-{hashlib.sha256(f'{letter.to} {letter.message_id}'.encode()).hexdigest()[:16]}"
    return f"{plain}.eml"


def _fit(text: str) -> str:
    return _UNFIT.sub("_", text).lstrip(".-") or "_"


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
