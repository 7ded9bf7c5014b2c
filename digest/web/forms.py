"""Parse a submitted form: urlencoded, or multipart with a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

MOST_FIELDS = 4_000
"""More than any form of ours has, of which an interest has five; a form with more is cut there."""
_BOUNDARY = re.compile(r"""multipart/form-data\s*;.*?\bboundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
_PARAMETER = re.compile(r"""\b(filename|name)="([^"\r\n]*)\"""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file: its name at the sender, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Fields in order, possibly several with one name, and files by field name; an empty file is left out."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Upload], ...] = ()

    def text(self, name: str) -> str:
        """The first value with that name, with lines ended by "\\n"; "" if there is none."""
        return next((value for field, value in self.fields if field == name), "")

    def has(self, name: str) -> bool:
        """Whether there is a field with that name; a checkbox has one only if it is ticked."""
        return any(field == name for field, _ in self.fields)

    def file(self, name: str) -> Upload | None:
        """The file uploaded in that field."""
        return next((upload for field, upload in self.files if field == name), None)


def read_form(content: bytes, kind: str) -> Form:
    """The form in a request of that Content-Type; empty if it is not a form or cannot be parsed."""
    found = _BOUNDARY.match(kind.strip())
    if found:
        return _multipart(content, b"--" + (found[1] or found[2]).encode("latin-1", "replace"))
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return Form()
    # Its own limit raises instead of cutting.
    pieces = b"&".join(content.split(b"&", MOST_FIELDS)[:MOST_FIELDS]).decode("ascii", "replace")
    pairs = parse_qsl(pieces, keep_blank_values=True, errors="replace")
    return Form(tuple((name, _lines(value)) for name, value in pairs))


def _multipart(content: bytes, mark: bytes) -> Form:
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, Upload]] = []
    for names, body in _parts(content, mark):
        if "filename" not in names:
            fields.append((names["name"], _lines(body.decode("utf-8", "replace"))))
        elif body.strip():
            files.append((names["name"], Upload(names["filename"], body)))
    return Form(tuple(fields), tuple(files))


def _parts(content: bytes, mark: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Each part with a name: the parameters of its Content-Disposition, and its content (RFC 7578 §4.2)."""
    for piece in (b"\r\n" + content).split(b"\r\n" + mark, MOST_FIELDS)[1:MOST_FIELDS]:
        if piece.startswith(b"--"):
            return
        head, gap, body = piece.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        said = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
        names = {key.lower(): value for key, value in _PARAMETER.findall(said)}
        if gap and "name" in names:
            yield names, body


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
