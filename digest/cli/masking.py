"""Mask mail addresses in the output, for logs that others can read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

# Wider than any rule for addresses: a word too many is masked rather than one too few. An apostrophe may stand within (o'brien@…), "=" and
# "|" too. A whole word is taken at once: where each letter could begin an address, a row of dots is read over and over.
_WORD = re.compile(r"[^\s<>()\[\]\",;:│]+")


def without_addresses(text: str) -> str:
    """The text with every mail address as `***`, including file names of letters that contain one."""
    return _WORD.sub(_masked, text) if "@" in text or "_at_" in text else text


def _masked(word: re.Match[str]) -> str:
    after = word[0].lstrip("'=|")
    address = after.rstrip("'|.")
    if "@" in address[1:-1]:
        kept = ""
    elif "_at_" in address and address.endswith(".eml"):  # a letter in a folder is called by its reader: ana_at_example.org-….eml
        kept = address[: address.rfind("/") + 1]
    else:
        return word[0]
    return f"{word[0][: -len(after)]}{kept}***{after[len(address) :]}"


class Masked:
    """A stream that masks addresses line by line, so that one written in two pieces is masked too."""

    masked = staticmethod(without_addresses)

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._pending = stream, ""
        self.buffer = _Bytes(self)  # click and `preview` write past a stream that has one

    def write(self, text: str) -> int:
        *lines, self._pending = (self._pending + text).split("\n")
        self._stream.writelines(without_addresses(line) + "\n" for line in lines)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write out what is held back; the rest of a word is not expected any more."""
        self._stream.write(without_addresses(self._pending))
        self._pending = ""
        self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Bytes:
    """The binary side of such a stream, masked as well."""

    def __init__(self, masked: Masked) -> None:
        self._masked = masked

    def write(self, octets: bytes) -> int:
        self._masked.write(octets.decode(errors="replace"))
        return len(octets)

    def flush(self) -> None:
        self._masked.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._masked, name)
