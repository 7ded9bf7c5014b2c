"""JSON Feed, versions 1 and 1.1 (jsonfeed.org): the entries of RSS and Atom, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urljoin

from ..errors import SourceChanged, SourceTooLarge
from ..net.fields import bounded, mapping, rows, text, texts
from .documents import Document, Entry, Text

MOST = 12_000
_VERSION = ("https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1")
_HINT = "open the address in a browser; if it looks right, report a bug"


def read_json_feed(data: bytes, subject: str, *, address: str) -> Document | None:
    """The JSON Feed in these bytes, with links resolved against `address`; None if they are not JSON, or other JSON.

    Raises SourceTooLarge for more than a listing can have, SourceChanged for a JSON Feed without items.
    """
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{" or b"jsonfeed.org" not in data:
        return None
    try:
        feed = json.loads(bounded(data, subject))
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
    return Document(format=kind, title=text(feed.get("title")), entries=tuple(_entry(item, address) for item in rows(items)))


def _entry(item: Mapping[str, object], address: str) -> Entry:
    attached = tuple(found for found in rows(item.get("attachments")) if text(found.get("mime_type")) == "application/pdf")
    # A blog that points elsewhere gives its own page as `url` and the paper as `external_url`.
    links = tuple(page for name in ("external_url", "url") if (page := _absolute(item.get(name), address)))
    return Entry(
        id=text(item.get("id")),
        title=Text(text(item.get("title"))),
        summary=_summary(item),
        link=links[0] if links else "",
        links=links,
        pdf=next((_absolute(found.get("url"), address) for found in attached), ""),
        people=_people(item),
        terms=texts(item.get("tags")),
        published=_moment(item.get("date_published")),
        updated=_moment(item.get("date_modified")),
    )


def _absolute(link: object, address: str) -> str:
    """The link resolved against the feed's address; "" for none; a broken one is returned unchanged."""
    try:
        return urljoin(address, text(link)) if text(link) else ""
    except ValueError:
        return text(link)


def _summary(item: Mapping[str, object]) -> Text:
    """The full text, in preference to a summary of it, which is often a teaser."""
    plain, html = text(item.get("content_text")), text(item.get("content_html"))
    return Text(html, is_html=True) if html and not plain else Text(plain or text(item.get("summary")))


def _people(item: Mapping[str, object]) -> tuple[str, ...]:
    people = list(rows(item.get("authors"))) or [mapping(item.get("author"))]
    return tuple(name for name in (text(person.get("name")) for person in people) if name)


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text(value))
    except ValueError:
        return None
