"""Export everything: as JSON lines, or as a CSV in which no spreadsheet finds formulas."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .records import FIELDS, NESTED

# What spreadsheets take for a formula (https://owasp.org/www-community/attacks/CSV_Injection), or for one that was quoted already: at the
# beginning of a cell, and behind what one that splits at semicolons or tabs, whatever quotes say, takes for the beginning of another.
_RISKY = re.compile(r"""(?:^|(?<=[;\t\r\n]))([ "]*)('*)(?=[=+\-@\t\r\n])""")
_QUOTED = re.compile(r"""(?:^|(?<=[;\t\r\n]))([ "]*)'('*)(?=[=+\-@\t\r\n])""")


def as_json_lines(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The records, one per line, without unknown values."""
    for record in records:
        yield json.dumps({name: value for name, value in record.items() if value is not None}, ensure_ascii=False) + "\n"


def as_csv(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The records as lines of a CSV (RFC 4180), with a header."""
    yield _line(FIELDS)
    for record in records:
        yield _line([_cell(name, record.get(name)) for name in FIELDS])


def plain(cell: str) -> str:
    """A cell of such a CSV without its protective quote."""
    return _QUOTED.sub(r"\1\2", cell)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if name in NESTED else str(value)
    return _RISKY.sub(r"\1'\2", text)


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
