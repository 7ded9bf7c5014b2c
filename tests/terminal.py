"""A command at a real terminal (a pseudo-terminal): what a person would see, answered when it is asked."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .forge import Forge, Orders


class Terminal:
    """`with Terminal(forge, ["init"], folder, environment) as terminal: terminal.answer("Your address", "ana@example.org")`."""

    def __init__(self, forge: Forge, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float = 60) -> None:
        self.shown = ""
        self._read = 0
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        self._command = forge.start(
            folder,
            *arguments,
            orders=Orders(terminal=True),
            environment={**environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def answer(self, question: str, text: str, end: str = "\n") -> None:
        """Wait until the question is shown after the last one answered, then type the text and Enter (or another key)."""
        while (found := self.shown.find(question, self._read)) < 0 or not self.shown[found:].endswith(": "):
            assert self._hear(), f"never asked {question!r}:\n{self.shown}"
        self._read = len(self.shown)
        os.write(self._ours, f"{text}{end}".encode())

    def leave(self, question: str) -> int:
        """Press Ctrl-C at that question, and again each second until the command ends; gives its exit status.

        Python shows a question before it waits for the answer: Ctrl-C between the two is noticed at the next key only.
        """
        self.answer(question, "", end="\x03")
        self._deadline = time.monotonic() + self._seconds  # on a busy machine the start may have taken most of it
        while time.monotonic() < self._deadline:
            if not select.select([self._ours], [], [], 1.0)[0]:
                os.write(self._ours, b"\x03")
            elif not self._hear():
                break
        return self._command.ended(10).status

    def finish(self) -> int:
        """Wait until the command ends; gives its exit status."""
        while self._hear():
            pass
        return self._command.ended(10).status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._command.kill()
        self._command.ended(10)
        os.close(self._ours)

    def _hear(self) -> bool:
        """Take in what is shown next; False at the end."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, self._deadline - time.monotonic()))
        assert ready, f"nothing more was shown:\n{self.shown}"
        try:
            chunk = os.read(self._ours, 65536)
        except OSError:  # Linux says EIO where the other end is closed
            return False
        self.shown += chunk.decode(errors="replace").replace("\r\n", "\n")
        return bool(chunk)
