"""A reader's own library of papers as references: BibTeX, RIS, PubMed's .nbib, CSL-JSON, Zotero's JSON, or a list of names.

Pure: bytes in, `Changes` out. The format is detected from the content; the file's name decides only if the content is ambiguous.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from ..errors import LibraryError
from ..model import Changes, Dropped
from . import csl, medline, names, ris, zotero_json
from .decoding import text_of
from .records import Record, gather
from .selecting import selected

__all__ = ["LARGEST", "gather", "read_library", "selected"]

LARGEST = 50 * 1024 * 1024
"""Bytes of a library."""
MOST = 100_000
"""Entries of a library, the dropped ones too."""
BRACKETS, COMMAS = 10 * MOST, 40 * MOST
"""Of a library in JSON, those in its texts among them: ten and forty for each entry. Measured: 32 MB of `{},` take 865 MB to read."""
_JSON = re.compile(r"[ \t\n]*(?:\{|\[\s*[\[{\"\]])")  # in lists and Markdown a row may begin with "[1]" or "[On Foxes]"
NO_TEXT = "it is no text, so none of BibTeX, RIS, CSL-JSON, Zotero JSON or a list of arXiv ids, DOIs and addresses"
STRANGE = "none of BibTeX, RIS, CSL-JSON, Zotero JSON or a list of arXiv ids, DOIs and addresses: it begins with {given}"
EXPORT = "export it from your reference manager as BibTeX, RIS or CSL-JSON"
PART = "export a part of it, one collection at a time"
AGAIN = "export it again; no part of it is imported"


def read_library(data: bytes, name: str, now: datetime, most: int | None = None) -> Changes:
    """All references of a library, and what was dropped with the reason; `name` is the file's name.

    Raises LibraryError if the library as a whole is too large, empty, in no known format or has more than `most` entries (default MOST); a
    broken entry is only dropped.
    """
    most = MOST if most is None else most
    if len(data) > LARGEST:
        raise LibraryError(name, "larger than {size} MB", PART, size=LARGEST // 1024 // 1024)
    text = text_of(data)
    if not text.strip("\0 \t\n"):
        raise LibraryError(name, "it is empty", EXPORT)
    if "\0" in text:
        raise LibraryError(name, NO_TEXT, EXPORT)
    changes = gather(_bounded(_found(text, name, most), name, most), now)
    if not changes.references and not changes.dropped:
        raise LibraryError(name, "no entries of papers are in it", EXPORT)
    return changes


def _found(text: str, name: str, most: int) -> Iterable[Record | Dropped]:
    if _JSON.match(text):
        return _from_json(text, name)
    # bibtexparser takes 70 ms to import, which other formats should not pay for.
    from . import bibtex

    begun = {".ris": ris.BEGINS, ".nbib": medline.BEGINS, ".bib": bibtex.BEGINS}
    here = {suffix: found.start() for suffix, begins in begun.items() if (found := begins.search(text))}
    suffix = PurePath(name).suffix.lower()
    if here:
        # One format may be quoted in an abstract of the other: the file's name decides, else the one that comes first.
        told = suffix if suffix in here else min(here, key=lambda s: here[s])
        if told != ".bib":
            return ris.read(text) if told == ".ris" else medline.read(text)
        # bibtexparser reads everything before it yields the first entry, and uses three thousand bytes for a broken one of six.
        if bibtex.count(text) > most:
            raise _too_many(name, most)
        return bibtex.read(text, between=0 if name else most)
    if suffix not in (".bib", ".ris", ".nbib", ".json") and "<html" not in text[:2000].lower() and names.is_list(text, most):
        return names.read(text)
    raise LibraryError(name, STRANGE, EXPORT, given=repr(text.strip()[:40]))


def _from_json(text: str, name: str) -> Iterable[Record | Dropped]:
    if text.count("{") + text.count("[") > BRACKETS or text.count(",") > COMMAS:
        raise LibraryError(name, "more values than {most} entries have", PART, most=MOST)
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise LibraryError(name, "broken JSON, line {line}: {reason}", AGAIN, line=error.lineno, reason=error.msg) from error
    except (ValueError, RecursionError) as error:
        raise LibraryError(name, "broken JSON, its values are too deep or too long", AGAIN) from error
    if isinstance(value, dict):
        items = value.get("items", value.get("references"))
        if isinstance(items, list) and any("itemType" in item for item in items if isinstance(item, dict)):
            return zotero_json.read_better(value)
        value = items if isinstance(items, list) else [value]
    if isinstance(value, list) and any(zotero_json.is_item(item) for item in value):
        return zotero_json.read(value, zotero_json.collections_of(value))
    if isinstance(value, list) and any(isinstance(item, dict) and item.keys() & {"title", "DOI", "URL", "type"} for item in value):
        return csl.read(value)
    raise LibraryError(name, "JSON, but neither CSL-JSON nor Zotero's", EXPORT)


def _bounded(found: Iterable[Record | Dropped], name: str, most: int) -> Iterable[Record | Dropped]:
    for place, each in enumerate(found):
        if place == most:
            raise _too_many(name, most)
        yield each


def _too_many(name: str, most: int) -> LibraryError:
    return LibraryError(name, "more than {most} entries", PART, most=most)
