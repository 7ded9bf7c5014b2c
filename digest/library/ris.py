"""RIS: each line has two letters, two spaces, a hyphen and a value; an entry runs from TY to ER.

Parsed here, because rispy joins two entries if an ER is missing, and loses the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .people import spoken
from .records import Record

_LINE = re.compile(r"[ \t]*([A-Z][A-Z0-9])[ \t]{1,2}-(?:[ \t](.*))?[ \t]*")
BEGINS = re.compile(r"^[ \t]*TY[ \t]{1,2}-[ \t]*\w", re.MULTILINE)
_TITLES = ("TI", "T1", "BT", "CT", "ST")


def read(text: str) -> Iterator[Record]:
    """The entries in order. One without ER ends where the next begins; text between entries is ignored."""
    entry: list[tuple[str, list[str]]] = []
    for row in text.split("\n"):
        found = _LINE.fullmatch(row)
        if found is None:
            if entry and row.strip():
                entry[-1][1].append(row.strip())  # a long value goes on
        elif found[1] in ("TY", "ER"):
            if entry:
                yield _record(entry)
            entry = [("TY", [found[2] or ""])] if found[1] == "TY" else []
        elif entry:
            entry.append((found[1], [found[2] or ""]))
    if entry:
        yield _record(entry)


def _record(entry: list[tuple[str, list[str]]]) -> Record:
    fields: dict[str, list[str]] = {}
    for tag, rows in entry:
        if value := " ".join(rows).strip():
            fields.setdefault(tag, []).append(value)

    def every(*tags: str) -> tuple[str, ...]:
        return tuple(value for tag in tags for value in fields.get(tag, ()))

    return Record(
        entry=next(iter(every("ID")), ""),
        kind=next(iter(every("TY")), ""),
        title=next(iter(every(*_TITLES)), ""),
        abstract=next(iter(every("AB", "N2")), ""),
        people=tuple(spoken(name) for name in every("AU", "A1")),
        dois=every("DO", "DI"),
        urls=every("UR", "LK", "L2", "L1"),
        remarks=every("AN", "N1", "M1", "M3", "JO", "JF", "JA", "T2", "PB", "C1", "SP"),
        years=every("PY", "Y1", "DA"),
    )
