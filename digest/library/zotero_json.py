"""Zotero's own JSON, in answers and in files: the items of its Web API (on the reader's own machine too), and Better BibTeX JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..model import Dropped
from ..net.fields import mapping, rows, text, texts
from ..net.sanitise import line
from .records import TOLD, Record

_PARTS = ("attachment", "note", "annotation")
"""Items that belong to another one and are no paper."""
_DOCUMENTS = ("pdf", ".epub", "/epub+zip", ".djvu")
"""How the type, the name or the title of a file ends that may be a paper; a picture or the snapshot of a page is none."""
_TITLES = ("title", "caseName", "nameOfAct", "subject")
"""What the title is called in papers, law cases, laws and e-mails."""
_REMARKS = ("extra", "archiveID", "publicationTitle", "reportNumber", "archiveLocation", "number")
"""Where Zotero's translators, new ones and old, write an arXiv id when it is not the whole of a field."""
DEEPEST = 50
"""Collections within each other that are looked at."""
Collections = Mapping[str, tuple[str, ...]]
"""The key of a collection, or of an item in it → the names it goes by: its own, and those of the collections around it."""


def is_item(value: object) -> bool:
    """Whether it is an item of the Web API or of Better BibTeX, or a collection of the Web API."""
    item = mapping(value)
    data = mapping(item.get("data"))
    return "itemType" in item or "itemType" in data or _is_collection(item)


def collections_of(values: object) -> Collections:
    """The names of collections by key, from the API's answer for /collections, or from a list that mixes them with items."""
    found = [{"key": row.get("key"), **mapping(row.get("data"))} for row in rows(values) if _is_collection(row)]
    return _named({text(c.get("key")): (text(c.get("name")), text(c.get("parentCollection"))) for c in found})


def around(key: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a collection and of those around it, innermost first; each once, even if a file says that they contain each other.

    Only in that case, or if they are nested too deep, is the parent of the last one known.
    """
    found: dict[str, None] = {}
    while key in parents and key not in found and len(found) < DEEPEST:
        found[key] = None
        key = parents[key]
    return tuple(found)


def read(items: Iterable[object], collections: Collections) -> Iterator[Record | Dropped]:
    """The Web API's items in order; a collection that is not in `collections` is called by its key."""
    for place, item in enumerate(items, 1):
        row = mapping(item)
        data = mapping(row.get("data")) or row
        entry = text(row.get("key")) or text(data.get("key"))
        if _is_collection(row):
            continue
        if "itemType" not in data:
            yield Dropped(entry or f"item {place}", "it is no item of Zotero")
            continue
        names = tuple(name for key in texts(data.get("collections")) for name in collections.get(key, (key,)))
        yield from _found({**data, "parsedDate": mapping(row.get("meta")).get("parsedDate")}, entry, names)


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
    if text(data.get("itemType")) in _PARTS:
        # Attachments of an entry are not needed; a document without one may be all that somebody has of a paper.
        if not data.get("parentItem") and _is_document(data):
            yield Dropped(entry, f"a file without an entry: {line(data.get('title'), TOLD)!r}")
    elif data.get("deleted"):
        yield Dropped(entry, "it is in Zotero's bin")
    else:
        yield _record(data, entry, collections)


def _is_document(data: Mapping[str, object]) -> bool:
    return any(text(data.get(name)).lower().endswith(_DOCUMENTS) for name in ("contentType", "filename", "title"))


def _record(data: Mapping[str, object], entry: str, collections: tuple[str, ...]) -> Record:
    return Record(
        entry=entry,
        kind=text(data.get("itemType")),
        title=next((title for name in _TITLES if (title := text(data.get(name)))), ""),
        abstract=text(data.get("abstractNote")),
        people=_people(data.get("creators")),
        arxiv=texts(data.get("archiveID")),
        dois=texts(data.get("DOI")),
        urls=texts(data.get("url")),
        remarks=tuple(text(data.get(name)) for name in _REMARKS),
        years=(text(data.get("parsedDate")), text(data.get("date"))),
        added=texts(data.get("dateAdded")),
        collections=collections,
    )


def _people(creators: object) -> tuple[str, ...]:
    """The authors; without any, everybody who made it (editors, inventors, presenters)."""
    makers = tuple(rows(creators))
    authors = tuple(maker for maker in makers if text(maker.get("creatorType")) in ("author", ""))
    return tuple(text(m.get("name")) or _spoken(text(m.get("firstName")), text(m.get("lastName"))) for m in authors or makers)


def _spoken(given: str, family: str) -> str:
    """The name as spoken. Zotero has no field for "Jr.": people write it after the given name and a comma."""
    given, _, suffix = given.partition(",")
    return f"{given} {family} {suffix.strip()}".strip()


def _is_collection(item: Mapping[str, object]) -> bool:
    data = mapping(item.get("data"))
    return "name" in data and "parentCollection" in data


def _within(collections: object) -> Collections:
    """The names of the collections that each item is in."""
    given = [(text(c.get("key")) or str(place), c) for place, c in enumerate(rows(collections))]
    names = _named({key: (text(c.get("name")), text(c.get("parent"))) for key, c in given})
    found: dict[str, dict[str, None]] = {}
    for key, collection in given:
        for item in texts(collection.get("items")):
            found.setdefault(item, {}).update(dict.fromkeys(names[key]))
    return {item: tuple(called) for item, called in found.items()}


def _named(parents: Mapping[str, tuple[str, str]]) -> Collections:
    """Each collection's names: its own first, then those around it, so that asking for "Thesis" includes its chapters."""
    outer = {key: parent for key, (_, parent) in parents.items()}
    return {key: tuple(name for each in around(key, outer) if (name := parents[each][0])) for key in parents}
