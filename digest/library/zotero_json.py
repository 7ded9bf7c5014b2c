"""Zotero's own JSON: the items of its Web API (and of the same API on the reader's own machine), and Better BibTeX JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model import Dropped
from .fields import mapping, rows, text, texts
from .records import Record

_PARTS = ("attachment", "note", "annotation")
"""Items that belong to another one and are no paper."""
Collections = Mapping[str, tuple[str, ...]]
"""The key of a collection, or of an item in it → the names it goes by: its own, and those of the collections around it."""


def is_item(value: object) -> bool:
    """Whether it is an item as the Web API or Better BibTeX gives it, or a collection of the Web API."""
    item = mapping(value)
    data = mapping(item.get("data"))
    return "itemType" in item or "itemType" in data or _is_collection(item)


def collections_of(values: object) -> Collections:
    """The names of collections by key, from what the API gives for /collections, or from a row in which they stand among items."""
    found = [{"key": row.get("key"), **mapping(row.get("data"))} for row in rows(values) if _is_collection(row)]
    return _named({text(c.get("key")): (text(c.get("name")), text(c.get("parentCollection"))) for c in found})


def read(items: list[object], collections: Collections) -> Iterator[Record | Dropped]:
    """The items of the Web API in their order; a collection that is not among `collections` goes by its key."""
    for place, item in enumerate(items, 1):
        if not is_item(item):
            yield Dropped(f"item {place}", "it is no item of Zotero")
        elif not _is_collection(mapping(item)):
            row = mapping(item)
            data = {"key": row.get("key"), **(mapping(row.get("data")) or row)}
            names = tuple(name for key in texts(data.get("collections")) for name in collections.get(key, (key,)))
            yield from _found(data, text(data.get("key")), names)


def read_better(export: Mapping[str, object]) -> Iterator[Record | Dropped]:
    """The items of a Better BibTeX JSON export, in which each collection names its items."""
    within = _within(export.get("collections"))
    items = export.get("items")
    for place, item in enumerate(items if isinstance(items, list) else (), 1):
        data = mapping(item)
        if "itemType" not in data:
            yield Dropped(f"item {place}", "it is no item of Zotero")
            continue
        keys = [text(data.get(name)) for name in ("itemKey", "key", "citationKey", "citekey", "itemID")]
        names = tuple(name for key in keys if key for name in within.get(key, ()))
        yield from _found(data, next(filter(None, keys), ""), names)


def _found(data: Mapping[str, object], entry: str, collections: tuple[str, ...]) -> Iterator[Record | Dropped]:
    kind = text(data.get("itemType"))
    if kind in _PARTS:
        # A note or a file within an entry is not missed; one that stands alone may be somebody's only trace of a paper.
        if not data.get("parentItem") and kind == "attachment":
            yield Dropped(entry, f"a file without an entry: {text(data.get('title'))!r}")
    elif data.get("deleted"):
        yield Dropped(entry, "it is in Zotero's bin")
    else:
        yield _record(data, entry, collections)


def _record(data: Mapping[str, object], entry: str, collections: tuple[str, ...]) -> Record:
    people = [p for p in rows(data.get("creators")) if text(p.get("creatorType")) in ("author", "")]
    extra = text(data.get("extra"))
    return Record(
        entry=entry,
        kind=text(data.get("itemType")),
        title=text(data.get("title")),
        abstract=text(data.get("abstractNote")),
        people=tuple(text(p.get("name")) or f"{text(p.get('firstName'))} {text(p.get('lastName'))}" for p in people),
        arxiv=texts(data.get("archiveID")),
        dois=texts(data.get("DOI")),
        urls=texts(data.get("url")),
        remarks=(extra, *(text(data.get(name)) for name in ("archiveID", "publicationTitle", "reportNumber", "archiveLocation", "number"))),
        years=texts(data.get("date")),
        added=texts(data.get("dateAdded")),
        collections=collections,
    )


def _is_collection(item: Mapping[str, object]) -> bool:
    data = mapping(item.get("data"))
    return "name" in data and "parentCollection" in data


def _within(collections: object) -> Collections:
    """By item: the names of the collections it is in."""
    given = [(text(c.get("key")) or str(place), c) for place, c in enumerate(rows(collections))]
    names = _named({key: (text(c.get("name")), text(c.get("parent"))) for key, c in given})
    found: dict[str, dict[str, None]] = {}
    for key, collection in given:
        for item in texts(collection.get("items")):
            found.setdefault(item, {}).update(dict.fromkeys(names[key]))
    return {item: tuple(called) for item, called in found.items()}


def _named(parents: Mapping[str, tuple[str, str]]) -> Collections:
    """Each collection's names: its own first, then those around it; who asks for "Thesis" means its chapters too."""

    def names(key: str) -> tuple[str, ...]:
        found: dict[str, str] = {}
        # Sixteen deep, and no key twice: a file may say that two collections lie in each other.
        while key in parents and key not in found and len(found) < 16:
            found[key], key = parents[key]
        return tuple(name for name in found.values() if name)

    return {key: names(key) for key in parents}
