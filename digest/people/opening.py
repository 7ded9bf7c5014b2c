"""Open a file of people as records: CSV, JSON lines, or the JSON of listmonk's API; the format is detected from the content.

A file of lines is never held in memory as a whole: an export of a hundred thousand readers has 75 MB, and takes ten times that as records.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain, zip_longest
from typing import Any, BinaryIO, TextIO

from ..errors import UsageError, cure, why
from .persons import Entry, LeftOut, clean
from .rows import COLUMNS

_STRANGERS = {
    b"PK\x03\x04": "a workbook or another packed file, not a text",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook, not a text",
    b"%PDF": "a PDF, not a text",
}
_ADDRESSES = ("e-mail", "mail", "email_address", "e-mail_address", "mail_address", "e-mail-adresse", "email-adresse", "mailadresse")
"""What spreadsheets and mail programs call the column that we call `email`."""


class Kind(StrEnum):
    """The program that a file comes from."""

    PLAIN = "plain"
    """Anybody's: columns by their names."""
    LISTMONK = "listmonk"
    """Its API or its database, with lists and what each person said to them."""
    LISTMONK_EXPORT = "listmonk CSV export"
    """Its CSV export, which lacks lists and leavers."""
    DIGEST = "digest"
    """An export of ours."""


@dataclass(frozen=True, slots=True)
class _Total:
    """The number of people that an API answer states."""

    count: int


_Records = Iterator[Entry | LeftOut | _Total]
_END = "\0"
"""A line behind a CSV's last, and a character that no other has: where it does not stand alone, a quotation mark is still open."""
_TOLD_BY = 100
"""Records from the beginning that tell whose file it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file of people: its kind, its number of records, and notes about it for the operator."""

    kind: Kind
    count: int
    """Its records, those that cannot be read too."""
    notes: tuple[str, ...] = ()
    is_table: bool = False
    """Whether it is a CSV, whose cells may be quoted against spreadsheets."""
    read: Callable[[], _Records]

    def records(self) -> Iterator[Entry | LeftOut]:
        """The records, and those that cannot be read, in file order; each call starts from the beginning."""
        return (one for one in self.read() if not isinstance(one, _Total))


def opened(file: BinaryIO, name: str) -> Opened:
    """Open a file that can be read repeatedly. Raises UsageError if it has no records, or no column of addresses."""
    with _readable(name):
        encoding, notes = _encoding(file, name)
        with _text(file, encoding) as text:
            head = next((line for line in text if line.strip()), "").lstrip()
    if not head:
        raise UsageError(name, "is empty", hint="name a file with a line of column names, or JSON lines")
    is_table = head[0] not in "{["
    read = partial(_records, partial(_csv if is_table else _json, file, encoding, head), name)
    first: list[Entry] = []
    bad: list[LeftOut] = []
    seen = count = total = 0
    has_addresses = False
    for one in read():
        if isinstance(one, _Total):
            total = max(total, one.count)
            continue
        count += 1
        if isinstance(one, Entry):
            seen += 1
            has_addresses = has_addresses or not one.fields.keys().isdisjoint(("email", "address", "digest"))
            first += [one] if seen <= _TOLD_BY else []
        elif not bad:
            bad.append(one)
    if bad and not first:
        said = f"holds nothing that can be read: {bad[0].place} {bad[0].reason}"
        raise UsageError(name, said, hint="correct it, or save the file again")
    if not has_addresses:
        raise _without_addresses(name, first, is_table=is_table)
    kind = _kind(first)
    told = (*notes, *_missing(total, seen), *(_unread(first) if kind is Kind.PLAIN else ()))
    return Opened(kind=kind, count=count, notes=told, is_table=is_table, read=read)


def _unread(entries: list[Entry]) -> Iterator[str]:
    """Notes about unused columns: one of ours may be there under another name."""
    called = (name for entry in entries for name in entry.fields if name not in COLUMNS and not name.startswith("column "))
    names = dict.fromkeys(clean(name, 40) for name in called)
    if known := [name for name in names if name]:
        names_shown = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
        yield f"not read, as no column is called so here: {names_shown} (docs/readers.md names those that are)"


def _without_addresses(name: str, entries: list[Entry], *, is_table: bool) -> UsageError:
    """The error for a file without an address column: it lists the columns, as far as they are recognisable."""
    hint = "a CSV begins with a line of column names, one of them email; in JSON each person is an object with an email"
    names = [clean(each, 40) for each in (entries[0].fields if entries else ())]
    if not names or not all(each.isprintable() and each for each in names):
        return UsageError(name, "names no mail addresses", hint=hint)
    what = "its columns are" if is_table else "its first object has"
    return UsageError(name, f"names no mail addresses; {what} {', '.join(names[:8])}", hint="call the one with the addresses email")


def _encoding(file: BinaryIO, name: str) -> tuple[str, tuple[str, ...]]:
    """The text's encoding, and a note about it if needed. Raises UsageError for a file that is not text."""
    start = file.read(max(map(len, _STRANGERS)))
    if strange := next((what for begins, what in _STRANGERS.items() if start.startswith(begins)), None):
        raise UsageError(name, f"is {strange}", hint="save the sheet as CSV (File, Save as …, CSV UTF-8) and name that file")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", ()
    try:
        with _text(file, "utf-8-sig", errors="strict") as text:
            while text.read(1 << 16):
                pass
    except UnicodeDecodeError:
        return "cp1252", ("the file is not UTF-8; it was read as Windows-1252, so look at names with accents",)
    return "utf-8-sig", ()


def _records(read: Callable[[], _Records], name: str) -> _Records:
    with _readable(name):
        yield from read()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn a disk error while reading into a UsageError."""
    try:
        yield
    except OSError as error:
        raise UsageError(name, f"cannot be read: {why(error)}", hint=cure(error) or "save the file again") from error


@contextmanager
def _text(file: BinaryIO, encoding: str, newline: str = "\n", errors: str = "replace") -> Iterator[TextIO]:
    """The text of the file from its beginning; the file stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors, newline)
    try:
        yield text
    finally:
        text.detach()


def _kind(entries: list[Entry]) -> Kind:
    first = entries[0].fields
    if "digest" in first:
        return Kind.DIGEST
    knows_lists = any("subscription_status" in entry.fields or _has_lists(entry.fields) for entry in entries)
    if knows_lists:
        return Kind.LISTMONK
    return Kind.LISTMONK_EXPORT if {"uuid", "status"} <= first.keys() and {"attributes", "attribs"} & first.keys() else Kind.PLAIN


def _has_lists(fields: Mapping[str, Any]) -> bool:
    lists = fields.get("lists")
    return isinstance(lists, list) and all(isinstance(one, dict) for one in lists) and ("uuid" in fields or bool(lists))


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(file: BinaryIO, encoding: str, head: str) -> _Records:
    delimiter = max(",;\t", key=head.count)
    with _text(file, encoding, newline="") as text:
        lines = (line.replace("\0", "") for line in text)
        yield from _rows(csv.reader(chain(lines, (_END,)), delimiter=delimiter), delimiter)


def _rows(reader: Any, delimiter: str) -> Iterator[Entry | LeftOut]:
    names: list[str] = []
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield LeftOut(place, "", f"cannot be read: {error}")
            continue
        if row == [_END] or not any(cell.strip() for cell in row):
            continue
        if row[-1].endswith(_END):
            yield LeftOut(place, row[0][:60], "opens a quotation mark that nothing closes: all that follows is missing")
            continue
        if not names and any("@" in cell for cell in row):
            names = ["email" if "@" in cell else f"column {number}" for number, cell in enumerate(row, 1)]
            yield Entry(place, dict(zip(names, row, strict=True)))
        elif not names:
            names = _known_names([cell.strip().lower().replace(" ", "_") for cell in row])
        elif len(row) > len(names):
            reason = f"has {len(row)} cells under {len(names)} column names; quote those with a {delimiter!r}"
            yield LeftOut(place, row[0][:60], reason)
        else:
            # A row that ends early has empty cells there, not no such columns.
            cells = dict(zip_longest(names, row, fillvalue=""))
            yield Entry(place, _with_json(cells))


def _known_names(names: list[str]) -> list[str]:
    """The columns under our names; if none is `email`, the first that other programs would call so is."""
    if {"email", "address", "digest"} & set(names):
        return names
    first = next((place for place, name in enumerate(names) if name in _ADDRESSES), None)
    return [("email" if place == first else name) for place, name in enumerate(names)]


def _with_json(cells: dict[str, Any]) -> dict[str, Any]:
    """The cells, with the database's lists, which are JSON in a cell, parsed."""
    lists = cells.get("lists", "")
    if lists.lstrip().startswith("[{") or (lists.strip() == "[]" and "uuid" in cells):
        try:
            return {**cells, "lists": json.loads(lists)}
        except (ValueError, RecursionError):
            return cells
    return cells


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(file: BinaryIO, encoding: str, head: str) -> _Records:
    """JSON lines if the first line is a complete value, else values one after another, as in saved API answers."""
    number = 0
    with _text(file, encoding) as text:
        for place, value in _lines(text) if _is_json(head) else values(text.read()):
            if isinstance(value, Exception):
                yield LeftOut(place, "", f"is not JSON: {value}")
                continue
            yield _Total(_total(value))
            for one in _people(value):
                number += 1
                where = place if value is one else f"entry {number}"
                if isinstance(one, dict):
                    keys = _known_names([str(key).strip().lower() for key in one])
                    yield Entry(where, dict(zip(keys, one.values(), strict=True)))
                else:
                    yield LeftOut(where, "", "is not an object")


def _missing(total: int, seen: int) -> Iterator[str]:
    """The note about a file that holds only one page of an answer."""
    if total > seen:
        yield f"listmonk has {total} subscribers and the file {seen}: ask for the other pages too (per_page=all)"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text, 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                yield f"line {number}", error


def values(text: str) -> Iterator[tuple[str, Any]]:
    """Consecutive JSON values, each with its place; an unreadable one ends them, as an error."""
    decoder = json.JSONDecoder()
    position = counted = 0
    line = 1
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position >= len(text):
            return
        line += text.count("\n", counted, position)  # from the beginning each time, it would take the square of the time
        counted = position
        place = f"line {line}"
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield place, error
            return
        yield place, value


def _people(value: Any) -> list[Any]:
    """The people in an API answer or a list, or the single one that a value is."""
    if isinstance(value, dict) and "data" in value and "email" not in value:
        return _people(value["data"])
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        return list(value["results"])
    return value if isinstance(value, list) else [value]


def _total(value: Any) -> int:
    data = value.get("data", value) if isinstance(value, dict) else {}
    total = data.get("total") if isinstance(data, dict) and "results" in data else 0
    return total if isinstance(total, int) else 0
