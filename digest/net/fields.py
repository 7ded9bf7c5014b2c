"""Read values of untrusted JSON, whatever their types: a text where a text is expected, a list where a list is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import SourceTooLarge

MOST_VALUES = 1_000_000
"""Commas and opening brackets of one document, those in its texts among them; 32 vectors of 16,384 numbers have half as many.

Measured: 32 MB of `{},` take 870 MB and six seconds to read.
"""


def bounded(data: bytes, subject: str) -> bytes:
    """The JSON, unchanged and safe to parse. Raises SourceTooLarge if it has more values than any real answer."""
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise SourceTooLarge(subject, f"has more than {MOST_VALUES:,} values", hint="no answer looks like this: correct the address")
    return data


def text(value: object) -> str:
    """A text, a number as text, or the first text of a list (Crossref's titles); "" for anything else."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; a single text counts as a list of one."""
    row = value if isinstance(value, list) else [value]
    return tuple(found for found in map(text, row) if found)


def rows(value: object) -> Iterator[Mapping[str, object]]:
    """The objects of a list, or the object values of an object; anything else is skipped."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def mapping(value: object) -> Mapping[str, object]:
    """The object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}
