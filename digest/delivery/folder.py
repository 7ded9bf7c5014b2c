"""Transports that need no server: one writes letters as files into a folder, one discards them."""

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

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
_HINT = "check [delivery] folder and who may write to it"


class ImmediateTransport:
    """A transport that accepts every letter and stores it at once; subclasses say how in `send`."""

    has_heard = True

    def __init__(self) -> None:
        self._offered: Letter | None = None

    def stop_when(self, is_stopped: Callable[[], bool]) -> None:
        """Do nothing: this transport never waits."""

    def ready(self) -> None:
        """Do nothing: there is no connection."""

    def offer(self, letter: Letter) -> Reply | None:
        """Accept the letter, as always."""
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
        """Do nothing: an offered letter is not stored yet."""

    def close(self) -> None:
        """Do nothing: there is no connection."""


class FolderTransport(ImmediateTransport):
    """Writes each letter as a file (mode 0600) into a folder, which is created (0700) if missing; `name` gives the file's name.

    The default name is `<reader>-<message id>.eml`. A file appears whole or not at all; the same letter again replaces its file.
    """

    def __init__(self, path: Path, name: Callable[[Letter], str] | None = None) -> None:
        super().__init__()
        self._path = Path(path)
        self._name = name or _name

    def send(self, letter: Letter) -> Reply:
        """Store the letter. Raises TransportUnreachable if the folder cannot be written."""
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


class NullTransport(ImmediateTransport):
    """Accepts every letter and discards it."""

    def send(self, letter: Letter) -> Reply:
        return Reply(250, "2.0.0 taken, not sent")


def _name(letter: Letter) -> str:
    """A readable file name that sorts by reader; no address or id can make it point outside the folder or hide the file."""
    identity = letter.message_id.strip("<>").rpartition("@")[0] or letter.message_id
    plain = f"{_safe(letter.to.replace('@', '_at_'))}-{_safe(identity)}"
    if len(plain) > 200:  # file systems stop at 255 octets
        plain = f"{plain[:160]}-{hashlib.sha256(f'{letter.to} {letter.message_id}'.encode()).hexdigest()[:16]}"
    return f"{plain}.eml"


def _safe(text: str) -> str:
    return _UNSAFE.sub("_", text).lstrip(".-") or "_"


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
