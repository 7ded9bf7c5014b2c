"""Libraries for tests: the clock, and files of many entries, sound and broken."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.library import read_library
from digest.model import Changes, Reference

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BROKEN = (
    "@article{{{key},\n  title = {{An open {{brace}},\n  author = {{Bell, Ada}}\n}}\n",
    "@article{{{key},\n  title = {{Never closed,\n  author = {{Bell, Ada}},\n",
    '@article{{{key},\n  title = "A quotation,\n  author = {{Bell, Ada}}\n}}\n',
    "@article{{{key}\n  title = {{No comma}}\n  author = {{Bell, Ada}}\n}}\n",
    "@article{{{key},\n  title {{No equals sign}},\n}}\n",
)
SOUND = (
    "@article{{{key},\n  title = {{On {{F}}oxes and {{\\\"o}}ther beasts, part {key}}},\n  "
    "author = {{G{{\\\"o}}del, Kurt and {{CERN Collaboration}}}},\n  "
    "year = 2020,\n  abstract = {{{abstract}}},\n  doi = {{10.1234/{key}}}\n}}\n"
)  # fmt: skip


def read(text: str, name: str = "refs.bib") -> Changes:
    """What the library of this text holds at noon."""
    return read_library(text.encode(), name, NOON)


def only(text: str, name: str = "refs.bib") -> Reference:
    """The one reference of a text in which nothing is dropped."""
    changes = read(text, name)
    assert changes.dropped == ()
    (reference,) = changes.references
    return reference


def bibliography(entries: int, *, every_broken: int = 0) -> str:
    """A .bib of that many entries, k0 on; of each `every_broken` the last one is broken, in five ways by turns."""
    abstract = "We watched 30 foxes for a year, and found that they sleep. " * 15
    return "\n".join(
        BROKEN[place // every_broken % 5].format(key=f"k{place}")
        if every_broken and place % every_broken == every_broken - 1
        else SOUND.format(key=f"k{place}", abstract=abstract)
        for place in range(entries)
    )
