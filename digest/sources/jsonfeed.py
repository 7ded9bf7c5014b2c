"""JSON Feed, versions 1 and 1.1 (jsonfeed.org): the same entries that RSS and Atom have, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from ..errors import SourceChanged, SourceTooLarge
from ..net.fields import mapping, rows, text, texts
from .documents import Document, Entry, Text

MOST = 12_000
_VERSION = ("https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1")
_HINT = "open the address in a browser; if it looks right, report a bug"


def read_json_feed(data: bytes, subject: str) -> Document | None:
    """The JSON Feed in these bytes; None where they are no JSON, or JSON of another kind.

    Raises SourceTooLarge for more than a listing can have, SourceChanged for a JSON Feed that has no items.
    """
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{" or b"jsonfeed.org/version/1" not in data[:10_000]:
        return None
    try:
        feed = json.loads(data)
    except RecursionError as error:
        raise SourceTooLarge(subject, "is nested too deeply", hint="no listing looks like this") from error
    except ValueError as error:
        raise SourceChanged(subject, f"a JSON Feed that is broken: it ends with {data[-40:]!r}", hint="try again later") from error
    if not isinstance(feed, dict) or not text(feed.get("version")).startswith(_VERSION):
        return None
    items = feed.get("items")
    if not isinstance(items, list):
        raise SourceChanged(subject, "a JSON Feed without items", hint=_HINT)
    if len(items) > MOST:
        raise SourceTooLarge(subject, f"has more than {MOST:,} items", hint="no listing is this long")
    kind = f"jsonfeed {text(feed.get('version')).rpartition('/')[2][:5]}"
    return Document(format=kind, title=text(feed.get("title")), entries=tuple(map(_entry, rows(items))))


def _entry(item: Mapping[str, object]) -> Entry:
    attached = tuple(found for found in rows(item.get("attachments")) if text(found.get("mime_type")) == "application/pdf")
    pages = (text(item.get("url")), text(item.get("external_url")))
    # A blog that points elsewhere gives its own page as `url` and the paper as `external_url`.
    links = tuple(page for page in reversed(pages) if page)
    return Entry(
        id=text(item.get("id")),
        title=Text(text(item.get("title"))),
        summary=_summary(item),
        link=links[0] if links else "",
        links=links,
        pdf=next((text(found.get("url")) for found in attached), ""),
        people=_people(item),
        terms=texts(item.get("tags")),
        published=_moment(item.get("date_published")),
        updated=_moment(item.get("date_modified")),
    )


def _summary(item: Mapping[str, object]) -> Text:
    """The whole text before a summary of it, which is often a teaser."""
    for name in ("content_text", "summary"):
        if text(item.get(name)) and not (name == "summary" and text(item.get("content_html"))):
            return Text(text(item.get(name)))
    return Text(text(item.get("content_html")), is_html=True)


def _people(item: Mapping[str, object]) -> tuple[str, ...]:
    people = list(rows(item.get("authors"))) or [mapping(item.get("author"))]
    return tuple(name for name in (text(person.get("name")) for person in people) if name)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
