"""Feeds as frozen values: the only file that calls feedparser.

feedparser gets bytes in a stream (it may open a text or bytes object as a file or an address), after `precheck`, with its own HTML handling
turned off: that eats "$a<b$ and x<y>z", and `net.sanitise` removes mark-up anyway.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import feedparser

from ..errors import SourceChanged
from ..model import Failure
from ..net.sanitise import line
from .encoding import DECLARATION, to_utf8
from .precheck import Checked, Flaw, checked

_LIBRARY = re.compile(rb"^[ \t]*@[a-z]+[ \t]*[{(][^{}()=,\n]*,|^ty  - ", re.MULTILINE)
"""An entry of BibTeX or RIS, in small letters."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it came, and whether it is mark-up."""

    value: str = ""
    is_html: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed, uncleaned; an absent field is empty.

    `content` is the full text, if there is one beside the summary; `names` are fields that hold identifiers (mostly DOIs); `announced`,
    `comment`, `journal` and `primary` are arXiv's extensions.
    """

    id: str = ""
    title: Text = Text()
    summary: Text = Text()
    content: Text = Text()
    link: str = ""
    links: tuple[str, ...] = ()
    pdf: str = ""
    people: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    names: tuple[str, ...] = ()
    announced: str = ""
    comment: str = ""
    journal: str = ""
    primary: str = ""
    is_cut: bool = False
    """The document ends within it, so its text is not all there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed feed; `format` is feedparser's name for it ("atom10", "rss20").

    A flawed document may be incomplete: it must be fetched again, so its validators are not kept.
    """

    format: str
    flaw: Flaw = Flaw.NONE
    title: str = ""
    updated: datetime | None = None
    entries: tuple[Entry, ...] = ()


def read(data: bytes, subject: str, *, address: str = "") -> Document:
    """The feed in these bytes; relative links are resolved against `address`.

    Raises SourceChanged if it is not a feed, SourceTooLarge and SourceRefused for what no feed should contain (see `precheck`).
    """
    if not data.strip():
        raise SourceChanged(subject, "is empty, not a feed", hint="try again later")
    text = to_utf8(data, subject)
    if text.removeprefix(DECLARATION).lstrip()[:1] in (b"{", b"["):
        raise _not_a_feed(text, subject)
    safe = checked(text, subject)
    headers = {"content-location": address, "content-type": "application/xml"} if address else {}
    try:
        found = feedparser.parse(io.BytesIO(safe.data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # feedparser has no exception class of its own; whatever it raises is the document's fault
        message = f"breaks the feed parser ({type(error).__name__})"
        raise SourceChanged(subject, message, hint="tell whoever runs the feed") from error
    format_ = found.get("version") or safe.root
    if not format_ and not found.entries:
        raise _not_a_feed(text, subject)
    if safe.flaw and not found.entries:  # on a quiet day a feed is empty but complete
        raise SourceChanged(subject, f"the feed is {safe.flaw}, and no entry of it can be read", hint="try again later")
    return Document(
        format=str(format_ or "unknown"),
        flaw=safe.flaw,
        title=_string(found.feed, "title"),
        updated=_date(found.feed, "updated_parsed") or _date(found.feed, "published_parsed"),
        entries=_entries(found.entries, safe),
    )


def cut_short(document: Document, subject: str) -> tuple[Failure, ...]:
    """The failure to report for a truncated document; () for any other."""
    if document.flaw is not Flaw.CUT:
        return ()
    whole = sum(not entry.is_cut for entry in document.entries)
    message = f"the feed ends in the middle: {whole} entries could be read"
    return (Failure(subject, message, "it is fetched again at the next run"),)


def _not_a_feed(text: bytes, subject: str) -> SourceChanged:
    head = text.removeprefix(DECLARATION)[:2000].lstrip().lower()
    message = f"not a feed: it begins with {line(head.decode('utf-8', 'replace'), 60)!r}"
    if head.startswith(b"<!doctype html") or b"<html" in head:
        return SourceChanged(subject, message, hint="this is a web page: open it in a browser and look for its RSS or Atom link")
    if head[:1] in (b"{", b"["):
        return SourceChanged(subject, message, hint="this is JSON: if it is Hugging Face's daily list, use the kind huggingface")
    if _LIBRARY.search(head):
        hint = "this is a library of papers: `digest subscribers import-library ADDRESS FILE` takes it in for the reader with that address"
        return SourceChanged(subject, message, hint=hint)
    return SourceChanged(subject, message, hint="open the address in a browser; if it looks right, report a bug")


def _entries(found: Sequence[dict[str, Any]], safe: Checked) -> tuple[Entry, ...]:
    entries = [_entry(raw) for raw in found]
    opened, closed = (max(safe.data.rfind(mark + name) for name in (b"item", b"entry")) for mark in (b"<", b"</"))
    if safe.flaw is Flaw.CUT and opened > closed and entries:
        entries[-1] = replace(entries[-1], is_cut=True)
    return tuple(entries)


def _entry(raw: dict[str, Any]) -> Entry:
    links = [link for link in _sequence(raw, "links") if isinstance(link, dict)]
    contents = [c for c in _sequence(raw, "content") if isinstance(c, dict)]
    primary = dict.get(raw, "arxiv_primary_category")
    # The document chooses the prefix: prism_doi, dc_identifier, arxiv_doi.
    names = [key for key in raw if key.endswith(("_doi", "_identifier", "_origlink"))]
    return Entry(
        id=_string(raw, "id"),
        title=_text(dict.get(raw, "title_detail")),
        summary=_text(dict.get(raw, "summary_detail") or (contents[0] if contents else None)),
        content=_text(contents[0] if contents else None),
        link=_string(raw, "link"),
        links=tuple(_string(link, "href") for link in links),
        pdf=next((_string(link, "href") for link in links if dict.get(link, "type") == "application/pdf"), ""),
        people=tuple(_people(raw)),
        terms=tuple(_string(tag, "term") for tag in _sequence(raw, "tags") if isinstance(tag, dict)),
        published=_date(raw, "published_parsed"),
        updated=_date(raw, "updated_parsed"),
        names=tuple(_string(raw, name) for name in names),
        announced=_string(raw, "arxiv_announce_type"),
        comment=_string(raw, "arxiv_comment"),
        journal=_string(raw, "arxiv_journal_ref") or _string(raw, "arxiv_journal_reference"),
        primary=_string(primary, "term") if isinstance(primary, dict) else "",
    )


def _people(raw: dict[str, Any]) -> list[str]:
    names = [_string(person, "name") for person in _sequence(raw, "authors") if isinstance(person, dict)]
    named = [name for name in names if name]
    told = _string(raw, "author")
    # feedparser knows no domain with a last label of more than four letters: for ana@lab.science it finds an author "nce".
    if named and (len(named) > 1 or told.count("@") != 1):
        return named
    return [name for name in (_without_address(told),) if name]


def _without_address(author: str) -> str:
    """The name alone: "ana@example.org (Ana Silva)" and "Ana Silva <ana@example.org>" give Ana Silva."""
    name = " ".join(word for word in author.split() if "@" not in word)
    return name[1:-1] if name.startswith("(") and name.endswith(")") else name


def _text(detail: Any) -> Text:
    if not isinstance(detail, dict):
        return Text()
    return Text(_string(detail, "value"), is_html=_string(detail, "type") not in ("", "text", "text/plain"))


# `dict.get` instead of feedparser's own `get`, which falls back to other keys, with a warning.
def _string(raw: dict[str, Any], key: str) -> str:
    value = dict.get(raw, key)
    return value if isinstance(value, str) else ""


def _sequence(raw: dict[str, Any], key: str) -> Sequence[Any]:
    value = dict.get(raw, key)
    return value if isinstance(value, list) else []


def _date(raw: dict[str, Any], key: str) -> datetime | None:
    value: Any = dict.get(raw, key)
    try:
        year, month, day, hour, minute, second = value[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (TypeError, ValueError):
        return None
