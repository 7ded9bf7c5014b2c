"""A command at a real terminal (a pseudo-terminal): what a person would see, answered when it is asked."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# The child makes the pseudo-terminal its own, so that a password is asked for on it and not echoed, and hears Ctrl-C, which is ignored
# by what is started in the background.
_CHILD = (
    "import fcntl, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from digest.cli import main; main()"
)


class Terminal:
    """`with Terminal(["init"], folder, environment) as terminal: terminal.answer("Your address", "ana@example.org")`."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float = 60) -> None:
        self.shown = ""
        self._read = 0
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            # Without COLUMNS and LINES (test runners set them) the size is the terminal's own.
            env={k: v for k, v in {**environment, "TERM": "xterm"}.items() if k not in ("COLUMNS", "LINES")},
            start_new_session=True,
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
        return self._process.wait(10)

    def finish(self) -> int:
        """Wait until the command ends; gives its exit status."""
        while self._hear():
            pass
        return self._process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
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
