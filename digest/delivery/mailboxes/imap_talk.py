"""imaplib's protocol with limits: by itself it stores whatever it is sent, for as long as that goes on."""

from __future__ import annotations

import imaplib
from collections.abc import Callable
from typing import Any

_LONGEST_LITERAL = 1 << 20
_LONGEST_ANSWER = 16 << 20  # two hundred headers, or the numbers of a hundred thousand mails, are a tenth of it


class Watched(imaplib.IMAP4):
    """An IMAP connection that passes itself to `opened` before anything can hang, and limits the size of literals and answers."""

    def __init__(self, opened: Callable[[imaplib.IMAP4], None], **options: Any) -> None:  # those of the class behind this one
        self._has_opened, self._left = opened, _LONGEST_ANSWER
        super().__init__(**options)

    def open(self, *place: Any, **options: Any) -> None:
        super().open(*place, **options)
        self._has_opened(self)

    def send(self, data: Any) -> None:
        self._left = _LONGEST_ANSWER
        super().send(data)

    def read(self, size: int) -> bytes:
        if size > _LONGEST_LITERAL:
            raise self.abort(f"the server sends {size} bytes at once")
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        return self._counted(super().readline())

    def _counted(self, octets: bytes) -> bytes:
        # imaplib keeps all that is said before the answer has ended.
        self._left -= len(octets)
        if self._left < 0:
            raise self.abort(f"the server's answer is longer than {_LONGEST_ANSWER} bytes")
        return octets


class Encrypted(Watched, imaplib.IMAP4_SSL):
    """The same, with TLS from the first byte."""
