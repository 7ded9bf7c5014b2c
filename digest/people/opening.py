"""A file of people as records: CSV, JSON lines, or JSON as listmonk's API answers it; which, is told from what stands in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from ..errors import UsageError
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
    """Whose file it is."""

    PLAIN = "plain"
    """Anybody's: columns by their names."""
    LISTMONK = "listmonk"
    """Its API or its database, with lists and what each person said to them."""
    LISTMONK_EXPORT = "listmonk CSV export"
    """Its CSV export, which lacks lists and leavers."""
    DIGEST = "digest"
    """An export of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The records of a file, those that cannot be read, and what should be said of it."""

    kind: Kind
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    is_table: bool = False
    """Whether it is a CSV, whose cells may be quoted against spreadsheets."""


def opened(data: bytes, name: str) -> Opened:
    """The records in these bytes. Raises UsageError where there are none, or no column of addresses."""
    if strange := next((what for start, what in _STRANGERS.items() if data.startswith(start)), None):
        raise UsageError(name, f"is {strange}", hint="save the sheet as CSV (File, Save as …, CSV UTF-8) and name that file")
    text, notes = _decoded(data)
    if not text.strip():
        raise UsageError(name, "is empty", hint="name a file with a line of column names, or JSON lines")
    is_table = text.lstrip()[:1] not in ("{", "[")
    entries, left_out, told = (*_csv(text), ()) if is_table else _json(text)
    if left_out and not entries:
        first = left_out[0]
        raise UsageError(name, f"holds nothing that can be read: {first.place} {first.reason}", hint="correct it, or save the file again")
    if not any({"email", "address", "digest"} & entry.fields.keys() for entry in entries):
        raise _without_addresses(name, entries, is_table=is_table)
    kind = _kind(entries)
    said = (*notes, *told, *(_unread(entries) if kind is Kind.PLAIN and is_table else ()))
    return Opened(kind=kind, entries=tuple(entries), left_out=tuple(left_out), notes=said, is_table=is_table)


def _unread(entries: list[Entry]) -> Iterator[str]:
    """What is to be said of columns that nothing is taken from: one that is called otherwise here would be missed."""
    names = dict.fromkeys(clean(name, 40) for name in entries[0].fields if name not in COLUMNS and not name.startswith("column "))
    if known := [name for name in names if name]:
        names_shown = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
        yield f"not read, as no column is called so here: {names_shown} (README names those that are)"


def _without_addresses(name: str, entries: list[Entry], *, is_table: bool) -> UsageError:
    """What to say of a file in which no column is one of addresses: which there are, as far as somebody would know them again."""
    hint = "a CSV begins with a line of column names, one of them email; in JSON each person is an object with an email"
    names = [clean(each, 40) for each in (entries[0].fields if entries else ())]
    if not names or not all(each.isprintable() and each for each in names):
        return UsageError(name, "names no mail addresses", hint=hint)
    what = "its columns are" if is_table else "its first object has"
    return UsageError(name, f"names no mail addresses; {what} {', '.join(names[:8])}", hint="call the one with the addresses email")


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), ("the file is not UTF-8; it was read as Windows-1252, so look at names with accents",)


def _kind(entries: list[Entry]) -> Kind:
    first = entries[0].fields
    if "digest" in first:
        return Kind.DIGEST
    knows_lists = any("subscription_status" in entry.fields or _has_lists(entry.fields) for entry in entries[:100])
    if knows_lists:
        return Kind.LISTMONK
    return Kind.LISTMONK_EXPORT if {"uuid", "status"} <= first.keys() and {"attributes", "attribs"} & first.keys() else Kind.PLAIN


def _has_lists(fields: Mapping[str, Any]) -> bool:
    lists = fields.get("lists")
    return isinstance(lists, list) and all(isinstance(one, dict) for one in lists) and ("uuid" in fields or bool(lists))


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(text: str) -> tuple[list[Entry], list[LeftOut]]:
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    names: list[str] = []
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return entries, left_out
        except csv.Error as error:
            left_out.append(LeftOut(place, "", f"cannot be read: {error}"))
            continue
        if not any(cell.strip() for cell in row):
            continue
        if not names and any("@" in cell for cell in row):
            names = ["email" if "@" in cell else f"column {number}" for number, cell in enumerate(row, 1)]
            entries.append(Entry(place, dict(zip(names, row, strict=True))))
        elif not names:
            names = _known_names([cell.strip().lower().replace(" ", "_") for cell in row])
        elif len(row) > len(names):
            reason = f"has {len(row)} cells under {len(names)} column names; quote those with a {delimiter!r}"
            left_out.append(LeftOut(place, row[0][:60], reason))
        else:
            # A row that ends early has empty cells there, not no such columns.
            cells = dict(zip_longest(names, row, fillvalue=""))
            entries.append(Entry(place, _with_json(cells)))


def _known_names(names: list[str]) -> list[str]:
    """Columns by our names for them: where none is `email`, the first that others would call so is."""
    if {"email", "address", "digest"} & set(names):
        return names
    first = next((place for place, name in enumerate(names) if name in _ADDRESSES), None)
    return [("email" if place == first else name) for place, name in enumerate(names)]


def _with_json(cells: dict[str, Any]) -> dict[str, Any]:
    """The database's lists stand in a cell as JSON."""
    lists = cells.get("lists", "")
    if lists.lstrip().startswith("[{") or (lists.strip() == "[]" and "uuid" in cells):
        try:
            return {**cells, "lists": json.loads(lists)}
        except (ValueError, RecursionError):
            return cells
    return cells


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(text: str) -> tuple[list[Entry], list[LeftOut], tuple[str, ...]]:
    """JSON lines where the first line is a value by itself, else values one after another, as saved answers of an API are."""
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    total = 0
    values = _lines(text) if _is_lines(text) else _values(text)
    for place, value in values:
        if isinstance(value, Exception):
            left_out.append(LeftOut(place, "", f"is not JSON: {value}"))
            continue
        total = max(total, _total(value))
        for one in _people(value):
            where = place if value is one else f"entry {len(entries) + len(left_out) + 1}"
            if isinstance(one, dict):
                keys = _known_names([str(key).strip().lower() for key in one])
                fields = dict(zip(keys, one.values(), strict=True))
                entries.append(Entry(where, fields))
            else:
                left_out.append(LeftOut(where, "", "is not an object"))
    seen = len(entries)
    notes = (f"listmonk has {total} subscribers and the file {seen}: ask for the other pages too (per_page=all)",) if total > seen else ()
    return entries, left_out, notes


def _is_lines(text: str) -> bool:
    try:
        json.loads(text.lstrip().partition("\n")[0])
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: str) -> Iterator[tuple[str, Any]]:
    # Not splitlines: a line separator may stand inside of a JSON text.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                yield f"line {number}", error


def _values(text: str) -> Iterator[tuple[str, Any]]:
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
    """The people in an answer of the API, in a list, or the one that a value is."""
    if isinstance(value, dict) and "data" in value and "email" not in value:
        return _people(value["data"])
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        return list(value["results"])
    return value if isinstance(value, list) else [value]


def _total(value: Any) -> int:
    data = value.get("data", value) if isinstance(value, dict) else {}
    total = data.get("total") if isinstance(data, dict) and "results" in data else 0
    return total if isinstance(total, int) else 0
