"""Fetch works from Crossref by their DOI: title, authors, year, and the abstract if the publisher gives one.

arXiv's own DOIs (10.48550) are DataCite's and unknown here. (https://api.crossref.org/swagger-ui/index.html)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ..errors import SourceChanged
from ..model import Paper
from ..naming import parse_name
from ..net import Net
from ..net.fields import bounded, mapping, rows, text, texts
from ..net.sanitise import ABSTRACT, TITLE, harmless, line, persons
from .portions import joined, portions

WORKS = "https://api.crossref.org/works"
BATCH = 40
"""DOIs of one request; fewer where an address has no room for them."""
_FIELDS = "DOI,title,abstract,author,issued"
_BLOCK = re.compile(r"</?jats:(?:p|sec|title|list|list-item|disp-quote)\b[^<>]*>")
_TAG = re.compile(r"</?jats:[\w-][^<>]*>")
_HEADING = re.compile(r"\s*(?:abstract|summary)[:.]?\s+(?=[A-Z0-9])", re.IGNORECASE)


class Crossref:
    """Fetches works by their DOIs, at most `BATCH` per request."""

    def __init__(self, net: Net, url: str = WORKS, *, mail: str = "", allow_private: bool = False) -> None:
        self._net, self._url, self._mail, self._allow_private = net, url, mail, allow_private

    def batches(self, dois: Sequence[str]) -> Iterator[tuple[Paper, ...]]:
        """These works, in no particular order, without those that Crossref does not know.

        They come request by request, so that the works before a failed request can be kept. Raises SourceError.
        """
        mail = f"&mailto={quote(self._mail)}" if self._mail else ""
        for some in portions(_wanted(dois), BATCH):
            url = f"{self._url}?filter={joined(some)}&rows={len(some)}&select={_FIELDS}{mail}"
            answer = self._net.get(url, allow_private=self._allow_private, accept="application/json")
            # A work that nobody asked for would rename a paper of the catalog's.
            yield tuple(paper for paper in parse_works(answer.body, datetime.now(UTC)) if paper.key in some)


def _wanted(dois: Sequence[str]) -> tuple[str, ...]:
    """The DOIs that Crossref can be asked for, each once."""
    names = dict.fromkeys(parse_name(f"doi:{doi}") or "" for doi in dois)
    # A comma would end the DOI in a filter, and its escape does so as well.
    return tuple(name for name in names if name.startswith("doi:") and not name.startswith("doi:10.48550/") and "," not in name)


def parse_works(data: bytes, now: datetime) -> tuple[Paper, ...]:
    """The works in an answer that have a title. Raises SourceChanged for an answer that is not Crossref's."""
    try:
        items = json.loads(bounded(data, "Crossref"))["message"]["items"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceChanged("Crossref", f"not an answer of its API: it begins with {data[:40]!r}", hint="try again later") from error
    if not isinstance(items, list):
        raise SourceChanged("Crossref", "not an answer of its API: its items are no list", hint="try again later")
    return tuple(_papers(rows(items), now))


def _papers(items: Iterable[Mapping[str, object]], now: datetime) -> Iterator[Paper]:
    for item in items:
        key = parse_name(text(item.get("DOI")))
        title = next((one for one in texts(item.get("title")) if one.strip()), "")
        if key is None or not key.startswith("doi:") or not title:
            continue
        paper = Paper(
            key=key,
            ids=(key,),
            title=line(title, TITLE, html=True),
            abstract=_plain(item.get("abstract")),
            authors=persons(map(_called, rows(item.get("author")))),
            published=_issued(item.get("issued")),
        )
        yield harmless(paper, now)


def _plain(abstract: object) -> str:
    """A JATS abstract as text, without its heading."""
    said = _TAG.sub("", _BLOCK.sub("\n", text(abstract)))
    return _HEADING.sub("", line(said, ABSTRACT, html=True), count=1)


def _called(author: Mapping[str, object]) -> str:
    return text(author.get("name")) or " ".join(text(author.get(part)) for part in ("given", "family"))


def _issued(value: object) -> datetime | None:
    """The first day that fits a partial date, or as much of it as can be; None for [[null]] and for an impossible year."""
    year, month, day = _filled(_list(next(iter(_list(mapping(value).get("date-parts"))), None)))
    for whole in ((year, month, day), (year, month, 1), (year, 1, 1)):
        with suppress(ValueError, OverflowError):  # datetime overflows where a number is more than C's
            return datetime(*whole, tzinfo=UTC)
    return None


def _filled(parts: Sequence[object]) -> tuple[int, int, int]:
    """Year, month and day; a missing one is 0, January or the first."""
    told = [part if isinstance(part, int) else usual for part, usual in zip((*parts, None, None, None), (0, 1, 1), strict=False)]
    return told[0], told[1], told[2]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
