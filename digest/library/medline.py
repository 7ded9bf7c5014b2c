"""PubMed's own format (.nbib): each line has a tag in four columns, a hyphen and a value; each PMID begins an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .people import spoken
from .records import Record

_LINE = re.compile(r"([A-Z]{2,4}) *- ?(.*)")
BEGINS = re.compile(r"^PMID ?- ?\d{1,9}[ \t]*$", re.MULTILINE)
_GOES_ON = re.compile(r"\n[ \t]+")
_DOI = re.compile(r"(10\.\S+) \[doi\]")


def read(text: str) -> Iterator[Record]:
    """The entries in order; a line that begins with spaces continues the value before it."""
    starts = [found.start() for found in BEGINS.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield _record(text[start:end])


def _record(entry: str) -> Record:
    fields: dict[str, list[str]] = {}
    for row in _GOES_ON.sub(" ", entry).split("\n"):
        if found := _LINE.fullmatch(row):
            fields.setdefault(found[1], []).append(found[2].strip())

    def every(*tags: str) -> tuple[str, ...]:
        return tuple(value for tag in tags for value in fields.get(tag, ()))

    return Record(
        entry=next(iter(every("PMID")), ""),
        title=next(iter(every("TI", "BTI")), "").removesuffix("."),
        abstract=next(iter(every("AB")), ""),
        people=(*map(spoken, every("FAU") or every("AU")), *every("CN")),
        dois=tuple(found[1] for value in every("LID", "AID") if (found := _DOI.fullmatch(value))),
        years=every("DP"),
    )
