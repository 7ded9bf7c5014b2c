"""CSL-JSON, which Zotero, Mendeley and Pandoc write for citation processors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model import Dropped
from ..net.fields import mapping, rows, text, texts
from .records import Record


def read(items: list[object]) -> Iterator[Record | Dropped]:
    """The items in their order."""
    for place, item in enumerate(items, 1):
        if isinstance(item, dict):
            yield _record(item)
        else:
            yield Dropped(f"item {place}", "it is no object with fields")


def _record(item: Mapping[str, object]) -> Record:
    return Record(
        entry=text(item.get("id")) or text(item.get("citation-key")),
        kind=text(item.get("type")),
        title=text(item.get("title")),
        abstract=text(item.get("abstract")),
        people=tuple(_name(person) for person in rows(item.get("author") or item.get("editor"))),
        dois=texts(item.get("DOI")),
        urls=texts(item.get("URL")),
        remarks=tuple(text(item.get(name)) for name in ("note", "number", "container-title", "archive_location", "publisher", "genre")),
        years=_years(mapping(item.get("issued"))),
    )


def _name(person: Mapping[str, object]) -> str:
    if literal := text(person.get("literal")):
        return literal
    parts = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return " ".join(filter(None, (text(person.get(part)) for part in parts)))


def _years(issued: Mapping[str, object]) -> tuple[str, ...]:
    parts = issued.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    return (text(first), text(issued.get("raw")), text(issued.get("literal")))
