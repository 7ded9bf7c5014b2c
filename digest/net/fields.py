"""Values of JSON from outside, of whatever type they are: a text where a text is meant, a row where a row is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import SourceTooLarge

MOST_VALUES = 1_000_000
"""Commas and opening brackets of one document, those in its texts among them; 32 vectors of 16,384 numbers have half as many.

Measured: 32 MB of `{},` take 870 MB and six seconds to read.
"""


def bounded(data: bytes, subject: str) -> bytes:
    """The JSON as it is, to be read. Raises SourceTooLarge where it has more values than any answer has."""
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise SourceTooLarge(subject, f"has more than {MOST_VALUES:,} values", hint="no answer looks like this: correct the address")
    return data


def text(value: object) -> str:
    """A text, a number as text, the first text of a row (Crossref's titles); "" for everything else."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The texts of a row; a text alone is a row of one."""
    row = value if isinstance(value, list) else [value]
    return tuple(found for found in map(text, row) if found)


def rows(value: object) -> Iterator[Mapping[str, object]]:
    """The objects of a row, or the values of an object of objects; everything else is passed over."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def mapping(value: object) -> Mapping[str, object]:
    """The object, an empty one for everything else."""
    return value if isinstance(value, dict) else {}
